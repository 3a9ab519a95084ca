"""Sending a recording again: in its own time or another, to its subjects or others, and slowly.

Nothing is sent while there is no connection: the replay stands still, and goes on where it was.
What the server had not confirmed by then may be lost, and is counted. Nothing is sent twice.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable

from natstui.client.aio.client import Client
from natstui.client.errors import Error, MaxPayloadError
from natstui.model.asking import DeniedError
from natstui.model.recording import Recording
from natstui.model.replay_plan import ReplayOptions, Schedule
from natstui.model.session import Session
from natstui.model.tail import Record
from natstui.model.timeline import Event

# How many messages the server may have to confirm at once, and how long it is waited for that.
_CONFIRM_EVERY = 500
_CONFIRM_SECONDS = 1.0
_SLICE_SECONDS = 0.005
_SOON = 0.001  # seconds: less is not waited for


class ReplayEndedError(Error):
    """It cannot go on; the message says why."""


class Replay:
    """Sends what `options` let through; `run` does it, and may be cancelled at any moment.

    Counters: `sent` messages were given to the connection, of which the server has `confirmed`
    that it took them; `unsure` were on their way when the connection was lost, `interruptions`
    times; `left_out` were not sent, by why. `position` is the place in the recording. `note` says
    what it waits for. `version` grows with every change.
    """

    def __init__(
        self,
        session: Session,
        recording: Recording,
        options: ReplayOptions,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.session = session
        self.recording = recording
        self.options = options
        self.sent = 0
        self.confirmed = 0
        self.unsure = 0
        self.interruptions = 0
        self.position = 0
        self.left_out: Counter[str] = Counter()
        self.note = ""
        self.version = 0
        self._clock = clock
        self._began = 0.0
        self._asked_at = 0.0
        self._denied: DeniedError | None = None
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Send all of it. DeniedError if the server does not permit a subject, ReplayEndedError
        if the connection was given up, PublishRefusedError in read-only mode."""
        # Nobody could tell when the loop has had its turn.
        while self.recording.index(_SLICE_SECONDS):  # noqa: ASYNC110
            await asyncio.sleep(0)
        self.session.listeners.append(self._on_event)
        try:
            await self._send_all()
            await self._confirm()
        finally:
            self.session.listeners.remove(self._on_event)

    async def _send_all(self) -> None:
        schedule = Schedule(self.options)
        self._began = self._asked_at = self._clock()
        until = self._clock() + _SLICE_SECONDS
        while self.position < self.recording.count:
            record = self.recording.read(self.position)
            if not record.is_note:
                await self._send(record, schedule)
            self.position += 1
            if self._clock() > until:
                await asyncio.sleep(0)
                until = self._clock() + _SLICE_SECONDS

    async def _send(self, record: Record, schedule: Schedule) -> None:
        if reason := self.options.obstacle(record):
            self.left_out[reason] += 1
            return
        await self._until(schedule.due(record.at))
        client = await self._connection()
        reply = record.reply if self.options.replies else ""
        try:
            await client.publish(
                self.options.target(record.subject),
                record.payload,
                reply=reply,
                headers=self.options.headers(record) or None,
            )
        except MaxPayloadError:
            self.left_out["larger than the server takes"] += 1
            return
        self.sent += 1
        self.version += 1
        waiting = self.sent - self.unsure - self.confirmed
        if waiting >= _CONFIRM_EVERY or self._clock() - self._asked_at > _CONFIRM_SECONDS:
            await self._confirm()

    async def _until(self, due: float) -> None:
        """Wait until it is time; a long silence is said, and confirms what was sent before it."""
        wait = self._began + due - self._clock()
        if wait <= _SOON:
            return
        if wait > _CONFIRM_SECONDS:
            before = self._clock()
            await self._confirm()
            wait -= self._clock() - before
            self._say(f"silent for {wait:.0f} s")
        await asyncio.sleep(max(0.0, wait))
        self._say("")

    async def _connection(self) -> Client:
        """The client, once it is connected; the time that took does not count."""
        self._check()
        client = self.session.client
        if client is not None and self.session.is_connected:
            return client
        before = self._clock()
        self._lost()
        while not self.session.is_connected:
            self._news.clear()
            self._check()
            await self._news.wait()
        self._began += self._clock() - before
        self._say("")
        return await self._connection()

    def _check(self) -> None:
        if self._denied is not None:
            raise self._denied
        if self.session.has_given_up:
            raise ReplayEndedError(f"the connection is closed: {self.session.last_error}")

    def _lost(self) -> None:
        self.unsure += self.sent - self.unsure - self.confirmed
        self._say("there is no connection: it goes on once there is one")

    async def _confirm(self) -> None:
        """Ask the server whether it has had all of it."""
        sent, lost = self.sent, self.interruptions
        client = self.session.client
        self._asked_at = self._clock()
        if client is None or sent == self.confirmed + self.unsure:
            return
        try:
            await client.flush(timeout=self.session.settings.timeout)
        except (Error, TimeoutError):
            # Whether it was lost will be known by the event, or by the next answer.
            self._check()
            return
        await asyncio.sleep(0)  # a refusal comes before the answer, and is told in the next turn
        self._check()
        if lost == self.interruptions:
            self.confirmed = sent - self.unsure
            self.version += 1

    def _on_event(self, event: Event) -> None:
        if event.kind == "disconnected":
            self.interruptions += 1
            self._lost()
        elif event.denied is not None and event.denied.kind == "publish":
            self._denied = DeniedError(*event.denied)
        self._news.set()

    def _say(self, note: str) -> None:
        if note != self.note:
            self.note = note
            self.version += 1
