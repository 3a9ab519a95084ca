"""`natstui objects`: buckets, the objects of one, one object."""

from __future__ import annotations

import time
from typing import Any

from natstui.client.js.errors import InvalidBucketNameError, NotFoundError
from natstui.client.js.kv_names import check_bucket
from natstui.client.js.object_info import info_subject
from natstui.headless.listing import Column, Listing, library_words
from natstui.headless.request import BadInputError, Request
from natstui.model import words
from natstui.model.object_board import ObjectBoard, ObjectBucketRow
from natstui.model.object_entry import ObjectEntry
from natstui.model.object_fields import OBJECT_BUCKET_FIELDS, OBJECT_FIELDS
from natstui.model.object_session import ObjectSession
from natstui.model.rows import Rows
from natstui.model.session import Session


def _last(row: ObjectBucketRow) -> str:
    at = row.stream.last_at
    return "" if at is None else words.age(time.time() - at)


def _limit(row: ObjectBucketRow) -> str:
    most = row.bucket.max_bytes
    return "" if most is None else words.short_size(most)


def _writes(row: ObjectBucketRow) -> str:
    return words.rate(row.rate.per_second) if row.rate.is_known else "-"


def _mode(row: ObjectBucketRow) -> str:
    return "sealed" if row.bucket.is_sealed else "mirror" if row.bucket.is_mirror else ""


BUCKET_COLUMNS: tuple[Column[ObjectBucketRow], ...] = (
    Column("bucket", "bucket", lambda row: row.name),
    Column(
        "bytes", "bytes", lambda row: row.stream.problem or words.short_size(row.stream.bytes), True
    ),
    Column("max_bytes", "limit", _limit, True),
    Column("messages", "messages", lambda row: words.count(row.stream.messages), True),
    Column("writes", "writes", _writes, True),
    Column("age", "last", _last, True),
    Column("ttl", "ttl", lambda row: words.age(row.bucket.ttl) if row.bucket.ttl else ""),
    Column("replicas", "R", lambda row: str(row.stream.replicas), True),
    Column("sealed", "mode", _mode),
    Column("storage", "store", lambda row: str(row.stream.config.get("storage") or "")),
    Column("description", "description", lambda row: row.description),
)


def _is_stored(entry: ObjectEntry) -> bool:
    return entry.kind == "object"


OBJECT_COLUMNS: tuple[Column[ObjectEntry], ...] = (
    Column("name", "name", lambda entry: entry.name),
    Column("kind", "kind", lambda entry: entry.kind),
    Column(
        "size",
        "size",
        lambda entry: words.short_size(entry.size) if _is_stored(entry) else "",
        True,
    ),
    Column(
        "chunks", "chunks", lambda entry: f"{entry.chunks:,}" if _is_stored(entry) else "", True
    ),
    Column("age", "age", lambda entry: words.age(time.time() - entry.at), True),
    Column("digest", "digest", lambda entry: entry.digest),
    Column("target", "target", lambda entry: entry.target),
    Column("description", "description", lambda entry: entry.description or entry.problem),
)


class ObjectBucketListing(Listing[ObjectBucketRow]):
    """All object buckets."""

    nouns = ("bucket", "buckets")
    order = "bucket"
    critical = "problem != ''"
    fields = OBJECT_BUCKET_FIELDS
    columns = BUCKET_COLUMNS

    def __init__(self, request: Request, session: Session) -> None:
        super().__init__(request)
        self.board = ObjectBoard(session)
        self.rows = self.board.rows
        self.arrange()

    async def load(self) -> None:
        await self.board.load()

    def name(self, thing: ObjectBucketRow) -> str:
        return thing.name

    def reason(self, thing: ObjectBucketRow) -> str:
        return thing.stream.problem

    def problems(self) -> list[str]:
        lost = [row for row in self.shown() if row.stream.problem]
        return [f"bucket {row.name}: {row.stream.problem}" for row in lost]


class ObjectListing(Listing[ObjectEntry]):
    """The objects, links and deletions in a bucket, or one of them."""

    nouns = ("object", "objects")
    order = "name"
    critical = "kind == unreadable"
    fields = OBJECT_FIELDS
    columns = OBJECT_COLUMNS

    def __init__(self, request: Request, session: Session) -> None:
        super().__init__(request)
        self.bucket, self.object = names_of(request.words)
        self.objects = ObjectSession(session, self.bucket)
        self.rows: Rows[ObjectEntry] = self.objects.rows
        if self.object:
            self.rows = Rows(lambda each: each.subject, lambda each: each.words)
        self.missing = ""
        self.arrange()

    async def load(self) -> None:
        self.missing = ""
        try:
            await self._load()
        except NotFoundError:
            self.missing = f"there is no bucket called {self.bucket}"
            self.rows.set_items([])

    async def _load(self) -> None:
        if not self.object:
            await self.objects.load()
            return
        found = await self.objects.latest(self.object)
        if found is None:
            self.missing = f"there is no object called {self.object} in bucket {self.bucket}"
        self.rows.set_items([found] if found is not None else [])

    def name(self, thing: ObjectEntry) -> str:
        return thing.name

    def reason(self, thing: ObjectEntry) -> str:
        return thing.problem

    def problems(self) -> list[str]:
        said = [self.missing] if self.missing else []
        if self.objects.is_cut:
            said.append(f"only the first {self.rows.total:,} are listed")
        return said


def names_of(given: tuple[str, ...]) -> tuple[str, str]:
    """A bucket, and an object or ""; BadInputError for what can be neither."""
    bucket, name = (*given, "")[:2]
    try:
        check_bucket(bucket)
        info_subject(bucket, name)
    except InvalidBucketNameError as error:
        raise BadInputError(library_words(error)) from None
    except UnicodeEncodeError:
        raise BadInputError(f"{name!r} is no text that can be a name") from None
    if len(given) == 2 and not name:
        raise BadInputError("the name of an object is empty")
    return bucket, name


def objects_listing(request: Request, session: Session) -> Listing[Any]:
    """What `natstui objects` lists with these words."""
    if len(request.words) > 2:
        problem = f"a bucket and an object are enough, but found {request.words[2]!r} too"
        raise BadInputError(problem)
    if not request.words:
        return ObjectBucketListing(request, session)
    return ObjectListing(request, session)
