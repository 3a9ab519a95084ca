"""The subjects in a stream, with how many messages each has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from natstui.model.asking import api
from natstui.model.polling import Poll
from natstui.model.rows import Rows
from natstui.model.view_state import LevelState
from natstui.model.wildcards import pattern_problem
from natstui.ui import stream_changes as change
from natstui.ui import words
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.lines import LineList
from natstui.ui.pane import Level
from natstui.ui.polled import poll_hint
from natstui.ui.stream_messages import MessagesLevel
from natstui.ui.table import Column, TableView

LOAD_EVERY = 10.0
# What the server puts into an answer at most.
MOST = 100_000


@dataclass(frozen=True)
class SubjectCount:
    subject: str
    messages: int


COLUMNS: tuple[Column[SubjectCount], ...] = (
    Column("subject", lambda row: row.subject, sort=lambda row: row.subject, ink="accent"),
    Column(
        "messages",
        lambda row: f"{row.messages:,}",
        12,
        sort=lambda row: row.messages,
        right=True,
        descending=True,
    ),
)


class SubjectsLevel(Level):
    """At most 100,000 of them; enter shows the messages of one."""

    WRITES = frozenset({"purge"})
    KIND = "subjects"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash", "filter", "filter", key_display="/", tooltip="Filter", id="subjects.filter"
        ),
        Binding(
            "S", "subject", "subject", tooltip="Ask the server for some", id="subjects.pattern"
        ),
        Binding(
            "P", "purge", "purge", show=False, tooltip="Purge the subject", id="subjects.purge"
        ),
    ]

    def __init__(self, desk: Desk, stream: str, pattern: str = ">") -> None:
        self.stream = stream
        self.pattern = pattern
        self.total = 0
        self.poll = Poll(desk.session, self._load, every=LOAD_EVERY)
        super().__init__(desk, self.poll)
        self.rows: Rows[SubjectCount] = Rows(lambda row: row.subject, lambda row: row.subject)
        self.table = TableView(self.rows, COLUMNS, id="subjects-table", order="messages")

    def compose(self) -> ComposeResult:
        yield self.table

    @property
    def crumb(self) -> str:
        return f"{self.stream} subjects"

    def target(self) -> Widget:
        return self.table

    def remember(self) -> LevelState | None:
        return replace(self.table.arranged(self.kind, self.stream), only=self.pattern)

    def come_back(self, state: LevelState) -> None:
        self.table.arrange_as(state)

    def reopen(self, state: LevelState) -> Level | None:
        if state.kind != MessagesLevel.KIND or pattern_problem(state.only):
            return None
        return MessagesLevel(self.desk, self.stream, state.only)

    async def _load(self) -> None:
        body = {"subjects_filter": self.pattern}
        answer = await api(self.desk.session, f"STREAM.INFO.{self.stream}", body)
        subjects = answer["state"].get("subjects") or {}
        self.total = int(answer.get("total") or len(subjects))
        self.rows.set_items(SubjectCount(*each) for each in subjects.items())

    def frame(self) -> None:
        empty: list[list[Span]] = [
            [("strong", "No subject matches." if self.rows.filter else "No message is stored.")],
            [("muted", "esc goes back")],
        ]
        self.table.say_while_empty(poll_hint(self.poll, empty))
        self.table.sync()

    def about(self) -> list[Span]:
        if self.rows.filter:
            found = f"{len(self.rows):,} of {self.rows.total:,}"
            return [("warn", f"filter {self.rows.filter}"), ("muted", f"  {found}")]
        return [("muted", f"{self.pattern}  "), ("plain", words.plural(self.total, "subject"))]

    def counts(self) -> list[Span]:
        if self.total > self.rows.total:
            return [("warn", f"the first {self.rows.total:,} are shown; S asks for some")]
        return []

    def out(self) -> bool:
        if not self.rows.filter:
            return False
        self.rows.set_filter("")
        return True

    @on(LineList.Chosen)
    async def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        if (row := self.table.item) is not None:
            level = MessagesLevel(self.desk, self.stream, row.subject)
            await self.pane.push(level)

    def action_filter(self) -> None:
        """Ask for words that must be in the subject."""
        self.pane.ask("filter", self.rows.filter, lambda _: None, self.rows.set_filter)

    def action_subject(self) -> None:
        """Ask for a pattern, and ask the server for the subjects that match."""
        self.pane.ask("subjects", self.pattern, pattern_problem, self._only)

    def _only(self, pattern: str) -> None:
        self.pattern = pattern
        self.poll.now()

    def action_purge(self) -> None:
        """Purge the messages of the subject, after a look at what goes."""
        if (row := self.table.item) is not None:
            change.ask_purge(self, self.stream, row.subject)
