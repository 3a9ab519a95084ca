"""What there is to say of a consumer, by name."""

from __future__ import annotations

from natstui.model.consumer_row import ConsumerRow
from natstui.model.consumer_state import Severity
from natstui.model.fields import Field
from natstui.model.rates import Rate

STATES = tuple(each.name.lower().replace("_", " ") for each in Severity)


def state(row: ConsumerRow) -> str:
    """How it stands, in a word or two: one of STATES."""
    return STATES[row.standing.severity]


def _per_second(rate: Rate) -> float | None:
    return round(rate.per_second, 3) if rate.is_known else None


def _slope(row: ConsumerRow) -> float | None:
    return round(row.slope.per_second, 3) if row.slope.span else None


def _drain(row: ConsumerRow) -> float | None:
    seconds = row.drain_seconds
    return None if seconds is None else round(seconds, 1)


CONSUMER_FIELDS: tuple[Field[ConsumerRow], ...] = (
    Field("stream", "text", lambda row: row.stream),
    Field("consumer", "text", lambda row: row.name),
    Field(
        "state", "text", state, choices=STATES, rank=lambda row: (row.standing.severity, row.lag)
    ),
    Field("badge", "text", lambda row: row.standing.badge),
    Field("reason", "text", lambda row: row.standing.reason),
    Field("pending", "number", lambda row: row.pending),
    Field("unacked", "number", lambda row: row.outstanding),
    Field("ack_limit", "number", lambda row: row.ack_limit or None),
    Field("redelivered", "number", lambda row: row.redelivered),
    Field("waiting", "number", lambda row: row.waiting),
    Field("lag", "number", lambda row: row.lag),
    Field("deliver_rate", "number", lambda row: _per_second(row.deliver_rate), moves=True),
    Field("ack_rate", "number", lambda row: _per_second(row.ack_rate), moves=True),
    Field("lag_slope", "number", _slope, moves=True),
    Field("drain", "number", _drain, moves=True),
    Field("delivered_seq", "number", lambda row: row.position),
    Field("ack_floor", "number", lambda row: row.ack_floor),
    Field("quiet", "number", lambda row: round(row.quiet_for, 3)),
    Field("kind", "text", lambda row: "push" if row.is_push else "pull", choices=("push", "pull")),
    Field("bound", "flag", lambda row: row.is_bound if row.is_push else None),
    Field("paused", "flag", lambda row: bool(row.paused_until)),
    Field("given_up", "number", lambda row: max(row.given_up, row.gave_up, row.advised)),
    Field("filters", "list", lambda row: row.filters),
    Field("leader", "text", lambda row: row.leader),
    Field("description", "text", lambda row: str(row.config.get("description") or "")),
    Field("problem", "text", lambda row: row.problem),
)
