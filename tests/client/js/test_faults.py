"""Servers of a cluster go away while programs publish and read; nothing may be lost or hang.

The long run is `python -m bench.faults`.
"""

from __future__ import annotations

import asyncio
import random

import pytest

from bench.faults.fault import Action, Fault, Target
from bench.faults.round import run_round
from tests.client.js.conftest import Connect
from tests.conftest import ClusterFactory
from tests.support.cluster import Cluster

# Those of one cluster come one after the other. Most of the time, servers elect a new leader: the
# clusters do that at the same time.
FAULTS = [
    [Fault(Action.KILL, Target.ALL)],
    [Fault(Action.KILL, Target.STREAM_LEADER), Fault(Action.STOP, Target.CONSUMER_LEADER)],
    [Fault(Action.KILL, Target.CONNECTED), Fault(Action.FREEZE, Target.CONNECTED)],
]


@pytest.mark.timeout(600)
async def test_everything_is_stored_once_and_read_once(
    cluster_factory: ClusterFactory, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Three clusters on a machine that may have other work, too.
    monkeypatch.setattr("bench.faults.round.LIMIT", 240.0)
    clusters = [cluster_factory(name=f"cluster{n}", jetstream=True) for n in range(len(FAULTS))]
    async with asyncio.TaskGroup() as tasks:
        for cluster, faults in zip(clusters, FAULTS, strict=True):
            tasks.create_task(strike(cluster, connect, faults))


async def strike(cluster: Cluster, connect: Connect, faults: list[Fault]) -> None:
    chance = random.Random()
    left = list(enumerate(faults))
    while left:
        number, fault = left.pop()
        nc = await connect(
            cluster.urls, reconnect_time_wait=0.1, max_reconnect_attempts=-1, ping_interval=1
        )
        result = await run_round(cluster, nc, f"ROUND{number}", fault, chance, count=100)
        await nc.close()
        if result.void:
            # The machine stood still meanwhile, not the client.
            left.append((number + len(faults), fault))
            continue
        assert result.broken == "", f"{fault} of {result.struck}"
        assert len(result.ledger.acks) == result.ledger.total
