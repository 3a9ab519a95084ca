"""Messages that come faster than they are taken hold up nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

import natstui.client as nats
from tests.conftest import ServerFactory
from tests.support.server import NatsServer
from tests.support.waiting import eventually


@pytest.fixture
async def nc(server: NatsServer) -> AsyncIterator[nats.Client]:
    async with await nats.connect(server.url) as nc:
        yield nc


class Turns:
    """Counts the turns of the loop, and remembers in which one each message was taken."""

    def __init__(self) -> None:
        self.now = 0
        self.taken_in: list[int] = []
        self._counting = asyncio.create_task(self._count())

    async def _count(self) -> None:
        while True:
            self.now += 1
            await asyncio.sleep(0)

    async def take(self, msg: nats.Msg) -> None:
        self.taken_in.append(self.now)

    async def iterate(self, sub: nats.Subscription) -> None:
        async for msg in sub.messages:
            await self.take(msg)

    async def take_one_by_one(self, sub: nats.Subscription) -> None:
        while True:
            await self.take(await sub.next_msg(None))

    async def all_taken(self, sub: nats.Subscription) -> None:
        for _ in range(40):
            sub.deliver([nats.Msg(None, "a") for _ in range(1000)], 0)
        await eventually(lambda: len(self.taken_in) == 40_000, "all are taken")
        self._counting.cancel()


async def test_a_flood_for_a_callback_holds_up_nothing_else(nc: nats.Client) -> None:
    turns = Turns()
    await turns.all_taken(await nc.subscribe("a", cb=turns.take))
    assert turns.taken_in[-1] - turns.taken_in[0] > 10


@pytest.mark.parametrize("take", [Turns.iterate, Turns.take_one_by_one])
async def test_a_flood_that_is_pulled_holds_up_nothing_else(
    nc: nats.Client, take: Callable[[Turns, nats.Subscription], Coroutine[Any, Any, None]]
) -> None:
    turns = Turns()
    sub = await nc.subscribe("a")
    taking = asyncio.create_task(take(turns, sub))
    await turns.all_taken(sub)
    taking.cancel()
    assert turns.taken_in[-1] - turns.taken_in[0] > 10


async def test_a_server_gets_its_pongs_while_callbacks_are_busy(
    server_factory: ServerFactory,
) -> None:
    server = server_factory('ping_interval: "250ms"\nping_max: 7')
    taken = 0

    async def take(msg: nats.Msg) -> None:
        nonlocal taken
        taken += 1

    # Only who sends nothing is pinged.
    async with await nats.connect(server.url) as nc, await nats.connect(server.url) as publisher:
        await nc.subscribe("a", cb=take)
        await nc.flush()
        age = ""
        # Without its PONGs the server would have closed the connection after two seconds.
        while age not in ("3s", "4s", "5s"):
            for _ in range(1000):
                await publisher.publish("a", b"x" * 1000)
            connz = await asyncio.to_thread(server.monitor, "connz")
            (age,) = [one["uptime"] for one in connz["connections"] if one["cid"] == nc.client_id]
        assert taken > 0
        assert nc.stats["reconnects"] == 0
