"""Uploads, downloads and checks that run beside each other, a few at a time.

    transfers.begin(transfer, lambda: download(session, entry, path, transfer))

They belong to no pane: they go on wherever one looks, and end when the explorer does.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Literal

from natstui.model.explain import explain
from natstui.model.rates import Rate
from natstui.model.rows import Rows
from natstui.model.settings import Settings
from natstui.model.work import Work

AT_ONCE = 4
STOP_SECONDS = 3.0
MOST_KEPT = 100  # that have ended

Direction = Literal["up", "down", "check"]


class Transfer(Work):
    """One of them. `aftermath` says what is left behind where it did not arrive; `nuid` is that
    of an upload. `is_ending`: it was cancelled, and cleans up while it runs.
    """

    def __init__(
        self, direction: Direction, bucket: str, name: str, path: str = "", *, total: int = 0
    ) -> None:
        verb = {"up": "uploading", "down": "downloading", "check": "checking"}[direction]
        super().__init__(f"{verb} {name}", total=total, unit="B")
        self.direction = direction
        self.bucket = bucket
        self.object = name
        self.path = path
        self.number = 0
        self.nuid = ""
        self.aftermath = ""
        self.rate = Rate()
        self.explained = ""
        self.is_ending = False

    def cancel(self) -> None:
        self.is_ending = True
        super().cancel()

    def advance(self, done: int, *, found: int | None = None) -> None:
        super().advance(done, found=found)
        self.rate.sample(time.monotonic(), done)

    @property
    def seconds_left(self) -> float | None:
        """At the rate of the last seconds; None if nobody knows."""
        speed = self.rate.per_second
        return (self.total - self.done) / speed if speed and self.total else None

    @property
    def result(self) -> str:
        """How it ended, and what is left of it; "" while it runs."""
        if self.is_running:
            return ""
        said = self.explained or self.outcome
        return f"{said}; {self.aftermath}" if self.aftermath else said

    @property
    def words(self) -> str:
        """What a filter searches."""
        return f"{self.bucket}/{self.object} {self.path} {self.state}"


class Transfers:
    """All of them, the newest first; `ended` is called with each that has ended."""

    def __init__(self, settings: Settings) -> None:
        self.rows: Rows[Transfer] = Rows(lambda each: each.number, lambda each: each.words)
        self.ended: Callable[[Transfer], None] = lambda _: None
        self._settings = settings
        self._room = asyncio.Semaphore(AT_ONCE)
        self._count = 0
        self._watching: set[asyncio.Task[None]] = set()

    @property
    def running(self) -> list[Transfer]:
        """Those that have not ended."""
        return [each for each in self.rows.items if each.is_running]

    def begin(self, transfer: Transfer, doing: Callable[[], Coroutine[Any, Any, str]]) -> None:
        """Do it as soon as fewer than `AT_ONCE` are under way."""
        self._count += 1
        transfer.number = self._count
        transfer.start(self._run(transfer, doing))
        kept = [each for each in self.rows.items if not each.is_running][: MOST_KEPT - 1]
        others = [each for each in self.rows.items if each.is_running or each in kept]
        self.rows.set_items([transfer, *others])
        watching = asyncio.create_task(self._tell(transfer), name="transfer-end")
        self._watching.add(watching)
        watching.add_done_callback(self._watching.discard)

    async def _run(self, transfer: Transfer, doing: Callable[[], Coroutine[Any, Any, str]]) -> str:
        transfer.note = "waits for its turn"
        async with self._room:
            transfer.note = ""
            return await doing()

    async def _tell(self, transfer: Transfer) -> None:
        await transfer.wait()
        if transfer.error is not None:
            transfer.explained = str(explain(transfer.error, settings=self._settings))
        self.rows.touch()
        self.ended(transfer)

    def forget_ended(self) -> None:
        """Leave only those that run."""
        self.rows.set_items(self.running)

    async def stop(self) -> list[str]:
        """End all of them, and give each a moment to clean up; what could not be, in words."""
        running = self.running
        for _ in range(2):  # the second time it gives up cleaning up as well
            for transfer in self.running:
                transfer.cancel()
            waits = [asyncio.create_task(each.wait()) for each in self.running]
            if waits:
                await asyncio.wait(waits, timeout=STOP_SECONDS)
        return [each.result for each in running]
