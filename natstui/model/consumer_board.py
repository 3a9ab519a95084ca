"""All consumers of all streams, the worst first: what stands where, what moves, what is stuck.

JetStream lists the consumers of one stream, 256 at a time. So a look at all of them costs a request
for every 256 streams, and one for each stream that has consumers, more where it has more than 256.
They go out `AT_ONCE` at a time and never more than `MOST_PER_SECOND`; each answer is taken in as it
comes, and between two of them the loop is free.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from natstui.client import errors
from natstui.client.js.errors import NotFoundError
from natstui.model.asking import api
from natstui.model.consumer_advisories import ConsumerAdvisories
from natstui.model.consumer_row import ConsumerRow, Key
from natstui.model.consumer_state import Severity
from natstui.model.explain import explain
from natstui.model.rows import Rows
from natstui.model.session import NotConnectedError, Session

AT_ONCE = 4
MOST_PER_SECOND = 500
SHOW_EVERY = 0.5
_NO_LEADER = "its leader did not answer"


class ConsumerBoard:
    """The consumers; `load` looks at all of them once.

    `problems` says, by stream, why its consumers could not be listed. `asked` and `took` are the
    requests and seconds of the last whole look; of the one under way, `looked_at` of `streams`
    streams with consumers are done. `states` counts the consumers by severity. With `only` it
    looks at the consumers of this stream and no others, and `is_gone` says that there is none.
    """

    def __init__(
        self,
        session: Session,
        clock: Callable[[], float] = time.monotonic,
        *,
        only: str = "",
        listens: bool = True,
    ) -> None:
        """`listens`: to what servers advise, too."""
        self.session = session
        self.only = only
        self.listens = listens
        self.is_gone = False
        self.advisories = ConsumerAdvisories(session)
        self.rows: Rows[ConsumerRow] = Rows(lambda row: row.key, lambda row: row.words)
        self.problems: dict[str, str] = {}
        self.states: Counter[Severity] = Counter()
        self.asked = 0
        self.took = 0.0
        self.streams = 0
        self.looked_at = 0
        self._clock = clock
        self._known: dict[Key, ConsumerRow] = {}
        self._pace = _Pace(MOST_PER_SECOND)
        self._requests = 0
        self._shown_at = 0.0

    def find(self, key: Key) -> ConsumerRow | None:
        """The consumer, as of the last answer."""
        return self._known.get(key)

    def stuck(self) -> int:
        """How many do not get on."""
        return sum(count for state, count in self.states.items() if state >= Severity.STUCK)

    async def load(self) -> None:
        """Look at all of them. A stream whose consumers cannot be listed is a problem, not the end.

        Raises what a request to JetStream can if there is nothing at all to be seen.
        """
        if self.listens:
            await self.advisories.start()
        began, self._requests = self._clock(), 0
        self.looked_at = self.streams = 0
        self.is_gone = False
        streams = await self._streams()
        self.streams = len(streams)
        found: set[Key] = set()
        failed: dict[str, errors.Error | TimeoutError] = {}
        waiting = iter(streams)

        async def work() -> None:
            for stream in waiting:
                await self._look_at(stream, found, failed)
                self.looked_at += 1

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(work())
        for error in failed.values():
            if isinstance(error, NotConnectedError) or len(failed) == len(streams):
                raise error
        self._finish(found, failed)
        self.asked, self.took = self._requests, self._clock() - began

    async def _streams(self) -> list[str]:
        """The streams that have consumers."""
        if self.only:
            return [self.only]
        names: list[str] = []
        offset, total = 0, 1
        while offset < total:
            page = await self._ask("STREAM.LIST", offset)
            streams, missing = page.get("streams") or [], page.get("missing") or []
            names += [each["config"]["name"] for each in streams if _has_consumers(each)]
            total = page["total"]
            offset += len(streams) + len(missing)
            if not streams and not missing:
                break
        return names

    async def _look_at(
        self, stream: str, found: set[Key], failed: dict[str, errors.Error | TimeoutError]
    ) -> None:
        try:
            await self._list(stream, found)
        except NotFoundError:
            self.is_gone = True  # or was deleted meanwhile
        except (errors.Error, TimeoutError) as error:
            failed[stream] = error

    async def _list(self, stream: str, found: set[Key]) -> None:
        offset, total = 0, 1
        while offset < total:
            page = await self._ask(f"CONSUMER.LIST.{stream}", offset)
            consumers, missing = page.get("consumers") or [], page.get("missing") or []
            self._take(stream, consumers, found)
            self._fail(stream, dict.fromkeys(missing, _NO_LEADER), found)
            self._fail(stream, page.get("offline") or {}, found)
            total = page["total"]
            offset += len(consumers) + len(missing)
            if not consumers and not missing:
                break

    async def _ask(self, call: str, offset: int) -> dict[str, Any]:
        await self._pace.turn()
        self._requests += 1
        return await api(self.session, call, {"offset": offset})

    # Taking in what came

    def _take(self, stream: str, infos: list[dict[str, Any]], found: set[Key]) -> None:
        now = self._clock()
        for info in infos:
            row = self._row(Key(stream, info["name"]), found)
            row.advised = self.advisories.of(row.key).given_up
            row.take(now, info)
        if now - self._shown_at >= SHOW_EVERY:
            self._show(now)

    def _fail(self, stream: str, problems: dict[str, str], found: set[Key]) -> None:
        for name, problem in problems.items():
            self._row(Key(stream, name), found).fail(problem)

    def _row(self, key: Key, found: set[Key]) -> ConsumerRow:
        found.add(key)
        return self._known.get(key) or self._known.setdefault(key, ConsumerRow(key))

    def _finish(self, found: set[Key], failed: dict[str, errors.Error | TimeoutError]) -> None:
        settings = self.session.settings
        self.problems = {
            stream: str(explain(error, settings=settings)) for stream, error in failed.items()
        }
        for key in list(self._known):
            if key.stream in failed:
                self._known[key].fail(self.problems[key.stream])
            elif key not in found:
                del self._known[key]
        self._show(self._clock())

    def _show(self, now: float) -> None:
        self._shown_at = now
        self.states = Counter(row.standing.severity for row in self._known.values())
        self.rows.set_items(sorted(self._known.values(), key=lambda row: row.key))

    # One of them

    async def look_at(self, key: Key) -> None:
        """Ask for one consumer; NotFoundError if it is not there any more."""
        info = await api(self.session, f"CONSUMER.INFO.{key.stream}.{key.name}")
        row = self._row(key, set())
        row.advised = self.advisories.of(key).given_up
        row.take(self._clock(), info)


def _has_consumers(stream: dict[str, Any]) -> bool:
    return bool((stream.get("state") or {}).get("consumer_count"))


class _Pace:
    """Lets so many through in a second, evenly, and those who came too late for it at once."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1 / per_second
        self._next = 0.0

    async def turn(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        at, self._next = self._next, max(self._next, now) + self._gap
        if at > now:
            await asyncio.sleep(at - now)
