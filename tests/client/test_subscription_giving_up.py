"""A wait for a message that is given up, in whatever moment, loses none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from itertools import product
from typing import Any

import pytest

import natstui.client as nats
from tests.support.server import NatsServer


@pytest.fixture
async def nc(server: NatsServer) -> AsyncIterator[nats.Client]:
    async with await nats.connect(server.url) as nc:
        yield nc


async def next_msg(sub: nats.Subscription) -> nats.Msg:
    return await sub.next_msg(None)


async def next_msg_with_timeout(sub: nats.Subscription) -> nats.Msg:
    return await sub.next_msg(3600)


async def next_msg_in_wait_for(sub: nats.Subscription) -> nats.Msg:
    return await asyncio.wait_for(sub.next_msg(None), 3600)


async def next_msg_in_timeout(sub: nats.Subscription) -> nats.Msg:
    async with asyncio.timeout(3600):
        return await sub.next_msg(None)


async def one_of_the_iterator(sub: nats.Subscription) -> nats.Msg:
    return await anext(sub.messages)


async def one_of_an_iterator(sub: nats.Subscription) -> nats.Msg:
    async for msg in sub:
        return msg
    raise AssertionError("the subscription has ended")


async def one_of_the_iterator_in_wait_for(sub: nats.Subscription) -> nats.Msg:
    return await asyncio.wait_for(anext(aiter(sub.messages)), 3600)


Waiting = Callable[[nats.Subscription], Coroutine[Any, Any, nats.Msg]]


@pytest.mark.parametrize(
    "wait",
    [
        next_msg,
        next_msg_with_timeout,
        next_msg_in_wait_for,
        next_msg_in_timeout,
        one_of_the_iterator,
        one_of_an_iterator,
        one_of_the_iterator_in_wait_for,
    ],
)
async def test_a_wait_that_is_cancelled_loses_no_message(nc: nats.Client, wait: Waiting) -> None:
    sub = await nc.subscribe("a")
    cancelled = taken = 0
    # The message comes and the wait is given up within the first turns of the loop, in any order.
    for arrives, gives_up, first in product(range(6), range(8), ["arrival", "cancellation"]):
        waiting = asyncio.create_task(wait(sub))
        for turn in range(8):
            if turn == gives_up and first == "cancellation":
                waiting.cancel()
            if turn == arrives:
                sub.deliver([nats.Msg(nc, "a", data=b"%d" % turn)], 1)
            if turn == gives_up and first == "arrival":
                waiting.cancel()
            await asyncio.sleep(0)
        await asyncio.wait([waiting])
        if waiting.cancelled():
            cancelled += 1
            assert sub.pending_msgs == 1
            message = await sub.next_msg(10)
        else:
            taken += 1
            message = waiting.result()
        assert message.data == b"%d" % arrives
        assert sub.pending_msgs == 0
    assert cancelled > 20
    assert taken > 20


async def test_waits_that_time_out_lose_no_message(nc: nats.Client) -> None:
    sub = await nc.subscribe("a")
    taken: list[int] = []
    timeouts = 0

    async def publish_slowly() -> None:
        for number in range(300):
            await nc.publish("a", b"%d" % number)
            await asyncio.sleep(0.0005)

    publishing = asyncio.create_task(publish_slowly())
    while len(taken) < 300:
        try:
            msg = await asyncio.wait_for(sub.next_msg(None), timeout=0.0004)
        except asyncio.TimeoutError:  # noqa: UP041 - what wait_for says it raises
            timeouts += 1
        else:
            taken.append(int(msg.data))
    await publishing
    assert taken == list(range(300))
    assert timeouts > 0


async def test_of_two_who_wait_one_may_give_up(nc: nats.Client) -> None:
    sub = await nc.subscribe("a")
    first, second = (asyncio.create_task(sub.next_msg(None)) for _ in range(2))
    for _ in range(2):
        await asyncio.sleep(0)
    sub.deliver([nats.Msg(nc, "a", data=b"x")], 1)
    first.cancel()
    assert (await second).data == b"x"
    assert first.cancelled()
