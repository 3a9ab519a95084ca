"""What a user may know of themselves: who they are, what they may, limits and use."""

from __future__ import annotations

from natstui.model.own_account import OwnAccount
from natstui.model.own_board import OwnBoard
from natstui.model.server_board import ServerBoard
from natstui.model.system_answer import at, limit, number, text
from natstui.model.system_boards import SystemBoards
from natstui.ui import words
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.server_help import OWN_HELP
from natstui.ui.system_words import problem_lines
from natstui.ui.text_page import TextPage

Line = list[Span]

_NAME = 16
_MOST_SUBJECTS = 200
# The limits of JetStream, what is used of each, and whether they are bytes.
_LIMITS = (
    ("storage", "storage", "max_storage", True),
    ("memory", "memory", "max_memory", True),
    ("streams", "streams", "max_streams", False),
    ("consumers", "consumers", "max_consumers", False),
)
_NEARLY = 0.9


class OwnPage(TextPage):
    """Who one is, what one may, limits and use."""

    HELP = OWN_HELP

    def __init__(self, desk: Desk, boards: SystemBoards) -> None:
        self.board = OwnBoard(desk.session)
        super().__init__(desk, boards, self.board)

    @property
    def crumb(self) -> str:
        return "me"

    def lines(self) -> list[Line]:
        return own_lines(self.board)


def own_lines(board: OwnBoard | ServerBoard) -> list[Line]:
    """Who, what is left, what is permitted; and by subject what may not be seen."""
    own = board.own
    lines: list[Line] = []
    if own.user:
        lines += [[("title", "YOU")], *_who(own), []]
    if own.jetstream:
        lines += [[("title", "JETSTREAM")], *_jetstream(own), []]
    if own.servers:
        lines += [[("title", "ACCOUNT")], *_account(own), []]
    if own.user:
        lines += [[("title", "PERMISSIONS")], *_permissions(own), []]
    if board.problems:
        lines += [[("title", "NOT TO BE SEEN")], *problem_lines(board)]
    return lines


def _who(own: OwnAccount) -> list[Line]:
    lines = [
        _field("user", text(own.user, "user") or "nobody in particular"),
        _field("account", own.account or "unknown"),
    ]
    if (account := text(own.user, "account")) and account != own.account:
        lines.append(_field("account id", account))
    if expires := number(own.user, "expires"):
        lines.append(_field("expires in", words.age(expires / 1e9)))
    return lines


def _jetstream(own: OwnAccount) -> list[Line]:
    tiers = at(own.jetstream, "tiers")
    if isinstance(tiers, dict) and tiers:
        lines: list[Line] = []
        for name, tier in tiers.items():
            lines += [[("strong", str(name))], *_use(tier)]
    else:
        lines = _use(own.jetstream)
    requests, refused = own.shown()["api"], number(own.jetstream, "api", "errors")
    lines.append(
        [
            ("muted", f"{'api':<{_NAME}}"),
            ("plain", f"{requests:,} requests"),
            ("warn" if refused else "faint", f", {refused:,} errors"),
        ]
    )
    return lines


def _use(tier: object) -> list[Line]:
    lines: list[Line] = []
    for name, used_name, limit_name, is_bytes in _LIMITS:
        used, most = number(tier, used_name), limit(tier, "limits", limit_name)
        say = words.size if is_bytes else words.count
        line: Line = [("muted", f"{name:<{_NAME}}"), ("plain", f"{say(used):>10}")]
        if most < 0:
            line.append(("faint", "  of any number" if not is_bytes else "  unlimited"))
        elif not most:
            line.append(("faint", "  none allowed"))
        else:
            share = used / most
            ink = "bad" if share >= 1 else "warn" if share >= _NEARLY else "good"
            line += [("muted", f"  of {say(most)}  "), (ink, f"{share:.0%}")]
        lines.append(line)
    return lines


def _account(own: OwnAccount) -> list[Line]:
    moved = own.shown()
    lines = [
        _field("connections", f"{own.total('conns'):,}"),
        _field("leaf nodes", f"{own.total('leafnodes'):,}"),
        _field(
            "sent to it",
            f"{moved['sent']:,} messages, {words.size(moved['sent_bytes'])}",
        ),
        _field(
            "received",
            f"{moved['received']:,} messages, {words.size(moved['received_bytes'])}",
        ),
    ]
    slow = own.total("slow_consumers")
    name = f"{'slow consumers':<{_NAME}}"
    lines.append([("muted", name), ("warn" if slow else "plain", f"{slow:,}")])
    names = ", ".join(told.name for told in own.servers)
    lines.append(_field("seen by", names))
    return lines


def _permissions(own: OwnAccount) -> list[Line]:
    lines: list[Line] = []
    for kind in ("publish", "subscribe"):
        allow, deny = own.allowed(kind)
        lines.append(_subjects(f"may {kind}", allow or [">"], "good"))
        if deny:
            lines.append(_subjects("but not", deny, "bad"))
    if isinstance(responses := at(own.user, "permissions", "responses"), dict):
        most = number(responses, "max")
        lines.append(_field("may answer", f"{most:,} times" if most > 0 else "yes"))
    return lines


def _subjects(name: str, subjects: list[str], ink: str) -> Line:
    shown = "  ".join(subjects[:_MOST_SUBJECTS])
    more = len(subjects) - _MOST_SUBJECTS
    left: Line = [("warn", f"  and {more:,} more")] if more > 0 else []
    return [("muted", f"{name:<{_NAME}}"), (ink, shown), *left]


def _field(name: str, value: str) -> Line:
    return [("muted", f"{name:<{_NAME}}"), ("plain", value)]
