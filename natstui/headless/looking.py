"""Looking at a listing: once, again and again, until a condition is met, or for a verdict."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from natstui.headless.check import Verdict, verdict
from natstui.headless.complaints import complain
from natstui.headless.listing import COUNT, Listing
from natstui.headless.output import Output
from natstui.headless.request import FAILED, NOT_MET, OK, FailedError, Request
from natstui.model.condition import Condition
from natstui.model.export import timestamp
from natstui.model.polling import Poll
from natstui.model.safe_text import clean
from natstui.model.session import Session
from natstui.model.timeline import Event

WATCH_EVERY = 2.0
WAIT_EVERY = 0.5
RATES_AFTER = 1.0
_BLAMED = 5


class Looker:
    """One command on one listing. BadInputError for a condition that cannot be.

    It goes on over lost connections, as the panes do; what happens to the connection meanwhile is
    said on standard error.
    """

    def __init__(self, request: Request, listing: Listing[Any], session: Session) -> None:
        self.request = request
        self.listing = listing
        self.session = session
        self.condition = listing.condition("--wait", request.wait) if request.wait else None
        self.critical = self._severity("--critical", request.critical, listing.critical)
        self.warning = self._severity("--warning", request.warning, listing.warning)
        self.poll = Poll(session, listing.load, self._every(), took=listing.took)
        self._news = asyncio.Event()
        self._seen = 0
        self._said = ""

    def _severity(self, flag: str, asked: str, own: str) -> Condition | None:
        """What was asked for; the listing's own if nothing was, in either flag."""
        if not self.request.check:
            return None
        text = asked if self.request.warning or self.request.critical else own
        return self.listing.condition(flag, text) if text else None

    def _every(self) -> float:
        request = self.request
        if request.watch is not None:
            return request.watch
        return WAIT_EVERY if request.wait else RATES_AFTER if self._looks_twice() else WATCH_EVERY

    def _looks_twice(self) -> bool:
        """Rates are worked out of two answers."""
        conditions = (self.condition, self.critical, self.warning)
        asked = {name for each in conditions if each for name in each.fields}
        moving = {field.name for field in self.listing.fields if field.moves}
        return self.request.rates or not moving.isdisjoint(asked | {self.listing.sorted_by().name})

    # What is done

    async def once(self, output: Output) -> int:
        """Show what there is; FAILED if some of it could not be seen."""
        async with self._polling():
            await self._first()
        await self._show(output)
        return self._complain()

    async def raw(self, output: Output) -> int:
        """The bytes of a value and nothing else; on a terminal, without what it would obey."""
        async with self._polling():
            await self._first()
        for entry in self.listing.shown():
            if output.is_terminal:
                output.write("".join(f"{clean(line)}\n" for line in _text(entry.value)))
            else:
                output.write_bytes(entry.value)
        await output.drained()
        return self._complain()

    async def check(self) -> Verdict:
        """What a monitoring system is told."""
        async with self._polling():
            await self._first()
        return verdict(self.listing, self.critical, self.warning)

    async def watch(self, output: Output) -> int:
        """Show what there is again and again, until somebody ends it."""
        async with self._polling():
            while True:
                await self._next()
                await self._show(output, timestamp(time.time()))
                self._say("; ".join(self.listing.problems()))

    async def wait(self, output: Output) -> int:
        """Look until the condition is met, OK then; NOT_MET if it was not in time."""
        try:
            async with asyncio.timeout(self.request.timeout), self._polling():
                while True:
                    await self._next()
                    if self.is_met():
                        break
                    if self.request.watch is not None:
                        await self._show(output, timestamp(time.time()))
        except TimeoutError:
            await self._show(output)
            complain(f"not within {self.request.timeout:g} s: {self._unmet()}")
            return NOT_MET
        await self._show(output)
        return OK

    # The condition

    def is_met(self) -> bool:
        """Whether all things that are shown, or one with `--any`, are as they are waited for."""
        condition = self.condition
        assert condition is not None, "there is something to wait for"
        things = self.listing.shown()
        if condition.fields <= {COUNT.name}:
            return condition.holds({COUNT.name: len(things)}) and not self.listing.problems()
        met = [self._holds(condition, thing, len(things)) for thing in things]
        if self.request.any:
            return any(met)
        return bool(met) and all(met) and not self.listing.problems()

    def _holds(self, condition: Condition, thing: Any, count: int) -> bool:
        known = self.listing.values(thing)
        return not known.get("problem") and condition.holds({**known, COUNT.name: count})

    def _unmet(self) -> str:
        """The condition, and what stands against it."""
        condition = self.condition
        assert condition is not None, "there is something to wait for"
        if not self.poll.loads:
            return f"{condition.text} (there was no answer)"
        things = self.listing.shown()
        if problems := self.listing.problems():
            return f"{condition.text} ({'; '.join(problems)})"
        against = [each for each in things if not self._holds(condition, each, len(things))]
        blamed = [self._blame(condition, each) for each in against[:_BLAMED]]
        more = [f"and {len(against) - _BLAMED} more"] if len(against) > _BLAMED else []
        nothing = [f"there are no {self.listing.nouns[1]}"] if not things else []
        return f"{condition.text} ({'; '.join(blamed + more + nothing)})"

    def _blame(self, condition: Condition, thing: Any) -> str:
        known = self.listing.values(thing)
        said = [f"{name}={known[name]}" for name in known if name in condition.fields]
        return " ".join([self.listing.name(thing), *said])

    # Looking

    @asynccontextmanager
    async def _polling(self) -> AsyncIterator[None]:
        self.poll.listeners.append(self._news.set)
        self.session.listeners.append(self._on_event)
        self.poll.start()
        try:
            yield
        finally:
            self.poll.stop()
            self.session.listeners.remove(self._on_event)

    async def _first(self) -> None:
        """The first answer, or the second if rates are wanted; FailedError if there is none."""
        timeout = self.session.settings.timeout
        looks = 2 if self._looks_twice() else 1
        while self.poll.loads < looks:
            self._news.clear()
            if self.poll.problem is not None:
                raise FailedError(str(self.poll.problem))
            await self._hear(None if self.session.is_connected else timeout)

    async def _next(self) -> None:
        """The next answer; what stands in the way of it is said once."""
        while self.poll.loads <= self._seen:
            self._news.clear()
            if self.poll.problem is not None:
                self._say(str(self.poll.problem))
            await self._hear(None)
        if self._seen == 0 and self._looks_twice() and self.poll.loads == 1:
            self._seen = 1
            await self._next()
        self._seen = self.poll.loads

    async def _hear(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            raise FailedError(f"the connection is lost: {self.session.last_error}") from None
        if self.session.has_given_up:
            raise FailedError(f"the connection is closed: {self.session.last_error}")

    def _on_event(self, event: Event) -> None:
        self._news.set()
        if event.kind in ("disconnected", "reconnected", "lame duck"):
            complain(f"{event.kind}: {event.text}")

    # Saying

    async def _show(self, output: Output, stamp: str = "") -> None:
        output.write(self.listing.text(stamp))
        await output.drained()

    def _complain(self) -> int:
        problems = self.listing.problems()
        for problem in problems:
            complain(problem)
        return FAILED if problems else OK

    def _say(self, problem: str) -> None:
        """What goes on for a while is said once."""
        if problem and problem != self._said:
            complain(problem)
        self._said = problem


def _text(value: bytes) -> list[str]:
    return value.decode("utf-8", "backslashreplace").splitlines()
