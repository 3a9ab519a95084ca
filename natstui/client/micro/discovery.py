"""Finding services: one request to all of them, and everybody's answer.

An answer that is not what ADR-32 says goes to the client's `error_cb`, as JsonParseError; the
others are not held up by it.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

from ..errors import JsonParseError, NoRespondersError
from .control import DEFAULT_PREFIX, ServiceVerb, control_subject
from .responses import ServiceInfo, ServicePing, ServiceStats

if TYPE_CHECKING:
    from ..aio.client import Client
    from ..aio.msg import Msg

TIMEOUT = 2.0  # seconds
STALL = 0.3  # seconds; a service answers at once, so this is for the way there and back

Answer = TypeVar("Answer", ServicePing, ServiceInfo, ServiceStats)

_VERBS = {
    ServicePing: ServiceVerb.PING,
    ServiceInfo: ServiceVerb.INFO,
    ServiceStats: ServiceVerb.STATS,
}


async def ping(
    nc: Client,
    name: str | None = None,
    id: str | None = None,
    *,
    prefix: str = DEFAULT_PREFIX,
    timeout: float = TIMEOUT,
    stall: float | None = STALL,
) -> list[ServicePing]:
    """Who is there: all instances, those of a name, or one; with the time that it took, `rtt`.

    Waits `timeout` seconds, or until no further answer comes for `stall` seconds; asked for an id,
    until it answers. Empty when there is none.
    Raises ValueError for an id without a name, and what `Client.publish` raises.
    """
    return [each async for each in _ask(nc, ServicePing, name, id, prefix, timeout, stall)]


async def info(
    nc: Client,
    name: str | None = None,
    id: str | None = None,
    *,
    prefix: str = DEFAULT_PREFIX,
    timeout: float = TIMEOUT,
    stall: float | None = STALL,
) -> list[ServiceInfo]:
    """What they are for and where they listen; asked as `ping` does."""
    return [each async for each in _ask(nc, ServiceInfo, name, id, prefix, timeout, stall)]


async def stats(
    nc: Client,
    name: str | None = None,
    id: str | None = None,
    *,
    prefix: str = DEFAULT_PREFIX,
    timeout: float = TIMEOUT,
    stall: float | None = STALL,
) -> list[ServiceStats]:
    """What they did; asked as `ping` does."""
    return [each async for each in _ask(nc, ServiceStats, name, id, prefix, timeout, stall)]


def discover(
    nc: Client,
    name: str | None = None,
    id: str | None = None,
    *,
    prefix: str = DEFAULT_PREFIX,
    timeout: float = TIMEOUT,
    stall: float | None = STALL,
) -> AsyncGenerator[ServiceInfo, None]:
    """What `info` returns, each as it comes in."""
    return _ask(nc, ServiceInfo, name, id, prefix, timeout, stall)


async def _ask(
    nc: Client,
    kind: type[Answer],
    name: str | None,
    id: str | None,
    prefix: str,
    timeout: float,
    stall: float | None,
) -> AsyncGenerator[Answer, None]:
    subject = control_subject(_VERBS[kind], name, id, prefix)
    start = perf_counter()
    answers = nc.request_many(subject, timeout=timeout, stall=stall, max_messages=1 if id else None)
    async with aclosing(answers):
        try:
            async for msg in answers:
                try:
                    answer = _read(kind, msg)
                except JsonParseError as error:
                    nc._report(error)
                    continue
                if isinstance(answer, ServicePing):
                    answer.rtt = perf_counter() - start
                yield answer
        except NoRespondersError:
            return  # nobody, then


def _read(kind: type[Answer], msg: Msg) -> Answer:
    try:
        data = json.loads(msg.data)
    except (ValueError, RecursionError) as error:  # RecursionError: [[[[…
        raise JsonParseError(f"nats: a service answered with no JSON: {error}") from None
    if not isinstance(data, dict):
        raise JsonParseError(f"nats: a service answered with no JSON object: {msg.data[:100]!r}")
    return kind.from_dict(data)
