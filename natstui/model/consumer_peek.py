"""What comes next for a consumer, read out of the stream and not out of the consumer.

The consumer says how far it is, and the stream is read from there by `StreamReader`: nothing is
delivered, nothing acknowledged, nothing moves. The price is that of what was delivered already,
only the consumer knows which of it was acknowledged; it does not tell.
"""

from __future__ import annotations

import asyncio
from typing import Any

from natstui.model.asking import api
from natstui.model.consumer_row import ConsumerRow, Key
from natstui.model.session import Session
from natstui.model.stream_reader import ALL, StreamReader
from natstui.model.stream_window import head_of
from natstui.model.tail import Record

MOST_NEXT = 100
MOST_OUTSTANDING = 50
# More filters than this are read a few at a time.
AT_ONCE = 4


class ConsumerPeek:
    """The messages in the order of their sequences: up to `MOST_OUTSTANDING` that were delivered
    and lie above the ack floor, then up to `MOST_NEXT` that are still to be delivered.

    Rows `first <= row < end`, of large messages their beginnings; `version` grows when they change.
    `row` is the consumer as of the last look; `more` says that there are more to come.
    """

    first = 0

    def __init__(self, session: Session, key: Key) -> None:
        self.session = session
        self.row = ConsumerRow(key)
        self.reader = StreamReader(session, key.stream)
        self.records: list[Record] = []
        self.more = False
        self.version = 0
        self._readers: dict[str, StreamReader] = {}
        self._seen: tuple[object, ...] = ()

    @property
    def end(self) -> int:
        return len(self.records)

    def record(self, row: int) -> Record:
        """The message in a row; LookupError if there is none."""
        if not 0 <= row < self.end:
            raise LookupError(row)
        return self.records[row]

    def is_next(self, record: Record) -> bool:
        """Whether it is still to be delivered for the first time."""
        return record.seq > self.row.position

    async def load(self) -> None:
        """Look where the consumer is, and read the stream if it has moved; raises what the reader
        does, NotFoundError if there is no such consumer."""
        row = ConsumerRow(self.row.key)
        row.take(0.0, await self._ask_info(row.key))
        where = (row.position, row.ack_floor, row.outstanding, row.pending, tuple(row.filters))
        if where == self._seen:
            return
        outstanding: list[Record] = []
        if row.outstanding:
            outstanding, _ = await self._read(row, row.ack_floor + 1, MOST_OUTSTANDING)
        following, more = await self._read(row, row.position + 1, MOST_NEXT)
        sent = [record for record in outstanding if record.seq <= row.position]
        self.row, self.more, self._seen = row, more, where
        self.records = [head_of(record) for record in (*sent, *following)]
        self.version += 1

    async def _ask_info(self, key: Key) -> dict[str, Any]:
        return await api(self.session, f"CONSUMER.INFO.{key.stream}.{key.name}")

    async def _read(self, row: ConsumerRow, seq: int, limit: int) -> tuple[list[Record], bool]:
        """What its filters let pass, from `seq` on; whether there is more."""
        readers = [self._reader(subject) for subject in row.filters or [ALL]]
        slots = asyncio.Semaphore(AT_ONCE)

        async def read(reader: StreamReader) -> tuple[list[Record], bool]:
            async with slots:
                page = await reader.after(seq, limit)
                return page.records, page.more

        pages = [await read(readers[0])] if len(readers) == 1 else await _all(readers, read)
        return merged(pages, limit)

    def _reader(self, subject: str) -> StreamReader:
        if subject not in self._readers:
            self._readers[subject] = StreamReader(self.session, self.reader.stream, subject)
        return self._readers[subject]


async def _all(readers: list[StreamReader], read: Any) -> list[tuple[list[Record], bool]]:
    """All pages; if one cannot be read, the others are not waited for."""
    tasks = [asyncio.create_task(read(reader)) for reader in readers]
    try:
        return [await task for task in tasks]
    finally:
        for task in tasks:
            task.cancel()


def merged(pages: list[tuple[list[Record], bool]], limit: int) -> tuple[list[Record], bool]:
    """The first `limit` messages of several pages that begin at the same sequence.

    A page that ended early says nothing of what lies behind it; so nothing behind it is taken.
    """
    known_up_to = min((records[-1].seq for records, more in pages if more and records), default=0)
    everything = sorted({record.seq: record for records, _ in pages for record in records}.values())
    known = [each for each in everything if not known_up_to or each.seq <= known_up_to]
    return known[:limit], len(known) > limit or any(more for _, more in pages)
