"""The answers to direct gets of many messages: an inbox, and pages that are complete."""

from __future__ import annotations

import asyncio
import builtins
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from natstui.client.aio.subscription import Subscription
from natstui.client.errors import TimeoutError
from natstui.client.js.api import Header
from natstui.client.js.errors import ApiLevelError, ServiceUnavailableError
from natstui.client.js.requester import checked_name, to_json
from natstui.client.js.status import header, status_error
from natstui.client.js.stored import direct_message, is_stored

if TYPE_CHECKING:
    from typing import Self

    from natstui.client.aio.msg import Msg
    from natstui.client.js import api
    from natstui.client.js.manager import JetStreamManager

LEVEL = 1
PATIENCE = 2.0  # seconds without a message, before a page is asked for again
PAUSE_BEFORE_REPEAT = 0.25  # seconds, while no replica answers


@dataclass(frozen=True)
class Page:
    """Messages, and how many there are behind them.

    `up_to_seq` is the sequence as of which the last messages of subjects were looked up.
    """

    messages: list[api.RawStreamMsg]
    pending: int = 0
    up_to_seq: int = 0

    @property
    def next_seq(self) -> int:
        """Where the next page starts."""
        return (self.messages[-1].seq or 0) + 1 if self.messages else 1


class TooManySubjectsError(Exception):
    """The filters match more subjects than the server answers for at once."""


class _Incomplete(Exception):
    """The rest of this answer will not come."""


class DirectAnswers(Subscription):
    """Asks for pages, one at a time, until they come complete."""

    _silent = True

    def __init__(self, js: JetStreamManager, stream: str) -> None:
        self._prefix = js._nc.new_inbox()
        super().__init__(
            js._nc, 0, f"{self._prefix}.*", pending_msgs_limit=0, pending_bytes_limit=0
        )
        self._js = js
        self._stream = checked_name("stream", stream)
        self._headers = js._level_header(LEVEL)
        self._tokens = count(1)
        self._interrupted = False

    async def __aenter__(self) -> Self:
        self._conn._open(self)
        return self

    async def page(self, request: dict[str, Any]) -> Page:
        """Raises TooManySubjectsError, and what else the server refuses the request for."""
        deadline = self._conn._loop.time() + self._js._timeout
        while True:
            unheard = False
            try:
                return await self._attempt(to_json(request))
            except _Incomplete:
                pass
            except ServiceUnavailableError:
                unheard = True
                await self._check_allowed()
            if self._conn._loop.time() >= deadline:
                raise self._gone() if unheard else TimeoutError()
            if unheard:
                await asyncio.sleep(PAUSE_BEFORE_REPEAT)

    async def _attempt(self, request: bytes) -> Page:
        reply = f"{self._prefix}.{next(self._tokens)}"
        self._interrupted = False
        subject = f"{self._js._prefix}.DIRECT.GET.{self._stream}"
        await self._conn._publish_for(self, subject, request, reply, self._headers)
        messages: list[api.RawStreamMsg] = []
        while True:
            for answer in self._run:
                if answer.subject != reply:
                    continue  # of a former answer
                if not is_stored(answer):
                    return self._end_of_page(answer, messages)
                messages.append(_next_message(answer, messages))
            await self._more()

    def _end_of_page(self, answer: Msg, messages: list[api.RawStreamMsg]) -> Page:
        match answer.status:
            case 204:
                last_seq = messages[-1].seq if messages else 0
                if int(header(answer, Header.LAST_SEQUENCE) or 0) != last_seq:
                    raise _Incomplete
                pending = int(header(answer, Header.NUM_PENDING) or 0)
                up_to = int(header(answer, Header.UP_TO_SEQUENCE) or 0)
                return Page(messages, pending, up_to)
            case 404:
                return Page([])
            case 413:
                raise TooManySubjectsError
            case _:
                raise status_error(answer)

    async def _more(self) -> None:
        """Return when another run has come. Raises _Incomplete if none will, or not in time."""
        while not self._advance():
            if self._finished():
                self._check_usable()
            if self._interrupted:
                raise _Incomplete
            try:
                async with asyncio.timeout(min(PATIENCE, self._js._timeout)):
                    await self._arrival()
            except builtins.TimeoutError:
                raise _Incomplete from None

    def _resumed(self) -> None:
        self._interrupted = True
        self._wake()

    async def _check_allowed(self) -> None:
        """Raises NotFoundError if there is no stream, or the 503 if it does not allow this."""
        try:
            info = await self._js.stream_info(self._stream)
        except (TimeoutError, ServiceUnavailableError):
            return
        if not info.config.allow_direct:
            raise self._gone()

    def _gone(self) -> ServiceUnavailableError:
        return ServiceUnavailableError(
            code=503,
            description=f"nobody answers direct gets from stream {self._stream!r}: "
            "it does not allow them (allow_direct), or no replica is there",
        )


def _next_message(answer: Msg, before: list[api.RawStreamMsg]) -> api.RawStreamMsg:
    """The next message of a page; raises _Incomplete if it is not the one behind those before."""
    if not before and header_of(answer, Header.NUM_PENDING) is None:
        # One message, and nothing will follow.
        raise ApiLevelError.of(LEVEL, 0)
    last_seq = before[-1].seq if before else 0
    if int(header_of(answer, Header.LAST_SEQUENCE) or 0) != last_seq:
        raise _Incomplete
    return direct_message(answer)


def header_of(answer: Msg, name: str) -> str | None:
    """What the server wrote: it appends its headers to those that were stored."""
    values = answer.headers.get_all(name) if answer.headers else []
    return values[-1] if values else None
