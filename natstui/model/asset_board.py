"""JetStream by server: every stream with who leads it, who follows, and how far behind.

Each server tells what it knows of the streams that it holds. How far a follower lags only the
leader knows, so of the answers about a stream that of its leader counts; where nobody leads, any
other.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

from natstui.model.account_board import JETSTREAM
from natstui.model.rows import Rows
from natstui.model.session import Session
from natstui.model.system_answer import Json, Told, at, number, objects, text
from natstui.model.system_board import SystemBoard

NANOSECONDS = 1e9
# Followers that are one or two entries behind are at work.
LAGS_FROM = 100


class AssetHealth(IntEnum):
    """How bad it is, the best first."""

    FINE = 0
    LAGS = 1
    BEHIND = 2
    OFFLINE = 3
    NO_LEADER = 4


class AssetKey(NamedTuple):
    """What a stream is known by."""

    account: str
    stream: str


class Replica(NamedTuple):
    """A server that follows: entries it has not got yet, seconds since it was heard."""

    name: str
    current: bool
    offline: bool
    lag: int
    silent_for: float


class JetStreamServer(NamedTuple):
    """JetStream on one server; `data` is what it told of it, {} if it did not.

    `leads` is how many streams it leads, `meta` how it stands to the leader of JetStream itself,
    `replica` what that leader says of it, None where nobody says anything.
    """

    name: str
    data: Json
    leads: int
    meta: str
    replica: Replica | None


class AssetRow:
    """A stream; `info` is what the server that counts told of it, as it came. `size` is how many
    servers hold it, `replicas` those that follow, `lag` how far the last of them is behind.
    """

    def __init__(self, key: AssetKey, info: Json, account_name: str) -> None:
        self.key = key
        self.info = info
        self.account = account_name
        self.leader = text(info, "cluster", "leader")
        peers = [_replica(each) for each in objects(info, "cluster", "replicas")]
        self.size = len(peers) + 1
        # Where its leader did not answer, it is a peer of whoever did.
        self.replicas = [each for each in peers if each.name != self.leader]
        self.lag = max((each.lag for each in self.replicas), default=0)
        self.messages = number(info, "state", "messages")
        self.bytes = number(info, "state", "bytes")
        self.consumers = number(info, "state", "consumer_count")
        self.health = self._judge()

    def _judge(self) -> AssetHealth:
        if not self.leader:
            return AssetHealth.NO_LEADER
        if any(each.offline for each in self.replicas):
            return AssetHealth.OFFLINE
        if any(not each.current for each in self.replicas):
            return AssetHealth.BEHIND
        return AssetHealth.LAGS if self.lag >= LAGS_FROM else AssetHealth.FINE

    @property
    def words(self) -> str:
        """What a filter searches."""
        names = [each.name for each in self.replicas]
        return " ".join([self.account, self.key.stream, self.leader, *names, self.health.name])


def _replica(told: Json) -> Replica:
    return Replica(
        text(told, "name"),
        at(told, "current") is True,
        at(told, "offline") is True,
        number(told, "lag"),
        number(told, "active") / NANOSECONDS,
    )


class AssetBoard(SystemBoard):
    """The streams of all accounts; `load` looks at all of them once.

    `servers` has what each server says of JetStream on it, `leads` how many streams it leads.
    """

    def __init__(
        self,
        session: Session,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(session, clock, wall_clock)
        self.rows: Rows[AssetRow] = Rows(lambda row: row.key, lambda row: row.words)
        self.servers: list[Told] = []
        self.leads: Counter[str] = Counter()
        self.states: Counter[AssetHealth] = Counter()

    async def load(self) -> None:
        """Look at them. Raises NotConnectedError, and what `Client.publish` raises."""
        look = self.begin()
        self._take(await self.ask_servers(look, JETSTREAM, {"accounts": True, "streams": True}))
        self.finish(look)

    def _take(self, servers: list[Told]) -> None:
        self.servers = servers
        found: dict[AssetKey, AssetRow] = {}
        for told in servers:
            for row in _rows(told):
                if row.key not in found or row.leader == told.name:
                    found[row.key] = row
        self.leads = Counter(row.leader for row in found.values())
        self.states = Counter(row.health for row in found.values())
        self.rows.set_items(found[key] for key in sorted(found))

    @property
    def meta_leader(self) -> str:
        """The server that leads JetStream and says so itself, "" if none does."""
        told = self._leading()
        return told.name if told is not None else ""

    def _leading(self) -> Told | None:
        for told in self.servers:
            if text(told.data, "meta_cluster", "leader") == told.name:
                return told
        return None

    @property
    def meta_replicas(self) -> list[Replica]:
        """Those that follow the leader of JetStream, as it sees them."""
        told = self._leading()
        if told is None:
            return []
        return [_replica(each) for each in objects(told.data, "meta_cluster", "replicas")]

    @property
    def by_server(self) -> list[JetStreamServer]:
        """Each server that answered, and those that its leader misses."""
        replicas = {each.name: each for each in self.meta_replicas}
        told = {each.name: each.data for each in self.servers}
        names = [*told, *(name for name in replicas if name not in told)]
        return [
            JetStreamServer(
                name,
                told.get(name, {}),
                self.leads[name],
                self._meta(told.get(name, {}), name, replicas.get(name)),
                replicas.get(name),
            )
            for name in names
        ]

    def _meta(self, data: Json, name: str, replica: Replica | None) -> str:
        if at(data, "disabled") is True:
            return "off"
        if name == self.meta_leader:
            return "leads"
        if replica is None:
            if not text(data, "meta_cluster", "name"):
                return "alone"
            return "unknown" if self.meta_leader else "no leader"
        if replica.offline:
            return "offline"
        return "follows" if replica.current else "not current"


def _rows(told: Told) -> list[AssetRow]:
    return [
        AssetRow(
            AssetKey(text(account, "id"), text(stream, "name")),
            stream,
            text(account, "name") or text(account, "id"),
        )
        for account in objects(told.data, "account_details")
        for stream in objects(account, "stream_detail")
    ]
