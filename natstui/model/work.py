"""A piece of work that takes a while: how far it is, how fast, and a way to end it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Literal

WorkState = Literal["running", "done", "cancelled", "failed"]


class Work:
    """Shown while it runs; `advance` is called from within.

    `done` of `total` (0: nobody knows) in `unit` ("B" for bytes). `outcome` says in the end what
    came of it, `error` what went wrong; `if_cancelled` is the outcome if it is. `before`: how much
    of it was done in an earlier attempt. `note`: what it waits for, while it does. `version` grows
    with every change.
    """

    def __init__(
        self,
        name: str,
        *,
        total: int = 0,
        unit: str = "messages",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.total = total
        self.unit = unit
        self.done = 0
        self.before = 0
        self.found = 0
        self.if_cancelled = f"{name}: cancelled"
        self.state: WorkState = "running"
        self.outcome = ""
        self.error: Exception | None = None
        self.note = ""
        self.version = 0
        self._clock = clock
        self._began = clock()
        self._ended: float | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        return self.state == "running"

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return (self._ended or self._clock()) - self._began

    @property
    def per_second(self) -> float:
        """How fast it went so far."""
        seconds = self.seconds
        return max(0, self.done - self.before) / seconds if seconds > 0 else 0.0

    @property
    def share(self) -> float | None:
        """How much of it is done, 0 to 1; None if nobody knows."""
        return min(1.0, self.done / self.total) if self.total else None

    def advance(self, done: int, *, found: int | None = None) -> None:
        """So much is done now, all in all; `found` counts what was looked for."""
        self.done = done
        if found is not None:
            self.found = found
        self.version += 1

    def start(self, work: Coroutine[Any, Any, str]) -> None:
        """Do it in the background; what it returns is the outcome."""
        self._task = asyncio.create_task(self._run(work), name=self.name)
        self._task.add_done_callback(lambda _: self._left(work))

    def cancel(self) -> None:
        """End it as soon as it can."""
        if self._task is not None:
            self._task.cancel()

    async def wait(self) -> None:
        """Until it has ended, however it did."""
        if self._task is not None:
            with suppress(asyncio.CancelledError):
                await asyncio.shield(self._task)

    async def _run(self, work: Coroutine[Any, Any, str]) -> None:
        try:
            self.outcome = await work
            self._end("done")
        except asyncio.CancelledError:
            self._cancelled()
            raise
        except Exception as error:  # whatever it is is shown where the progress was
            self.error = error
            self._end("failed")

    def _left(self, work: Coroutine[Any, Any, str]) -> None:
        # Cancelled before it began, nobody has awaited it, which Python would complain about.
        work.close()
        if self.is_running:
            self._cancelled()

    def _cancelled(self) -> None:
        self.outcome = self.if_cancelled
        self._end("cancelled")

    def _end(self, state: WorkState) -> None:
        self._ended = self._clock()
        self.note = ""
        self.state = state
        self.version += 1
