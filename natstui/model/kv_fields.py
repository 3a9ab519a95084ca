"""What there is to say of a bucket, and of a key, by name."""

from __future__ import annotations

import base64
import time

from natstui.model.export import timestamp
from natstui.model.fields import Field
from natstui.model.key_entry import KeyEntry
from natstui.model.kv_board import BucketRow

PUT = "PUT"


def _last(row: BucketRow) -> str | None:
    at = row.stream.last_at
    return None if at is None else timestamp(at)


def _age(at: float | None) -> float | None:
    return None if at is None else max(0.0, round(time.time() - at, 3))


def _rate(row: BucketRow) -> float | None:
    return round(row.rate.per_second, 3) if row.rate.is_known else None


BUCKET_FIELDS: tuple[Field[BucketRow], ...] = (
    Field("bucket", "text", lambda row: row.name),
    Field("keys", "number", lambda row: row.keys),
    Field("values", "number", lambda row: row.stream.messages),
    Field("bytes", "number", lambda row: row.stream.bytes),
    Field("writes", "number", _rate, moves=True),
    Field("last", "text", _last),
    Field("age", "number", lambda row: _age(row.stream.last_at)),
    Field("history", "number", lambda row: row.bucket.history or None),
    Field("ttl", "number", lambda row: row.bucket.ttl or None),
    Field("own_ttl", "flag", lambda row: row.bucket.allows_ttl),
    Field("mirror_of", "text", lambda row: row.bucket.mirror),
    Field("replicas", "number", lambda row: row.stream.replicas),
    Field("storage", "text", lambda row: row.stream.config.get("storage")),
    Field("description", "text", lambda row: str(row.stream.config.get("description") or "")),
    Field("problem", "text", lambda row: row.stream.problem),
)


def _text(entry: KeyEntry) -> str | None:
    try:
        return entry.value.decode()
    except UnicodeDecodeError:
        return None


def _base64(entry: KeyEntry) -> str | None:
    return base64.b64encode(entry.value).decode("ascii") if _text(entry) is None else None


def key_fields(bucket: str) -> tuple[Field[KeyEntry], ...]:
    """Of the keys of one bucket, and of the revisions of a key."""
    return (
        Field("bucket", "text", lambda _: bucket),
        Field("key", "text", lambda entry: entry.key),
        Field("revision", "number", lambda entry: entry.revision),
        Field("created", "text", lambda entry: timestamp(entry.at)),
        Field("age", "number", lambda entry: _age(entry.at)),
        Field("operation", "text", lambda entry: entry.operation or PUT),
        Field("ttl", "text", lambda entry: entry.ttl),
        Field("size", "number", lambda entry: len(entry.value)),
        Field("value", "text", _text),
        Field("value_base64", "text", _base64),
    )
