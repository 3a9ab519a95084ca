"""`natstui tail`: messages as they come, one line each, as fast as the reader takes them."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable
from functools import partial

from natstui.client.protocol.subjects import valid_queue
from natstui.headless.complaints import complain
from natstui.headless.output import Output
from natstui.headless.racing import unless
from natstui.headless.request import NOT_MET, OK, BadInputError, Request
from natstui.headless.subjects import Failure, filter_of, subjects_of
from natstui.model import words
from natstui.model.decode import preview
from natstui.model.decoders import Decoders
from natstui.model.export import head_line, ndjson_line
from natstui.model.filter import PARTIAL, SHOW, Filter
from natstui.model.header_block import header_lines
from natstui.model.safe_text import clean
from natstui.model.session import Session
from natstui.model.tail import Record
from natstui.model.tail_queue import TailQueue
from natstui.model.tailing import Tailing

# Between two slices the loop reads what came, and answers the server.
_SLICE_SECONDS = 0.005
_CLOCK_EVERY = 64  # messages
_LOSS_EVERY = 5.0


class TailCommand:
    """Makes nothing, keeps nothing; BadInputError for a subject or filter that cannot be."""

    SLOW = "the output is too slow"

    def __init__(self, request: Request, session: Session) -> None:
        self.request = request
        self.session = session
        self.subjects = subjects_of(request.words, f"natstui {request.command} 'orders.>'")
        self.filter = filter_of(request.filter)
        self.queue = TailQueue()
        self.tailing = Tailing(session, self.queue, _group(request.queue))
        self.shown = 0
        self.partial = 0
        self._line = _line(request, session.settings.config.decoders)
        self.failure = Failure(session, self.tailing)
        self._lost = 0
        self._said_at = 0.0

    async def prepare(self) -> None:
        """To be called before there is a connection, so that nothing is missed once there is."""
        for subject in self.subjects:
            await self.tailing.add(subject)

    async def run(self, output: Output) -> int:
        """Until there were as many as asked for, the time is over, or somebody ends it."""
        gc.freeze()  # what is here stays; messages are plain tuples that die young
        try:
            async with asyncio.timeout(self.request.timeout):
                await unless(self.failure.wait(), self._pump(output))
        except TimeoutError:
            if self.request.count is None:
                return OK
            complain(f"{self.shown} of {self.request.count} within {self.request.timeout:g} s")
            return NOT_MET
        finally:
            self._account(at_last=True)
        return OK

    # What comes

    async def _pump(self, output: Output) -> None:
        while not self._is_done():
            await self.queue.arrival()
            output.write(self._slice())
            self._account()
            if output.is_full:
                await output.room()
            else:
                await asyncio.sleep(0)
        await output.drained()

    def _slice(self) -> str:
        """The lines of some of what waits."""
        deadline = time.perf_counter() + _SLICE_SECONDS
        lines: list[str] = []
        queue, taken = self.queue, 0
        while queue and not self._is_done():
            self._take(queue.take(), lines)
            taken += 1
            if not taken % _CLOCK_EVERY and time.perf_counter() > deadline:
                break
        lines.append("")
        return "\n".join(lines)

    def _take(self, record: Record, lines: list[str]) -> None:
        if record.is_note:
            complain(record.payload.decode())
        elif self.filter is None or self._lets_through(record, self.filter):
            self._show(record, lines)
            self.shown += 1

    def _show(self, record: Record, lines: list[str]) -> None:
        lines.append(self._line(record))

    def _lets_through(self, record: Record, wanted: Filter) -> bool:
        verdict = wanted.verdict(record)
        self.partial += bool(verdict & PARTIAL)
        return bool(verdict & SHOW)

    def _is_done(self) -> bool:
        return self.shown == self.request.count

    # What does not

    def _account(self, *, at_last: bool = False) -> None:
        """Say how much was lost: while it happens now and then, and in the end."""
        now = time.monotonic()
        lost = self.tailing.dropped
        if lost > self._lost and (at_last or now - self._said_at > _LOSS_EVERY):
            self._lost, self._said_at = lost, now
            complain(f"lost {lost:,} of {self.queue.seen:,} messages: {self.SLOW}")
        if at_last and self.partial:
            complain(f"{self.partial:,} messages were too large to be searched to their end")


def _group(name: str) -> str:
    if name and not valid_queue(name):
        raise BadInputError(f"--queue: {name!r} is no name: no spaces in it")
    return name


def _line(request: Request, decoders: Decoders) -> Callable[[Record], str]:
    match request.form, request.headers_only:
        case "table", False:
            return partial(_plain, decoders)
        case "table", True:
            return _plain_headers
        case _, True:
            return head_line
    return ndjson_line


def _plain(decoders: Decoders, record: Record) -> str:
    """As a line of the pane: when, on what, how large, and what it says."""
    text = preview(record.payload, steps=decoders.of(record.subject))[1]
    return clean(f"{_head(record)}  {text}")


def _plain_headers(record: Record) -> str:
    block = header_lines(record.headers, limit=len(record.headers))
    said = [f"{key}: {value}" for key, value in block.pairs]
    return clean("  ".join([_head(record), *filter(None, [block.status]), *said]))


def _head(record: Record) -> str:
    size = words.short_size(record.size)
    return f"{words.clock(record.at)}  {record.subject}  {size}"
