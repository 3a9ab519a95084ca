"""How a consumer stands: why it is stuck, if it is, and how bad that is.

The first of RULES that fits speaks. What somebody did on purpose comes before what follows from it:
of a consumer that is paused it is no news that nobody pulls.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from natstui.model.moments import until_words

if TYPE_CHECKING:
    from natstui.model.consumer_row import ConsumerRow

# A consumer that has just been served has nobody waiting for a moment.
QUIET_SECONDS = 5.0
# Less than this is jitter, and so is what a few seconds say.
GROWING_PER_SECOND = 0.5
GROWING_SECONDS = 5.0


class Severity(IntEnum):
    """The worst is the highest."""

    FINE = 0
    BUSY = 1
    WAS_HURT = 2
    CARE = 3
    PAUSED = 4
    GROWING = 5
    STUCK = 6
    LOSING = 7
    UNKNOWN = 8


class Standing(NamedTuple):
    """`badge` in a few words, `reason` in a sentence."""

    severity: Severity
    badge: str
    reason: str


Rule = Callable[["ConsumerRow"], Standing | None]


def judge(row: ConsumerRow) -> Standing:
    """How it stands, by its last answers."""
    return next(standing for rule in RULES if (standing := rule(row)) is not None)


def _unknown(row: ConsumerRow) -> Standing | None:
    if row.problem:
        return Standing(Severity.UNKNOWN, "no answer", row.problem)
    return None if row.info else Standing(Severity.FINE, "", "")


def _losing(row: ConsumerRow) -> Standing | None:
    lost = max(row.advised, row.gave_up)
    if not lost:
        return None
    limit = row.count("config", "max_deliver")
    given_up = f" after {limit} deliveries" if limit > 0 else ""
    return Standing(
        Severity.LOSING,
        "losing messages",
        f"{lost:,} given up{given_up} while we watched{_until(row)}",
    )


def _until(row: ConsumerRow) -> str:
    return f"; paused until {until_words(row.paused_until)}" if row.paused_until else ""


def _paused(row: ConsumerRow) -> Standing | None:
    until = row.paused_until
    if not until:
        return None
    waits = f", {row.pending:,} wait" if row.pending else ""
    return Standing(Severity.PAUSED, "paused", f"until {until_words(until)}{waits}")


def _ack_limit(row: ConsumerRow) -> Standing | None:
    if not row.ack_limit or row.outstanding < row.ack_limit:
        return None
    return Standing(
        Severity.STUCK,
        "ack limit",
        f"{row.outstanding:,} of {row.ack_limit:,} unacked: "
        f"nothing new is delivered before one is acked",
    )


def _no_subscriber(row: ConsumerRow) -> Standing | None:
    if not row.is_push or row.is_bound:
        return None
    subject = row.config.get("deliver_subject")
    return Standing(
        Severity.STUCK if row.pending else Severity.CARE,
        "no subscriber",
        f"nobody subscribes to its deliver subject {subject}",
    )


def _nobody_pulling(row: ConsumerRow) -> Standing | None:
    if row.is_push or row.waiting or not row.pending:
        return None
    if row.deliver_rate.per_second or row.quiet_for < QUIET_SECONDS:
        return None
    return Standing(
        Severity.STUCK, "nobody pulling", f"{row.pending:,} pending, and no client asks for them"
    )


def _growing(row: ConsumerRow) -> Standing | None:
    slope = row.slope
    if slope.span < GROWING_SECONDS or slope.per_second < GROWING_PER_SECOND:
        return None
    return Standing(
        Severity.GROWING,
        "lag growing",
        f"by {slope.per_second:,.1f} a second: more is stored than is acknowledged",
    )


def _redelivering(row: ConsumerRow) -> Standing | None:
    if not row.redelivered or not row.outstanding:
        return None
    return Standing(
        Severity.CARE,
        "redelivering",
        f"{row.redelivered:,} redelivered: slower than ack wait, or refused",
    )


def _has_lost(row: ConsumerRow) -> Standing | None:
    if not row.given_up:
        return None
    return Standing(
        Severity.WAS_HURT,
        "lost messages",
        f"at least {row.given_up:,} given up after max deliver, before we watched",
    )


def _draining(row: ConsumerRow) -> Standing | None:
    if not row.pending:
        return None
    return Standing(Severity.BUSY, "behind", f"{row.pending:,} pending")


def _fine(row: ConsumerRow) -> Standing:
    if row.outstanding:
        return Standing(Severity.FINE, "working", f"{row.outstanding:,} outstanding")
    return Standing(Severity.FINE, "ok", "nothing pending")


RULES: tuple[Rule, ...] = (
    _unknown,
    _losing,
    _paused,
    _ack_limit,
    _no_subscriber,
    _nobody_pulling,
    _growing,
    _redelivering,
    _has_lost,
    _draining,
    _fine,
)
