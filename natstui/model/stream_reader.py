"""The inert pager: reads what a stream holds, in both directions, and leaves no trace in it.

No consumer is made and nothing is acknowledged, so it works alike on streams with limits, interest
and work queue retention. Where the stream allows it and the server is 2.11 or newer, it reads by
DIRECT.GET, many messages a request (ADR-31); elsewhere by MSG.GET with `next_by_subj`, one message
a request, several requests at once where the messages lie close together.

A server only ever gives the next message at or after a sequence. So going back means to guess where
to begin: a stretch as wide as the page, a wider one where it turned out to be sparse, a narrower
one where it held too much. Gaps of any size cost a few requests each, not their length.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from natstui.client.js.errors import (
    ApiLevelError,
    ErrorCode,
    NotFoundError,
    ServiceUnavailableError,
)
from natstui.client.js.stream import Stream
from natstui.model.asking import DeniedError, api, ask, jetstream
from natstui.model.session import Session
from natstui.model.stored import record_of
from natstui.model.tail import Record

PAGE = 200
PAGE_BYTES = 1024 * 1024
MOST_BYTES = 4 * 1024 * 1024  # of a page that is read backwards
MOST_AT_ONCE = 64
_WIDER = 8
_NO_MESSAGE = ErrorCode.MESSAGE_NOT_FOUND
ALL = ">"


@dataclass(frozen=True, slots=True)
class Page:
    """Messages in the order of their sequences; `more`: there are others where it ended."""

    records: list[Record]
    more: bool


class StreamReader:
    """Reads one stream, all of it or the messages of one subject (wildcards allowed).

    Every method raises what a request to JetStream can: APIError (NotFoundError if there is no such
    stream), DeniedError, NotConnectedError, TimeoutError.

    `by_batch` says how it reads: True for DIRECT.GET of many, False for MSG.GET, None until it was
    tried. `exactly`: never by DIRECT.GET, which a replica may answer that is behind, or a mirror
    that keeps other messages (ADR-31); the leader alone knows what there is.
    """

    def __init__(
        self,
        session: Session,
        stream: str,
        subject: str = ALL,
        *,
        exactly: bool = False,
        page_bytes: int = PAGE_BYTES,
    ) -> None:
        self.session = session
        self.stream = stream
        self.subject = subject
        self.page_bytes = page_bytes
        self.by_batch: bool | None = False if exactly else None
        self._at_once = 1

    async def bounds(self) -> tuple[int, int]:
        """The first sequence, and one more than the last one; equal if the stream is empty."""
        info = await self._ask_info()
        self.by_batch = self.by_batch is not False and bool(info["config"].get("allow_direct"))
        state = info["state"]
        if not state["messages"]:
            return state["last_seq"] + 1, state["last_seq"] + 1
        return state["first_seq"], state["last_seq"] + 1

    async def after(self, seq: int, limit: int = PAGE, *, end: int | None = None) -> Page:
        """Up to `limit` messages from `seq` on, below `end`."""
        if end is not None and seq >= end:
            return Page([], more=False)
        if self.by_batch is None:
            await self.bounds()
        if self.by_batch:
            try:
                return await self._batch(seq, limit, end)
            except (ApiLevelError, ServiceUnavailableError, DeniedError):
                # An older server, a stream that does not allow it any more, or a user who may not.
                self.by_batch = False
        return await self._one_by_one(seq, limit, end)

    async def before(self, end: int, limit: int = PAGE, *, first: int = 1) -> Page:
        """Up to `limit` messages below `end`, the nearest ones, and none before `first`."""
        found: list[Record] = []
        width, size = limit, 0
        while end > first and len(found) < limit and size < MOST_BYTES:
            start = max(first, end - width)
            if width > limit:
                # Whether there is anything at all is cheaper to know than all that is there.
                near = (await self.after(start, 1, end=end)).records
                if not near:
                    end, width = start, width * _WIDER
                    continue
                start = near[0].seq
            page = await self.after(start, limit, end=end)
            if page.more:
                width = _narrower(end - start, limit)
                continue
            found = page.records + found
            size += sum(record.size for record in page.records)
            if len(page.records) * _WIDER < limit:
                width *= _WIDER
            end = start
        return Page(found[-limit:], more=end > first or len(found) > limit)

    async def get(self, seq: int) -> Record | None:
        """The message with that sequence, None if it is not there."""
        page = await self.after(seq, 1, end=seq + 1)
        return page.records[0] if page.records else None

    async def last(self) -> Record | None:
        """The newest message of the subject, None if there is none."""
        js = jetstream(self.session)
        try:
            message = await ask(self.session, js.get_msg(self.stream, subject=self.subject))
        except NotFoundError as error:
            if error.err_code == _NO_MESSAGE:
                return None
            raise
        return record_of(message, direct=False)

    async def at_time(self, at: float) -> int:
        """The sequence of the first message stored at `at` (seconds since the epoch) or later.

        One more than the last sequence if there is none. Servers before 2.11 do not look it up;
        there it is searched for, by halves.
        """
        first, end = await self.bounds()
        when = datetime.fromtimestamp(at, UTC)
        js = jetstream(self.session)
        try:
            work = js.get_msg(self.stream, subject=ALL, next=True, start_time=when)
            message = await ask(self.session, work)
        except NotFoundError as error:
            if error.err_code == _NO_MESSAGE:
                return end
            raise
        except ApiLevelError:
            return await self._bisect_time(at, first, end)
        return message.seq or end

    async def _bisect_time(self, at: float, first: int, end: int) -> int:
        """By halves: what lies before `first` is too early, what lies at `end` is not."""
        everything = StreamReader(self.session, self.stream)
        everything.by_batch, beyond = self.by_batch, end
        while first < end:
            middle = (first + end) // 2
            near = (await everything.after(middle, 1, end=end)).records
            if not near or near[0].at >= at:
                end = middle
            else:
                first = near[0].seq + 1
        page = await everything.after(end, 1)
        return page.records[0].seq if page.records else beyond

    async def count(self, first: int, end: int) -> int | None:
        """How many messages there are from `first` on, below `end`; None if nobody tells.

        Only a server that reads in batches says how many are behind a message.
        """
        if self.by_batch is None:
            await self.bounds()
        if not self.by_batch:
            return None
        try:
            return await self._count_from(first) - await self._count_from(end)
        except (ApiLevelError, ServiceUnavailableError, DeniedError):
            self.by_batch = False
            return None

    async def _count_from(self, seq: int) -> int:
        page = await ask(self.session, self._stream().get_page(seq, subject=self.subject, batch=1))
        return page.pending + len(page.messages)

    async def all_after(self, seq: int, *, end: int | None = None) -> AsyncIterator[list[Record]]:
        """Everything from `seq` on, below `end`, a page at a time."""
        more = True
        while more:
            page = await self.after(seq, end=end)
            if not page.records:
                return
            yield page.records
            seq, more = page.records[-1].seq + 1, page.more

    async def last_of_each(self, limit: int) -> Page:
        """The newest message of each subject that matches, at most `limit` of them."""
        if self.by_batch is None:
            await self.bounds()
        if self.by_batch:
            try:
                return await self._last_by_batch(limit)
            except (ApiLevelError, ServiceUnavailableError, DeniedError):
                self.by_batch = False
        return await self._last_one_by_one(limit)

    # By DIRECT.GET

    def _stream(self) -> Stream:
        return Stream(jetstream(self.session), self.stream)

    async def _batch(self, seq: int, limit: int, end: int | None) -> Page:
        # Of a width of so many sequences there cannot be more messages.
        wanted = limit if end is None else min(limit, end - seq)
        got = await ask(
            self.session,
            self._stream().get_page(
                seq, subject=self.subject, batch=wanted, max_bytes=self.page_bytes
            ),
        )
        records = [record_of(message, direct=True) for message in got.messages]
        inside = records if end is None else [each for each in records if each.seq < end]
        more = bool(got.pending) and len(inside) == len(records)
        if more and end is not None and records and records[-1].seq + 1 >= end:
            more = False
        return Page(inside, more)

    async def _last_by_batch(self, limit: int) -> Page:
        async def read() -> list[Record]:
            records: list[Record] = []
            async for message in self._stream().get_last_msgs(self.subject):
                records.append(record_of(message, direct=True))
                if len(records) > limit:
                    break
            return records

        records = await ask(self.session, read())
        return Page(sorted(records[:limit]), more=len(records) > limit)

    # By MSG.GET

    async def _one_by_one(self, seq: int, limit: int, end: int | None) -> Page:
        records: list[Record] = []
        while len(records) < limit:
            wanted = min(self._at_once, limit - len(records))
            if end is not None:
                wanted = min(wanted, end - seq)
            if wanted < 1:
                return Page(records, more=False)
            found = await self._next_of_each(range(seq, seq + wanted))
            inside = [each for each in found if end is None or each.seq < end]
            records += inside
            # Dense: so many at a time were all different. Sparse: they were the same again.
            self._at_once = wanted * 2 if len(found) == wanted else 1
            largest = max((record.size for record in found), default=0)
            self._at_once = min(self._at_once, MOST_AT_ONCE, max(1, MOST_BYTES // max(1, largest)))
            if not inside or len(inside) < len(found):
                return Page(records, more=False)
            seq = inside[-1].seq + 1
        return Page(records, more=end is None or seq < end)

    async def _next_of_each(self, seqs: range) -> list[Record]:
        """The message at or after each of the sequences, every one once."""

        async def all_of_them() -> list[Record | None]:
            return await asyncio.gather(*map(self._next, seqs))

        found = await ask(self.session, all_of_them())
        return sorted({record.seq: record for record in found if record is not None}.values())

    async def _next(self, seq: int) -> Record | None:
        js = jetstream(self.session)
        try:
            message = await js.get_msg(self.stream, seq, self.subject, next=True)
            return record_of(message, direct=False)
        except NotFoundError as error:
            if error.err_code == _NO_MESSAGE:
                return None
            raise

    async def _last_one_by_one(self, limit: int) -> Page:
        info = await self._ask_info(self.subject)
        subjects = sorted(info["state"].get("subjects") or {})
        records: list[Record] = []
        for at in range(0, min(len(subjects), limit), MOST_AT_ONCE):
            some = subjects[at : min(at + MOST_AT_ONCE, limit)]
            readers = (StreamReader(self.session, self.stream, subject) for subject in some)
            found = await asyncio.gather(*(reader.last() for reader in readers))
            records += [record for record in found if record is not None]
        return Page(sorted(records), more=len(subjects) > limit)

    async def _ask_info(self, subjects: str = "") -> dict[str, Any]:
        body = {"subjects_filter": subjects} if subjects else None
        return await api(self.session, f"STREAM.INFO.{self.stream}", body)


def _narrower(width: int, limit: int) -> int:
    """For a stretch that held more than a page."""
    return max(limit, width // 16) if width > 2 * limit else max(1, width // 2)
