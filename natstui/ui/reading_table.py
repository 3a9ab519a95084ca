"""A table of what many messages have in common, filled while they are read."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from natstui.model.tail_feed import SLICE_SECONDS
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.filtered import FilteredTable
from natstui.ui.lines import LineList
from natstui.ui.readings import Reading, Source

_REDRAW_EVERY = 5  # frames: numbers that change ten times a second cannot be read


class ReadingTable(FilteredTable):
    """A level over a `Source`; `fill` puts what is known into the table.

    `READING` is what its reading is called while it goes on, "" if it uses that of another level.
    """

    READING: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "go_on", "stop", tooltip="End the reading, or go on", id="reading.go-on"),
        Binding("slash", "filter", "find", key_display="/", tooltip="Find", id="reading.filter"),
    ]

    def __init__(self, desk: Desk, source: Source) -> None:
        super().__init__(desk)
        self.source = source
        self.reading: Reading | None = None
        self._version = -1
        self._frames = 0
        self._was_complete = False

    def begin(self) -> Reading:
        """Read from the start; called when the level is shown for the first time, and by `r`."""
        raise NotImplementedError

    def fill(self) -> None:
        """Put what is known into the rows."""
        raise NotImplementedError

    def known(self) -> int:
        """A number that grows with what is known."""
        raise NotImplementedError

    def on_mount(self) -> None:
        self._begin()

    def _begin(self) -> None:
        if self.READING:
            if self.reading is not None:
                self.reading.stop()
            self.reading = self.begin()
            self.advance()

    def refresh_now(self) -> None:
        self._begin()
        self._version = -1

    def hidden(self) -> None:
        super().hidden()
        if self.READING and self.reading is not None and self not in self.pane.levels:
            self.reading.stop()

    def advance(self, seconds: float = SLICE_SECONDS) -> None:
        """Read on for so long, if it is this level that reads."""
        if self.READING and self.reading is not None:
            self.reading.advance(seconds)

    # Drawing

    def frame(self) -> None:
        if self._is_time():
            self._version = self.known()
            self.fill()
        self.table.say_while_empty(self._hint())
        self.table.sync()

    def _is_time(self) -> bool:
        """At once where something is new to the eye, else now and then."""
        self._frames += 1
        complete = self.reading is not None and self.reading.is_complete
        completed, self._was_complete = complete and not self._was_complete, complete
        if self.known() == self._version:
            return False
        return completed or not self.table.rows.total or self._frames % _REDRAW_EVERY == 0

    def empty(self) -> list[list[Span]]:
        done = self.reading is not None and self.reading.is_complete
        what = "There are no messages to look at." if done else "Reading messages…"
        return [[("strong", what)], [("muted", "esc goes back")]]

    def counts(self) -> list[Span]:
        return [] if self.reading is None else self.reading.counts()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A live reading has no end; there, the key pauses the tail."""
        if action == "go_on" and self.source.is_live:
            return False
        return super().check_action(action, parameters)

    def action_go_on(self) -> None:
        """End the reading, or go on with it."""
        if self.reading is not None:
            self.reading.toggle()

    # Choosing

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        if event.line_list is self.table:
            self.chosen()

    @on(LineList.Moved)
    def _moved(self, event: LineList.Moved) -> None:
        event.stop()

    def chosen(self) -> None:
        """Enter, on the row under the cursor."""
        raise NotImplementedError

    def show_messages(self, term: str | None) -> None:
        """The messages that a filter lets through, if there is one."""
        if term is None:
            self.pane.say("no filter can say that", bad=True)
        else:
            self.source.show(self, term)
