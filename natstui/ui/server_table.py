"""All servers in one table; without the system account, what the user may know instead."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.widget import Widget

from natstui.model.server_board import Health, ServerRow
from natstui.model.system_answer import number, objects, text
from natstui.model.system_boards import SystemBoards
from natstui.ui import words
from natstui.ui.board_page import BoardPage
from natstui.ui.confirm import TextView
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.lines import LineList
from natstui.ui.note_line import NoteLine
from natstui.ui.own_page import own_lines
from natstui.ui.server_detail import ServerPage
from natstui.ui.server_help import SERVER_HELP
from natstui.ui.system_columns import count, messages, trouble, volume
from natstui.ui.table import Column

_INKS = {Health.FINE: "good", Health.SLOW: "warn", Health.SILENT: "alarm"}


def health_words(row: ServerRow) -> str:
    """How it stands: ok, 3 slow, silent 12s."""
    match row.health:
        case Health.SILENT:
            return f"silent {words.age(row.silent_for)}"
        case Health.SLOW:
            return f"{row.slow_new:,} slow"
    return "ok"


def health_ink(row: ServerRow) -> str:
    """The ink of how it stands."""
    return _INKS[row.health]


def up_words(row: ServerRow) -> str:
    """How long it has been up, as far as we heard from it."""
    return words.age(row.heard_at - row.started) if row.started else ""


COLUMNS: tuple[Column[ServerRow], ...] = (
    Column("server", lambda row: row.name, sort=lambda row: row.name, ink="strong"),
    Column(
        "state",
        health_words,
        10,
        sort=lambda row: row.health,
        descending=True,
        ink=health_ink,
    ),
    Column("cluster", lambda row: row.cluster, 12, sort=lambda row: row.cluster, leave_out=2),
    count("conns", lambda row: row.connections, 6),
    messages("in", lambda row: row.messages_in),
    messages("out", lambda row: row.messages_out),
    volume("bytes in", lambda row: row.bytes_in, leave_out=3),
    volume("bytes out", lambda row: row.bytes_out, leave_out=3),
    Column(
        "cpu",
        lambda row: f"{row.cpu:.0f}%",
        4,
        sort=lambda row: row.cpu,
        right=True,
        descending=True,
    ),
    Column(
        "mem",
        lambda row: words.short_size(row.mem),
        6,
        sort=lambda row: row.mem,
        right=True,
        descending=True,
    ),
    trouble("slow", lambda row: row.slow_consumers, leave_out=1),
    Column("up", up_words, 4, sort=lambda row: -row.started, right=True, ink="muted", leave_out=1),
    Column("version", lambda row: row.server_version, 8, ink="muted", leave_out=4),
    count("subs", lambda row: number(row.stats, "subscriptions"), 6, ink="muted", leave_out=5),
)


class ServerTable(BoardPage[ServerRow]):
    """All of them; enter opens one."""

    THING = "server"
    KIND = "servers"
    HELP = SERVER_HELP

    def __init__(self, desk: Desk, boards: SystemBoards) -> None:
        self.board = boards.servers
        super().__init__(desk, boards, self.board, self.board.rows, COLUMNS, "state")
        self.own = TextView([])
        self.note = NoteLine()
        self._drawn = -1

    def compose(self) -> ComposeResult:
        yield self.table
        yield self.own
        yield self.note

    def on_mount(self) -> None:
        self.own.display = False

    @property
    def crumb(self) -> str:
        return "Servers"

    def target(self) -> Widget:
        return self.own if self.own.display else self.table

    @property
    def _shows_own(self) -> bool:
        return self.board.sees_system is False and not self.board.rows.total

    def frame(self) -> None:
        if self.own.display != self._shows_own:
            self._switch()
        super().frame()
        if self._shows_own and self.board.version != self._drawn:
            self._drawn = self.board.version
            self.own.set_lines(own_lines(self.board))
        self.own.sync()
        self.note.say([] if self._shows_own else _note(self.table.item))

    def _switch(self) -> None:
        had_focus = self.table.has_focus or self.own.has_focus
        self.own.display = self._shows_own
        self.table.display = not self._shows_own
        if had_focus:
            self.target().focus()

    def about(self) -> list[Span]:
        if self._shows_own:
            return [("warn", "not the system account: "), ("muted", "what you may know")]
        return super().about()

    def summary(self) -> list[Span]:
        rows = self.rows
        if not rows.total:
            return []
        said: list[Span] = [("plain", words.plural(rows.total, "server"))]
        if clusters := len(self.board.clusters):
            said.append(("muted", f" · {words.plural(clusters, 'cluster')}"))
        if leader := self.board.meta_leader:
            said.append(("muted", f" · JetStream led by {leader}"))
        silent = sum(row.is_silent for row in rows.items)
        if silent:
            said += [("muted", " · "), ("bad", f"{silent:,} silent")]
        return said

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        if (row := self.table.item) is not None:
            self.tui.start(self.pane.push(ServerPage(self.desk, self.boards, row)))


def _note(row: ServerRow | None) -> list[Span]:
    if row is None:
        return []
    said: list[Span] = [(health_ink(row), health_words(row)), ("plain", "  ")]
    if row.is_silent:
        said.append(("plain", f"does not answer; last heard {words.clock(row.heard_at)[:8]}, "))
    peers = {text(route, "name") for route in objects(row.stats, "routes")}
    parts = [row.cluster, row.server_version, words.plural(len(peers), "peer") if peers else ""]
    if row.meta_leader:
        parts.append("leads JetStream" if row.meta_leader == row.name else "follows")
    if row.slow_consumers:
        parts.append(words.plural(row.slow_consumers, "slow consumer") + " since its start")
    if row.pending:
        parts.append(f"{words.size(row.pending)} wait for its peers")
    return [*said, ("muted", " · ".join(part for part in parts if part))]
