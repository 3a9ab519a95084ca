"""Going through a whole stream: piece by piece, from the newest message back or the other way.

It can be cancelled at any time and goes on from there; while it runs, nothing waits for it longer
than a few milliseconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from time import perf_counter

from natstui.model.filter import PARTIAL, SHOW, Filter
from natstui.model.stream_reader import Page, StreamReader
from natstui.model.tail import Record
from natstui.model.work import Work

PIECE = 500  # messages
SLICE_SECONDS = 0.005


class StreamScan:
    """Every message of what `reader` reads, once, in `take`; a subclass says what that does.

    `searched` counts messages that were looked at. `is_complete`: it went through everything, up
    to where the stream ended when it began.
    """

    def __init__(self, reader: StreamReader, *, backwards: bool = True) -> None:
        self.reader = reader
        self.backwards = backwards
        self.searched = 0
        self.version = 0
        self.is_complete = False
        # What is not searched yet: sequences from `_low` on, below `_high`.
        self._low = self._high = 0
        self._total = 0
        self._since = 0.0

    def take(self, record: Record) -> None:
        """One message."""
        raise NotImplementedError

    @property
    def found(self) -> int | None:
        """How many of them are what was looked for, None if nothing is."""
        return None

    @property
    def is_full(self) -> bool:
        """Whether there is to be no more."""
        return False

    @property
    def done(self) -> int:
        """How many sequences of `total` were covered."""
        return self._total - max(0, self._high - self._low)

    @property
    def total(self) -> int:
        """How many sequences there were when it began."""
        return self._total

    async def run(self, work: Work) -> str:
        """Go on from where it was; in words what came of it. Raises what the reader does."""
        if not self._total:
            self._low, self._high = await self.reader.bounds()
            self._total = self._high - self._low
        work.total, work.before = self._total, self.done
        async with aclosing(self._pages()) as pages:
            async for page in pages:
                await self._look_through(page, work)
                work.advance(self.done, found=self.found)
                if self.is_full:
                    break
        self.is_complete = self._low >= self._high
        self.version += 1
        return self.outcome()

    def outcome(self) -> str:
        """What came of it, in words."""
        return f"{self.searched:,} messages were looked at"

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
            self._settle(record)
            if await self._breathe(work):
                return
        self._low, self._high = self._beyond(page, self._low, self._high)

    def _settle(self, record: Record) -> None:
        """What is not searched yet begins, or ends, beside this message."""
        self.searched += 1
        self.version += 1
        if self.backwards:
            self._high = record.seq
        else:
            self._low = record.seq + 1
        self.take(record)

    async def _breathe(self, work: Work) -> bool:
        """Let others have their turn, now and then; True if there is to be no more."""
        now = perf_counter()
        if now - self._since > SLICE_SECONDS:
            work.advance(self.done, found=self.found)
            await asyncio.sleep(0)
            self._since = perf_counter()
        return self.is_full


class StreamFeed(StreamScan):
    """Gives `take` the messages, those that `wanted` lets through, and no more than `most`.

    `partial` counts those that were too large to be settled by the filter.
    """

    def __init__(
        self,
        reader: StreamReader,
        take: Callable[[Record], None],
        *,
        wanted: Filter | None = None,
        most: int | None = None,
    ) -> None:
        super().__init__(reader)
        self.filter = wanted
        self.most = most
        self.given = 0
        self.partial = 0
        self._take = take

    @property
    def is_full(self) -> bool:
        return self.given == self.most

    def take(self, record: Record) -> None:
        verdict = SHOW if self.filter is None else self.filter.verdict(record)
        self.partial += bool(verdict & PARTIAL)
        if verdict & SHOW:
            self.given += 1
            self._take(record)
