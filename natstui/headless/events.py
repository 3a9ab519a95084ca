"""`natstui events`: what servers and JetStream say by themselves, as it happens, a line each."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import NoReturn

from natstui.client import errors
from natstui.headless.complaints import complain
from natstui.headless.output import Output
from natstui.headless.racing import unless
from natstui.headless.request import NOT_MET, OK, BadInputError, FailedError, Request
from natstui.headless.subjects import filter_of
from natstui.model import words
from natstui.model.export import timestamp
from natstui.model.filter import SHOW
from natstui.model.gathering import Look, read_object
from natstui.model.safe_text import clean
from natstui.model.session import Session
from natstui.model.system_board import PING
from natstui.model.system_events import SUBJECTS, SystemEvent, SystemEvents
from natstui.model.timeline import Event

ONLY_SYSTEM = tuple(subject for subject in SUBJECTS if subject.startswith("$SYS."))


class EventsCommand:
    """Makes nothing; BadInputError for a filter that cannot be."""

    def __init__(self, request: Request, session: Session) -> None:
        if request.words:
            raise BadInputError(f"events take no names, but found {request.words[0]!r}")
        self.request = request
        self.session = session
        self.filter = filter_of(request.filter)
        self.events = SystemEvents(session)
        self.shown = 0
        self._taken = 0
        self._news, self._changed = asyncio.Event(), asyncio.Event()

    async def prepare(self) -> None:
        """To be called before there is a connection: what happens to it is told, too."""
        self.session.listeners.append(self._on_event)
        self.events.heard = self._news.set

    async def run(self, output: Output) -> int:
        """Until there were as many as asked for, the time is over, or somebody ends it."""
        try:
            async with asyncio.timeout(self.request.timeout):
                await self.events.start()
                await self._say_what_is_hidden()
                await unless(self._failure(), self._pump(output))
        except TimeoutError:
            if self.request.count is None:
                return OK
            complain(f"{self.shown} of {self.request.count} within {self.request.timeout:g} s")
            return NOT_MET
        finally:
            self.session.listeners.remove(self._on_event)
        return OK

    async def _say_what_is_hidden(self) -> None:
        """Those who may not hear a subject are not told so by every server."""
        answers = 0
        with suppress(errors.Error):  # not permitted, or no connection just now
            answers = await Look(self.session).ask_all(PING, lambda _: None)
        hidden = [subject for subject in ONLY_SYSTEM if subject not in self.events.denied]
        if hidden and not answers:
            complain(f"{', '.join(hidden)}: only come to users of the system account")

    async def _pump(self, output: Output) -> None:
        while self.shown != self.request.count:
            self._news.clear()
            self._write_new(output)
            await output.drained()
            if self.shown == self.request.count:
                return
            await self._news.wait()

    def _write_new(self, output: Output) -> None:
        events = self.events.events
        new = [event for event in events if event.number >= self._taken]
        self._say_lost(new)
        self._taken = self.events.seen
        for event in new:
            if self.shown == self.request.count:
                return
            if self.filter is None or self.filter.verdict(event.record) & SHOW:
                output.write(f"{self._line(event)}\n")
                self.shown += 1

    def _say_lost(self, new: list[SystemEvent]) -> None:
        if lost := self.events.seen - self._taken - len(new):
            complain(f"lost {lost:,} of {self.events.seen:,} events: the output is too slow")

    def _line(self, event: SystemEvent) -> str:
        if self.request.form == "table":
            return clean(f"{words.clock(event.record.at)}  {event.kind:<20}  {event.about}")
        line = json.dumps(
            {
                "ts": timestamp(event.record.at),
                "kind": event.kind,
                "about": event.about,
                "bad": event.bad,
                "subject": event.record.subject,
                "event": read_object(event.record.payload),
            }
        )
        return line.replace("\x7f", "\\u007f")

    def _on_event(self, event: Event) -> None:
        self._changed.set()
        match event.kind:
            case "denied":
                complain(event.text)
            case "disconnected" | "reconnected":
                complain(f"{event.kind}: {event.text}")

    async def _failure(self) -> NoReturn:
        """Ends when nothing can come any more."""
        while True:
            self._changed.clear()
            if self.session.has_given_up:
                raise FailedError(f"the connection is closed: {self.session.last_error}")
            if self.events.denied.issuperset(self.events.subjects):
                raise FailedError("none of the events may be subscribed to")
            await self._changed.wait()
