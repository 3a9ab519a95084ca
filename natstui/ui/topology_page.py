"""How the servers hang together: clusters with their routes, gateways, leaf nodes."""

from __future__ import annotations

from natstui.model.system_answer import text
from natstui.model.system_boards import SystemBoards
from natstui.model.topology import Bundle, Topology
from natstui.ui import words
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.server_help import TOPOLOGY_HELP
from natstui.ui.system_words import problem_lines, rtt_words
from natstui.ui.text_page import TextPage

Line = list[Span]

_MOST_SHOWN = 500


class TopologyPage(TextPage):
    """Clusters, routes, gateways and leaf nodes."""

    HELP = TOPOLOGY_HELP

    def __init__(self, desk: Desk, boards: SystemBoards) -> None:
        super().__init__(desk, boards, boards.topology)

    @property
    def crumb(self) -> str:
        return "topology"

    def lines(self) -> list[Line]:
        return topology_lines(self.boards.topology)


def topology_lines(board: Topology) -> list[Line]:
    """Clusters, routes, gateways and leaf nodes; what may not be seen, by subject."""
    lines: list[Line] = []
    clusters: dict[str, list[str]] = {}
    for told in board.servers:
        name = text(told.server, "cluster") or "without a cluster"
        clusters.setdefault(name, []).append(told.name)
    if clusters:
        lines.append([("title", "CLUSTERS")])
    for name, servers in sorted(clusters.items()):
        lines.append(
            [
                ("strong", f"  {name:<16} "),
                ("plain", ", ".join(servers)),
            ]
        )
    for kind, title in (("route", "ROUTES"), ("gateway", "GATEWAYS"), ("leaf", "LEAF NODES")):
        lines += _section(title, board.bundles(kind), is_empty_worth_saying=bool(board.servers))
    if board.problems:
        lines += [[], [("title", "NOT TO BE SEEN")], *problem_lines(board)]
    return lines


def _section(title: str, links: list[Bundle], *, is_empty_worth_saying: bool) -> list[Line]:
    if not links:
        none: list[Line] = [[], [("title", title), ("faint", "  none")]]
        return none if is_empty_worth_saying else []
    heads = f"  {'server':<12}{'to':<14}{'rtt':>8}{'msg/s':>8}{'byte/s':>9}{'waiting':>8}"
    lines: list[Line] = [[], [("title", title)], [("muted", heads)]]
    lines += [_link(link) for link in links[:_MOST_SHOWN]]
    if len(links) > _MOST_SHOWN:
        lines.append([("warn", f"  and {len(links) - _MOST_SHOWN:,} more")])
    return lines


def _link(link: Bundle) -> Line:
    notes = [f"{len(link.links)} connections"] if len(link.links) > 1 else []
    if link.kind == "gateway in":
        notes.append("inbound")
    if link.account:
        notes.append(link.account)
    return [
        ("plain", f"  {_cut(link.server, 11):<12}"),
        ("strong", f"{_cut(link.peer or 'unnamed', 13):<14}"),
        ("accent", f"{rtt_words(link.rtt):>8}"),
        ("plain", f"{words.rate(link.shown_messages):>8}"),
        ("plain", f"{words.short_size(link.shown_bytes) + '/s':>9}"),
        ("warn" if link.pending else "faint", f"{words.short_size(link.pending):>8}"),
        ("muted", f"  {', '.join(notes)}" if notes else ""),
    ]


def _cut(name: str, cells: int) -> str:
    return name if len(name) <= cells else f"{name[: cells - 1]}…"
