"""What there is to say of an object bucket, and of an object, by name."""

from __future__ import annotations

import time

from natstui.model.export import timestamp
from natstui.model.fields import Field
from natstui.model.object_board import ObjectBucketRow
from natstui.model.object_entry import ObjectEntry

KINDS = ("object", "link", "bucket link", "deleted", "unreadable")


def _last(row: ObjectBucketRow) -> str | None:
    at = row.stream.last_at
    return None if at is None else timestamp(at)


def _age(at: float | None) -> float | None:
    return None if at is None else max(0.0, round(time.time() - at, 3))


def _rate(row: ObjectBucketRow) -> float | None:
    return round(row.rate.per_second, 3) if row.rate.is_known else None


OBJECT_BUCKET_FIELDS: tuple[Field[ObjectBucketRow], ...] = (
    Field("bucket", "text", lambda row: row.name),
    Field("bytes", "number", lambda row: row.stream.bytes),
    Field("max_bytes", "number", lambda row: row.bucket.max_bytes),
    Field("messages", "number", lambda row: row.stream.messages),
    Field("writes", "number", _rate, moves=True),
    Field("last", "text", _last),
    Field("age", "number", lambda row: _age(row.stream.last_at)),
    Field("ttl", "number", lambda row: row.bucket.ttl or None),
    Field("sealed", "flag", lambda row: row.bucket.is_sealed),
    Field("mirror", "flag", lambda row: row.bucket.is_mirror),
    Field("replicas", "number", lambda row: row.stream.replicas),
    Field("storage", "text", lambda row: row.stream.config.get("storage")),
    Field("description", "text", lambda row: row.description),
    Field("problem", "text", lambda row: row.stream.problem),
)

OBJECT_FIELDS: tuple[Field[ObjectEntry], ...] = (
    Field("bucket", "text", lambda entry: entry.bucket),
    Field("name", "text", lambda entry: entry.name),
    Field("kind", "text", lambda entry: entry.kind, choices=KINDS),
    Field("size", "number", lambda entry: entry.size),
    Field("chunks", "number", lambda entry: entry.chunks),
    Field("digest", "text", lambda entry: entry.digest),
    Field("revision", "number", lambda entry: entry.revision),
    Field("modified", "text", lambda entry: timestamp(entry.at)),
    Field("age", "number", lambda entry: _age(entry.at)),
    Field("target", "text", lambda entry: entry.target),
    Field("nuid", "text", lambda entry: (entry.info.nuid or "") if entry.info else ""),
    Field("description", "text", lambda entry: entry.description),
    Field("problem", "text", lambda entry: entry.problem),
)
