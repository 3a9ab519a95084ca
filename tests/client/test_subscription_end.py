"""How a subscription ends: enough messages, unsubscribing, draining, the end of the client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

import natstui.client as nats
from natstui.client.errors import (
    BadSubscriptionError,
    ConnectionClosedError,
    ConnectionDrainingError,
    DrainTimeoutError,
    TimeoutError,
)
from tests.support.server import NatsServer
from tests.support.waiting import eventually


@pytest.fixture
def errors() -> list[Exception]:
    """What was reported to the error callback of `nc`."""
    return []


@pytest.fixture
async def nc(server: NatsServer, errors: list[Exception]) -> AsyncIterator[nats.Client]:
    async def keep(error: Exception) -> None:
        errors.append(error)

    async with await nats.connect(server.url, error_cb=keep) as nc:
        yield nc


async def publish(nc: nats.Client, count: int, start: int = 0) -> None:
    """Publish numbered messages, and return when what `nc` gets of them has arrived."""
    for number in range(start, start + count):
        await nc.publish("a", b"%d" % number)
    await nc.flush()


async def take_all(sub: nats.Subscription) -> list[int]:
    return [int(msg.data) async for msg in sub.messages]


async def subscriptions(server: NatsServer, nc: nats.Client) -> int:
    """How many the server knows of this client."""
    await nc.flush()
    connz = await asyncio.to_thread(server.monitor, "connz")
    (found,) = [one for one in connz["connections"] if one["cid"] == nc.client_id]
    return int(found["subscriptions"])


class Taker:
    """Takes messages by callback, hook or hand, and remembers their numbers."""

    def __init__(self) -> None:
        self.taken: list[int] = []

    def hook(self, msg: nats.Msg) -> None:
        self.taken.append(int(msg.data))

    async def callback(self, msg: nats.Msg) -> None:
        self.taken.append(int(msg.data))

    async def subscribe(self, nc: nats.Client, how: str, **options: Any) -> nats.Subscription:
        takes: dict[str, dict[str, Any]] = {
            "callback": {"cb": self.callback},
            "hook": {"hook": self.hook},
            "hand": {},
        }
        self.sub = await nc.subscribe("a", **takes[how], **options)
        self._by_hand = how == "hand"
        return self.sub

    async def rest(self) -> list[int]:
        """All numbers, once the subscription has ended."""
        if self._by_hand:
            self.taken += await take_all(self.sub)
        await eventually(
            lambda: len(self.taken) == self.sub.delivered - self.sub.dropped, "all are taken"
        )
        return self.taken


@pytest.fixture
def taker() -> Taker:
    return Taker()


ALL_WAYS = pytest.mark.parametrize("how", ["callback", "hook", "hand"])


# Enough


@ALL_WAYS
async def test_it_ends_after_the_messages_that_were_asked_for(
    server: NatsServer, nc: nats.Client, taker: Taker, how: str
) -> None:
    sub = await taker.subscribe(nc, how, max_msgs=5)
    await publish(nc, 3)
    await publish(nc, 10, start=3)
    assert await taker.rest() == [0, 1, 2, 3, 4]
    assert sub.delivered == 5
    assert await subscriptions(server, nc) == 0
    assert not nc._subs  # or the next connection would have it again
    with pytest.raises(BadSubscriptionError):
        await sub.unsubscribe()


@ALL_WAYS
async def test_it_takes_no_more_than_was_asked_for_even_if_more_is_sent(
    nc: nats.Client, taker: Taker, how: str
) -> None:
    sub = await taker.subscribe(nc, how, max_msgs=5)
    messages = [nats.Msg(nc, "a", data=b"%d" % number) for number in range(8)]
    sub.deliver(messages[:3], 3)
    sub.deliver(messages[3:7], 4)
    sub.deliver(messages[7:], 1)
    assert await taker.rest() == [0, 1, 2, 3, 4]
    assert sub.delivered == 5


async def test_the_messages_that_were_asked_for_include_the_dropped_ones(
    nc: nats.Client, errors: list[Exception]
) -> None:
    sub = await nc.subscribe("a", max_msgs=5, pending_msgs_limit=2)
    await publish(nc, 10)
    assert (sub.delivered, sub.dropped) == (5, 3)
    assert await take_all(sub) == [0, 1]


async def test_it_ends_after_so_many_messages_of_two_connections(server: NatsServer) -> None:
    async with await nats.connect(server.url, reconnect_time_wait=0.01) as nc:
        sub = await nc.subscribe("a", max_msgs=5)
        await publish(nc, 2)
        server.kill()
        await eventually(lambda: nc.is_reconnecting, "the client noticed")
        server.start()
        await nc.flush()
        await publish(nc, 10, start=2)
        assert await take_all(sub) == [0, 1, 2, 3, 4]
        assert await subscriptions(server, nc) == 0


# Unsubscribing


@ALL_WAYS
async def test_nothing_comes_after_unsubscribing_and_what_was_there_can_be_taken(
    server: NatsServer, nc: nats.Client, taker: Taker, how: str
) -> None:
    sub = await taker.subscribe(nc, how)
    await publish(nc, 5)
    await sub.unsubscribe()
    await publish(nc, 5, start=5)
    assert await taker.rest() == [0, 1, 2, 3, 4]
    assert await subscriptions(server, nc) == 0


async def test_unsubscribing_twice_is_an_error(nc: nats.Client) -> None:
    sub = await nc.subscribe("a")
    await sub.unsubscribe()
    with pytest.raises(BadSubscriptionError):
        await sub.unsubscribe()
    with pytest.raises(BadSubscriptionError):
        await sub.drain()


async def test_unsubscribing_ends_every_wait(nc: nats.Client) -> None:
    sub = await nc.subscribe("a")
    next_one = asyncio.create_task(sub.next_msg(None))
    iterating = asyncio.create_task(take_all(sub))
    await nc.flush()
    await sub.unsubscribe()
    with pytest.raises(BadSubscriptionError):
        await next_one
    assert await iterating == []
    with pytest.raises(BadSubscriptionError):
        await sub.next_msg(20)


@ALL_WAYS
@pytest.mark.parametrize("before", [0, 2])
async def test_a_limit_counts_the_messages_that_came_before_it(
    server: NatsServer, nc: nats.Client, taker: Taker, how: str, before: int
) -> None:
    sub = await taker.subscribe(nc, how)
    await publish(nc, before)
    await sub.unsubscribe(limit=5)
    assert await subscriptions(server, nc) == 1
    await publish(nc, 10, start=before)
    assert await taker.rest() == [0, 1, 2, 3, 4]
    assert await subscriptions(server, nc) == 0


@pytest.mark.parametrize("limit", [3, 2])
async def test_a_limit_that_is_reached_already_ends_it_now(
    server: NatsServer, nc: nats.Client, limit: int
) -> None:
    sub = await nc.subscribe("a")
    await publish(nc, 3)
    await sub.unsubscribe(limit)
    assert await subscriptions(server, nc) == 0
    assert await take_all(sub) == [0, 1, 2]


async def test_a_callback_may_unsubscribe(nc: nats.Client, errors: list[Exception]) -> None:
    taken: list[int] = []

    async def stop_at_three(msg: nats.Msg) -> None:
        taken.append(int(msg.data))
        if len(taken) == 3:
            await sub.unsubscribe()

    sub = await nc.subscribe("a", cb=stop_at_three)
    for number in range(10):
        await publish(nc, 1, start=number)
    assert taken == [0, 1, 2]
    assert errors == []


async def test_a_context_unsubscribes_at_its_end(server: NatsServer, nc: nats.Client) -> None:
    async with await nc.subscribe("a") as sub:
        await publish(nc, 1)
        assert (await sub.next_msg(10)).data == b"0"
    assert await subscriptions(server, nc) == 0
    async with await nc.subscribe("a") as sub:
        await sub.unsubscribe()
    async with await nc.subscribe("a") as sub:
        await nc.close()


# Draining


async def start_draining(nc: nats.Client, sub: nats.Subscription) -> asyncio.Task[None]:
    """A drain that has heard from the server, and only waits for what is pending."""
    draining = asyncio.create_task(sub.drain())
    await nc.flush()  # may be written before it
    await nc.flush()
    return draining


async def test_draining_takes_what_has_arrived_and_nothing_later(
    server: NatsServer, nc: nats.Client, taker: Taker
) -> None:
    sub = await taker.subscribe(nc, "callback")
    for number in range(100):
        await nc.publish("a", b"%d" % number)
    await sub.drain()  # no flush before it: draining is one itself
    assert taker.taken == list(range(100))
    await publish(nc, 5)
    assert taker.taken == list(range(100))
    assert await subscriptions(server, nc) == 0
    assert not nc._subs
    with pytest.raises(BadSubscriptionError):
        await sub.drain()


async def test_draining_waits_for_a_callback_to_finish(nc: nats.Client) -> None:
    gate = asyncio.Event()
    finished: list[bytes] = []

    async def wait(msg: nats.Msg) -> None:
        await gate.wait()
        finished.append(msg.data)

    sub = await nc.subscribe("a", cb=wait)
    await publish(nc, 3)
    draining = await start_draining(nc, sub)
    assert not draining.done()
    gate.set()
    await draining
    assert finished == [b"0", b"1", b"2"]


async def test_a_callback_may_drain_its_own_subscription(
    nc: nats.Client, errors: list[Exception]
) -> None:
    taken: list[int] = []
    drained = asyncio.Event()

    async def drain_at_three(msg: nats.Msg) -> None:
        taken.append(int(msg.data))
        if len(taken) == 3:
            await sub.drain()
            drained.set()

    sub = await nc.subscribe("a", cb=drain_at_three)
    await publish(nc, 10)
    await drained.wait()
    await publish(nc, 10, start=10)
    await eventually(lambda: len(taken) >= 10, "what had arrived is taken")
    assert taken == list(range(10))
    assert errors == []


async def test_draining_waits_for_who_iterates(nc: nats.Client) -> None:
    sub = await nc.subscribe("a")
    await publish(nc, 10)
    draining = await start_draining(nc, sub)
    assert not draining.done()
    assert await take_all(sub) == list(range(10))
    await draining


async def test_draining_waits_for_who_takes_one_at_a_time(nc: nats.Client) -> None:
    sub = await nc.subscribe("a")
    await publish(nc, 3)
    draining = await start_draining(nc, sub)
    for number in range(3):
        await nc.flush()
        assert not draining.done()
        assert (await sub.next_msg(10)).data == b"%d" % number
    await draining
    with pytest.raises(BadSubscriptionError):
        await sub.next_msg(20)


async def test_draining_is_over_when_who_iterates_leaves_with_the_last_message(
    nc: nats.Client, errors: list[Exception]
) -> None:
    sub = await nc.subscribe("a")
    await publish(nc, 3)
    draining = await start_draining(nc, sub)
    async for msg in sub.messages:
        if msg.data == b"2":
            break
    await draining
    assert errors == []


@pytest.mark.timeout(10)
@pytest.mark.parametrize("whole", [False, True])
async def test_who_iterates_may_drain(
    nc: nats.Client, errors: list[Exception], whole: bool
) -> None:
    sub = await nc.subscribe("a")
    await publish(nc, 5)
    left = []
    async for msg in sub.messages:
        left.append(msg.data)
        if msg.data == b"2":
            await (nc if whole else sub).drain()
    assert left == [b"0", b"1", b"2", b"3", b"4"]
    assert errors == []


async def test_draining_is_over_at_once_when_nothing_is_pending(nc: nats.Client) -> None:
    sub = await nc.subscribe("a")
    iterating = asyncio.create_task(take_all(sub))
    waiting = asyncio.create_task((await nc.subscribe("b")).next_msg(None))
    await sub.drain()
    assert await iterating == []
    waiting.cancel()


async def test_draining_does_not_wait_for_ever(server: NatsServer) -> None:
    errors: list[Exception] = []

    async def keep(error: Exception) -> None:
        errors.append(error)

    async with await nats.connect(server.url, drain_timeout=0.05, error_cb=keep) as nc:
        sub = await nc.subscribe("a")
        await publish(nc, 3)
        await sub.drain()
        await eventually(lambda: errors, "it is reported")
        (error,) = errors
        assert isinstance(error, DrainTimeoutError)
        assert "3 messages of 'a'" in str(error)
        assert await take_all(sub) == [0, 1, 2]


async def test_draining_twice_is_an_error(nc: nats.Client) -> None:
    sub = await nc.subscribe("a")
    await publish(nc, 3)
    draining = asyncio.create_task(sub.drain())
    await asyncio.sleep(0)
    with pytest.raises(ConnectionDrainingError):
        await sub.drain()
    await take_all(sub)
    await draining


async def test_draining_can_be_given_up(nc: nats.Client) -> None:
    sub = await nc.subscribe("a")
    await publish(nc, 3)
    draining = await start_draining(nc, sub)
    draining.cancel()
    await asyncio.wait([draining])
    assert draining.cancelled()
    assert await take_all(sub) == [0, 1, 2]


# The end of the client


async def test_closing_ends_every_wait(nc: nats.Client) -> None:
    sub = await nc.subscribe("a")
    other = await nc.subscribe("b")
    next_one = asyncio.create_task(sub.next_msg(None))
    iterating = asyncio.create_task(take_all(other))
    await nc.flush()
    await nc.close()
    with pytest.raises(ConnectionClosedError):
        await next_one
    assert await iterating == []


async def test_what_has_arrived_can_be_taken_after_closing(nc: nats.Client) -> None:
    iterated = await nc.subscribe("a")
    taken = await nc.subscribe("a")
    await publish(nc, 2)
    await nc.close()
    assert await take_all(iterated) == [0, 1]
    assert [(await taken.next_msg(20)).data for _ in range(2)] == [b"0", b"1"]
    with pytest.raises(ConnectionClosedError):
        await taken.next_msg(20)
    for end in (taken.unsubscribe(), taken.drain()):
        with pytest.raises(ConnectionClosedError):
            await end


async def test_closing_ends_callbacks_in_the_middle(nc: nats.Client) -> None:
    entered = asyncio.Event()
    ended: list[str] = []

    async def wait_for_ever(msg: nats.Msg) -> None:
        entered.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.append("ended")

    before = asyncio.all_tasks()
    await nc.subscribe("a", cb=wait_for_ever)
    await publish(nc, 3)
    await entered.wait()
    await nc.close()
    assert ended == ["ended"]
    assert asyncio.all_tasks() <= before


async def test_while_the_client_drains_its_subscriptions_have_no_will_of_their_own(
    server: NatsServer, nc: nats.Client
) -> None:
    sub = await nc.subscribe("a")
    await nc.flush()
    server.pause()
    draining = asyncio.create_task(nc.drain())
    await eventually(lambda: nc.is_draining, "it drains")
    for end in (sub.unsubscribe(), sub.drain()):
        with pytest.raises(ConnectionDrainingError):
            await end
    server.resume()
    await draining


async def test_messages_of_a_subscription_that_has_ended_are_no_concern_of_others(
    nc: nats.Client,
) -> None:
    ended = await nc.subscribe("a")
    lasting = await nc.subscribe("a")
    for number in range(100):
        await nc.publish("a", b"%d" % number)
    await ended.unsubscribe()  # before anything has arrived
    await nc.flush()
    assert (ended.delivered, lasting.delivered) == (0, 100)
    with pytest.raises(TimeoutError):
        await (await nc.subscribe("a")).next_msg(0.01)
