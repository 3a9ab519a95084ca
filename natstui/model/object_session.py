"""A bucket of objects, looked at without a trace: what is in it, what changes, what it keeps.

    objects = ObjectSession(session, "assets")
    poll = Poll(session, objects.load, every=1.0)
    objects.rows                          # entries: objects, links, deletions

No consumer is made. The infos are read like the messages of any stream (`$O.BUCKET.M.>`); what is
written meanwhile is read behind the last one that was seen.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from natstui.client.js.object_info import STREAM_PREFIX, info_subject
from natstui.model.asking import api
from natstui.model.object_board import ObjectBucket
from natstui.model.object_entry import ObjectEntry, entry_of
from natstui.model.polling import SHARE
from natstui.model.rows import Rows
from natstui.model.session import Session
from natstui.model.stream_reader import StreamReader
from natstui.model.tail import Record

MOST_ENTRIES = 100_000
MARKED_SECONDS = 60.0
QUICK = 0.1  # seconds; what is listed in so little time may be listed with each look
# Looks over which the newest entries are read again: a replica may not have had them at first.
_PATIENCE = 3


class Kept(NamedTuple):
    """What the bucket keeps under one chunk subject: whose it is (None: nobody's), and how much."""

    nuid: str
    chunks: int
    entry: ObjectEntry | None

    @property
    def is_whole(self) -> bool:
        """Whether as many chunks are there as the info says."""
        return self.entry is not None and self.entry.chunks == self.chunks


class ObjectSession:
    """What is in one bucket; `version` grows with every change.

    `changes` counts what others and we wrote while it was looked at, `total_bytes` is the size of
    all objects as their infos say. `is_cut`: there is more than is listed. Every coroutine raises
    what a request to JetStream can.
    """

    def __init__(
        self,
        session: Session,
        bucket: str,
        *,
        most: int = MOST_ENTRIES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.session = session
        self.name = bucket
        self.bucket: ObjectBucket | None = None
        self.rows: Rows[ObjectEntry] = Rows(lambda each: each.subject, lambda each: each.words)
        self.version = 0
        self.changes = 0
        self.is_cut = False
        self.total_bytes = 0
        self._most = most
        self._clock = clock
        self._created = ""
        self._known: dict[str, ObjectEntry] = {}
        self._behind: deque[int] = deque(maxlen=_PATIENCE)
        self._shape: tuple[int, int] = (0, 0)
        self._stale = True
        self._lost = False
        self._list_after = 0.0
        self._marked: dict[str, float] = {}

    @property
    def stream(self) -> str:
        return STREAM_PREFIX + self.name

    @property
    def entries(self) -> list[ObjectEntry]:
        return self.rows.items

    def find(self, name: str) -> ObjectEntry | None:
        """The entry of that name, as of the last look."""
        try:
            return self._known.get(info_subject(self.name, name))
        except UnicodeEncodeError:
            return None

    # What is in it

    async def load(self) -> None:
        """List it, or read what changed since the last time."""
        info = await api(self.session, f"STREAM.INFO.{self.stream}")
        if info.get("created") != self._created:
            self._created, self._stale = str(info.get("created")), True
            self._known.clear()
        self.bucket = ObjectBucket(self.name, info)
        state = self.bucket.state
        shape = (int(state.get("first_seq") or 0), int(state.get("num_deleted") or 0))
        # What expires, is purged or is replaced leaves nothing to be read.
        self._lost |= shape != self._shape
        self._shape = shape
        if not self._stale:
            await self._follow(int(state.get("last_seq") or 0))
        if self._stale or (self._lost and self._clock() >= self._list_after):
            await self._list()
        self.version += 1

    def list_anew(self) -> None:
        """With the next `load`, list everything again."""
        self._stale = True

    async def _list(self) -> None:
        started, shown = self._clock(), 0
        found: dict[str, ObjectEntry] = {}
        self.is_cut = False
        async for records in self._reader(f"$O.{self.name}.M.>").all_after(1):
            for record in records:
                found[record.subject] = entry_of(self.name, record)
            if not self._known and len(found) >= 2 * shown:
                # Something to look at while the rest is on its way.
                shown = len(found)
                self.rows.set_items(found.values())
                self.version += 1
            if len(found) > self._most:
                self.is_cut = True
                break
        newest = max((entry.revision for entry in found.values()), default=0)
        if self._stale:
            self._behind.clear()
            self._behind.append(newest)
        else:
            # Stored after the look, or not heard of by then.
            for entry in filter(self._is_news, found.values()):
                self._count(entry)
        # Newer ones were read behind the last look, and a replica may not have them yet.
        found |= {
            subject: entry
            for subject, entry in self._known.items()
            if not self._stale and entry.revision > newest
        }
        self._known = found
        self._stale = self._lost = False
        took = self._clock() - started
        self._list_after = self._clock() + (SHARE * took if took > QUICK else 0.0)
        self._show()

    def _show(self) -> None:
        self.rows.set_items(self._known.values())
        self.total_bytes = sum(each.size for each in self.entries if each.kind == "object")

    async def _follow(self, last: int) -> None:
        if last < self._behind[-1]:
            # The stream was restored to what it was, or its newest messages were lost.
            self._stale = True
            return
        changed = False
        if self._behind[0] < last:
            reader = self._reader(f"$O.{self.name}.M.>")
            async for records in reader.all_after(self._behind[0] + 1, end=last + 1):
                changed |= self._take(records)
        self._behind.append(last)
        if changed:
            self._show()

    def _take(self, records: list[Record]) -> bool:
        changed = False
        for entry in (entry_of(self.name, record) for record in records):
            if self._is_news(entry):
                changed = True
                self._count(entry)
                self._known[entry.subject] = entry
        return changed

    def _is_news(self, entry: ObjectEntry) -> bool:
        known = self._known.get(entry.subject)
        return known is None or known.revision < entry.revision

    def _count(self, entry: ObjectEntry) -> None:
        self.changes += 1
        self._marked[entry.subject] = self._clock()

    def was_changed(self, entry: ObjectEntry) -> bool:
        """Whether it changed before our eyes, a short while ago."""
        at = self._marked.get(entry.subject)
        return at is not None and self._clock() - at < MARKED_SECONDS

    def saw(self, entry: ObjectEntry) -> None:
        """Somebody looked at the change."""
        self._marked.pop(entry.subject, None)

    def shares_chunks(self, entry: ObjectEntry) -> bool:
        """Whether another info says that its bytes are those of `entry`: then they must stay."""
        return any(
            each.chunk_subject == entry.chunk_subject and each.subject != entry.subject
            for each in self._known.values()
            if each.kind == "object"
        )

    # One of it

    async def latest(self, name: str) -> ObjectEntry | None:
        """What there is under a name, as the stream's leader has it; None if nothing ever was."""
        record = await self._reader(info_subject(self.name, name)).last()
        return None if record is None else entry_of(self.name, record)

    async def stored_chunks(self, entry: ObjectEntry) -> int:
        """How many chunks the bucket keeps of it."""
        return await count_messages(self.session, self.stream, entry.chunk_subject)

    # What is kept

    async def kept(self) -> list[Kept]:
        """All chunk subjects: of each how many chunks, and whose they are."""
        await self.load()
        objects = (entry for entry in self._known.values() if entry.kind == "object")
        owners = {entry.chunk_subject: entry for entry in objects}
        prefix = f"$O.{self.name}.C."
        found = await subjects_of(self.session, self.stream, f"{prefix}>")
        return [
            Kept(subject.removeprefix(prefix), count, owners.get(subject))
            for subject, count in sorted(found.items())
        ]

    def _reader(self, subject: str) -> StreamReader:
        return StreamReader(self.session, self.stream, subject)


async def count_messages(session: Session, stream: str, subject: str) -> int:
    """How many messages of `subject` the stream has."""
    return sum((await subjects_of(session, stream, subject)).values())


async def subjects_of(session: Session, stream: str, pattern: str) -> dict[str, int]:
    """The subjects of a stream that match, each with how many messages it has."""
    found: dict[str, int] = {}
    offset, total = 0, 1
    while offset < total:
        body: dict[str, Any] = {"subjects_filter": pattern, "offset": offset}
        answer = await api(session, f"STREAM.INFO.{stream}", body)
        subjects: dict[str, int] = answer["state"].get("subjects") or {}
        if not subjects:
            break
        found |= subjects
        offset += len(subjects)
        total = int(answer.get("total") or offset)
    return found
