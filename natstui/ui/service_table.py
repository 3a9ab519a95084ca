"""All services in one table, the worst first; below it what is to be said of one."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from natstui.model.polling import Poll
from natstui.model.service_board import ServiceBoard
from natstui.model.service_row import ServiceRow, Severity
from natstui.ui import words
from natstui.ui.board_table import BoardTable
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.lines import LineList
from natstui.ui.note_line import NoteLine
from natstui.ui.pane import Level
from natstui.ui.polled import poll_hint
from natstui.ui.service_call import open_call
from natstui.ui.service_help import SERVICES_HELP
from natstui.ui.service_level import ServiceLevel
from natstui.ui.service_words import (
    AVERAGE,
    ERROR_RATE,
    ERRORS,
    LAST_ERROR,
    RECENT,
    REQUEST_RATE,
    REQUESTS,
    STATE,
    instance_words,
    load_words,
    note,
    trouble_words,
)
from natstui.ui.table import Column

LOAD_EVERY = 2.0

COLUMNS: tuple[Column[ServiceRow], ...] = (
    Column("service", lambda row: row.name, sort=lambda row: row.name, ink="strong", at_least=14),
    STATE,
    Column(
        "inst",
        instance_words,
        5,
        sort=lambda row: len(row.alive),
        right=True,
        descending=True,
        ink=lambda row: "bad" if row.silent else "plain",
    ),
    REQUEST_RATE,
    ERROR_RATE,
    RECENT,
    REQUESTS,
    ERRORS,
    AVERAGE,
    Column("version", lambda row: row.versions, 10, ink="muted", leave_out=3),
    LAST_ERROR,
)


class ServiceTable(Level):
    """All of them; enter opens one."""

    HELP = SERVICES_HELP
    WRITES = frozenset({"call"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash", "filter", "filter", key_display="/", tooltip="Filter", id="services.filter"
        ),
        Binding("C", "call", "call", tooltip="Call an endpoint of it", id="services.call"),
        Binding("x", "forget", "forget", tooltip="Forget silent ones", id="services.forget"),
    ]

    def __init__(self, desk: Desk) -> None:
        self.board = ServiceBoard(desk.session)
        self.poll = Poll(
            desk.session, self.board.load, every=LOAD_EVERY, took=lambda: self.board.took
        )
        super().__init__(desk, self.poll)
        self.table = BoardTable(self.board.rows, COLUMNS, id="services-table", order="state")
        self.note = NoteLine()

    def compose(self) -> ComposeResult:
        yield self.table
        yield self.note

    @property
    def crumb(self) -> str:
        return "Services"

    def target(self) -> Widget:
        return self.table

    def frame(self) -> None:
        self.table.say_while_empty(poll_hint(self.poll, self._empty()))
        self.table.sync()
        self.note.say(note(self.table.item))

    def _empty(self) -> list[list[Span]]:
        if self.board.rows.filter:
            return [
                [("strong", "No service matches the filter.")],
                [("accent", "/"), ("muted", "  changes it, esc clears it")],
            ]
        if self.board.problems:
            return [
                [("strong", "No service is to be seen, and not everything may be asked:")],
                *([("bad", problem)] for problem in self.board.problems.values()),
            ]
        return [
            [("strong", "No service of this account answers.")],
            [("muted", "asked at "), ("plain", "$SRV.PING"), ("muted", "; one that is started")],
            [("muted", "now appears here by itself")],
        ]

    def about(self) -> list[Span]:
        rows = self.board.rows
        if rows.filter:
            found = f"  {len(rows):,} of {rows.total:,}"
            return [("warn", f"filter {rows.filter}"), ("muted", found)]
        if not rows.total:
            return []
        said: list[Span] = [
            ("plain", words.plural(rows.total, "service")),
            ("muted", f" · {words.plural(len(self.board.instances), 'instance')}"),
        ]
        if silent := self.board.silent():
            said += [("muted", " · "), ("bad", f"{silent:,} silent")]
        if errors := self.board.states[Severity.ERRORS]:
            said += [("muted", " · "), ("warn", f"{errors:,} with errors")]
        return said

    def counts(self) -> list[Span]:
        return load_words(self.board, self.poll)

    def trouble(self) -> str:
        return trouble_words(self.board, self.poll)

    def out(self) -> bool:
        if not self.board.rows.filter:
            return False
        self.board.rows.set_filter("")
        return True

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        if (row := self.table.item) is not None:
            self.tui.start(self.pane.push(ServiceLevel(self.desk, self.board, self.poll, row.name)))

    def action_filter(self) -> None:
        """Ask for words of the service, its instances, its endpoints, its state."""
        rows = self.board.rows
        self.pane.ask(
            "filter", rows.filter, lambda _: None, rows.set_filter, changed=rows.set_filter
        )

    def action_call(self) -> None:
        """Call the first endpoint of the service."""
        if (row := self.table.item) is not None:
            open_call(self, row.endpoints[0] if row.endpoints else None)

    def action_forget(self) -> None:
        """Leave out what does not answer any more."""
        for instance in [each for each in self.board.instances.values() if each.is_silent]:
            self.board.forget(instance.key)
        self.board.show()
