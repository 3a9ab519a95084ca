"""Wait for a condition of something outside: a server, a file, a screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

# How often a condition is looked at, in seconds. Looking is cheap for everything that waits here.
INTERVAL = 0.005


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
    deadline = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise NeverHappened(_complaint(what, timeout, last_seen))
        time.sleep(INTERVAL)


async def eventually(
    condition: Callable[[], T | Awaitable[T]],
    what: str,
    *,
    timeout: float = 20.0,
    last_seen: Callable[[], object] | None = None,
) -> T:
    """`wait_until` that lets the event loop run; the condition may be a coroutine function."""
    deadline = time.monotonic() + timeout
    while True:
        result = condition()
        value = await result if isinstance(result, Awaitable) else result
        if value:
            return value
        if time.monotonic() > deadline:
            raise NeverHappened(_complaint(what, timeout, last_seen))
        await asyncio.sleep(INTERVAL)


def _complaint(what: str, timeout: float, last_seen: Callable[[], object] | None) -> str:
    seen = f"; last seen:\n{last_seen()}" if last_seen else ""
    return f"{what}: not within {timeout:g} s{seen}"
