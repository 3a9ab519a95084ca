"""The messages of one stream: paged both ways, by sequence, time and subject, live at the end."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from natstui.model.filter import FilterError, parse_filter
from natstui.model.moments import parse_moment
from natstui.model.polling import Poll
from natstui.model.stream_reader import ALL, StreamReader
from natstui.model.stream_window import StreamWindow
from natstui.model.view_state import LevelState
from natstui.model.wildcards import pattern_problem
from natstui.ui.correlations import CorrelationsLevel
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.field_list import FieldsLevel
from natstui.ui.message_level import MessageLevel
from natstui.ui.pane import Level
from natstui.ui.polled import poll_hint
from natstui.ui.readings import StreamSource
from natstui.ui.stream_changes import delete_message
from natstui.ui.stream_help import MESSAGES_HELP
from natstui.ui.stream_last import LastLevel
from natstui.ui.stream_search import SearchLevel

LOOK_EVERY = 1.0


class MessagesLevel(MessageLevel):
    """A window over a stream, or over the messages of one subject in it."""

    HELP = MESSAGES_HELP
    KIND = "messages"
    WRITES = frozenset({"delete"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash",
            "search",
            "search",
            key_display="/",
            tooltip="Search it all",
            id="stored.search",
        ),
        Binding("S", "subject", "subject", tooltip="Only one subject", id="stored.subject"),
        Binding(
            "number_sign",
            "sequence",
            "sequence",
            key_display="#",
            tooltip="Go to a sequence",
            id="stored.sequence",
        ),
        Binding("t", "time", "time", tooltip="Go to a time", id="stored.time"),
        Binding("f", "fields", "fields", tooltip="Fields and their values", id="stored.fields"),
        Binding(
            "w",
            "conversations",
            "waterfall",
            tooltip="Messages that belong together",
            id="stored.conversations",
        ),
        Binding("l", "last_of_each", "last", tooltip="Last of each subject", id="stored.last"),
        Binding(
            "D", "delete", "delete", show=False, tooltip="Delete a message", id="stored.delete"
        ),
    ]

    def __init__(self, desk: Desk, stream: str, subject: str = ALL) -> None:
        self.window = StreamWindow(StreamReader(desk.session, stream, subject))
        self.poll = Poll(desk.session, self._look, every=LOOK_EVERY)
        super().__init__(desk, self.window.reader, self.window, self.poll, following=True)
        self._generation = 0
        self._opened = False
        self._resumed_at: float | None = None
        self._wanted_row: int | None = None
        self._left_at: int | None = None

    @property
    def crumb(self) -> str:
        return "messages" if self.reader.subject == ALL else self.reader.subject

    async def _look(self) -> None:
        if self._opened:
            await self.window.catch_up(following=self.list.following)
            return
        if self._left_at is None:
            await self.window.open_end()
        else:
            self._wanted_row = await self.window.open_at(self._left_at)
        self._opened = True
        self.tui.draw_now()

    # Coming back

    @property
    def of(self) -> str:
        return self.reader.stream

    def remember(self) -> LevelState | None:
        only = "" if self.reader.subject == ALL else self.reader.subject
        record = self.record(self.list.cursor)
        seq = record.seq if record is not None else self._left_at
        is_live = self.list.following or seq is None
        return LevelState(self.kind, self.of, only, at=() if is_live else (seq or 0,))

    def come_back(self, state: LevelState) -> None:
        if state.at and isinstance(state.at[0], int):
            self._left_at = state.at[0]
            self.list.following = False

    def reopen(self, state: LevelState) -> Level | None:
        if state.kind != self.KIND or pattern_problem(state.only):
            return None
        return MessagesLevel(self.desk, self.reader.stream, state.only)

    # Drawing

    def frame(self) -> None:
        window = self.window
        if window.generation != self._generation:
            self._generation = window.generation
            self.list.redraw()
            row = window.end - 1 if self._wanted_row is None else self._wanted_row
            self._wanted_row = None
            self.list.go_to(row)
        if self.poll.resumed_at != self._resumed_at:
            self._resumed_at, self.problem = self.poll.resumed_at, None
        where = window.look_at(self.list.top, self.list.top + self.list.page)
        if where and not self.is_reading and self.problem is None:
            self.read(window.extend_down if where == "down" else window.extend_up)
        self.list.say_while_empty(poll_hint(self.poll, self._empty()))
        self.draw_messages()

    def refresh_now(self) -> None:
        self.problem = None
        super().refresh_now()

    def _empty(self) -> list[list[Span]]:
        if self.reader.subject == ALL:
            return [
                [("strong", "The stream is empty.")],
                [("muted", "what is stored appears here by itself; esc goes back")],
            ]
        return [
            [("strong", "No message has this subject.")],
            [
                ("accent", "S"),
                ("muted", "  takes another one, "),
                ("accent", "esc"),
                ("muted", "  goes back"),
            ],
        ]

    def about(self) -> list[Span]:
        window = self.window
        if window.end == window.first:
            return []
        row = self.record(self.list.cursor)
        where = f"{row.seq:,}" if row else ""
        bounds = f" of {window.stream_first:,}..{window.stream_end - 1:,}"
        return [("plain", where), ("muted", bounds)]

    def counts(self) -> list[Span]:
        if self.poll.problem is not None:
            return [("bad", self.poll.problem.what)]
        if self.is_reading:
            return [("warn", "reading…")]
        window = self.window
        spans: list[Span] = []
        if self.list.following and window.at_end:
            spans.append(("good", "following"))
        elif (newer := window.stream_end - 1 - self._last_seq()) > 0:
            spans.append(("muted", f"{newer:,} newer, G goes there"))
        if window.skipped:
            spans.append(("warn", f" · {window.skipped:,} came too fast and were skipped"))
        if self.reader.by_batch is not None:
            way = "DIRECT.GET" if self.reader.by_batch else "MSG.GET"
            spans.append(("faint", f"  {way}"))
        return spans

    def _last_seq(self) -> int:
        record = self.record(self.window.end - 1)
        return record.seq if record else self.window.stream_end - 1

    # Going somewhere

    def _go(self, opening: Callable[[], Coroutine[Any, Any, int]]) -> None:
        async def go() -> None:
            self.list.following = False
            self._wanted_row = await opening()

        self.read(go, at_once=True)

    def go_edge(self, which: str) -> None:
        if which == "first":
            self._go(partial(self.window.open_at, 1))
        elif self.window.at_end:
            self.list.follow()
        else:
            self.read(self._to_end, at_once=True)

    async def _to_end(self) -> None:
        await self.window.open_end()
        self.list.following = True

    def action_sequence(self) -> None:
        """Ask for a sequence and go there."""
        self.pane.ask(
            "sequence",
            "",
            _no_sequence,
            lambda text: self._go(partial(self.window.open_at, _sequence(text))),
        )

    def action_time(self) -> None:
        """Ask for a time and go to the first message since then."""
        self.pane.ask(
            "time, or how long ago (12:30, 2026-01-31 08:00, 15m)",
            "",
            _no_time,
            lambda text: self._go(partial(self.window.open_time, parse_moment(text))),
        )

    def action_subject(self) -> None:
        """Ask for a subject, and show only its messages."""
        now = "" if self.reader.subject == ALL else self.reader.subject
        self.pane.ask("only the subject", now, pattern_problem, self._only)

    def _only(self, subject: str) -> None:
        level = MessagesLevel(self.desk, self.reader.stream, subject)
        self.tui.start(self.pane.push(level))

    async def action_last_of_each(self) -> None:
        """The newest message of each subject."""
        await self.pane.push(LastLevel(self.desk, self.reader))

    async def action_fields(self) -> None:
        """Which fields the messages have, and their values."""
        await self.pane.push(FieldsLevel(self.desk, StreamSource(self.reader)))

    async def action_conversations(self) -> None:
        """Which messages belong together, and how long it takes from one to the next."""
        await self.pane.push(CorrelationsLevel(self.desk, StreamSource(self.reader)))

    def action_search(self) -> None:
        """Ask what for, and search the whole stream."""
        self.pane.ask("search the stream, newest first, for", "", _filter_problem, self._search)

    def _search(self, text: str) -> None:
        wanted = parse_filter(text)
        if wanted is not None:
            self.tui.start(self.pane.push(SearchLevel(self.desk, self.reader, wanted)))

    # Changing

    def action_delete(self) -> None:
        """Delete the message under the cursor, after asking."""
        if (record := self.current) is not None:
            self.tui.start(delete_message(self, self.reader, record, self._deleted))

    def _deleted(self, seq: int) -> None:
        row = self.list.cursor
        self._wanted_row = row
        self.window.drop([seq])
        self.remove_class("-detail")
        self.list.focus()


def _filter_problem(text: str) -> str | None:
    try:
        return None if parse_filter(text) else "what to search for?"
    except FilterError as error:
        return str(error)


def _sequence(text: str) -> int:
    return int(text.strip().replace(",", "").removeprefix("#"))


def _no_sequence(text: str) -> str | None:
    try:
        return None if _sequence(text) > 0 else "sequences begin at 1"
    except ValueError:
        return "a number is needed"


def _no_time(text: str) -> str | None:
    try:
        parse_moment(text)
    except ValueError:
        return "a time, or how long ago: 12:30, 2026-01-31 08:00, 15m"
    return None
