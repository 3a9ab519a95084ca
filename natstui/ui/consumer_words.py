"""What is said of a consumer in few cells."""

from __future__ import annotations

from natstui.model.consumer_row import ConsumerRow
from natstui.model.consumer_state import Severity
from natstui.ui import words

_INKS = {
    Severity.FINE: "good",
    Severity.BUSY: "plain",
    Severity.WAS_HURT: "warn",
    Severity.CARE: "warn",
    Severity.PAUSED: "accent",
    Severity.GROWING: "warn",
    Severity.STUCK: "bad",
    Severity.LOSING: "alarm",
    Severity.UNKNOWN: "alarm",
}
_LEAST_SLOPE = 0.05


def state_ink(row: ConsumerRow) -> str:
    """The ink of how it stands."""
    return _INKS[row.standing.severity]


def full_name(row: ConsumerRow) -> str:
    """As the nats tool writes it: STREAM > CONSUMER."""
    return f"{row.stream} > {row.name}"


def ack_words(row: ConsumerRow) -> str:
    """How many are outstanding, of how many there may be: 12/1.0k."""
    if not row.acknowledges:
        return ""
    limit = words.count(row.ack_limit) if row.ack_limit else "any"
    return f"{words.count(row.outstanding)}/{limit}"


def slope_words(row: ConsumerRow) -> str:
    """How fast the lag grows: +12/s, -0.3/s, "" if it stays."""
    slope = row.slope.per_second
    if abs(slope) < _LEAST_SLOPE:
        return ""
    return f"{'+' if slope > 0 else '-'}{words.rate(abs(slope))}"


def drain_words(row: ConsumerRow) -> str:
    """How long until nothing is left: 40s, 3h; "never" if it does not get less."""
    if not row.lag:
        return ""
    seconds = row.drain_seconds
    return "never" if seconds is None else words.age(seconds)
