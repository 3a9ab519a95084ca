"""The panes there are, and the state of the one that is open."""

from __future__ import annotations

from textual import events
from textual.strip import Strip

from natstui.ui.drawing import Span, spread, width_of
from natstui.ui.lines import Inked


class TabLine(Inked):
    """One line: the panes by number and name, and what the open one says of itself."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(id="tabs")
        self.names = names
        self.active = 0
        self._state: list[Span] = []

    def say(self, state: list[Span]) -> None:
        """What the open pane says of itself, at the right end."""
        if state != self._state:
            self._state = state
            self.refresh()

    def render_line(self, y: int) -> Strip:
        return self.one_line(spread(self._tabs(), self._state, self.size.width - 1))

    def on_click(self, event: events.Click) -> None:
        at = 0
        for number, name in enumerate(self.names):
            at += width_of(_tab(number, name, active=False))
            if event.x < at:
                self.app.simulate_key(str(number + 1))
                return

    def _tabs(self) -> list[Span]:
        tabs: list[Span] = []
        for number, name in enumerate(self.names):
            tabs.extend(_tab(number, name, active=number == self.active))
        return tabs


def _tab(number: int, name: str, *, active: bool) -> list[Span]:
    return [
        ("accent" if active else "faint", f" {number + 1} "),
        ("title" if active else "muted", name),
        ("plain", " "),
    ]
