"""What is said of services in few cells, and the columns that their tables share."""

from __future__ import annotations

from natstui.model.gathering import MOST_ANSWERS
from natstui.model.polling import Poll
from natstui.model.service_board import ServiceBoard
from natstui.model.service_row import ServiceRow, Severity
from natstui.ui import words
from natstui.ui.drawing import Span
from natstui.ui.table import Column

_INKS = {
    Severity.FINE: "good",
    Severity.IDLE: "muted",
    Severity.UNKNOWN: "warn",
    Severity.ERRORS: "warn",
    Severity.FEWER: "bad",
    Severity.SILENT: "alarm",
}


def state_ink(row: ServiceRow) -> str:
    """The ink of how it stands."""
    return _INKS[row.state.severity]


def state_words(row: ServiceRow) -> str:
    """The badge; what is silent, with since when: silent 12s."""
    if not row.silent:
        return row.state.badge
    return f"{row.state.badge} {words.age(row.silent_for)}"


def time_words(seconds: float | None) -> str:
    """Seconds for a request, "" without one."""
    return "" if seconds is None else words.seconds(seconds)


def instance_words(row: ServiceRow) -> str:
    """How many answer, and of how many where not all of them do: 3, 2/3."""
    alive, total = len(row.alive), len(row.instances)
    return f"{alive:,}" if alive == total else f"{alive:,}/{total:,}"


def note(row: ServiceRow | None) -> list[Span]:
    """A sentence about a row: how it stands, since when, and what went wrong last."""
    if row is None:
        return []
    said: list[Span] = [(state_ink(row), state_words(row)), ("plain", "  ")]
    if row.silent:
        heard = words.clock(row.last_heard)[:8]
        said += [("plain", row.state.reason), ("muted", f", last heard {heard}")]
    elif row.state.severity is not Severity.ERRORS or not row.last_error:
        said.append(("plain", row.state.reason))
    if row.last_error:
        said += [("muted", "  last error "), ("bad", row.last_error)]
    return said


def load_words(board: ServiceBoard, poll: Poll) -> list[Span]:
    """What a look costs the services."""
    look = board.look
    if look is None:
        return []
    answers = f"{look.requests:,} asked, {words.plural(look.answers, 'answer')}"
    return [("muted", f"{answers}, every {poll.pause:.0f} s")]


def trouble_words(board: ServiceBoard, poll: Poll) -> str:
    """What could not be asked, understood or kept, though there is something to see."""
    if not board.instances:
        return ""
    said = list(board.problems.values())
    if poll.problem is not None:
        said = [poll.problem.what]
    if board.broken:
        said.append(f"{words.plural(board.broken, 'answer')} of no service: {board.broken_words}")
    if board.cut:
        said.append(f"{board.cut:,} answers left out: too many instances")
    if board.look is not None and board.look.is_cut:
        said.append(f"only the first {MOST_ANSWERS:,} answers")
    return "; ".join(said)


STATE: Column[ServiceRow] = Column(
    "state", state_words, 12, sort=lambda row: row.state.severity, descending=True, ink=state_ink
)
REQUEST_RATE: Column[ServiceRow] = Column(
    "req/s",
    lambda row: words.rate(row.request_rate),
    7,
    sort=lambda row: row.request_rate,
    right=True,
    descending=True,
    ink=lambda row: "accent" if row.request_rate else "faint",
)
ERROR_RATE: Column[ServiceRow] = Column(
    "err/s",
    lambda row: words.rate(row.error_rate),
    6,
    sort=lambda row: row.error_rate,
    right=True,
    descending=True,
    ink=lambda row: "warn" if row.error_rate else "faint",
)
RECENT: Column[ServiceRow] = Column(
    "time",
    lambda row: time_words(row.recent),
    7,
    sort=lambda row: row.recent or 0.0,
    right=True,
    descending=True,
)
AVERAGE: Column[ServiceRow] = Column(
    "average",
    lambda row: time_words(row.average),
    8,
    sort=lambda row: row.average or 0.0,
    right=True,
    descending=True,
    ink="muted",
    leave_out=4,
)
REQUESTS: Column[ServiceRow] = Column(
    "requests",
    lambda row: words.count(row.requests),
    8,
    sort=lambda row: row.requests,
    right=True,
    descending=True,
)
ERRORS: Column[ServiceRow] = Column(
    "errors",
    lambda row: words.count(row.errors),
    6,
    sort=lambda row: row.errors,
    right=True,
    descending=True,
    ink=lambda row: "warn" if row.errors else "faint",
    leave_out=2,
)
LAST_ERROR: Column[ServiceRow] = Column(
    "last error", lambda row: row.last_error, 28, ink="bad", leave_out=9
)
