"""What there is to say of a stream, by name."""

from __future__ import annotations

import time

from natstui.model.export import timestamp
from natstui.model.fields import Field, Kind
from natstui.model.stream_board import StreamRow


def _last(row: StreamRow) -> str | None:
    return None if row.last_at is None else timestamp(row.last_at)


def _age(row: StreamRow) -> float | None:
    return None if row.last_at is None else max(0.0, round(time.time() - row.last_at, 3))


def _rate(row: StreamRow) -> float | None:
    return round(row.rate.per_second, 3) if row.rate.is_known else None


def _config(name: str, kind: Kind = "text") -> Field[StreamRow]:
    return Field(name, kind, lambda row: row.config.get(name))


STREAM_FIELDS: tuple[Field[StreamRow], ...] = (
    Field("stream", "text", lambda row: row.name),
    Field(
        "kind",
        "text",
        lambda row: row.kind,
        choices=("stream", "mirror", "sourced", "kv", "objects"),
    ),
    Field("subjects", "list", lambda row: row.subjects),
    Field("messages", "number", lambda row: row.messages),
    Field("bytes", "number", lambda row: row.bytes),
    Field("rate", "number", _rate, moves=True),
    Field("consumers", "number", lambda row: row.consumers),
    Field("first_seq", "number", lambda row: int(row.state.get("first_seq") or 0)),
    Field("last_seq", "number", lambda row: int(row.state.get("last_seq") or 0)),
    Field("last", "text", _last),
    Field("age", "number", _age),
    Field("replicas", "number", lambda row: row.replicas),
    Field("current_replicas", "number", lambda row: row.current_replicas),
    Field("leader", "text", lambda row: row.leader),
    Field("lag", "number", lambda row: row.lag),
    Field("copying", "flag", lambda row: None if row.lag is None else row.is_copying),
    _config("retention"),
    _config("storage"),
    Field("sealed", "flag", lambda row: bool(row.config.get("sealed"))),
    Field("description", "text", lambda row: str(row.config.get("description") or "")),
    Field("problem", "text", lambda row: row.problem),
)
