"""`natstui kv BUCKET --as-of TIME`: the keys as they were, and with `--diff` what differs since."""

from __future__ import annotations

import base64
import time
from typing import NamedTuple

from natstui.client.js.errors import (
    InvalidBucketNameError,
    InvalidKeyError,
    NotFoundError,
)
from natstui.client.js.kv_names import check_bucket, check_filter
from natstui.headless.listing import Column, Listing, library_words
from natstui.headless.request import BadInputError, Request
from natstui.model import words
from natstui.model.as_of import parse_as_of
from natstui.model.decode import preview
from natstui.model.export import timestamp
from natstui.model.fields import Field, Value
from natstui.model.key_entry import KeyEntry
from natstui.model.key_past import RANK, KeyPast, Since
from natstui.model.kv_fields import PUT
from natstui.model.kv_past import KEYS_AT_ONCE, BucketPast
from natstui.model.kv_session import ALL
from natstui.model.rows import Rows
from natstui.model.session import Session

_PREVIEW = 120
_UNKNOWN = "UNKNOWN"
_NAMES = {since: since.name.lower() for since in Since}


class PastKey(NamedTuple):
    """A key with what it held and what it holds, both in full; `now` is only read where it
    differs."""

    row: KeyPast
    then: KeyEntry | None
    now: KeyEntry | None


def _text(entry: KeyEntry | None) -> str | None:
    if entry is None or entry.is_deleted:
        return None
    try:
        return entry.value.decode()
    except UnicodeDecodeError:
        return None


def _base64(entry: KeyEntry | None) -> str | None:
    if entry is None or entry.is_deleted or _text(entry) is not None:
        return None
    return base64.b64encode(entry.value).decode("ascii")


def _operation(key: PastKey) -> str | None:
    if key.row.since is Since.UNKNOWN:
        return _UNKNOWN
    return None if key.then is None else key.then.operation or PUT


def _unknown_before(key: PastKey) -> str | None:
    at = key.row.unknown_before
    return None if at is None else timestamp(at)


def _fields(bucket: str) -> tuple[Field[PastKey], ...]:
    then: tuple[Field[PastKey], ...] = (
        Field("bucket", "text", lambda _: bucket),
        Field("key", "text", lambda key: key.row.key),
        Field(
            "since",
            "text",
            lambda key: _NAMES[key.row.since],
            choices=tuple(_NAMES.values()),
            rank=lambda key: -RANK[key.row.since],
        ),
        Field("revision", "number", lambda key: key.then.revision if key.then else None),
        Field("created", "text", lambda key: timestamp(key.then.at) if key.then else None),
        Field("operation", "text", _operation),
        Field("ttl", "text", lambda key: key.then.ttl if key.then else None),
        Field("size", "number", lambda key: len(key.then.value) if key.then else None),
        Field("value", "text", lambda key: _text(key.then)),
        Field("value_base64", "text", lambda key: _base64(key.then)),
        Field("unknown_before", "text", _unknown_before),
        Field("reason", "text", lambda key: key.row.reason),
    )
    now: tuple[Field[PastKey], ...] = (
        Field("now_revision", "number", _now_revision),
        Field("now_created", "text", lambda key: timestamp(key.now.at) if key.now else None),
        Field("now_operation", "text", lambda key: (key.now.operation or PUT) if key.now else None),
        Field("now_value", "text", lambda key: _text(key.now)),
        Field("now_value_base64", "text", lambda key: _base64(key.now)),
    )
    return then + now


def _now_revision(key: PastKey) -> Value:
    return key.now.revision if key.now else None


def _shown(entry: KeyEntry | None) -> str:
    if entry is None:
        return ""
    return entry.operation or preview(entry.value, _PREVIEW)[1]


def _then(key: PastKey) -> str:
    at = key.row.unknown_before
    if at is None:
        return _shown(key.then)
    return f"unknown before {words.day_and_time(at)[:19]}"


