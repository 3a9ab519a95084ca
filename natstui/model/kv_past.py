"""A bucket as it was at a moment, and what became of it since; looked at without a trace.

    past = BucketPast(session, "config", parse_as_of("2h ago"))
    poll = Poll(session, past.load, every=1.0)
    past.rows                               # each key with what it held then, and what it holds now

What was stored behind the moment is read once, in its order: the keys in it changed, all others
hold what they held. Of those that changed, the last revision up to the moment is asked for
(`up_to_seq` of a direct get of many, ADR-31).

A bucket forgets: the revisions that a history has no room for, and what expires or is purged. So
that nothing is stored of a key from before the moment says that it was not there only if no
sequence up to the moment is missing. Else it is unknown.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

from natstui.client.js.errors import ApiLevelError, ServiceUnavailableError
from natstui.client.js.stream import Stream
from natstui.model.as_of import AsOf
from natstui.model.asking import DeniedError, api, ask, jetstream
from natstui.model.key_entry import KeyEntry, entry_of
from natstui.model.key_past import KeyPast, KeyVersion, Since
from natstui.model.kv_session import ALL, KeyValueSession
from natstui.model.rows import Rows
from natstui.model.session import Session
from natstui.model.stored import record_of
from natstui.model.stream_reader import StreamReader

MOST_KEYS = 20_000  # that are sorted anew with each change
AT_ONCE = 16
KEYS_AT_ONCE = 256


class BucketPast:
    """The keys of one bucket that match a pattern, as of a moment; `version` grows.

    `counts` says of how many what became of them, but for those that nobody wrote to.
    `seq` is the last sequence up to the moment, None before the first look. `is_complete`: nothing
    that was stored until then is gone. Of the sequences behind it, those below `read_to` were read,
    `end` is one more than the last one. `rows` are the keys, as many as are listed, and all that
    changed.

    Every coroutine raises what a request to JetStream can.
    """

    def __init__(
        self,
        session: Session,
        bucket: str,
        as_of: AsOf,
        pattern: str = ALL,
        *,
        most_keys: int = MOST_KEYS,
    ) -> None:
        self.session = session
        self.as_of = as_of
        self.kv = KeyValueSession(session, bucket, pattern, most_keys=most_keys)
        self.rows: Rows[KeyPast] = Rows(lambda row: row.key, lambda row: row.words)
        self.changed: dict[str, KeyPast] = {}
        self.version = 0
        self.seq: int | None = None
        self.is_complete = False
        self.counts: Counter[Since] = Counter()
        self.read_to = self.end = 1
        self._created = ""
        self._by_batch: bool | None = None
        self._listed: object = None

    @property
    def is_reading(self) -> bool:
        """Whether there is more behind the moment than was read so far."""
        return self.seq is None or self.read_to < self.end

    async def load(self) -> None:
        """List the keys, and read what was stored behind the moment since the last look."""
        await self.kv.load()
        info = await api(self.session, f"STREAM.INFO.{self.kv.stream}")
        if info.get("created") != self._created:
            self._created, self.seq = str(info.get("created")), None
            self.changed.clear()
        self.end = int(info["state"]["last_seq"]) + 1
        if self.seq is None:
            self.seq = await self._find()
            self.read_to = self.seq + 1
        # Also before anything is read: there may be nothing to read.
        self.is_complete = await self._has_all(self.seq, info)
        self._arrange()
        await self._follow()
        self._arrange()

    def _reader(self, subject: str = ALL, *, exactly: bool = False) -> StreamReader:
        return StreamReader(self.session, self.kv.stream, subject, exactly=exactly)

    async def _find(self) -> int:
        if self.as_of.at is None:
            return self.as_of.revision
        return await self._reader().at_time(self.as_of.at) - 1

    async def _has_all(self, seq: int, info: dict[str, Any]) -> bool:
        """Whether no sequence up to this one is missing."""
        first = max(1, int(info["config"].get("first_seq") or 0))
        state = info["state"]
        if not state.get("num_deleted") and (state["first_seq"] <= first or seq < first):
            return True
        count = await self._reader().count(first, seq + 1)
        return count == seq + 1 - first

    # What was stored behind the moment

    async def _follow(self) -> None:
        reader = self._reader(self._subject)
        while self.read_to < self.end:
            page = await reader.after(self.read_to, end=self.end)
            await self._take([entry_of(record, self._prefix) for record in page.records])
            if page.records:
                self.read_to = page.records[-1].seq + 1
            self.version += 1
            if page.more and page.records:
                continue
            if reader.by_batch is False:
                self.read_to = self.end
            # A replica may have answered that does not have the newest ones yet.
            reader = self._reader(self._subject, exactly=True)

    async def _take(self, entries: list[KeyEntry]) -> None:
        new = {entry.key for entry in entries}.difference(self.changed)
        before = {entry.key: entry async for entry in self.entries_then(sorted(new))}
        seq = self.seq or 0
        # Asked behind the values: whatever was there when they were read is there still.
        complete = bool(new) and await self._has_all(seq, await self._info())
        for entry in entries:
            row = self.changed.get(entry.key)
            if row is None:
                row = self.changed[entry.key] = KeyPast(entry.key, seq)
                row.find(before.get(entry.key), entry, is_complete=complete)
            row.now = KeyVersion.of(entry)

    async def _info(self) -> dict[str, Any]:
        return await api(self.session, f"STREAM.INFO.{self.kv.stream}")

    def _arrange(self) -> None:
        """The keys that are listed, and those that changed and are gone or not listed."""
        made_of = (self.kv.view.all.version, self.read_to, len(self.changed))
        self.version += 1
        if made_of == self._listed:
            return
        self._listed = made_of
        keys = self.kv.view.all.keys
        others = self.changed.keys() - set(keys) if self.changed else set()
        seq = self.seq or 0
        rows = [self.changed.get(key) or KeyPast(key, seq) for key in keys]
        self.counts = Counter(row.since for row in self.changed.values())
        self.rows.set_items([*rows, *(self.changed[key] for key in sorted(others))])

    # Values

    async def entries_then(self, keys: Sequence[str]) -> AsyncIterator[KeyEntry]:
        """The revision that each key had at the moment, if it is stored still; marks too."""
        seq = self.seq or 0
        if not keys or seq < 1:
            return
        if self._by_batch is not False:
            with suppress(ApiLevelError, ServiceUnavailableError, DeniedError):
                for entry in await ask(self.session, self._batch(keys, seq)):
                    yield entry
                self._by_batch = True
                return
            self._by_batch = False
        for at in range(0, len(keys), AT_ONCE):
            several = await asyncio.gather(*map(self._entry_then, keys[at : at + AT_ONCE]))
            for found in several:
                if found is not None:
                    yield found

    async def entry_then(self, key: str) -> KeyEntry | None:
        """The revision that one key had, None if nothing is stored of it from before."""
        return next(iter([entry async for entry in self.entries_then([key])]), None)

    async def entry_now(self, key: str) -> KeyEntry | None:
        """The newest revision of a key, None if it is gone without a mark."""
        return await self.kv.latest(key)

    async def _batch(self, keys: Sequence[str], seq: int) -> list[KeyEntry]:
        stream = Stream(jetstream(self.session), self.kv.stream)
        subjects = [self._prefix + key for key in keys]
        found = stream.get_last_msgs(subjects, up_to_seq=seq)
        return [entry_of(record_of(each, direct=True), self._prefix) async for each in found]

    async def _entry_then(self, key: str) -> KeyEntry | None:
        reader = self._reader(self._prefix + key)
        page = await reader.before((self.seq or 0) + 1, 1)
        return entry_of(page.records[0], self._prefix) if page.records else None

    @property
    def _prefix(self) -> str:
        return self.kv.bucket.prefix if self.kv.bucket else f"$KV.{self.kv.name}."

    @property
    def _subject(self) -> str:
        return self._prefix + self.kv.pattern
