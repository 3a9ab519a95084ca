"""Searching a whole stream: piece by piece, from the newest message back or the other way.

It can be cancelled at any time and goes on from there; while it runs, nothing waits for it longer
than a few milliseconds.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from time import perf_counter

from natstui.model.filter import PARTIAL, SHOW, Filter
from natstui.model.stream_reader import Page, StreamReader
from natstui.model.stream_window import head_of
from natstui.model.tail import Record
from natstui.model.work import Work

PIECE = 500  # messages
MOST_HITS = 5_000
SLICE_SECONDS = 0.005


class StreamSearch:
    """The messages of what `reader` reads that `wanted` lets through, as rows.

    `searched` counts messages that were looked at, `partial` those that were too large to be
    settled. `is_complete`: everything was searched, up to where the stream ended when it began.
    `is_full`: there are more hits than are kept. Rows are in the order of the sequences, whichever
    way it goes; found backwards they get smaller and smaller numbers.
    """

    def __init__(self, reader: StreamReader, wanted: Filter, *, backwards: bool = True) -> None:
        self.reader = reader
        self.filter = wanted
        self.backwards = backwards
        self.searched = 0
        self.partial = 0
        self.first = 0
        self.version = 0
        self.is_complete = False
        self._hits: deque[Record] = deque()
        # What is not searched yet: sequences from `_low` on, below `_high`.
        self._low = self._high = 0
        self._total = 0
        self._since = 0.0

    @property
    def end(self) -> int:
        return self.first + len(self._hits)

    @property
    def hits(self) -> int:
        return len(self._hits)

    @property
    def is_full(self) -> bool:
        return len(self._hits) >= MOST_HITS

    @property
    def done(self) -> int:
        """How many sequences of `total` were covered."""
        return self._total - max(0, self._high - self._low)

    @property
    def total(self) -> int:
        """How many sequences there were when it began."""
        return self._total

    def record(self, row: int) -> Record:
        """The hit in a row, of a large message its beginning; LookupError if there is none."""
        if not self.first <= row < self.end:
            raise LookupError(row)
        return self._hits[row - self.first]

    def records(self) -> list[Record]:
        """All hits."""
        return list(self._hits)

    async def run(self, work: Work) -> str:
        """Search on from where it was; in words what came of it. Raises what the reader does."""
        if not self._total:
            self._low, self._high = await self.reader.bounds()
            self._total = self._high - self._low
        work.total, work.before = self._total, self.done
        async with aclosing(self._pages()) as pages:
            async for page in pages:
                await self._look_through(page, work)
                work.advance(self.done, found=self.hits)
                if self.is_full:
                    break
        self.is_complete = self._low >= self._high
        self.version += 1
        return self._outcome()

    def _outcome(self) -> str:
        if not self.is_complete:
            return f"{self.hits:,} hits, no more are kept: search for something rarer"
        return f"{self.hits:,} found in {self.searched:,} messages"

    async def _pages(self) -> AsyncGenerator[Page]:
        """What is not searched yet; while one page is looked through, the next one is read."""
        low, high = self._low, self._high
        reading = asyncio.create_task(self._read(low, high))
        try:
            while low < high:
                page = await reading
                low, high = self._beyond(page, low, high)
                reading = asyncio.create_task(self._read(low, high))
                yield page
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(self, low: int, high: int) -> Page:
        if low >= high:
            return Page([], more=False)
        if self.backwards:
            return await self.reader.before(high, PIECE, first=low)
        return await self.reader.after(low, PIECE, end=high)

    def _beyond(self, page: Page, low: int, high: int) -> tuple[int, int]:
        """What is left of the sequences from `low` on, below `high`, behind a page of them."""
        if not page.more or not page.records:
            return high, high
        return (low, page.records[0].seq) if self.backwards else (page.records[-1].seq + 1, high)

    async def _look_through(self, page: Page, work: Work) -> None:
        for record in reversed(page.records) if self.backwards else page.records:
            self._take(record)
            if await self._breathe(work):
                return
        self._low, self._high = self._beyond(page, self._low, self._high)

    def _take(self, record: Record) -> None:
        """Settle one message: what is not searched yet begins, or ends, beside it."""
        is_hit = self._is_hit(record)
        if self.backwards:
            self._high = record.seq
            if is_hit:
                self._hits.appendleft(head_of(record))
                self.first -= 1
        else:
            self._low = record.seq + 1
            if is_hit:
                self._hits.append(head_of(record))

    async def _breathe(self, work: Work) -> bool:
        """Let others have their turn, now and then; True if there is to be no more."""
        now = perf_counter()
        if now - self._since > SLICE_SECONDS:
            work.advance(self.done, found=self.hits)
            await asyncio.sleep(0)
            self._since = perf_counter()
        return self.is_full

    def _is_hit(self, record: Record) -> bool:
        self.searched += 1
        self.version += 1
        verdict = self.filter.verdict(record)
        self.partial += bool(verdict & PARTIAL)
        return bool(verdict & SHOW)
