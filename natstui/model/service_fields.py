"""What there is to say of a service, of one of its endpoints, or of one of its instances."""

from __future__ import annotations

from natstui.model.fields import Field
from natstui.model.service_row import ServiceRow, Severity

STATES = tuple(each.name.lower() for each in Severity)


def _state(row: ServiceRow) -> str:
    return STATES[row.state.severity]


def is_moving(row: ServiceRow) -> bool:
    """Whether its rates are known: they take two answers."""
    return any(each.request_rate.is_known for each in row.endpoints)


def _rate(row: ServiceRow, per_second: float) -> float | None:
    return round(per_second, 3) if is_moving(row) else None


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 9)


SERVICE_FIELDS: tuple[Field[ServiceRow], ...] = (
    Field("name", "text", lambda row: row.name),
    Field("subject", "text", lambda row: row.subject),
    Field(
        "state",
        "text",
        _state,
        choices=STATES,
        # Whether there are errors, or requests at all, is a question of rates.
        moves=True,
        rank=lambda row: row.state.severity,
    ),
    Field("badge", "text", lambda row: row.state.badge),
    Field("reason", "text", lambda row: row.state.reason),
    Field("instances", "number", lambda row: len(row.alive)),
    Field("silent", "number", lambda row: len(row.silent)),
    Field("endpoints", "number", lambda row: len({each.key for each in row.endpoints})),
    Field("requests", "number", lambda row: row.requests),
    Field("errors", "number", lambda row: row.errors),
    Field("request_rate", "number", lambda row: _rate(row, row.request_rate), moves=True),
    Field("error_rate", "number", lambda row: _rate(row, row.error_rate), moves=True),
    Field("error_share", "number", lambda row: _rate(row, row.error_share), moves=True),
    Field("average", "number", lambda row: _rounded(row.average)),
    Field("recent", "number", lambda row: _rounded(row.recent), moves=True),
    Field("last_error", "text", lambda row: row.last_error),
    Field("versions", "text", lambda row: row.versions),
    Field("queue_groups", "text", lambda row: row.queue_groups),
)
