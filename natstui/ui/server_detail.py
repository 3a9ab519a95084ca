"""One server: how it stands, how it moves, and all that it says of itself."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widget import Widget

from natstui.model.polling import Poll
from natstui.model.server_board import ServerRow
from natstui.model.server_detail import ServerDetail
from natstui.model.system_answer import Json, number, objects, text
from natstui.model.system_boards import SystemBoards
from natstui.ui import words
from natstui.ui.confirm import TextView
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.polled import poll_hint
from natstui.ui.server_help import SERVER_HELP
from natstui.ui.server_keys import ServerKeys
from natstui.ui.stream_info import fields
from natstui.ui.system_words import load_words, problem_lines, trouble_words

Line = list[Span]

LOAD_EVERY = 2.0
_NAME = 9
_NUMBER = 8
_AXIS = f"{'60 s ago':<57}now"
# What the first lines say already.
_SHOWN = frozenset({"server_id", "server_name", "version", "now", "uptime", "jetstream"})


class ServerPage(ServerKeys):
    """One page; scrolls."""

    HELP = SERVER_HELP

    def __init__(self, desk: Desk, boards: SystemBoards, row: ServerRow) -> None:
        self.row = row
        self.detail = ServerDetail(desk.session, row.id)
        board = boards.servers
        self.poll = Poll(
            desk.session, self.detail.load, every=LOAD_EVERY, took=lambda: self.detail.took
        )
        self.rates = Poll(desk.session, board.load, every=LOAD_EVERY, took=lambda: board.took)
        super().__init__(desk, boards, self.poll, self.rates)
        self.text = TextView([])
        self._drawn: tuple[int, int] = (-1, -1)

    def compose(self) -> ComposeResult:
        yield self.text

    @property
    def crumb(self) -> str:
        return self.row.name

    def target(self) -> Widget:
        return self.text

    def action_go(self, page: str) -> None:
        """Go to another page; the connections are those of this server."""
        super().action_go(page)
        if page == "connections":
            self.boards.connections.rows.set_filter(self.row.name)

    def frame(self) -> None:
        self.text.say_while_empty(poll_hint(self.poll, []))
        seen = (self.detail.version, self.boards.servers.version)
        if seen != self._drawn:
            self._drawn = seen
            self.row = self.boards.servers.find(self.row.id) or self.row
            self.text.set_lines(server_lines(self.row, self.detail))
        self.text.sync()

    def about(self) -> list[Span]:
        status = text(self.detail.health, "status")
        healthy: Span = ("good" if status == "ok" else "bad", f"health {status}")
        return [("muted", f"{self.row.server_version} · "), healthy] if status else []

    def counts(self) -> list[Span]:
        return load_words(self.detail, self.poll)

    def trouble(self) -> str:
        return trouble_words(self.detail, self.poll)


def server_lines(row: ServerRow, detail: ServerDetail) -> list[Line]:
    """Movement first; then what is wrong, JetStream, the other servers, and all the rest."""
    lines: list[Line] = [
        [("muted", "id       "), ("plain", row.id)],
        [
            ("muted", "address  "),
            ("plain", f"{text(row.info, 'host')}, cluster {row.cluster or 'none'}"),
        ],
        [],
        _bars("in", row.messages_in.per_second, list(row.in_bars.bars)),
        _bars("out", row.messages_out.per_second, list(row.out_bars.bars)),
        [("faint", f"{'':{_NAME + _NUMBER + 1}}{_AXIS}")],
    ]
    lines.append(
        [
            ("muted", f"{'bytes':<{_NAME}}"),
            ("plain", f"{words.size(row.bytes_in.per_second)}/s in, "),
            ("plain", f"{words.size(row.bytes_out.per_second)}/s out"),
        ]
    )
    if (status := text(detail.health, "status")) not in ("", "ok"):
        lines += [[("bad", f"health: {status}  {text(detail.health, 'error')}")]]
    for error in objects(detail.health, "errors"):
        lines.append([("bad", f"  {text(error, 'type')}: {text(error, 'error')}")])
    if row.slow_consumers:
        since = f", {row.slow_new:,} of them since we look" if row.slow_new else ""
        said = f"{words.plural(row.slow_consumers, 'slow consumer')} since its start{since}"
        lines.append([("warn", said)])
    lines += _routes(row)
    if jetstream := detail.varz.get("jetstream"):
        lines += [[], [("title", "JETSTREAM")], *fields(jetstream)]
    rest = {key: value for key, value in detail.varz.items() if key not in _SHOWN}
    if rest:
        lines += [[], [("title", "SERVER")], *fields(rest)]
    return [*lines, *([[]] if detail.problems else []), *problem_lines(detail)]


def _bars(name: str, per_second: float, bars: list[int]) -> Line:
    return [
        ("muted", f"{name:<{_NAME}}"),
        ("plain", f"{words.rate(per_second):>{_NUMBER}} "),
        ("accent", words.bars(bars)),
    ]


def _routes(row: ServerRow) -> list[Line]:
    by_peer: dict[str, list[Json]] = {}
    for route in objects(row.stats, "routes"):
        by_peer.setdefault(text(route, "name"), []).append(route)
    if not by_peer:
        return []
    lines: list[Line] = [[], [("title", "ROUTES"), ("muted", "  t has their round trips")]]
    for peer, routes in sorted(by_peer.items()):
        sent = sum(number(each, "sent", "msgs") for each in routes)
        received = sum(number(each, "received", "msgs") for each in routes)
        pending = sum(number(each, "pending") for each in routes)
        lines.append(
            [
                ("plain", f"  {peer:<20} "),
                ("muted", f"{words.plural(len(routes), 'connection')}, "),
                ("plain", f"{words.count(sent)} out, {words.count(received)} in"),
                ("warn" if pending else "faint", f", {words.size(pending)} wait"),
            ]
        )
    return lines
