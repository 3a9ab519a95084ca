"""Wait for a condition of something outside: a server, a file, a screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

# How often a condition is looked at, in seconds: what takes long is looked at less often, because
# to look, at a screen for one, takes time itself.
INTERVAL = 0.005
LONGEST = 0.05
SHARE = 0.1  # of the time that was waited


class NeverHappened(AssertionError):
    """The condition did not come true in time; the text says which, and what was seen last."""


def wait_until(
    condition: Callable[[], T],
    what: str,
    *,
    timeout: float = 20.0,
    last_seen: Callable[[], object] | None = None,
) -> T:
    """Block until `condition()` is true and return what it returned.

    Raises NeverHappened with `what` and `last_seen()` after `timeout` seconds.
    """
    began = time.monotonic()
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > began + timeout:
            raise NeverHappened(_complaint(what, timeout, last_seen))
        time.sleep(_pause(began))


async def eventually(
    condition: Callable[[], T | Awaitable[T]],
    what: str,
    *,
    timeout: float = 20.0,
    last_seen: Callable[[], object] | None = None,
) -> T:
    """`wait_until` that lets the event loop run; the condition may be a coroutine function."""
    began = time.monotonic()
    while True:
        result = condition()
        value = await result if isinstance(result, Awaitable) else result
        if value:
            return value
        if time.monotonic() > began + timeout:
            raise NeverHappened(_complaint(what, timeout, last_seen))
        await asyncio.sleep(_pause(began))


def _pause(began: float) -> float:
    return min(LONGEST, max(INTERVAL, SHARE * (time.monotonic() - began)))


def _complaint(what: str, timeout: float, last_seen: Callable[[], object] | None) -> str:
    seen = f"; last seen:\n{last_seen()}" if last_seen else ""
    return f"{what}: not within {timeout:g} s{seen}"
