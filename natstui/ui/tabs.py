"""The panes there are, and the state of the one that is open."""

from __future__ import annotations

from textual import events
from textual.strip import Strip

from natstui.ui.drawing import Span, spread, width_of
from natstui.ui.lines import Inked


class TabLine(Inked):
    """One line: the panes by number and name, and what the open one says of itself."""

    def __init__(self, names: dict[str, str]) -> None:
        """`names`: what each pane is called, by its key."""
        super().__init__(id="tabs")
        self.names = names
        self.active = next(iter(names))
        self._state: list[Span] = []

    def say(self, active: str, state: list[Span]) -> None:
        """Which pane is open, by its key, and what it says of itself at the right end."""
        if (active, state) != (self.active, self._state):
            self.active, self._state = active, state
            self.refresh()

    def render_line(self, y: int) -> Strip:
        return self.one_line(spread(self._tabs(), self._state, self.size.width - 1))

    def on_click(self, event: events.Click) -> None:
        at = 0
        for key, name in self.names.items():
            at += width_of(_tab(key, name, active=False))
            if event.x < at:
                self.app.simulate_key(key)
                return

    def _tabs(self) -> list[Span]:
        tabs: list[Span] = []
        for key, name in self.names.items():
            tabs.extend(_tab(key, name, active=key == self.active))
        return tabs


def _tab(key: str, name: str, *, active: bool) -> list[Span]:
    return [
        ("accent" if active else "faint", f" {key} "),
        ("title" if active else "muted", name),
        ("plain", " "),
    ]
