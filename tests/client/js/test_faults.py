"""Servers of a cluster go away while programs publish and read; nothing may be lost or hang.

The long run is `python -m bench.faults`.
"""

from __future__ import annotations

import random

import pytest

from bench.faults.fault import Action, Fault, Target
from bench.faults.round import run_round
from tests.client.js.conftest import Connect
from tests.support.cluster import Cluster

FAULTS = [
    Fault(Action.KILL, Target.STREAM_LEADER),
    Fault(Action.STOP, Target.CONSUMER_LEADER),
    Fault(Action.KILL, Target.CONNECTED),
    Fault(Action.FREEZE, Target.CONNECTED),
    Fault(Action.KILL, Target.ALL),
]


@pytest.mark.timeout(600)
async def test_everything_is_stored_once_and_read_once(
    js_cluster: Cluster, connect: Connect
) -> None:
    chance = random.Random()
    faults = list(enumerate(FAULTS))
    while faults:
        number, fault = faults.pop()
        nc = await connect(
            js_cluster.urls, reconnect_time_wait=0.1, max_reconnect_attempts=-1, ping_interval=1
        )
        result = await run_round(js_cluster, nc, f"ROUND{number}", fault, chance, count=100)
        await nc.close()
        if result.void:
            # The machine stood still meanwhile, not the client.
            faults.append((number + len(FAULTS), fault))
            continue
        assert result.broken == "", f"{fault} of {result.struck}"
        assert len(result.ledger.acks) == result.ledger.total
