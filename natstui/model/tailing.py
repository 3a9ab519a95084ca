"""The tail as a whole: subjects, memory and view, following the connection as it comes and goes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from natstui.client import errors
from natstui.client.aio.client import Client
from natstui.model.filter import Filter
from natstui.model.rates import History, Rate
from natstui.model.recorder import Recorder, head_of
from natstui.model.session import Session
from natstui.model.subjects import Sink, TailSubjects
from natstui.model.tail import TailBuffer
from natstui.model.tail_view import TailView
from natstui.model.timeline import Event


class Tailing:
    """Subjects whose messages go to a sink, for as long as the session lives.

    Subjects added while there is no connection are subscribed to once there is one. Where the
    connection was lost, a note stands between the messages: what was published meanwhile is
    missing, and nobody can say how much that was. In a `queue` group, each message comes to one of
    the group only: the others do not get what we do.
    """

    def __init__(self, session: Session, sink: Sink, queue: str = "") -> None:
        self.session = session
        self.sink = sink
        self.subjects = TailSubjects(sink, queue)
        # A session that is connected already has told so before we could listen.
        self._subscribed: Client | None = session.client if session.is_connected else None
        self._tasks: set[asyncio.Task[None]] = set()
        session.listeners.append(self._on_event)

    async def add(self, pattern: str) -> None:
        """Tail one more subject; ValueError if that cannot be."""
        client = self.session.client
        ready = client is not None and client is self._subscribed
        await self.subjects.add(pattern, client if ready else None)

    async def remove(self, pattern: str) -> None:
        """Stop tailing a subject; what it brought stays."""
        try:
            await self.subjects.remove(pattern)
        except errors.Error:
            # Without a connection the server has forgotten the subscription already.
            return

    def close(self) -> None:
        """Follow the connection no more."""
        self.session.listeners.remove(self._on_event)

    @property
    def dropped(self) -> int:
        """Messages that reached us and are not in the sink, for whatever reason."""
        subscriptions = (each.subscription for each in self.subjects.subjects)
        return self.sink.dropped + sum(each.dropped for each in subscriptions if each)

    def _on_event(self, event: Event) -> None:
        client = self.session.client
        match event.kind:
            case "connected" if client is not None:
                self._subscribed = client
                self._start(self.subjects.subscribe_all(client))
            case "disconnected" if self.subjects.subjects:
                self.subjects.note("disconnected: what is published now is missed")
            case "reconnected" if client is not None:
                if self.subjects.subjects:
                    self.subjects.note("reconnected")
                self._start(self.subjects.retry_denied(client))
            case "denied":
                if event.denied is not None and event.denied.kind == "subscription":
                    self.subjects.denied(event.denied.subject, "no permission")

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class Tail(Tailing):
    """What a session's subscriptions bring, kept and looked at."""

    def __init__(self, session: Session, buffer: TailBuffer | None = None) -> None:
        limits = session.settings.config.limits
        self.buffer = buffer or TailBuffer(limits.tail_messages, limits.tail_bytes)
        super().__init__(session, self.buffer)
        self.view = TailView(self.buffer)
        self.recorder: Recorder | None = None
        self.rate = Rate()
        self.history = History()

    def record(self, path: Path, wanted: Filter | None = None) -> Recorder:
        """Record from now on what all subjects bring, or what of it `wanted` lets through.

        OSError if there is such a file already, or it cannot be made.
        """
        patterns = [subject.pattern for subject in self.subjects.subjects]
        head = head_of(self.session, patterns, wanted.text if wanted else "")
        self.recorder = Recorder(path, head, wanted)
        self.subjects.also.append(self.recorder)
        self._start(self._leave(self.recorder))
        return self.recorder

    async def _leave(self, recorder: Recorder) -> None:
        """Give it nothing any more once it has ended: nobody would take it out of its queue."""
        await recorder.ended()
        if recorder in self.subjects.also:
            self.subjects.also.remove(recorder)

    async def stop_recording(self) -> Recorder | None:
        """End the recording, if there is one; it says how it ended."""
        recorder = self.recorder
        if recorder is not None:
            self.recorder = None
            await recorder.stop()
        return recorder

    def sample(self, now: float) -> None:
        """Take the rates; call it about once a second with a monotonic time."""
        self.subjects.sample(now)
        self.rate.sample(now, self.buffer.seen)
        self.history.sample(now, self.buffer.seen)
