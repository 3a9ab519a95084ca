"""The event drawer: what happened to the connection, and when."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from textual.binding import Binding, BindingType

from natstui.model.timeline import EventKind, Timeline
from natstui.ui import words
from natstui.ui.drawing import Span
from natstui.ui.lines import LineView

_INKS: dict[EventKind, str] = {
    "connected": "good",
    "reconnected": "good",
    "disconnected": "bad",
    "closed": "bad",
    "error": "bad",
    "denied": "warn",
    "lame duck": "warn",
    "note": "warn",
    "config": "warn",
    "alert": "alarm",
    "recovered": "good",
}


class EventRows:
    """A timeline as lines."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline

    @property
    def first(self) -> int:
        return self.timeline.first

    @property
    def end(self) -> int:
        return self.timeline.end

    def key(self, row: int) -> Hashable:
        return row, self.timeline.get(row).times

    def line(self, row: int, width: int) -> list[Span]:
        event = self.timeline.get(row)
        ink = _INKS.get(event.kind, "plain")
        return [
            ("muted", f" {words.clock(event.at)}  "),
            (ink, f"{event.kind:<13}"),
            # The count in front: the text may be longer than the line.
            ("muted", f"{event.times:,} times  " if event.times > 1 else ""),
            ("plain", event.text),
            ("muted", f"  last {words.clock(event.last)}" if event.times > 1 else ""),
        ]


class EventDrawer(LineView):
    """The latest events at the bottom of the screen; hidden until asked for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.toggle_events", "close", id="events.close"),
    ]

    def __init__(self, timeline: Timeline) -> None:
        super().__init__(EventRows(timeline), id="events")
        self.timeline = timeline
        self.display = False
        self.border_title = "events"
        self._version = -1

    def be_about(self, timeline: Timeline) -> None:
        """Show another one."""
        self.timeline = timeline
        self._version = -1
        self.show(EventRows(timeline))

    def sync(self) -> None:
        """Draw new events; while the drawer is open they count as seen."""
        if not self.display or self._version == self.timeline.version:
            return
        at_end = self.top + self.page >= self._drawn_end
        self._version = self.timeline.version
        self.timeline.looked()
        if at_end:
            self.top = self.source.end
        self._settle()
        self._drawn_end = self.source.end
        self.refresh()

    def open(self) -> None:
        """Show it, at the newest event."""
        self.display = True
        self._version = -1
        self.top = self.source.end
        self.focus()
