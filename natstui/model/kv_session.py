"""A bucket, looked at without a trace: its keys, what changes, the history of one.

    kv = KeyValueSession(session, "config")
    poll = Poll(session, kv.load, every=1.0)
    kv.view, kv.looks                     # the keys, and what is known of those that were looked at

No consumer is made. The keys are the subjects of a STREAM.INFO, 100,000 an answer; what is written
meanwhile is read behind the last sequence that was seen; values are read when somebody looks.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import Any

from natstui.client.js.errors import ApiLevelError, ServiceUnavailableError
from natstui.client.js.kv_names import STREAM_PREFIX
from natstui.client.js.stream import Stream
from natstui.model.asking import DeniedError, api, ask, jetstream
from natstui.model.key_entry import KeyEntry, entry_of
from natstui.model.key_index import KeyIndex, KeyView
from natstui.model.kv_bucket import Bucket
from natstui.model.kv_looks import Looks
from natstui.model.polling import SHARE
from natstui.model.session import Session
from natstui.model.stored import record_of
from natstui.model.stream_reader import StreamReader
from natstui.model.tail import Record

MOST_KEYS = 1_000_000
MOST_CHANGES = 1_000  # that are read at a time
LIST_TIMEOUT = 60.0  # seconds for a page: the server sorts all subjects for each
QUICK = 0.1  # seconds; what is listed in so little time may be listed with each look
MARKED_SECONDS = 60.0
MOST_MARKED = 1_000
AT_ONCE = 16
MOST_REVISIONS = 128
SMALL = 16 * 1024
HISTORY_BYTES = 32 * 1024 * 1024
# A replica may answer that does not have the newest entries yet.
_PATIENCE = 3
ALL = ">"


class KeyValueSession:
    """The keys of one bucket that match a pattern; `version` grows with every change.

    `listed` and `expected`: how many keys were listed, and how many there are. `skipped` counts
    changes that were too many to be read. `has_listed`: the last `load` listed all keys, which it
    does no more often than a server with very many of them can bear.

    Every coroutine raises what a request to JetStream can.
    """

    def __init__(
        self,
        session: Session,
        bucket: str,
        pattern: str = ALL,
        *,
        most_keys: int = MOST_KEYS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.session = session
        self.name = bucket
        self.pattern = pattern
        self.bucket: Bucket | None = None
        self.view = KeyView()
        self.looks = Looks()
        self.version = 0
        self.listed = 0
        self.expected = 0
        self.changes = 0
        self.skipped = 0
        self.has_listed = False
        self._most_keys = most_keys
        self._clock = clock
        self._created = ""
        self._seen: int | None = None
        self._waited = 0
        self._foreign = 0
        self._stale = True
        self._lost = False
        self._list_after = 0.0
        self._marked: dict[str, float] = {}
        self._looked_at: dict[str, int] = {}
        self._by_batch: bool | None = None
        self._listing: _Listing | None = None

    @property
    def stream(self) -> str:
        return STREAM_PREFIX + self.name

    @property
    def is_listing(self) -> bool:
        """Whether the keys are being listed, for the first time or anew."""
        return self._listing is not None or self._stale

    @property
    def is_cut(self) -> bool:
        """Whether there are more keys than are listed."""
        return self.expected > self.listed and not self._stale

    async def find(self) -> Bucket:
        """Ask for the bucket alone: where its keys are, what it keeps."""
        info = await api(self.session, f"STREAM.INFO.{self.stream}")
        self.bucket = Bucket(self.name, info)
        return self.bucket

    # The keys

    async def load(self) -> None:
        """List the keys, or read what changed since the last time."""
        info = await api(self.session, f"STREAM.INFO.{self.stream}")
        if info.get("created") != self._created:
            self._created, self._seen, self._stale = str(info.get("created")), None, True
            self._listing = None
            self.looks.clear()
        self.bucket = Bucket(self.name, info)
        if not self.bucket.allows_direct:
            self._by_batch = False
        last = int(info["state"]["last_seq"])
        if self._seen is None:
            self._seen = last
        elif last > self._seen and self._listing is None:
            await self._follow(self._seen + 1, last)
        subjects = int(info["state"].get("num_subjects") or 0)
        self._lost |= self._is_missing_some(subjects)
        self.has_listed = self._stale or (self._lost and self._clock() >= self._list_after)
        if self.has_listed:
            started = self._clock()
            if self.pattern == ALL and not self.listed:
                self.expected = subjects
            await self._list(self.bucket)
            took = self._clock() - started
            self._list_after = self._clock() + (SHARE * took if took > QUICK else 0.0)
        self.version += 1

    def list_anew(self) -> None:
        """With the next `load`, list all keys again, and look at the values again."""
        self._stale, self._listing = True, None
        self.looks.doubt()

    def only(self, pattern: str) -> None:
        """Ask the server for these keys only, from the next `load` on."""
        self.pattern = pattern
        self.list_anew()

    def _is_missing_some(self, subjects: int) -> bool:
        """Keys that expired, or were purged without a mark, leave nothing to be read."""
        if self.pattern != ALL or self.is_cut:
            return False
        return subjects != len(self.view.all) + self._foreign

    async def _list(self, bucket: Bucket) -> None:
        """All pages; of a listing that was left, or that failed on its way, those that are left."""
        if self._listing is None:
            is_first = not len(self.view.all)
            self._listing = _Listing(bucket.prefix, self.pattern, is_first=is_first)
        listing = self._listing
        timeout = max(LIST_TIMEOUT, self.session.settings.timeout)
        while listing.has_more and len(listing.keys) < self._most_keys:
            body = {"subjects_filter": listing.subjects, "offset": listing.offset}
            answer = await api(self.session, f"STREAM.INFO.{self.stream}", body, timeout)
            page = listing.take(answer)
            if listing.is_first:
                # Something to look at while the rest is on its way.
                self.view.extend(await asyncio.to_thread(KeyIndex, page))
            self.listed, self.expected = len(listing.keys), listing.total
            self.version += 1
        is_all = len(self.view.all) == len(listing.keys) <= self._most_keys
        if not (listing.is_first and is_all):
            # So many are not sorted while a key press waits.
            index = await asyncio.to_thread(KeyIndex, listing.keys[: self._most_keys])
            self.view.set_index(index)
        self._foreign = listing.offset - len(listing.keys)
        self.listed = len(self.view.all)
        self.expected = max(self.listed, listing.total - self._foreign)
        self._listing = None
        self._stale = self._lost = False

    # What changes

    def was_changed(self, key: str) -> bool:
        """Whether it changed before our eyes, a short while ago."""
        at = self._marked.get(key)
        return at is not None and self._clock() - at < MARKED_SECONDS

    def saw(self, key: str, revision: int = 0) -> None:
        """Somebody looked at the change, or made it: up to `revision` there is nothing new."""
        self._marked.pop(key, None)
        self._looked_at.pop(key, None)
        self._looked_at[key] = revision
        _bound(self._looked_at)

    async def _follow(self, first: int, last: int) -> None:
        reader = self._reader(self.pattern)
        page = await reader.after(first, MOST_CHANGES, end=last + 1)
        for record in page.records:
            self._changed(self._entry(record))
        if page.records and page.records[-1].seq >= last:
            self._seen, self._waited = last, 0
        elif page.more:
            behind = page.records[-1].seq if page.records else first
            self.skipped += last - behind
            self._seen, self._waited = last, 0
            self._lost = True
            self.looks.doubt()
        elif self._waited < _PATIENCE:
            self._waited += 1
            self._seen = page.records[-1].seq if page.records else first - 1
        else:
            self._seen, self._waited = last, 0

    def _changed(self, entry: KeyEntry) -> None:
        self.changes += 1
        if self.view.add(entry.key):
            self.listed += 1
            self.expected += 1
        self.looks.put(entry)
        self._marked.pop(entry.key, None)
        if entry.revision > self._looked_at.get(entry.key, 0):
            self._marked[entry.key] = self._clock()
            _bound(self._marked)

    def _gone(self, key: str) -> None:
        self.looks.forget(key)
        if self.view.discard(key):
            self.listed -= 1
            self.expected -= 1
            self.version += 1

    # Values

    async def look_at(self, keys: Sequence[str]) -> None:
        """Read what a line says of each key, where that is not known yet."""
        missing = self.looks.missing(keys)
        if not missing or self.bucket is None:
            return
        found = {entry.key async for entry in self.latest_of(missing)}
        for key in missing:
            if key not in found:
                self._gone(key)

    async def latest_of(self, keys: Sequence[str]) -> AsyncIterator[KeyEntry]:
        """The newest revision of each key that has one."""
        if self._by_batch is not False:
            with suppress(ApiLevelError, ServiceUnavailableError, DeniedError):
                # All at once, before any is given: half of them twice would be worse.
                for entry in await ask(self.session, self._batch(keys)):
                    yield self._looked(entry)
                self._by_batch = True
                return
            self._by_batch = False
        for at in range(0, len(keys), AT_ONCE):
            readers = [self.latest(key) for key in keys[at : at + AT_ONCE]]
            for found in await asyncio.gather(*readers):
                if found is not None:
                    yield found

    async def _batch(self, keys: Sequence[str]) -> list[KeyEntry]:
        stream = Stream(jetstream(self.session), self.stream)
        subjects = [self._prefix + key for key in keys]
        return [
            self._entry(record_of(message, direct=True))
            async for message in stream.get_last_msgs(subjects)
        ]

    async def latest(self, key: str) -> KeyEntry | None:
        """The newest revision, as the stream's leader has it; None if there is none."""
        record = await self._reader(key).last()
        return None if record is None else self._looked(self._entry(record))

    async def history(self, key: str, most: int = MOST_REVISIONS) -> list[KeyEntry]:
        """The revisions that are kept, marks of deletions too, the newest first.

        Large ones are many bytes together: no more of them than `HISTORY_BYTES`, but always one.
        """
        reader = self._reader(key)
        newest = await reader.last()
        if newest is None:
            return []
        records, size, more = [newest], newest.size, True
        while more and len(records) < most and size < HISTORY_BYTES:
            page = await reader.before(records[-1].seq, most - len(records))
            records += reversed(page.records)
            size += sum(record.size for record in page.records)
            more = page.more and bool(page.records)
        return [self._entry(record) for record in records]

    async def newer(self, key: str, revision: int) -> list[KeyEntry]:
        """The revisions behind this one, as the stream's leader has them; the newest first."""
        reader = self._reader(key)
        reader.by_batch = False
        page = await reader.after(revision + 1, MOST_REVISIONS)
        return [self._looked(self._entry(record)) for record in reversed(page.records)]

    async def look_again(self, key: str, known: KeyEntry | None) -> KeyEntry | None:
        """The newest revision, as `latest`; a large one that is `known` is not read once more."""
        if known is None or len(known.value) <= SMALL:
            return await self.latest(key)
        newer = await self.newer(key, known.revision)
        if newer:
            return newer[0]
        return known if await self.revisions(key) else None

    async def revisions(self, key: str) -> int:
        """How many revisions of it are kept."""
        body = {"subjects_filter": self._prefix + key}
        answer = await api(self.session, f"STREAM.INFO.{self.stream}", body)
        return sum((answer["state"].get("subjects") or {}).values())

    async def oldest(self, key: str, most: int) -> AsyncIterator[KeyEntry]:
        """The `most` oldest revisions, as the stream's leader has them; the oldest first."""
        reader = self._reader(key)
        reader.by_batch = False  # a replica may have some that are gone, and not have others yet
        seq = 1
        while most > 0:
            page = await reader.after(seq, min(most, AT_ONCE))
            for record in page.records:
                yield self._entry(record)
            if not page.records:
                return
            seq, most = page.records[-1].seq + 1, most - len(page.records)

    def _looked(self, entry: KeyEntry) -> KeyEntry:
        self.looks.put(entry)
        return entry

    @property
    def _prefix(self) -> str:
        return self.bucket.prefix if self.bucket else f"$KV.{self.name}."

    def _reader(self, key: str) -> StreamReader:
        return StreamReader(self.session, self.stream, self._prefix + key)

    def _entry(self, record: Record) -> KeyEntry:
        return entry_of(record, self._prefix)


class _Listing:
    """A listing under way: the pages so far, and where the next one begins.

    `is_first`: no key was known before it began.
    """

    def __init__(self, prefix: str, pattern: str, *, is_first: bool) -> None:
        self.is_first = is_first
        self.subjects = ALL if pattern == ALL else prefix + pattern
        self.keys: list[str] = []
        self.offset = self.total = 0
        self.has_more = True
        self._prefix = prefix

    def take(self, answer: dict[str, Any]) -> list[str]:
        """Add a page; its keys."""
        subjects = answer["state"].get("subjects") or {}
        starts = len(self._prefix)
        page = [each[starts:] for each in subjects if each.startswith(self._prefix)]
        self.keys += page
        self.offset += len(subjects)
        self.total = int(answer.get("total") or self.offset)
        self.has_more = bool(subjects) and self.offset < self.total
        return page


def _bound(marks: dict[str, Any]) -> None:
    if len(marks) > MOST_MARKED:
        del marks[next(iter(marks))]
