"""`natstui watch`: says when something goes wrong and when it is over; ends with what it saw."""

from __future__ import annotations

import asyncio
import json
from typing import NoReturn

from natstui.headless.complaints import complain
from natstui.headless.output import Output
from natstui.headless.racing import unless
from natstui.headless.request import OK, BadInputError, FailedError, Request
from natstui.model.alert import Alert
from natstui.model.export import timestamp
from natstui.model.safe_text import clean
from natstui.model.session import Session
from natstui.model.timeline import Event
from natstui.model.watch import EXAMPLE, Watch, parse_watch
from natstui.model.watching import Watching

FIRED = 1
_LOOK_AFTER = 1.0  # seconds; what is said once need not be said at once


class WatchCommand:
    """Makes nothing; BadInputError for a watch that cannot be."""

    def __init__(self, request: Request, session: Session) -> None:
        self.request = request
        self.session = session
        self.watches = _watches(request.words)
        self.watching = Watching(session)
        self.fired = 0
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._said: dict[str, str] = {}
        self._line = _plain if request.form == "table" else _ndjson

    async def prepare(self) -> None:
        """To be called before there is a connection, so that nothing is missed once there is."""
        self.watching.listeners.append(self._hear)
        self.session.listeners.append(self._on_event)
        for watch in self.watches:
            await self.watching.add(watch)

    async def run(self, output: Output) -> int:
        """Until the time is over, or with `--once` until one fires; the exit code."""
        try:
            async with asyncio.timeout(self.request.timeout):
                await unless(self._trouble(), self._write(output))
        except TimeoutError:
            if unseen := [each for each in self.watching.watched if not each.looks]:
                problem = unseen[0].problem or "there was no answer"
                raise FailedError(f"{unseen[0].watch.text}: {problem}") from None
        finally:
            self.session.listeners.remove(self._on_event)
            await self.watching.stop()
        return FIRED if self.fired else OK

    def _hear(self, alerts: list[Alert]) -> None:
        for alert in alerts:
            self._lines.put_nowait(self._line(alert))
            self.fired += alert.kind == "fired"

    async def _write(self, output: Output) -> None:
        while not (self.request.once and self.fired and self._lines.empty()):
            output.write(await self._lines.get())
            await output.drained()

    async def _trouble(self) -> NoReturn:
        """Say once what stands in the way; FailedError when nothing can come any more."""
        while True:
            if self.session.has_given_up:
                raise FailedError(f"the connection is closed: {self.session.last_error}")
            for watched in self.watching.watched:
                text, problem = watched.watch.text, watched.problem
                if problem != self._said.get(text, ""):
                    self._said[text] = problem
                    complain(f"{text}: {problem or 'goes on'}")
            await asyncio.sleep(_LOOK_AFTER)

    def _on_event(self, event: Event) -> None:
        if event.kind in ("disconnected", "reconnected"):
            complain(f"{event.kind}: {event.text}")


def _watches(given: tuple[str, ...]) -> list[Watch]:
    if not given:
        raise BadInputError(f"a watch is needed, as in: natstui watch '{EXAMPLE}'")
    try:
        return [parse_watch(text) for text in dict.fromkeys(given)]
    except ValueError as error:
        raise BadInputError(str(error)) from None


def _plain(alert: Alert) -> str:
    sign = "FIRED" if alert.kind == "fired" else "recovered"
    return clean(f"{timestamp(alert.at)}  {sign:<9}  {alert.text}") + "\n"


def _ndjson(alert: Alert) -> str:
    said = {
        "ts": timestamp(alert.at),
        "event": alert.kind,
        "watch": alert.watch.text,
        "thing": alert.thing,
        "values": dict(alert.values),
        "seconds": round(alert.seconds, 3),
        "more": alert.more,
    }
    return json.dumps(said).replace("\x7f", "\\u007f") + "\n"
