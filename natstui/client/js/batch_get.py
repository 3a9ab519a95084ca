"""Reading many stored messages without a consumer: pages of direct gets (ADR-31, server 2.11).

The server answers one request with many messages and an end marker, and without flow control; so
a page is as much as may be in memory at once. A page that does not come complete is asked for
again as a whole: reading changes nothing, and nothing of it was given to anybody.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from natstui.client.js import api
from natstui.client.js.direct_answers import DirectAnswers, Page, TooManySubjectsError
from natstui.client.js.requester import checked_count

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from datetime import datetime

    from natstui.client.js.manager import JetStreamManager

PAGE = 256  # messages
PAGE_BYTES = 1024 * 1024
MOST_SUBJECTS = 1024  # that the server takes, and answers for, at once


class BatchGet:
    """The stored messages of a stream, many at a time.

    Creates no consumer. The stream must allow direct gets, and a replica that is behind the leader
    may answer: what was acknowledged a moment ago may be missing.

    All methods raise ApiLevelError before nats-server 2.11, ServiceUnavailableError if nobody
    answers (the stream does not allow it, or none of its replicas is there), NotFoundError if
    there is no such stream, TimeoutError after the timeout of the context, ValueError for a
    `batch` or `max_bytes` below 1.
    """

    def __init__(self, js: JetStreamManager, name: str) -> None:
        self._js = js
        self.name = name

    async def get_page(
        self,
        seq: int | None = None,
        *,
        start_time: datetime | str | None = None,
        subject: str | None = None,
        batch: int = PAGE,
        max_bytes: int = PAGE_BYTES,
    ) -> Page:
        """Up to `batch` messages from `seq` or `start_time` on, or from the first one on.

        Only those of `subject`, wildcards allowed. `max_bytes` ends the page earlier, but not
        before the first message.
        """
        async with DirectAnswers(self._js, self.name) as answers:
            return await answers.page(_request(seq, start_time, subject, batch, max_bytes))

    async def get_msgs(
        self,
        seq: int | None = None,
        *,
        start_time: datetime | str | None = None,
        subject: str | None = None,
        limit: int | None = None,
        batch: int = PAGE,
        max_bytes: int = PAGE_BYTES,
    ) -> AsyncIterator[api.RawStreamMsg]:
        """The messages from `seq`, `start_time` or the first one on, to the end or `limit`.

        In order, a page at a time; the parameters are those of `get_page`.
        """
        _size(batch, max_bytes)
        left = limit
        async with DirectAnswers(self._js, self.name) as answers:
            while left is None or left > 0:
                size = batch if left is None else min(batch, left)
                page = await answers.page(_request(seq, start_time, subject, size, max_bytes))
                for message in page.messages:
                    yield message
                if not page.pending:
                    return
                seq, start_time = page.next_seq, None
                left = left and left - len(page.messages)

    async def get_last_msgs(
        self,
        subjects: str | Iterable[str] = ">",
        *,
        up_to_seq: int | None = None,
        up_to_time: datetime | str | None = None,
        batch: int = PAGE,
        max_bytes: int = PAGE_BYTES,
    ) -> AsyncIterator[api.RawStreamMsg]:
        """The last message of each of the subjects, wildcards allowed, as of one moment.

        The moment is `up_to_seq`, `up_to_time` or now: what was stored later is not seen, and what
        was removed since cannot be. In the order of their sequences; if it is more than 1,024
        subjects, they are listed first and come in several such orders.
        Raises ValueError for `up_to_seq` together with `up_to_time`.
        """
        view = _view(up_to_seq, up_to_time, batch, max_bytes)
        filters = [subjects] if isinstance(subjects, str) else list(subjects)
        if view is None or not filters:
            return
        chunks = deque(self._chunks(filters))
        async with DirectAnswers(self._js, self.name) as answers:
            while chunks:
                chunk = chunks.popleft()
                try:
                    page = await answers.page({**view, "multi_last": chunk})
                except TooManySubjectsError:
                    chunks.extendleft(reversed(await self._one_by_one(chunk)))
                    continue
                if page.up_to_seq:
                    # All the others see the same.
                    view.pop("up_to_time", None)
                    view["up_to_seq"] = page.up_to_seq
                while True:
                    for message in page.messages:
                        yield message
                    if not page.pending:
                        break
                    page = await answers.page({**view, "multi_last": chunk, "seq": page.next_seq})

    async def _one_by_one(self, filters: list[str]) -> list[list[str]]:
        """The subjects that match."""
        found: set[str] = set()
        for each in filters:
            info = await self._js.stream_info(self.name, each)
            found.update(info.state.subjects or ())
        return self._chunks(sorted(found))

    def _chunks(self, filters: list[str]) -> list[list[str]]:
        """As many at a time as the server takes, and as fit into a request."""
        most_bytes = self._js._nc.max_payload // 2
        chunks: list[list[str]] = [[]]
        size = 0
        for each in filters:
            own = len(each.encode()) + len('"",')
            if len(chunks[-1]) == MOST_SUBJECTS or size + own > most_bytes:
                chunks.append([])
                size = 0
            chunks[-1].append(each)
            size += own
        return chunks


def _request(
    seq: int | None,
    start_time: datetime | str | None,
    subject: str | None,
    batch: int,
    max_bytes: int,
) -> dict[str, Any]:
    request = _size(batch, max_bytes)
    if start_time is not None:
        request["start_time"] = api.rfc3339(start_time)
    else:
        request["seq"] = max(seq or 1, 1)
    if subject is not None:
        request["next_by_subj"] = subject
    return request


def _view(
    up_to_seq: int | None, up_to_time: datetime | str | None, batch: int, max_bytes: int
) -> dict[str, Any] | None:
    """What is the same in all requests for last messages; None: nothing can be seen."""
    if up_to_seq is not None and up_to_time is not None:
        raise ValueError("nats: up_to_seq or up_to_time, not both")
    view = _size(batch, max_bytes)
    if up_to_time is not None:
        view["up_to_time"] = api.rfc3339(up_to_time)
    if up_to_seq is not None:
        if up_to_seq < 1:
            return None  # the server would take it for "no limit"
        view["up_to_seq"] = up_to_seq
    return view


def _size(batch: int, max_bytes: int) -> dict[str, Any]:
    """How long a page is, in a request."""
    return {
        "batch": checked_count("batch", batch),
        "max_bytes": checked_count("max_bytes", max_bytes),
    }
