"""All services in one table, the worst first; below it what is to be said of one."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from natstui.model.polling import Poll
from natstui.model.service_board import ServiceBoard
from natstui.model.service_row import ServiceRow, Severity
from natstui.ui import words
from natstui.ui.board_table import BoardTable
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.filtered import FilteredTable
from natstui.ui.lines import LineList
from natstui.ui.note_line import NoteLine
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


class ServiceTable(FilteredTable):
    """All of them; enter opens one."""

    THING = "service"
    KIND = "services"
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
        yield from super().compose()
        yield self.note

    @property
    def crumb(self) -> str:
        return "Services"

    def frame(self) -> None:
        super().frame()
        self.note.say(note(self.table.item))

    def empty(self) -> list[list[Span]]:
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

    def summary(self) -> list[Span]:
        rows = self.board.rows
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

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        if (row := self.table.item) is not None:
            self.tui.start(self.pane.push(ServiceLevel(self.desk, self.board, self.poll, row.name)))

    def action_call(self) -> None:
        """Call the first endpoint of the service."""
        if (row := self.table.item) is not None:
            open_call(self, row.endpoints[0] if row.endpoints else None)

    def action_forget(self) -> None:
        """Leave out what does not answer any more."""
        for instance in [each for each in self.board.instances.values() if each.is_silent]:
            self.board.forget(instance.key)
        self.board.show()
