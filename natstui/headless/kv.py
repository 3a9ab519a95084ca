"""`natstui kv`: buckets, the keys of one, the revisions of a key."""

from __future__ import annotations

import time
from typing import Any

from natstui.client.js.errors import InvalidBucketNameError, InvalidKeyError, NotFoundError
from natstui.client.js.kv_names import check_bucket, check_filter
from natstui.headless.kv_past import past_listing
from natstui.headless.listing import Column, Listing, library_words
from natstui.headless.request import BadInputError, Request
from natstui.model import words
from natstui.model.decode import preview
from natstui.model.key_entry import KeyEntry
from natstui.model.kv_board import BucketBoard, BucketRow
from natstui.model.kv_fields import BUCKET_FIELDS, PUT, key_fields
from natstui.model.kv_session import ALL, KeyValueSession
from natstui.model.rows import Rows
from natstui.model.session import Session

_AT_ONCE = 256
_PREVIEW = 120
# More than a bucket that says how many it keeps can have (64, ADR-8).
_MOST_REVISIONS = 10_000


def _last(row: BucketRow) -> str:
    at = row.stream.last_at
    return "" if at is None else words.age(time.time() - at)


def _ttl(row: BucketRow) -> str:
    ttl = words.age(row.bucket.ttl) if row.bucket.ttl else ""
    return f"{ttl} own".strip() if row.bucket.allows_ttl else ttl


def _writes(row: BucketRow) -> str:
    return words.rate(row.rate.per_second) if row.rate.is_known else "-"


BUCKET_COLUMNS: tuple[Column[BucketRow], ...] = (
    Column("bucket", "bucket", lambda row: row.name),
    Column("keys", "keys", lambda row: row.stream.problem or f"{row.keys:,}", True),
    Column("values", "values", lambda row: words.count(row.stream.messages), True),
    Column("bytes", "bytes", lambda row: words.short_size(row.stream.bytes), True),
    Column("writes", "writes", _writes, True),
    Column("age", "last", _last, True),
    Column("history", "history", lambda row: str(row.bucket.history or "all"), True),
    Column("ttl", "ttl", _ttl),
    Column("mirror_of", "mirror of", lambda row: row.bucket.mirror),
    Column("replicas", "R", lambda row: str(row.stream.replicas), True),
    Column("storage", "store", lambda row: str(row.stream.config.get("storage") or "")),
    Column(
        "description", "description", lambda row: str(row.stream.config.get("description") or "")
    ),
)


def _value(entry: KeyEntry) -> str:
    return "" if entry.operation else preview(entry.value, _PREVIEW)[1]


KEY_COLUMNS: tuple[Column[KeyEntry], ...] = (
    Column("key", "key", lambda entry: entry.key),
    Column("revision", "rev", lambda entry: str(entry.revision), True),
    Column("operation", "op", lambda entry: entry.operation or PUT),
    Column("size", "size", lambda entry: words.short_size(len(entry.value)), True),
    Column("age", "age", lambda entry: words.age(time.time() - entry.at), True),
    Column("ttl", "ttl", lambda entry: entry.ttl),
    Column("value", "value", _value),
)


class BucketListing(Listing[BucketRow]):
    """All buckets."""

    nouns = ("bucket", "buckets")
    order = "bucket"
    critical = "problem != ''"
    fields = BUCKET_FIELDS
    columns = BUCKET_COLUMNS

    def __init__(self, request: Request, session: Session) -> None:
        super().__init__(request)
        self.board = BucketBoard(session)
        self.rows = self.board.rows
        self.arrange()

    async def load(self) -> None:
        await self.board.load()

    def name(self, thing: BucketRow) -> str:
        return thing.name

    def reason(self, thing: BucketRow) -> str:
        return thing.stream.problem

    def problems(self) -> list[str]:
        return [
            f"bucket {row.name}: {row.stream.problem}" for row in self.shown() if row.stream.problem
        ]


