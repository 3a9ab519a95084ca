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

from natstui.client.js.errors import (
    ApiLevelError,
    ErrorCode,
    NotFoundError,
    ServiceUnavailableError,
)
from natstui.client.js.kv_names import STREAM_PREFIX
from natstui.client.js.stream import Stream
from natstui.model.asking import DeniedError, api, ask, jetstream
from natstui.model.key_entry import KeyEntry, entry_of
from natstui.model.key_index import KeyView
from natstui.model.kv_bucket import Bucket
from natstui.model.kv_looks import Looks
from natstui.model.polling import SHARE
from natstui.model.session import Session
from natstui.model.stored import record_of
from natstui.model.stream_reader import StreamReader
from natstui.model.tail import Record

MOST_KEYS = 1_000_000
MOST_CHANGES = 1_000  # that are read at a time
QUICK = 0.1  # seconds; what is listed in so little time may be listed with each look
MARKED_SECONDS = 60.0
MOST_MARKED = 1_000
AT_ONCE = 16
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

    @property
    def stream(self) -> str:
        return STREAM_PREFIX + self.name

    @property
    def is_cut(self) -> bool:
        """Whether there are more keys than are listed."""
        return self.expected > self.listed and not self._stale

    # The keys

    async def load(self) -> None:
        """List the keys, or read what changed since the last time."""
        info = await api(self.session, f"STREAM.INFO.{self.stream}")
        if info.get("created") != self._created:
            self._created, self._seen, self._stale = str(info.get("created")), None, True
            self.looks.clear()
        self.bucket = Bucket(self.name, info)
        if not self.bucket.allows_direct:
            self._by_batch = False
        last = int(info["state"]["last_seq"])
        if self._seen is None:
            self._seen = last
        elif last > self._seen:
            await self._follow(self._seen + 1, last)
        self._lost |= self._is_missing_some(int(info["state"].get("num_subjects") or 0))
        self.has_listed = self._stale or (self._lost and self._clock() >= self._list_after)
        if self.has_listed:
            started = self._clock()
            await self._list(self.bucket)
            took = self._clock() - started
            self._list_after = self._clock() + (SHARE * took if took > QUICK else 0.0)
        self.version += 1

    def list_anew(self) -> None:
        """With the next `load`, list all keys again, and look at the values again."""
        self._stale = True
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
        prefix, pattern = bucket.prefix, bucket.prefix + self.pattern
        if self.pattern == ALL:
            pattern = ALL
        keys: list[str] = []
        offset, total = 0, 1
        while offset < total and len(keys) < self._most_keys:
            body = {"subjects_filter": pattern, "offset": offset}
            answer = await api(self.session, f"STREAM.INFO.{self.stream}", body)
            subjects = answer["state"].get("subjects") or {}
            total = int(answer.get("total") or len(subjects))
            starts = len(prefix)
            keys += [subject[starts:] for subject in subjects if subject.startswith(prefix)]
            offset += len(subjects)
            self.listed, self.expected = len(keys), total
            if not len(self.view.all):
                # Something to look at while the rest is on its way.
                self.view.set_keys(keys)
            self.version += 1
            if not subjects:
                break
        self.view.set_keys(keys[: self._most_keys])
        self._foreign = offset - len(keys)
        self.listed = len(self.view.all)
        self.expected = max(self.listed, total - self._foreign)
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

    async def history(self, key: str, most: int = 128) -> list[KeyEntry]:
        """The revisions that are kept, marks of deletions too, the newest first."""
        reader = self._reader(key)
        js = jetstream(self.session)
        try:
            message = await ask(self.session, js.get_msg(self.stream, subject=reader.subject))
        except NotFoundError as error:
            if error.err_code == ErrorCode.MESSAGE_NOT_FOUND:
                return []
            raise
        newest = record_of(message, direct=False)
        older = await reader.before(newest.seq, most - 1)
        return [self._entry(record) for record in [newest, *reversed(older.records)]]

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


def _bound(marks: dict[str, Any]) -> None:
    if len(marks) > MOST_MARKED:
        del marks[next(iter(marks))]