def _revision(entry: KeyEntry | None) -> str:
    return str(entry.revision) if entry else ""


def _age(key: PastKey) -> str:
    return words.age(time.time() - key.then.at) if key.then else ""


_THEN: tuple[Column[PastKey], ...] = (
    Column("key", "key", lambda key: key.row.key),
    Column("revision", "rev", lambda key: _revision(key.then), True),
    Column("created", "age", _age, True),
    Column("since", "since", lambda key: key.row.since),
    Column("value", "value", _then),
)
_DIFF: tuple[Column[PastKey], ...] = (
    Column("since", "since", lambda key: key.row.since),
    Column("key", "key", lambda key: key.row.key),
    Column("revision", "rev then", lambda key: _revision(key.then), True),
    Column("now_revision", "rev now", lambda key: _revision(key.now), True),
    Column("value", "then", _then),
    Column("now_value", "now", lambda key: _shown(key.now)),
)


class PastListing(Listing[PastKey]):
    """The keys that a bucket had at a moment; with `--diff` those that differ since.

    What nobody knows is in either list: it may have been there.
    """

    nouns = ("key", "keys")
    order = "key"

    def __init__(self, request: Request, session: Session) -> None:
        super().__init__(request)
        self.bucket, pattern = (*request.words, ALL)[:2]
        try:
            check_bucket(self.bucket)
            check_filter(pattern)
            as_of = parse_as_of(request.as_of)
        except (InvalidBucketNameError, InvalidKeyError) as error:
            raise BadInputError(library_words(error)) from None
        except ValueError as error:
            raise BadInputError(f"--as-of: {request.as_of!r}: {error}") from None
        self.fields = _fields(self.bucket)
        self.columns = _DIFF if request.diff else _THEN
        self.past = BucketPast(session, self.bucket, as_of, pattern)
        self.rows: Rows[PastKey] = Rows(
            lambda key: key.row.key, lambda key: f"{key.row.key} {key.row.since}"
        )
        self.missing = ""
        self.arrange()

    def name(self, thing: PastKey) -> str:
        return thing.row.key

    def problems(self) -> list[str]:
        kv = self.past.kv
        if self.missing:
            return [self.missing]
        cut = kv.expected - kv.listed
        return [f"{cut:,} more keys are not listed: give a pattern"] if kv.is_cut else []

    async def load(self) -> None:
        self.missing = ""
        found: list[PastKey] = []
        try:
            self.past.kv.list_anew()  # keys that vanish leave nothing to be read
            await self.past.load()
            found = await self._read()
        except NotFoundError:
            self.missing = f"there is no bucket called {self.bucket}"
        self.rows.set_items(found)

    async def _read(self) -> list[PastKey]:
        wanted = [row for row in self.past.rows.items if self._is_wanted(row)]
        found: list[PastKey] = []
        for at in range(0, len(wanted), KEYS_AT_ONCE):
            some = wanted[at : at + KEYS_AT_ONCE]
            keys = [row.key for row in some]
            then = {entry.key: entry async for entry in self.past.entries_then(keys)}
            changed = [row.key for row in some if row.now is not None]
            now = {entry.key: entry async for entry in self.past.kv.latest_of(changed)}
            found += [PastKey(row, then.get(row.key), now.get(row.key)) for row in some]
        return found

    def _is_wanted(self, row: KeyPast) -> bool:
        if self.request.diff:
            return row.differs
        return row.since is Since.UNKNOWN or row.now is None or row.then is not None


def past_listing(request: Request, session: Session) -> PastListing:
    """What `natstui kv` lists with `--as-of`."""
    if not request.as_of:
        raise BadInputError("--diff: needs --as-of beside it")
    if request.raw or request.history:
        raise BadInputError("--as-of excludes --raw and --history")
    if not request.words:
        raise BadInputError("--as-of: needs a bucket, as in: natstui kv config --as-of '2h ago'")
    return PastListing(request, session)
