"""What one looks at of the tail besides its messages one by one: levels in front of it."""

from __future__ import annotations

from collections.abc import Callable

from textual import on

from natstui.model.tail_feed import SLICE_SECONDS
from natstui.ui.desk import Desk
from natstui.ui.lines import LineList
from natstui.ui.pane import DrillPane, Level
from natstui.ui.reading_table import ReadingTable

ADVANCE_EVERY = 0.05


class Depths(DrillPane):
    """Mounted over the tail while it is open; esc on its first level calls `surface`."""

    NAME = "Depths"

    def __init__(self, desk: Desk, first: Level, surface: Callable[[], None]) -> None:
        super().__init__(desk, first)
        self._surface = surface

    def on_mount(self) -> None:
        self.set_interval(ADVANCE_EVERY, self._advance)

    def _advance(self) -> None:
        """Read on, and no further than somebody looks: the tail may be behind another pane."""
        if all(each.display for each in self.ancestors_with_self if each is not self.app):
            reading = [each for each in self.levels if isinstance(each, ReadingTable)]
            for level in reading:
                level.advance(SLICE_SECONDS / len(reading))

    async def pop(self) -> None:
        if len(self.levels) == 1:
            self._surface()
        else:
            await super().pop()

    @on(LineList.Moved)
    @on(LineList.Chosen)
    def _not_the_tail(self, event: LineList.Moved | LineList.Chosen) -> None:
        event.stop()  # the tail below has a list of its own
