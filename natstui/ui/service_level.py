"""One service: its endpoints over all instances, and below them its instances."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from natstui.model.polling import Poll
from natstui.model.rows import Rows
from natstui.model.service_board import ServiceBoard
from natstui.model.service_row import ServiceRow
from natstui.ui import words
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.lines import LineList
from natstui.ui.note_line import NoteLine
from natstui.ui.pane import Level
from natstui.ui.polled import poll_hint
from natstui.ui.service_call import open_call
from natstui.ui.service_detail import ServiceDetail
from natstui.ui.service_help import SERVICE_HELP
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
    state_ink,
    state_words,
    trouble_words,
)
from natstui.ui.table import Column, TableView


def _place(row: ServiceRow) -> str:
    """Where an instance runs, as far as its metadata says anything."""
    return " ".join(f"{key}={value}" for key, value in row.instances[0].metadata.items())


def _up(row: ServiceRow) -> str:
    started = row.instances[0].started
    return words.age(row.now - started) if started else ""


def _rtt(row: ServiceRow) -> str:
    rtt = row.instances[0].rtt
    return words.seconds(rtt) if rtt is not None else ""


ENDPOINTS: tuple[Column[ServiceRow], ...] = (
    Column("endpoint", lambda row: row.name, 16, sort=lambda row: row.name, ink="strong"),
    Column("subject", lambda row: row.subject, sort=lambda row: row.subject, at_least=24),
    REQUEST_RATE,
    ERROR_RATE,
    RECENT,
    REQUESTS,
    ERRORS,
    AVERAGE,
    Column("inst", instance_words, 5, right=True, ink="muted", leave_out=5),
    Column("queue", lambda row: row.queue_groups or "none", 8, ink="muted", leave_out=6),
    LAST_ERROR,
)
INSTANCES: tuple[Column[ServiceRow], ...] = (
    Column("instance", lambda row: row.name, 22, sort=lambda row: row.name, ink="strong"),
    STATE,
    Column("", _place, ink="muted", leave_out=1),
    REQUEST_RATE,
    ERROR_RATE,
    RECENT,
    Column("up", _up, 4, sort=lambda row: -row.instances[0].started, right=True, ink="muted"),
    REQUESTS,
    ERRORS,
    AVERAGE,
    Column("version", lambda row: row.versions, 10, ink="muted", leave_out=3),
    Column("ping", _rtt, 7, right=True, ink="muted", leave_out=6),
    LAST_ERROR,
)


class ServiceLevel(Level):
    """Two tables; tab goes from one to the other, enter opens what is under the cursor."""

    HELP = SERVICE_HELP
    WRITES = frozenset({"call"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "switch", "other table", tooltip="To the other table", id="service.switch"),
        Binding("C", "call", "call", tooltip="Call the endpoint", id="service.call"),
    ]

    def __init__(self, desk: Desk, board: ServiceBoard, poll: Poll, service: str) -> None:
        super().__init__(desk, poll)
        self.board = board
        self.poll = poll
        self.service = service
        self.endpoints = _table(ENDPOINTS, "service-endpoints", "endpoint")
        self.instances = _table(INSTANCES, "service-instances", "state")
        self.note = NoteLine()
        self.row: ServiceRow | None = None
        self._drawn = -1

    def compose(self) -> ComposeResult:
        yield self.endpoints
        yield self.instances
        yield self.note

    @property
    def crumb(self) -> str:
        return self.service

    @property
    def table(self) -> TableView[ServiceRow]:
        """The one that the keys act on."""
        return self.instances if self.instances.has_focus else self.endpoints

    def target(self) -> Widget:
        return self.endpoints

    def frame(self) -> None:
        if self.board.version != self._drawn:
            self._drawn = self.board.version
            self.row = self.board.whole(self.service)
            self.endpoints.rows.set_items(self.board.endpoints(self.service))
            self.instances.rows.set_items(self.board.each_of(self.service))
        self.endpoints.say_while_empty(poll_hint(self.poll, self._empty()))
        self.endpoints.sync()
        self.instances.sync()
        self.note.say(note(self.table.item))

    def _empty(self) -> list[list[Span]]:
        if self.row is None or not self.row.instances:
            return [[("strong", "Nobody of this service answers any more; esc goes back.")]]
        return [[("strong", "It has no endpoints, or does not answer to $SRV.STATS.")]]

    def about(self) -> list[Span]:
        if self.row is None or not self.row.instances:
            return []
        return [
            ("muted", f"{self.row.versions} · "),
            (state_ink(self.row), state_words(self.row)),
            ("muted", f" · {words.plural(len(self.row.alive), 'instance')}"),
        ]

    def counts(self) -> list[Span]:
        return load_words(self.board, self.poll)

    def trouble(self) -> str:
        return trouble_words(self.board, self.poll)

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        if (row := self.table.item) is not None:
            whole = self.table is self.instances
            level = ServiceDetail(self.desk, self.board, self.poll, self.service, row, whole=whole)
            self.tui.start(self.pane.push(level))

    def action_switch(self) -> None:
        """To the other table."""
        (self.endpoints if self.instances.has_focus else self.instances).focus()

    def action_call(self) -> None:
        """Call the endpoint under the cursor, or the first one of the instance."""
        row = self.table.item
        if row is not None and row.endpoints:
            open_call(self, row.endpoints[0])


def _table(columns: tuple[Column[ServiceRow], ...], id: str, order: str) -> TableView[ServiceRow]:
    rows: Rows[ServiceRow] = Rows(lambda row: row.key, lambda row: row.words)
    return TableView(rows, columns, id=id, order=order)
