"""What is done to a cluster, and to which of its servers."""

from __future__ import annotations

import asyncio
import random
from enum import Enum
from typing import NamedTuple

from natstui.client.errors import Error
from natstui.client.js.client import JetStreamContext
from tests.support.cluster import Cluster
from tests.support.server import NatsServer


class Target(Enum):
    STREAM_LEADER = "stream leader"
    CONSUMER_LEADER = "consumer leader"
    CONNECTED = "connected node"
    ALL = "all nodes"


class Action(Enum):
    KILL = "kill"  # SIGKILL, and start again a moment later
    STOP = "stop"  # SIGTERM, and start again
    FREEZE = "freeze"  # SIGSTOP: connections stay open and nothing answers; and go on again


class Fault(NamedTuple):
    action: Action
    target: Target

    def __str__(self) -> str:
        return f"{self.action.value} {self.target.value}"


FAULTS = [Fault(action, target) for action in Action for target in Target]


class Injector:
    """Brings faults over a cluster, and waits until it has recovered."""

    def __init__(self, cluster: Cluster, js: JetStreamContext, chance: random.Random) -> None:
        self._cluster = cluster
        self._js = js
        self._chance = chance

    async def strike(self, fault: Fault, stream: str, consumer: str) -> str:
        """Do it now; returns the names of the servers that were struck, when all are back."""
        victims = await self._victims(fault.target, stream, consumer)
        absence = self._chance.uniform(0.1, 2)
        await asyncio.gather(*(self._strike(fault.action, victim, absence) for victim in victims))
        await asyncio.to_thread(self._cluster.wait_until_ready)
        return ", ".join(victim.name for victim in victims)

    async def _victims(self, target: Target, stream: str, consumer: str) -> list[NatsServer]:
        if target is Target.ALL:
            return list(self._cluster)
        if target is Target.CONNECTED:
            url = self._js._nc.connected_url
            found = [each for each in self._cluster if url and each.port == url.port]
        else:
            found = await self._leader(target, stream, consumer)
        return found or [self._chance.choice(list(self._cluster))]

    async def _leader(self, target: Target, stream: str, consumer: str) -> list[NatsServer]:
        try:
            if target is Target.STREAM_LEADER:
                cluster = (await self._js.stream_info(stream)).cluster
            else:
                cluster = (await self._js.consumer_info(stream, consumer)).cluster
        except Error:
            return []
        return [self._cluster[cluster.leader]] if cluster and cluster.leader else []

    async def _strike(self, action: Action, victim: NatsServer, absence: float) -> None:
        match action:
            case Action.KILL:
                await asyncio.to_thread(victim.kill)
            case Action.STOP:
                await asyncio.to_thread(victim.stop)
            case Action.FREEZE:
                victim.pause()
        await asyncio.sleep(absence)
        if action is Action.FREEZE:
            victim.resume()
        else:
            await asyncio.to_thread(victim.start)
