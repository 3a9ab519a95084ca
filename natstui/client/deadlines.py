"""Deadlines for many short waits, with one timer of the loop a timeout instead of one a wait.

Requests of a program share a few timeouts, and nearly all are answered long before. For each
timeout there is a queue of futures in the order of their deadlines, which is the order they came
in, and a timer for its head. Those that are done by then are dropped without further ado.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from typing import Any

from .errors import BadTimeoutError, TimeoutError

_SWEEP_AT_LEAST = 256  # entries


class Deadlines:
    """Sets TimeoutError on futures whose time is up."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._queues: dict[float, _Queue] = {}

    def add(self, future: asyncio.Future[Any], seconds: float) -> None:
        """Fail `future` with TimeoutError unless it is done `seconds` from now.

        Raises BadTimeoutError for NaN: nothing compares with it, which would stop all timers.
        """
        queue = self._queues.get(seconds)
        if queue is None:
            if math.isnan(seconds):
                raise BadTimeoutError()
            queue = self._queues[seconds] = _Queue()
            queue.timer = self._loop.call_later(seconds, self._expire, seconds)
        queue.add(self._loop.time() + seconds, future)

    def cancel(self) -> None:
        """Forget everything."""
        for queue in self._queues.values():
            if queue.timer is not None:
                queue.timer.cancel()
        self._queues.clear()

    def _expire(self, seconds: float) -> None:
        queue = self._queues[seconds]
        now = self._loop.time()
        entries = queue.entries
        while entries and (entries[0][1].done() or entries[0][0] <= now):
            _, future = entries.popleft()
            if not future.done():
                future.set_exception(TimeoutError())
        if entries:
            queue.timer = self._loop.call_at(entries[0][0], self._expire, seconds)
        else:
            del self._queues[seconds]


class _Queue:
    """The futures of one timeout, first deadline first, and the timer for the first.

    Those that are done leave when they are first; and all of them now and then, so that one that
    stays does not keep the answers of the others in memory.
    """

    __slots__ = ("entries", "sweep_at", "timer")

    def __init__(self) -> None:
        self.entries: deque[tuple[float, asyncio.Future[Any]]] = deque()
        self.sweep_at = _SWEEP_AT_LEAST
        self.timer: asyncio.TimerHandle | None = None

    def add(self, when: float, future: asyncio.Future[Any]) -> None:
        entries = self.entries
        while entries and entries[0][1].done():
            entries.popleft()
        entries.append((when, future))
        if len(entries) > self.sweep_at:
            self.entries = deque(entry for entry in entries if not entry[1].done())
            self.sweep_at = max(_SWEEP_AT_LEAST, 2 * len(self.entries))
