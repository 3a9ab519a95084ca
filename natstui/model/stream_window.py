"""The part of a stream that one looks at: what is in memory depends on it, not on the stream.

Messages around a place are rows, numbered so that a row keeps its number while the window grows at
one end and forgets at the other. Of a large message only its beginning is kept; `whole` reads it
again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

from natstui.model.stream_reader import PAGE, StreamReader
from natstui.model.tail import Record

MOST_ROWS = 2_000
HEAD_BYTES = 4096
_MARGIN = 300


class StreamWindow:
    """Rows `first <= row < end` of what `reader` reads; open it somewhere first.

    `at_start`, `at_end`: there was nothing beyond when it was looked. `generation` grows when it
    was opened somewhere else: all rows are new then. `stream_first` and `stream_end` are the bounds
    of the stream as last heard of; `skipped` counts sequences that were jumped over because they
    came faster than they could be followed. Every method that reads raises what the reader does.
    """

    def __init__(self, reader: StreamReader) -> None:
        self.reader = reader
        self.first = 0
        self.generation = 0
        self.at_start = self.at_end = False
        self.stream_first = self.stream_end = 1
        self.skipped = 0
        self.busy = False
        self._records: deque[Record] = deque()
        # The rows on the screen: they are never forgotten.
        self._seen = (0, 0)

    @property
    def end(self) -> int:
        return self.first + len(self._records)

    def record(self, row: int) -> Record:
        """The message in a row, of a large one its beginning; LookupError if there is none."""
        if not self.first <= row < self.end:
            raise LookupError(row)
        return self._records[row - self.first]

    def records(self) -> list[Record]:
        """All that is in the window."""
        return list(self._records)

    def row_of(self, seq: int) -> int:
        """The row of the message with this sequence, or of the nearest one after it."""
        low, high = 0, len(self._records)
        while low < high:
            middle = (low + high) // 2
            if self._records[middle].seq < seq:
                low = middle + 1
            else:
                high = middle
        return self.first + low

    async def whole(self, record: Record) -> Record:
        """The message with all of its bytes; as it is known if it is not in the stream any more."""
        return await whole(self.reader, record)

    # Opening it somewhere

    async def open_end(self) -> None:
        """Look at the newest messages."""
        first, end = await self.reader.bounds()
        page = await self.reader.before(end, first=first)
        self._open(page.records, first, end)
        self.at_start, self.at_end = not page.more, True

    async def open_at(self, seq: int) -> int:
        """Look at the messages around `seq`; the row of that one or the first behind it."""
        first, end = await self.reader.bounds()
        seq = max(seq, first)
        # Both sides first, then all at once: who draws meanwhile must not see half of it.
        page, above = await asyncio.gather(
            self.reader.after(seq), self.reader.before(seq, first=first)
        )
        if not page.records:
            await self.open_end()
            return self.end - 1
        self._open(above.records + page.records, first, end)
        self.at_start, self.at_end = not above.more, not page.more
        return self.row_of(seq)

    async def open_time(self, at: float) -> int:
        """Look at the messages stored at `at` and later; the row of the first of them."""
        return await self.open_at(await self.reader.at_time(at))

    def _open(self, records: list[Record], first: int, end: int) -> None:
        self.generation += 1
        self.first = 0
        self._records = deque(map(head_of, records))
        self._seen = (0, 0)
        self.stream_first, self.stream_end = first, end
        self.at_start = self.at_end = False

    # Moving along

    def look_at(self, top: int, bottom: int) -> str:
        """These rows are on the screen; "up" or "down" if the window should grow there, or ""."""
        self._seen = (max(top, self.first), min(bottom, self.end))
        if not self._records:
            return ""
        if not self.at_end and self.end - bottom < _MARGIN:
            return "down"
        return "up" if not self.at_start and top - self.first < _MARGIN else ""

    async def extend_down(self) -> None:
        """Read on at the lower end."""
        generation = self.generation
        if not self._records:
            return
        page = await self.reader.after(self._records[-1].seq + 1)
        if generation == self.generation:
            self._records.extend(map(head_of, page.records))
            self.at_end = not page.more
            self._forget_above()

    async def extend_up(self) -> None:
        """Read on at the upper end."""
        generation = self.generation
        if not self._records:
            return
        page = await self.reader.before(self._records[0].seq, first=self.stream_first)
        if generation == self.generation:
            self._put_above(map(head_of, page.records), len(page.records))
            self.at_start = not page.more

    async def catch_up(self, *, following: bool) -> None:
        """Take what was stored since, if the newest is in the window; else hear how much that is.

        Who follows and is too far behind is taken to the new end: `skipped` counts.
        """
        if not self.at_end:
            self.stream_first, self.stream_end = await self.reader.bounds()
            return
        generation = self.generation
        last = self._records[-1].seq if self._records else self.stream_end - 1
        page = await self.reader.after(last + 1)
        if generation != self.generation or not page.records:
            return
        if page.more and following:
            await self.open_end()
            if self._records:
                self.skipped += max(0, self._records[0].seq - last - 1)
            return
        self._records.extend(map(head_of, page.records))
        self.stream_end = max(self.stream_end, self._records[-1].seq + 1)
        self.at_end = not page.more
        if following:
            self._seen = (self.end, self.end)
        self._forget_above()

    def drop(self, seqs: Iterable[int]) -> None:
        """These messages are not in the stream any more."""
        gone = set(seqs)
        self.generation += 1
        self._records = deque(record for record in self._records if record.seq not in gone)

    def _put_above(self, records: Iterable[Record], count: int) -> None:
        self._records.extendleft(reversed(list(records)))
        self.first -= count
        while len(self._records) > MOST_ROWS and self.end - 1 >= self._seen[1]:
            self._records.pop()
            self.at_end = False

    def _forget_above(self) -> None:
        while len(self._records) > MOST_ROWS and self.first < self._seen[0]:
            self._records.popleft()
            self.first += 1
            self.at_start = False
        while len(self._records) > MOST_ROWS + PAGE:
            # What is on the screen stays; the newest can be read again.
            self._records.pop()
            self.at_end = False


def head_of(record: Record) -> Record:
    """The record with no more of it than a list shows; `size` stays what it was."""
    if record.size <= HEAD_BYTES:
        return record
    headers = record.headers if len(record.headers) <= HEAD_BYTES else b""
    return record._replace(headers=headers, payload=record.payload[:HEAD_BYTES])


def is_cut(record: Record) -> bool:
    """Whether there is more of it in the stream."""
    return record.size > len(record.headers) + len(record.payload)


async def whole(reader: StreamReader, record: Record) -> Record:
    """The message with all of its bytes; as it is known if it is not in the stream any more."""
    if not is_cut(record):
        return record
    return await reader.get(record.seq) or record
