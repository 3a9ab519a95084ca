"""One request, many answers (ADR-47).

The answers come to a subscription of their own. That ends at the total timeout, by a timer, so
that an endless stream of answers ends too; what arrived before is still handed out, however long
the caller takes over each.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING

from .errors import (
    BadSubscriptionError,
    BadTimeoutError,
    ConnectionDrainingError,
    NoRespondersError,
    TimeoutError,
)
from .protocol.headers import HeadersLike

if TYPE_CHECKING:
    from .aio.msg import Msg
    from .aio.requesting import Requesting
    from .aio.subscription import Subscription

Sentinel = bool | Callable[["Msg"], bool]

_NO_RESPONDERS = 503


def request_many(
    client: Requesting,
    subject: str,
    payload: bytes,
    headers: HeadersLike | None,
    timeout: float | None,
    stall: float | None,
    max_messages: int | None,
    sentinel: Sentinel | None,
) -> AsyncGenerator[Msg, None]:
    """What `Client.request_many` promises; the arguments are checked before anything is sent."""
    # Not `<=`: nothing compares with NaN.
    if timeout is not None and not timeout > 0:
        raise BadTimeoutError()
    if max_messages is not None and max_messages < 1:
        raise ValueError(f"nats: max_messages is {max_messages}, and one is the least")
    if stall is not None and not stall > 0:
        stall = None
    is_end = _is_empty if sentinel is True else sentinel or _is_never
    return _answers(client, subject, payload, headers, timeout, stall, max_messages or 0, is_end)


def _is_empty(answer: Msg) -> bool:
    return not answer.data and answer.status is None


def _is_never(answer: Msg) -> bool:
    return False


async def _answers(
    client: Requesting,
    subject: str,
    payload: bytes,
    headers: HeadersLike | None,
    timeout: float | None,
    stall: float | None,
    max_messages: int,
    is_end: Callable[[Msg], bool],
) -> AsyncGenerator[Msg, None]:
    sub = client._ask(subject, payload, headers, max_messages)
    timer = None
    try:
        if client._outbox.full:
            await client._outbox.relieve()
        if timeout is not None:
            timer = asyncio.get_running_loop().call_later(timeout, _end, client, sub)
        patience = None  # for the first answer, there is only the total timeout
        while (answer := await _next(client, sub, patience)) is not None:
            patience = stall
            if answer.status == _NO_RESPONDERS and not answer.data:
                raise NoRespondersError(f"nats: nobody responds on {subject!r}")
            if is_end(answer):
                return
            yield answer
            if answer.status is not None:
                return  # the server speaks in place of whoever was asked: nothing follows
    finally:
        if timer is not None:
            timer.cancel()
        _end(client, sub)


async def _next(client: Requesting, sub: Subscription, patience: float | None) -> Msg | None:
    """The next answer; None when there will be none, or none came within `patience` seconds."""
    try:
        return await sub.next_msg(patience)
    except TimeoutError:
        return None
    except BadSubscriptionError:
        if client.is_draining:
            raise ConnectionDrainingError() from None
        return None


def _end(client: Requesting, sub: Subscription) -> None:
    if not sub._closed:
        client._unsubscribe(sub, 0)
