"""JetStream by server: what each leads and holds, and every stream with its followers."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult

from natstui.model.asset_board import AssetBoard, AssetHealth, AssetRow, JetStreamServer, Replica
from natstui.model.system_answer import limit, number
from natstui.model.system_boards import SystemBoards
from natstui.ui import words
from natstui.ui.board_page import BoardPage
from natstui.ui.confirm import TextView
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.lines import LineList
from natstui.ui.server_help import ASSETS_HELP
from natstui.ui.stream_info import fields
from natstui.ui.table import Column
from natstui.ui.text_page import LOAD_EVERY, TextPage

Line = list[Span]

_NAMES = {
    AssetHealth.FINE: ("good", "ok"),
    AssetHealth.LAGS: ("warn", "lags"),
    AssetHealth.BEHIND: ("warn", "not current"),
    AssetHealth.OFFLINE: ("bad", "offline"),
    AssetHealth.NO_LEADER: ("alarm", "no leader"),
}


def _replica(replica: Replica) -> str:
    if replica.offline:
        return f"{replica.name} offline"
    if replica.lag:
        return f"{replica.name} -{words.count(replica.lag)}"
    return replica.name if replica.current else f"{replica.name} not current"


COLUMNS: tuple[Column[AssetRow], ...] = (
    Column(
        "stream", lambda row: row.key.stream, sort=lambda row: row.key, ink="strong", at_least=14
    ),
    Column("account", lambda row: row.account, 10, sort=lambda row: row.account, leave_out=1),
    Column(
        "state",
        lambda row: _NAMES[row.health][1],
        11,
        sort=lambda row: row.health,
        descending=True,
        ink=lambda row: _NAMES[row.health][0],
    ),
    Column("leader", lambda row: row.leader or "none", 10, sort=lambda row: row.leader),
    Column(
        "lag",
        lambda row: words.count(row.lag),
        6,
        sort=lambda row: row.lag,
        right=True,
        descending=True,
        ink=lambda row: "warn" if row.lag else "faint",
    ),
    Column("R", lambda row: str(row.size), 1, ink="muted"),
    Column(
        "bytes",
        lambda row: words.short_size(row.bytes),
        6,
        sort=lambda row: row.bytes,
        right=True,
        descending=True,
    ),
    Column(
        "messages",
        lambda row: words.count(row.messages),
        8,
        sort=lambda row: row.messages,
        right=True,
        descending=True,
        leave_out=2,
    ),
    Column(
        "consumers",
        lambda row: words.count(row.consumers),
        9,
        sort=lambda row: row.consumers,
        right=True,
        descending=True,
        ink="muted",
        leave_out=3,
    ),
    Column(
        "followers",
        lambda row: ", ".join(map(_replica, row.replicas)),
        36,
        ink="muted",
        leave_out=4,
    ),
)


class AssetTable(BoardPage[AssetRow]):
    """Above a line for each server; below every stream, the worst first."""

    THING = "stream"
    EVERY = LOAD_EVERY
    HELP = ASSETS_HELP

    def __init__(self, desk: Desk, boards: SystemBoards) -> None:
        self.board = boards.assets
        super().__init__(desk, boards, self.board, self.board.rows, COLUMNS, "state")
        self.servers = TextView([], id="asset-servers")
        self.servers.can_focus = False
        self._drawn = -1

    def compose(self) -> ComposeResult:
        yield self.servers
        yield self.table

    @property
    def crumb(self) -> str:
        return "JetStream"

    def frame(self) -> None:
        if self.board.version != self._drawn:
            self._drawn = self.board.version
            self._show_servers()
        self.servers.sync()
        super().frame()

    def _show_servers(self) -> None:
        before, lines = len(self.servers.lines), server_lines(self.board)
        self.servers.set_lines(lines)
        self.servers.display = bool(self.board.servers)
        if len(lines) != before:
            self.servers.refresh(layout=True)

    def summary(self) -> list[Span]:
        rows = self.rows
        said: list[Span] = [("plain", words.plural(rows.total, "stream"))]
        for health in (AssetHealth.NO_LEADER, AssetHealth.OFFLINE, AssetHealth.BEHIND):
            if count := self.board.states[health]:
                ink, name = _NAMES[health]
                said += [("muted", " · "), (ink, f"{count:,} {name}")]
        return said

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        if (row := self.table.item) is not None:
            self.tui.start(self.pane.push(AssetPage(self.desk, self.boards, row)))


class AssetPage(TextPage):
    """All that its servers say of one stream."""

    HELP = ASSETS_HELP

    def __init__(self, desk: Desk, boards: SystemBoards, row: AssetRow) -> None:
        self.row = row
        super().__init__(desk, boards, boards.assets)

    @property
    def crumb(self) -> str:
        return self.row.key.stream

    def lines(self) -> list[Line]:
        rows = self.boards.assets.rows.items
        self.row = next((row for row in rows if row.key == self.row.key), self.row)
        return asset_lines(self.row)

    def about(self) -> list[Span]:
        ink, name = _NAMES[self.row.health]
        return [("muted", f"{self.row.account} · "), (ink, name)]


def asset_lines(row: AssetRow) -> list[Line]:
    """Who leads, who follows and how, then the rest as it came."""
    lines: list[Line] = [
        [("muted", f"{'leader':<12}"), ("strong" if row.leader else "alarm", row.leader or "none")]
    ]
    for each in row.replicas:
        ink = "bad" if each.offline else "plain" if each.current else "warn"
        state = "offline" if each.offline else "current" if each.current else "not current"
        lines.append(
            [
                ("muted", f"{'follower':<12}"),
                (ink, f"{each.name:<14} {state}"),
                ("muted", f", lags {each.lag:,} entries, {_heard(each)}"),
            ]
        )
    return [*lines, [], [("title", "STREAM")], *fields(row.info)]


_META: dict[str, Span] = {
    "leads": ("accent", "  leads JetStream"),
    "follows": ("faint", ""),
    "alone": ("faint", ""),
    "no leader": ("alarm", "  no leader"),
}


def _heard(replica: Replica) -> str:
    """Of those that a new leader has not heard at all, it says no time."""
    if not replica.silent_for:
        return "not heard yet"
    return f"heard {words.seconds(replica.silent_for)} ago"


def server_lines(board: AssetBoard) -> list[Line]:
    """A line for each server, and one for who follows the leader of it all."""
    heads = f"{'server':<14}{'leads':>6}{'streams':>9}{'stored':>10}{'of':>10}{'api err':>9}"
    lines: list[Line] = [[("muted", heads)]]
    lines += [_server_line(each) for each in board.by_server]
    followers = [_replica(each) for each in board.meta_replicas]
    if followers:
        lines.append([("muted", f"the leader is followed by {', '.join(followers)}")])
    return [*lines, []]


def _server_line(server: JetStreamServer) -> Line:
    stored, most = number(server.data, "storage"), limit(server.data, "config", "max_storage")
    errors = number(server.data, "api", "errors")
    name = server.name if len(server.name) <= 13 else f"{server.name[:12]}…"
    if server.meta == "off":
        return [("strong", f"{name:<14}"), ("muted", " no JetStream")]
    if not server.data:
        return [("strong", f"{name:<14}"), ("bad", f" does not answer, {server.meta}")]
    return [
        ("strong", f"{name:<14}"),
        ("plain", f"{server.leads:>6,}"),
        ("plain", f"{number(server.data, 'streams'):>9,}"),
        ("plain", f"{words.size(stored):>10}"),
        ("muted", f"{words.size(most) if most > 0 else 'any':>10}"),
        ("warn" if errors else "faint", f"{errors:>9,}"),
        _META.get(server.meta, ("warn", f"  {server.meta}")),
    ]