class _Entries(Listing[KeyEntry]):
    """Revisions in a bucket, in the same columns whichever they are."""

    columns = KEY_COLUMNS

    def __init__(self, request: Request, session: Session) -> None:
        super().__init__(request)
        self.bucket = request.words[0]
        try:
            check_bucket(self.bucket)
        except InvalidBucketNameError as error:
            raise BadInputError(library_words(error)) from None
        self.fields = key_fields(self.bucket)
        self.rows: Rows[KeyEntry] = Rows(
            lambda entry: (entry.key, entry.revision), lambda entry: entry.key
        )
        self.missing = ""
        self.kv = KeyValueSession(session, self.bucket, self.pattern())

    def pattern(self) -> str:
        """The keys to be listed."""
        return ALL

    def name(self, thing: KeyEntry) -> str:
        return thing.key

    def problems(self) -> list[str]:
        return [self.missing] if self.missing else []

    async def load(self) -> None:
        self.missing = ""
        found: list[KeyEntry] = []
        try:
            found = await self._load()
        except NotFoundError:
            self.missing = f"there is no bucket called {self.bucket}"
        self.rows.set_items(found)

    async def _load(self) -> list[KeyEntry]:
        raise NotImplementedError


class KeyListing(_Entries):
    """The keys of a bucket with their newest values, marks of deletions too."""

    nouns = ("key", "keys")
    order = "key"

    def __init__(self, request: Request, session: Session) -> None:
        super().__init__(request, session)
        self.arrange()

    def pattern(self) -> str:
        pattern = (*self.request.words, ALL)[1]
        _check_pattern(pattern)
        return pattern

    def arrange(self) -> None:
        """The filter is that of the keys in the pane; it is done before any value is read."""
        super().arrange()
        self.kv.view.set_filter(self.rows.filter)
        self.rows.set_filter("")

    async def _load(self) -> list[KeyEntry]:
        if self.kv.pattern != ALL:
            self.kv.list_anew()  # of a part of the keys nobody notices that some vanished
        await self.kv.load()
        keys = self._wanted()
        if self.request.form == "names" and not self._needs_values():
            return [KeyEntry(key, 0, 0.0, b"", "", "", b"") for key in keys]
        found: list[KeyEntry] = []
        for at in range(0, len(keys), _AT_ONCE):
            found += [entry async for entry in self.kv.latest_of(keys[at : at + _AT_ONCE])]
        return found

    def _wanted(self) -> list[str]:
        """Values are read of those that will be shown, if that can be known before."""
        keys = self.kv.view.shown.keys
        by_key = self.sorted_by().name == "key"
        limit = self.request.limit
        if not by_key or limit is None or self._has_conditions():
            return keys
        return keys[-limit:] if self.request.reverse else keys[:limit]

    def _needs_values(self) -> bool:
        return self.sorted_by().name != "key" or self._has_conditions()

    def _has_conditions(self) -> bool:
        return bool(self.request.wait or self.request.check)

    def problems(self) -> list[str]:
        cut = self.kv.expected - self.kv.listed
        more = [f"{cut:,} more keys are not listed: give a pattern"] if self.kv.is_cut else []
        return super().problems() + more


class RevisionListing(_Entries):
    """A key: its newest revision, or with `--history` all that are kept, the newest first."""

    nouns = ("revision", "revisions")
    order = "revision"

    def __init__(self, request: Request, session: Session) -> None:
        self.key = request.words[1]
        _check_pattern(self.key)
        super().__init__(request, session)
        self.arrange()

    async def _load(self) -> list[KeyEntry]:
        if self.kv.bucket is None:
            await self.kv.find()  # where the keys of a mirror are
        found = await self.kv.history(self.key, _MOST_REVISIONS if self.request.history else 1)
        if not found:
            self.missing = f"there is no key called {self.key} in bucket {self.bucket}"
        return found


def _check_pattern(pattern: str) -> None:
    try:
        check_filter(pattern)
    except InvalidKeyError as error:
        raise BadInputError(library_words(error)) from None


def kv_listing(request: Request, session: Session) -> Listing[Any]:
    """What `natstui kv` lists with these words."""
    if len(request.words) > 2:
        problem = f"a bucket and a key are enough, but found {request.words[2]!r} too"
        raise BadInputError(problem)
    if request.as_of or request.diff:
        return past_listing(request, session)
    is_key = len(request.words) == 2 and not {"*", ">"} & set(request.words[1])
    if is_key:
        return RevisionListing(request, session)
    if request.raw or request.history:
        flag = "--raw" if request.raw else "--history"
        raise BadInputError(f"{flag}: needs a bucket and a key, as in: natstui kv config colour")
    if not request.words:
        return BucketListing(request, session)
    return KeyListing(request, session)
