"""The streams of the account: what each holds, how fast it grows, where it is, what it lags."""

from __future__ import annotations

import time
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from natstui.model.comparing import StreamComparison
from natstui.model.polling import Poll
from natstui.model.stream_board import StreamBoard, StreamRow
from natstui.model.view_state import LevelState, is_name
from natstui.model.wildcards import pattern_problem
from natstui.ui import stream_changes as change
from natstui.ui import words
from natstui.ui.compare import compare
from natstui.ui.dead_letters import DeadLettersLevel
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.filtered import FilteredTable
from natstui.ui.lines import LineList
from natstui.ui.pane import Level
from natstui.ui.stream_help import STREAMS_HELP
from natstui.ui.stream_info import InfoLevel
from natstui.ui.stream_messages import MessagesLevel
from natstui.ui.stream_subjects import SubjectsLevel
from natstui.ui.table import Column, TableView

LOAD_EVERY = 2.0


def _age(row: StreamRow) -> str:
    return "" if row.last_at is None else words.age(time.time() - row.last_at)


def _replicas(row: StreamRow) -> str:
    if row.current_replicas == row.replicas:
        return str(row.replicas)
    return f"{row.current_replicas}/{row.replicas}"


def _lag(row: StreamRow) -> str:
    if row.lag is None:
        return ""
    return f"{words.count(row.lag)}" if row.is_copying else f"{words.count(row.lag)} !"


def _name_ink(row: StreamRow) -> str:
    return "bad" if row.problem else "strong"


COLUMNS: tuple[Column[StreamRow], ...] = (
    Column("stream", lambda row: row.name, sort=lambda row: row.name.lower(), ink=_name_ink),
    Column(
        "messages",
        lambda row: "no answer" if row.problem else f"{row.messages:,}",
        12,
        sort=lambda row: row.messages,
        right=True,
        descending=True,
        ink=lambda row: "bad" if row.problem else "plain",
    ),
    Column(
        "bytes",
        lambda row: "" if row.problem else words.short_size(row.bytes),
        7,
        sort=lambda row: row.bytes,
        right=True,
        descending=True,
    ),
    Column(
        "rate",
        lambda row: words.rate(row.rate.per_second),
        8,
        sort=lambda row: row.rate.per_second,
        right=True,
        descending=True,
        ink=lambda row: "accent" if row.rate.per_second else "faint",
    ),
    Column(
        "cons",
        lambda row: str(row.consumers),
        4,
        sort=lambda row: row.consumers,
        right=True,
        descending=True,
        ink=lambda row: "plain" if row.consumers else "faint",
    ),
    Column("last", _age, 5, sort=lambda row: -(row.last_at or 0.0), right=True, ink="muted"),
    Column(
        "R",
        _replicas,
        3,
        sort=lambda row: row.replicas,
        right=True,
        ink=lambda row: "muted" if row.current_replicas == row.replicas else "alarm",
    ),
    Column(
        "lag",
        _lag,
        6,
        sort=lambda row: -1 if row.lag is None else row.lag,
        right=True,
        descending=True,
        ink=lambda row: "good" if row.is_copying and not row.lag else "warn",
        leave_out=1,
    ),
    Column(
        "leader", lambda row: row.leader, 12, sort=lambda row: row.leader, ink="muted", leave_out=4
    ),
    Column(
        "kept",
        lambda row: str(row.config.get("retention") or ""),
        9,
        sort=lambda row: str(row.config.get("retention") or ""),
        ink="muted",
        leave_out=2,
    ),
    Column("store", lambda row: str(row.config.get("storage") or ""), 6, ink="muted", leave_out=5),
    Column("subjects", lambda row: " ".join(row.subjects), 28, ink="muted", leave_out=3),
)


