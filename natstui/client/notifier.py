"""Runs the callbacks of the user, one after another, away from the connection.

A callback may raise, block or close the client; neither the reader nor the reconnect loop waits
for it. They only queue what happened, and one task calls, in the order it happened in.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from .tasks import being_cancelled, end_within

logger = logging.getLogger("natstui.client")

_MOST_WAITING = 1024  # errors beyond that are only logged: the callback cannot keep up


class Notifier:
    """A queue of callbacks and the task that empties it; the task lives only while it has work."""

    def __init__(self, error_cb: Callable[[Exception], Awaitable[None]] | None) -> None:
        self._error_cb = error_cb or _log_error
        self._waiting: deque[tuple[Callable[..., Awaitable[None]], tuple[Any, ...]]] = deque()
        self._task: asyncio.Task[None] | None = None

    def call(self, callback: Callable[..., Awaitable[None]] | None, *args: Any) -> None:
        """Call it when its turn has come. None is nobody's callback."""
        if callback is None:
            return
        self._waiting.append((callback, args))
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run(), name="nats-callbacks")

    def error(self, error: Exception) -> None:
        """Report an error that nobody awaits."""
        if len(self._waiting) < _MOST_WAITING:
            self.call(self._error_cb, error)
        else:
            logger.error("nats: error not reported, the error callback lags: %s", error)

    def is_running_in(self, task: asyncio.Task[object] | None) -> bool:
        """Whether `task` is the one that calls the callbacks."""
        return task is not None and task is self._task

    async def finish(self, timeout: float) -> None:
        """Wait until everything that waits was called, at most `timeout` seconds; then give up."""
        if self._task is not None:
            await end_within(timeout, {self._task})

    async def _run(self) -> None:
        while self._waiting:
            callback, args = self._waiting.popleft()
            try:
                await callback(*args)
            except asyncio.CancelledError:
                if being_cancelled():
                    raise
                # Something that the callback awaited was cancelled: its own affair.
            except Exception as error:  # a fault in a callback must not stop the others
                logger.exception("nats: error in a callback")
                if callback is not self._error_cb:
                    self.error(error)


async def _log_error(error: Exception) -> None:
    logger.error("nats: encountered error", exc_info=error)
