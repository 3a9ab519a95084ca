"""All services that answer to `$SRV`: who is there, what they do, and who went silent (ADR-32).

A look is a request to `$SRV.PING` and one to `$SRV.STATS`, which every instance answers; to
`$SRV.INFO` only where somebody new answered, and every half a minute. What it costs the services is
shown, and by `Poll` there is none for at least nine times as long as they took to answer.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from natstui.client import errors
from natstui.client.aio.msg import Msg
from natstui.client.errors import JsonParseError
from natstui.client.micro import (
    ServiceInfo,
    ServicePing,
    ServiceStats,
    ServiceVerb,
    control_subject,
)
from natstui.model.explain import explain
from natstui.model.gathering import Look, Take, read_object
from natstui.model.rows import Rows
from natstui.model.service_instance import Instance, InstanceKey
from natstui.model.service_row import (
    ServiceRow,
    Severity,
    endpoint_rows,
    instance_rows,
    service_row,
)
from natstui.model.session import NotConnectedError, Session

INFO_EVERY = 30.0
FORGET_AFTER = 900.0
# Anybody may make up services.
MOST_INSTANCES = 5_000
_LONGEST_WORDS = 200

Answer = TypeVar("Answer", ServicePing, ServiceStats, ServiceInfo)


class ServiceBoard:
    """The services; `load` looks at all of them once.

    `problems` says, by subject, what could not be asked. `look` is the last look with what it cost,
    None before the first one; `version` grows with each. `broken` counts the answers of it that
    are none of a service, `broken_words` says what was wrong with the last one; `cut` counts the
    answers of instances that there was no room for.
    """

    def __init__(
        self,
        session: Session,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self.session = session
        self.rows: Rows[ServiceRow] = Rows(lambda row: row.key, lambda row: row.words)
        self.problems: dict[str, str] = {}
        self.states: Counter[Severity] = Counter()
        self.look: Look | None = None
        self.version = 0
        self.broken = 0
        # As `problems`, `broken` and `cut` are shown, of the look that is under way.
        self._found: dict[str, str] = {}
        self._strange = self._left = 0
        self.broken_words = ""
        self.cut = 0
        self.instances: dict[InstanceKey, Instance] = {}
        self.shown_at = 0.0
        self._clock = clock
        self._wall_clock = wall_clock
        self._heard: set[InstanceKey] = set()
        self._described_at = -INFO_EVERY
        self._described: set[InstanceKey] = set()
        self._failures: list[errors.Error] = []
        self._asked_at = 0.0

    @property
    def took(self) -> float:
        """The seconds that the services needed to answer the last look."""
        return self.look.took if self.look is not None else 0.0

    def of(self, service: str) -> list[Instance]:
        """The instances of a service."""
        return [each for key, each in self.instances.items() if key.service == service]

    def endpoints(self, service: str) -> list[ServiceRow]:
        """Each endpoint of a service, over all its instances."""
        return endpoint_rows(self.of(service), self.shown_at)

    def each_of(self, service: str) -> list[ServiceRow]:
        """Each instance of a service."""
        return instance_rows(self.of(service), self.shown_at)

    def whole(self, service: str) -> ServiceRow:
        """A service; without instances if there is none of that name."""
        return service_row(service, self.of(service), self.shown_at)

    def silent(self) -> int:
        """How many instances do not answer any more."""
        return sum(each.is_silent for each in self.instances.values())

    async def load(self) -> None:
        """Look at all of them. Of what may not be asked, the subject is in `problems`.

        Raises DeniedError if none of it may be asked, NotConnectedError, and what
        `Client.publish` raises.
        """
        look = Look(self.session, self._clock)
        self._found, self._failures, self._heard = {}, [], set()
        self._strange = self._left = 0
        self._asked_at = self._clock()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._ask(look, ServiceVerb.PING, self._take_ping))
            group.create_task(self._ask(look, ServiceVerb.STATS, self._take_stats))
        for error in self._failures:
            if len(self._failures) == 2 or isinstance(error, NotConnectedError):
                self.problems = self._found
                raise error
        if self._is_news():
            await self._ask(look, ServiceVerb.INFO, self._take_info)
            self._described_at = self._clock()
            self._described |= self._heard
        self._finish(look)

    async def _ask(self, look: Look, verb: ServiceVerb, take: Take) -> None:
        subject = control_subject(verb)
        expected = sum(not each.missed for each in self.instances.values())
        try:
            await look.ask_all(subject, take, expected=expected)
        except errors.Error as error:
            self._failures.append(error)
            self._found[subject] = str(explain(error, settings=self.session.settings))

    def _is_news(self) -> bool:
        is_time = self._clock() - self._described_at >= INFO_EVERY
        return bool(self._heard) and (is_time or not self._heard <= self._described)

    def _finish(self, look: Look) -> None:
        now = self._wall_clock()
        for key, instance in list(self.instances.items()):
            if key not in self._heard:
                instance.missed += 1
                if now - instance.heard_at >= FORGET_AFTER:
                    self.forget(key)
        self.look = look
        self.problems, self.broken, self.cut = self._found, self._strange, self._left
        self.show()

    def forget(self, key: InstanceKey) -> None:
        """Leave out an instance until it answers again; `show` shows it."""
        self.instances.pop(key, None)
        self._described.discard(key)

    def show(self) -> None:
        """Work out the rows anew."""
        self.shown_at = self._wall_clock()
        services: dict[str, list[Instance]] = {}
        for key, instance in sorted(self.instances.items()):
            services.setdefault(key.service, []).append(instance)
        rows = [service_row(name, each, self.shown_at) for name, each in services.items()]
        self.states = Counter(row.state.severity for row in rows)
        self.version += 1
        self.rows.set_items(rows)

    # Taking in what came

    def _take_ping(self, msg: Msg) -> None:
        ping = self._read(ServicePing, msg)
        if ping is not None and (instance := self._instance(ping)) is not None:
            instance.take_ping(ping, self._clock() - self._asked_at)

    def _take_stats(self, msg: Msg) -> None:
        stats = self._read(ServiceStats, msg)
        if stats is not None and (instance := self._instance(stats)) is not None:
            instance.take_stats(self._clock(), stats)

    def _take_info(self, msg: Msg) -> None:
        info = self._read(ServiceInfo, msg)
        if info is not None and (instance := self._instance(info)) is not None:
            instance.take_info(info)

    def _read(self, kind: type[Answer], msg: Msg) -> Answer | None:
        said = read_object(msg.data)
        try:
            if said is None:
                raise JsonParseError("nats: a service answered with no JSON object")
            return kind.from_dict(said)
        except JsonParseError as error:
            self._strange += 1
            self.broken_words = str(error).removeprefix("nats: ")[:_LONGEST_WORDS]
            return None

    def _instance(self, said: ServicePing | ServiceStats | ServiceInfo) -> Instance | None:
        key = InstanceKey(said.name, said.id)
        if key not in self.instances and len(self.instances) >= MOST_INSTANCES:
            self._left += 1
            return None
        instance = self.instances.setdefault(key, Instance(key))
        instance.heard(self._wall_clock())
        self._heard.add(key)
        return instance
