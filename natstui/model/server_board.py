"""All servers that answer to `$SYS.REQ.SERVER.PING`: their load, their rates, who went silent.

Servers answer it to the system account only. For all others there is `OwnAccount`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import IntEnum

from natstui.model.own_account import OwnAccount
from natstui.model.rates import CalmRate, History, held
from natstui.model.rows import Rows
from natstui.model.session import Session
from natstui.model.system_answer import Json, Told, moment, number, objects, text
from natstui.model.system_board import NO_SLACK, PING, Slack, SystemBoard

RATE_WINDOW = 10.0
BARS = 60
MISSED_LOOKS = 2
CPU_SLACK, MEM_SLACK = 1.0, 0.02
FORGET_AFTER = 900.0
# Far more than there are; but anybody in the system account may answer.
MOST_SERVERS = 5_000


class Health(IntEnum):
    """How bad it is, the best first."""

    FINE = 0
    SLOW = 1
    SILENT = 2


class ServerRow:
    """A server; `info` is who it is and `stats` what it told last, as they came.

    Rates are per second over the last ten seconds, from what moved between two answers; `slow_new`
    is how many clients it cut off for being slow since we look. `cpu` (percent) and `mem` (bytes)
    do not tremble: they stay until they are off by more than their slack.
    """

    def __init__(self, told: Told) -> None:
        self.id, self.name = told.id, told.name
        self.info: Json = told.server
        self.stats: Json = told.data
        self.heard_at = 0.0
        self.silent_for = 0.0
        self.missed = 0
        self.slow_new = 0
        self.cpu = self.mem = 0.0
        self._start_over()

    def _start_over(self) -> None:
        self.messages_in, self.messages_out = CalmRate(RATE_WINDOW), CalmRate(RATE_WINDOW)
        self.bytes_in, self.bytes_out = CalmRate(RATE_WINDOW), CalmRate(RATE_WINDOW)
        self.in_bars, self.out_bars = History(BARS), History(BARS)
        self._slow: int | None = None

    def take(self, now: float, told: Told, slack: Slack = NO_SLACK) -> None:
        """Take an answer that came at `now`, a time that never goes back."""
        if text(told.data, "start") != text(self.stats, "start"):
            self._start_over()
        self.info, self.stats, self.missed = told.server, told.data, 0
        received, sent = number(told.data, "received", "msgs"), number(told.data, "sent", "msgs")
        self.messages_in.sample(now, received, slack.messages)
        self.messages_out.sample(now, sent, slack.messages)
        self.bytes_in.sample(now, number(told.data, "received", "bytes"), slack.bytes)
        self.bytes_out.sample(now, number(told.data, "sent", "bytes"), slack.bytes)
        self.cpu = held(self.cpu, number(told.data, "cpu"), CPU_SLACK)
        memory = number(told.data, "mem")
        self.mem = held(self.mem, memory, memory * MEM_SLACK)
        self.in_bars.sample(now, received)
        self.out_bars.sample(now, sent)
        if self._slow is not None:
            self.slow_new += max(0, self.slow_consumers - self._slow)
        self._slow = self.slow_consumers

    def miss(self) -> None:
        """There was no answer; what a silent server did is no rate of now."""
        self.missed += 1
        if self.is_silent:
            self._start_over()

    @property
    def is_silent(self) -> bool:
        """Whether it does not answer any more."""
        return self.missed >= MISSED_LOOKS

    @property
    def cluster(self) -> str:
        return text(self.info, "cluster")

    @property
    def place(self) -> tuple[str, str]:
        """What stays the same when it is started anew."""
        return self.cluster, self.name

    @property
    def server_version(self) -> str:
        return text(self.info, "ver")

    @property
    def started(self) -> float:
        """The wall clock when it was started, 0 if it does not say."""
        return moment(self.stats, "start")

    @property
    def connections(self) -> int:
        return number(self.stats, "connections")

    @property
    def slow_consumers(self) -> int:
        """How many it cut off for being slow since it was started."""
        return number(self.stats, "slow_consumers")

    @property
    def meta_leader(self) -> str:
        """The name of the server that leads JetStream, as this one knows it."""
        return text(self.stats, "jetstream", "meta", "leader")

    @property
    def pending(self) -> int:
        """The bytes that wait to be sent to other servers of the cluster."""
        return sum(number(route, "pending") for route in objects(self.stats, "routes"))

    @property
    def health(self) -> Health:
        if self.is_silent:
            return Health.SILENT
        return Health.SLOW if self.slow_new else Health.FINE

    @property
    def words(self) -> str:
        """What a filter searches."""
        parts = ("name", "host", "cluster", "domain", "ver")
        return " ".join([self.id, *(text(self.info, each) for each in parts), self.health.name])


class ServerBoard(SystemBoard):
    """The servers; `load` looks at all of them once. `sees_system` is None before the first look,
    and False where they do not answer: there is `own` then.
    """

    def __init__(
        self,
        session: Session,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(session, clock, wall_clock)
        self.rows: Rows[ServerRow] = Rows(lambda row: row.id, lambda row: row.words)
        self.own = OwnAccount(session)
        self.sees_system: bool | None = None
        self._known: dict[str, ServerRow] = {}

    async def load(self) -> None:
        """Look at all of them. Raises NotConnectedError, and what `Client.publish` raises."""
        look = self.begin()
        answers = await self.ask_servers(look, PING)
        self.sees_system = bool(answers)
        if not answers:
            await self.own.load(self, look)
        self._take(answers)
        self._answered[PING] = max(
            [len(answers), *(number(told.data, "active_servers") for told in answers)]
        )
        self.finish(look)

    def _take(self, answers: list[Told]) -> None:
        now, at = self._clock(), self._wall_clock()
        heard = {told.id for told in answers[:MOST_SERVERS]}
        for told in answers[:MOST_SERVERS]:
            row = self._known.setdefault(told.id, ServerRow(told))
            row.heard_at = at
            row.take(now, told, self.slack)
        self._miss(heard, at)
        self.rows.set_items(sorted(self._known.values(), key=lambda row: (row.cluster, row.name)))

    def _miss(self, heard: set[str], at: float) -> None:
        """What became of the others. A server that was started anew has another id: where one of
        the same name answers, the old one is no loss."""
        there = {self._known[id].place for id in heard}
        for id, row in list(self._known.items()):
            row.silent_for = at - row.heard_at
            if id not in heard:
                row.miss()
                if row.place in there or row.silent_for >= FORGET_AFTER:
                    del self._known[id]

    def find(self, id: str) -> ServerRow | None:
        """The server, as of the last answer."""
        return self._known.get(id)

    @property
    def clusters(self) -> list[str]:
        """The names of the clusters."""
        return sorted({row.cluster for row in self._known.values() if row.cluster})

    @property
    def meta_leader(self) -> str:
        """Who leads JetStream; several where they do not agree, "" if nobody does."""
        rows = self._known.values()
        said = {row.meta_leader for row in rows if row.meta_leader and not row.is_silent}
        return " or ".join(sorted(said))