class StreamTable(FilteredTable):
    """All of them; enter opens the messages of one."""

    THING = "stream"
    KIND = "streams"
    HELP = STREAMS_HELP
    WRITES = frozenset({"create", "edit", "purge", "delete", "seal", "restore"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash", "filter", "filter", key_display="/", tooltip="Filter", id="streams.filter"
        ),
        Binding("i", "info", "info", tooltip="Configuration and state", id="streams.info"),
        Binding(
            "X",
            "dead_letters",
            "dead letters",
            show=False,
            tooltip="Messages that consumers gave up",
            id="streams.dead-letters",
        ),
        Binding("s", "subjects", "subjects", tooltip="Subjects with counts", id="streams.subjects"),
        Binding(
            "C", "create", "create", show=False, tooltip="Create a stream", id="streams.create"
        ),
        Binding("E", "edit", "edit", show=False, tooltip="Edit the stream", id="streams.edit"),
        Binding("P", "purge", "purge", show=False, tooltip="Purge the stream", id="streams.purge"),
        Binding(
            "D", "delete", "delete", show=False, tooltip="Delete the stream", id="streams.delete"
        ),
        Binding("L", "seal", "seal", show=False, tooltip="Seal the stream", id="streams.seal"),
        Binding("b", "backup", "backup", show=False, tooltip="Back it up", id="streams.backup"),
        Binding(
            "B", "restore", "restore", show=False, tooltip="Restore a backup", id="streams.restore"
        ),
        Binding(
            "equals_sign",
            "compare",
            "compare",
            show=False,
            key_display="=",
            tooltip="Compare with another context",
            id="streams.compare",
        ),
    ]

    def __init__(self, desk: Desk) -> None:
        self.board = StreamBoard(desk.session)
        self.poll = Poll(desk.session, self.board.load, every=LOAD_EVERY)
        super().__init__(desk, self.poll)
        self.table = TableView(self.board.rows, COLUMNS, id="streams-table", order="stream")

    @property
    def crumb(self) -> str:
        return "Streams"

    def to_watch(self) -> str:
        return f"stream {row.name}: silent 60s" if (row := self.table.item) else ""

    def empty(self) -> list[list[Span]]:
        return [
            [("strong", "There is no stream in this account.")],
            [("accent", "C"), ("muted", "  creates one")],
        ]

    def summary(self) -> list[Span]:
        rows = self.board.rows
        return [
            ("plain", words.plural(rows.total, "stream")),
            ("muted", f" · {words.count(self.board.total_messages)} messages"),
            ("muted", f" · {words.size(self.board.total_bytes)}"),
        ]

    def counts(self) -> list[Span]:
        if self.poll.problem is not None and self.board.rows.total:
            return [("bad", self.poll.problem.what)]
        if (row := self.table.item) is not None and row.problem:
            return [("bad", f"{row.name}: {row.problem}")]
        if self.poll.pause > LOAD_EVERY:
            return [("warn", f"slow to answer: asked every {self.poll.pause:.0f} s")]
        return []

    # Going down

    def reopen(self, state: LevelState) -> Level | None:
        if not is_name(state.name):
            return None
        match state.kind:
            case "messages":
                return StreamMessages(self.desk, state.name)
            case "stream":
                return InfoLevel(self.desk, state.name)
            case "subjects":
                pattern = ">" if pattern_problem(state.only) else state.only
                return SubjectsLevel(self.desk, state.name, pattern)
        return None

    @on(LineList.Chosen)
    async def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        if (row := self.table.item) is not None:
            await self.pane.push(StreamMessages(self.desk, row.name))

    async def action_info(self) -> None:
        """Configuration and state of the stream."""
        if (row := self.table.item) is not None:
            await self.pane.push(InfoLevel(self.desk, row.name))

    async def action_dead_letters(self) -> None:
        """Messages of the stream that consumers gave up."""
        if (row := self.table.item) is not None:
            await self.pane.push(DeadLettersLevel(self.desk, row.name))

    async def action_subjects(self) -> None:
        """The subjects of the stream, with counts."""
        if (row := self.table.item) is not None:
            await self.pane.push(SubjectsLevel(self.desk, row.name))

    def action_compare(self) -> None:
        """Compare all streams with those of another context."""
        here = self.desk.session
        self.tui.start(compare(self, lambda there: StreamComparison(here, there)))

    # Changing

    def action_create(self) -> None:
        """Create a stream."""
        change.create(self)

    def action_edit(self) -> None:
        """Edit the configuration of the stream."""
        if (row := self.table.item) is not None:
            self.tui.start(change.edit(self, row.name))

    def action_purge(self) -> None:
        """Purge the stream, after a look at what goes."""
        if (row := self.table.item) is not None:
            change.ask_purge(self, row.name)

    def action_delete(self) -> None:
        """Delete the stream."""
        if (row := self.table.item) is not None:
            self.tui.start(change.delete_stream(self, row.name))

    def action_seal(self) -> None:
        """Seal the stream for ever."""
        if (row := self.table.item) is not None:
            self.tui.start(change.seal(self, row.name))

    def action_backup(self) -> None:
        """Write the stream into a folder."""
        if (row := self.table.item) is not None:
            change.ask_backup(self, row.name, row.bytes)

    def action_restore(self) -> None:
        """Make a stream from a folder."""
        change.ask_restore(self)


class StreamMessages(MessagesLevel):
    """The messages of a stream, opened from the table: its breadcrumb is the stream's name."""

    @property
    def crumb(self) -> str:
        return self.reader.stream
