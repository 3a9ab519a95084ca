"""What a bucket keeps: chunks by the object that they are of, and those of nobody."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from natstui.model.object_session import Kept, ObjectSession
from natstui.model.polling import Poll
from natstui.model.rows import Rows
from natstui.ui import object_changes as change
from natstui.ui import words
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.lines import LineList
from natstui.ui.object_help import KEPT_HELP
from natstui.ui.object_words import short
from natstui.ui.pane import Level
from natstui.ui.polled import poll_hint
from natstui.ui.stream_messages import MessagesLevel
from natstui.ui.table import Column, TableView

LOAD_EVERY = 5.0


def _state(row: Kept) -> str:
    if row.entry is None:
        return "nothing refers to them"
    return "all" if row.is_whole else f"of {row.entry.chunks:,}: some are missing"


COLUMNS: tuple[Column[Kept], ...] = (
    Column(
        "object",
        lambda row: short(row.entry.name) if row.entry else "",
        sort=lambda row: row.entry.name.lower() if row.entry else "",
        ink="strong",
    ),
    Column(
        "chunks",
        lambda row: f"{row.chunks:,}",
        9,
        sort=lambda row: row.chunks,
        right=True,
        descending=True,
    ),
    Column(
        "",
        _state,
        24,
        ink=lambda row: "muted" if row.is_whole else "bad" if row.entry else "warn",
    ),
    Column("nuid", lambda row: row.nuid, 22, sort=lambda row: row.nuid, ink="muted", leave_out=1),
)


class KeptLevel(Level):
    """Enter opens the chunks as the messages that they are."""

    HELP = KEPT_HELP
    WRITES = frozenset({"purge"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("P", "purge", "remove nobody's", tooltip="Remove what is nobody's", id="kept.purge")
    ]

    def __init__(self, desk: Desk, objects: ObjectSession) -> None:
        self.objects = objects
        self.poll = Poll(desk.session, self._load, every=LOAD_EVERY)
        super().__init__(desk, self.poll)
        self.rows: Rows[Kept] = Rows(lambda row: row.nuid)
        self.orphans: list[Kept] = []  # what nothing refers to
        self._chunks = 0
        self.table = TableView(self.rows, COLUMNS, id="kept-table", order="object")

    def compose(self) -> ComposeResult:
        yield self.table

    @property
    def crumb(self) -> str:
        return "kept"

    def target(self) -> Widget:
        return self.table

    async def _load(self) -> None:
        self.take(await self.objects.kept())

    def take(self, kept: list[Kept]) -> None:
        """This is what is kept."""
        self.rows.set_items(kept)
        self.orphans = [row for row in kept if row.entry is None]
        self._chunks = sum(row.chunks for row in kept)

    def frame(self) -> None:
        self.table.say_while_empty(
            poll_hint(self.poll, [[("strong", "The bucket keeps no chunks.")]])
        )
        self.table.sync()

    def about(self) -> list[Span]:
        spans: list[Span] = [("muted", words.plural(self._chunks, "chunk"))]
        if orphans := sum(row.chunks for row in self.orphans):
            spans.append(("warn", f" · {orphans:,} of nobody"))
        return spans

    def trouble(self) -> str:
        problem = self.poll.problem
        return problem.what if problem is not None and self.rows.total else ""

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        if (row := self.table.item) is not None:
            subject = f"$O.{self.objects.name}.C.{row.nuid}"
            level = MessagesLevel(self.desk, self.objects.stream, subject)
            self.tui.start(self.pane.push(level))

    def action_purge(self) -> None:
        """Remove the chunks that nothing refers to."""
        self.tui.start(change.remove_orphans(self, self.objects, self.orphans))
