"""The panes there are, and the state of the one that is open."""

from __future__ import annotations

from textual import events
from textual.strip import Strip

from natstui.ui.drawing import Span, spread, width_of
from natstui.ui.lines import Inked


class TabLine(Inked):
    """One line: the panes by number and name, and what the open one says of itself."""

    def __init__(self, names: dict[str, str], keys: dict[str, str] | None = None) -> None:
        """`names`: what each pane is called, by its digit; `keys`: other keys that open them."""
        super().__init__(id="tabs")
        self.names = names
        self.keys = keys or {}
        self.active = next(iter(names))
        self._state: list[Span] = []

    def say(self, active: str, state: list[Span]) -> None:
        """Which pane is open, by its key, and what it says of itself at the right end."""
        if (active, state) != (self.active, self._state):
            self.active, self._state = active, state
            self.refresh()

    def render_line(self, y: int) -> Strip:
        tabs = [span for _, tab in self._tabs() for span in tab]
        return self.one_line(spread(tabs, self._state, self.size.width - 1))

    def _is_narrow(self) -> bool:
        """Whether what the pane says has no room beside all the names."""
        names = sum(width_of(self._tab(key, name)) for key, name in self.names.items())
        return names + width_of(self._state) > self.size.width - 1

    async def on_click(self, event: events.Click) -> None:
        at = 0
        for key, tab in self._tabs():
            at += width_of(tab)
            if event.x < at:
                await self.app.run_action(f"pane('{key}')")
                return

    def _tabs(self) -> list[tuple[str, list[Span]]]:
        """The keys of the panes, and how each of them is shown."""
        narrow = self._is_narrow()
        return [
            (key, self._tab(key, "" if narrow and key != self.active else name))
            for key, name in self.names.items()
        ]

    def _tab(self, key: str, name: str) -> list[Span]:
        active = key == self.active
        named: list[Span] = [("title" if active else "muted", name), ("plain", " ")]
        shown = f" {self.keys.get(key, key)} "
        return [("accent" if active else "faint", shown), *(named if name else [])]
