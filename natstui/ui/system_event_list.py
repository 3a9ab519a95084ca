"""Events and advisories as they come: a line each, the newest at the end."""

from __future__ import annotations

from collections.abc import Hashable

from textual import on
from textual.app import ComposeResult
from textual.widget import Widget

from natstui.model.polling import Poll
from natstui.model.system_boards import SystemBoards
from natstui.model.system_events import SystemEvent, SystemEvents
from natstui.ui import words
from natstui.ui.desk import Desk
from natstui.ui.detail import MessageView
from natstui.ui.drawing import Span, fit
from natstui.ui.lines import LineList
from natstui.ui.polled import poll_hint
from natstui.ui.server_help import EVENTS_HELP
from natstui.ui.server_keys import ServerKeys

# Only after a reconnect over another client is there anything new to subscribe to.
LISTEN_EVERY = 5.0
_KIND = 22


class EventRows:
    """The events as a line source."""

    def __init__(self, events: SystemEvents) -> None:
        self._events = events

    @property
    def first(self) -> int:
        return self._events.evicted

    @property
    def end(self) -> int:
        return self._events.seen

    def event(self, row: int) -> SystemEvent | None:
        """The event with this number, None if it is not there any more."""
        place = row - self.first
        return self._events.events[place] if 0 <= place < len(self._events.events) else None

    def key(self, row: int) -> Hashable:
        return row

    def line(self, row: int, width: int) -> list[Span]:
        event = self.event(row)
        if event is None:
            return []
        return [
            ("muted", f" {words.clock(event.record.at)[:8]}  "),
            ("bad" if event.bad else "accent", fit(event.kind, _KIND)),
            ("plain", f"  {event.about or event.record.subject}"),
        ]


class SystemEventList(ServerKeys):
    """Follows the newest one until the cursor is moved up; enter shows one as it came."""

    HELP = EVENTS_HELP

    def __init__(self, desk: Desk, boards: SystemBoards) -> None:
        self.events = boards.events
        self.poll = Poll(desk.session, self.events.start, every=LISTEN_EVERY)
        super().__init__(desk, boards, self.poll)
        self.rows = EventRows(self.events)
        self.list = LineList(self.rows, following=True, id="system-events")

    def compose(self) -> ComposeResult:
        yield self.list

    @property
    def crumb(self) -> str:
        return "events"

    def target(self) -> Widget:
        return self.list

    def frame(self) -> None:
        self.list.say_while_empty(poll_hint(self.poll, self._empty()))
        self.list.sync()

    def _empty(self) -> list[list[Span]]:
        lines: list[list[Span]] = [
            [("strong", "Nothing happened yet; what does appears here by itself.")],
            [("muted", "listening since "), ("plain", words.clock(self.events.since)[:8])],
        ]
        if self.boards.servers.sees_system is False:
            lines += [
                [("warn", "$SYS.ACCOUNT.*.CONNECT"), ("muted", ", DISCONNECT and $SYS.SERVER.>")],
                [("muted", "  only come to users of the system account")],
            ]
        return [*lines, *([("bad", f"may not subscribe to {each}")] for each in self._denied())]

    def _denied(self) -> list[str]:
        return [subject for subject in self.events.subjects if subject in self.events.denied]

    def about(self) -> list[Span]:
        kinds = self.events.kinds.most_common(3)
        said = " · ".join(f"{count:,} {kind}" for kind, count in kinds)
        return [("muted", said)]

    def counts(self) -> list[Span]:
        if denied := self._denied():
            return [("warn", f"may not subscribe to {', '.join(denied)}")]
        kept = len(self.events.events)
        said: list[Span] = [("muted", f"seen {self.events.seen:,}, kept {kept:,}")]
        if self.boards.servers.sees_system is False:
            said.append(("warn", ", of your account only"))
        return said

    @on(LineList.Chosen)
    def _chosen(self, message: LineList.Chosen) -> None:
        message.stop()
        event = self.rows.event(message.row)
        if event is not None:
            self.tui.start(self.pane.push(SystemEventPage(self.desk, self.boards, event)))


class SystemEventPage(ServerKeys):
    """One event as it came."""

    HELP = EVENTS_HELP

    def __init__(self, desk: Desk, boards: SystemBoards, event: SystemEvent) -> None:
        super().__init__(desk, boards)
        self.event = event
        self.view = MessageView()

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        self.view.show_record(self.event.record, self.event.about)

    @property
    def crumb(self) -> str:
        return self.event.kind

    def target(self) -> Widget:
        return self.view

    def frame(self) -> None:
        self.view.advance()
