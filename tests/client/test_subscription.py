"""How messages are taken: by a callback, an iterator, `next_msg`, a hook, a future."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

import natstui.client as nats
from natstui.client.errors import (
    BadSubjectError,
    BadSubscriptionError,
    ConnectionClosedError,
    ConnectionDrainingError,
    Error,
    TimeoutError,
)
from tests.conftest import ServerFactory
from tests.support.auth import user_with_permissions, users
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


def numbers(count: int, start: int = 0) -> list[bytes]:
    return [b"%d" % number for number in range(start, start + count)]


async def publish(nc: nats.Client, payloads: list[bytes], subject: str = "a") -> None:
    """Publish, and return when everything that `nc` gets of it has arrived."""
    for payload in payloads:
        await nc.publish(subject, payload)
    await nc.flush()


async def ignore(msg: nats.Msg) -> None: ...


# Callbacks


async def test_a_callback_gets_the_messages_in_order_one_at_a_time(nc: nats.Client) -> None:
    running = 0
    taken: list[bytes] = []

    async def take(msg: nats.Msg) -> None:
        nonlocal running
        running += 1
        assert running == 1
        await asyncio.sleep(0)
        taken.append(msg.data)
        running -= 1

    sub = await nc.subscribe("a", cb=take)
    await publish(nc, numbers(300))
    await sub.drain()
    assert taken == numbers(300)


async def test_a_message_says_where_it_comes_from(nc: nats.Client) -> None:
    sub = await nc.subscribe("a.*")
    await nc.publish("a.b", b"1", reply="r")
    msg = await sub.next_msg(10)
    assert (msg.subject, msg.reply, msg.data) == ("a.b", "r", b"1")
    assert msg.sid == sub._id
    assert "a.b" in repr(msg)
    assert repr(sub) == f"<Subscription {sub._id} 'a.*' received=1>"
    with pytest.raises(Error, match="sid"):
        _ = nats.Msg(nc, "a").sid


async def test_a_fault_in_a_callback_is_reported_and_the_next_message_goes_on(
    nc: nats.Client, errors: list[Exception]
) -> None:
    taken: list[bytes] = []

    async def fail_at_times(msg: nats.Msg) -> None:
        if int(msg.data) % 3 == 0:
            raise ValueError(msg.data.decode())
        taken.append(msg.data)

    sub = await nc.subscribe("a", cb=fail_at_times)
    await publish(nc, numbers(10))
    await sub.drain()
    assert taken == [b"%d" % number for number in range(10) if number % 3]
    await eventually(lambda: len(errors) == 4, "all faults are reported")
    assert [str(error) for error in errors] == ["0", "3", "6", "9"]
    assert nc.is_connected


async def test_something_cancelled_inside_a_callback_does_not_end_the_subscription(
    nc: nats.Client, errors: list[Exception]
) -> None:
    taken: list[bytes] = []

    async def take(msg: nats.Msg) -> None:
        taken.append(msg.data)
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    sub = await nc.subscribe("a", cb=take)
    await publish(nc, numbers(5))
    await sub.drain()
    assert taken == numbers(5)
    assert errors == []


async def test_a_callback_that_waits_holds_up_no_other_subscription(nc: nats.Client) -> None:
    gate = asyncio.Event()

    async def wait(msg: nats.Msg) -> None:
        await gate.wait()

    slow = await nc.subscribe("a", cb=wait)
    other = await nc.subscribe("a")
    await publish(nc, numbers(3))
    assert [(await other.next_msg(10)).data for _ in range(3)] == numbers(3)
    assert slow.pending_msgs == 2
    gate.set()
    await slow.drain()


# Iterators


async def test_iterating_gives_the_messages_in_order(nc: nats.Client) -> None:
    sub = await nc.subscribe("a", max_msgs=300)
    await publish(nc, numbers(300))
    assert [msg.data async for msg in sub.messages] == numbers(300)


async def test_a_subscription_is_an_iterable_itself(nc: nats.Client) -> None:
    sub = await nc.subscribe("a", max_msgs=3)
    await publish(nc, numbers(3))
    assert [msg.data async for msg in sub] == numbers(3)


async def test_iterating_waits_for_what_comes(nc: nats.Client) -> None:
    sub = await nc.subscribe("a", max_msgs=30)
    taking = asyncio.create_task(_take_all(sub))
    for start in range(0, 30, 3):
        await publish(nc, numbers(3, start))
    assert await taking == numbers(30)


async def _take_all(sub: nats.Subscription) -> list[bytes]:
    return [msg.data async for msg in sub.messages]


async def test_iterating_can_be_left_and_taken_up_again(nc: nats.Client) -> None:
    sub = await nc.subscribe("a", max_msgs=20)
    await publish(nc, numbers(20))
    taken: list[bytes] = []
    while len(taken) < 20:
        async for msg in sub.messages:
            taken.append(msg.data)
            if len(taken) % 7 == 0:
                break
        if len(taken) < 15:
            taken.append((await sub.next_msg(10)).data)
    assert taken == numbers(20)


async def test_an_iterator_outlives_a_wait_that_was_given_up(nc: nats.Client) -> None:
    sub = await nc.subscribe("a", max_msgs=3)
    messages = aiter(sub.messages)
    taken: list[bytes] = []
    for payload in numbers(3):
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(anext(messages), 0.001)
        await publish(nc, [payload])
        taken.append((await anext(messages)).data)
    assert taken == numbers(3)
    for _ in range(2):
        with pytest.raises(StopAsyncIteration):
            await anext(messages)


async def test_those_who_iterate_together_share_the_messages(nc: nats.Client) -> None:
    sub = await nc.subscribe("a", max_msgs=100)
    takers = [asyncio.create_task(_take_all(sub)) for _ in range(3)]
    for start in range(0, 100, 10):
        await publish(nc, numbers(10, start))
    shares = await asyncio.gather(*takers)
    assert sorted(int(data) for share in shares for data in share) == list(range(100))


# next_msg


async def test_the_next_message_is_there_or_is_waited_for(nc: nats.Client) -> None:
    sub = await nc.subscribe("a")
    await publish(nc, numbers(2))
    assert (await sub.next_msg(20)).data == b"0"
    assert (await sub.next_msg(timeout=None)).data == b"1"
    waiting = asyncio.create_task(sub.next_msg(timeout=None))
    await nc.flush()
    assert not waiting.done()
    await publish(nc, [b"2"])
    assert (await waiting).data == b"2"


@pytest.mark.parametrize("timeout", [0.01, 0, -1])
async def test_a_message_that_does_not_come_in_time(nc: nats.Client, timeout: float) -> None:
    sub = await nc.subscribe("a")
    with pytest.raises(TimeoutError):
        await sub.next_msg(timeout)
    assert not sub._waiters
    await publish(nc, numbers(1))
    assert (await sub.next_msg(timeout)).data == b"0"


async def test_those_who_wait_together_get_a_message_each(nc: nats.Client) -> None:
    sub = await nc.subscribe("a")
    waiting = [asyncio.create_task(sub.next_msg(None)) for _ in range(10)]
    await publish(nc, numbers(10))
    assert sorted([(await task).data for task in waiting]) == numbers(10)


# Hooks


async def test_a_hook_is_called_inside_the_read_in_the_order_of_the_wire(nc: nats.Client) -> None:
    seen: list[tuple[str, bytes]] = []
    for subject in ("a", "b", "*"):
        await nc.subscribe(subject, hook=lambda msg: seen.append((msg.subject, msg.data)))
    await nc.flush()
    for number in range(100):
        await nc.publish("ab"[number % 3 % 2], b"%d" % number)
    await nc.flush()
    # Nothing was awaited after the flush: what had arrived before its PONG is here.
    assert [int(data) for _, data in seen] == [number for number in range(100) for _ in range(2)]


async def test_a_hook_keeps_nothing_pending(nc: nats.Client) -> None:
    seen: list[nats.Msg] = []
    sub = await nc.subscribe("a", hook=seen.append, pending_msgs_limit=1, pending_bytes_limit=1)
    await publish(nc, numbers(50))
    assert [msg.data for msg in seen] == numbers(50)
    assert (sub.delivered, sub.dropped, sub.pending_msgs, sub.pending_bytes) == (50, 0, 0, 0)


async def test_a_fault_in_a_hook_is_reported_and_the_next_message_goes_on(
    nc: nats.Client, errors: list[Exception]
) -> None:
    seen: list[bytes] = []

    def fail_at_times(msg: nats.Msg) -> None:
        if int(msg.data) % 3 == 0:
            raise ValueError(msg.data.decode())
        seen.append(msg.data)

    sub = await nc.subscribe("a", hook=fail_at_times)
    other = await nc.subscribe("b")
    sub.deliver([nats.Msg(nc, "a", data=payload) for payload in numbers(5)], 5)  # in one read
    await publish(nc, numbers(5, 5))
    await publish(nc, numbers(1), "b")
    assert seen == [b"%d" % number for number in range(10) if number % 3]
    assert other.pending_msgs == 1
    await eventually(lambda: len(errors) == 4, "all faults are reported")
    assert [str(error) for error in errors] == ["0", "3", "6", "9"]
    assert nc.is_connected


# Futures


async def test_a_future_gets_the_first_message(nc: nats.Client, server: NatsServer) -> None:
    future: asyncio.Future[nats.Msg] = asyncio.get_running_loop().create_future()
    sub = await nc.subscribe("a", future=future)
    await publish(nc, numbers(5))
    assert (await future).data == b"0"
    await publish(nc, numbers(5))
    with pytest.raises(BadSubscriptionError):
        await sub.unsubscribe()
    await nc.flush()
    connz = await asyncio.to_thread(server.monitor, "connz")
    assert connz["connections"][0]["subscriptions"] == 0


async def test_a_future_that_nobody_wants_any_more_does_no_harm(
    nc: nats.Client, errors: list[Exception]
) -> None:
    future: asyncio.Future[nats.Msg] = asyncio.get_running_loop().create_future()
    await nc.subscribe("a", future=future)
    future.cancel()
    await publish(nc, numbers(5))
    assert errors == []
    assert nc.stats["reconnects"] == 0


# Queue groups


async def test_the_members_of_a_queue_group_share_the_messages(
    nc: nats.Client, server: NatsServer
) -> None:
    async with await nats.connect(server.url) as other:
        members = [
            await client.subscribe("a", queue="workers") for client in (nc, nc, other, other)
        ]
        loner = await nc.subscribe("a")
        assert [member.queue for member in (*members, loner)] == ["workers"] * 4 + [""]
        await other.flush()
        await publish(nc, numbers(200))
        await other.flush()
        taken = [
            (await member.next_msg(10)).data
            for member in members
            for _ in range(member.pending_msgs)
        ]
        assert sorted(map(int, taken)) == list(range(200))
        assert loner.pending_msgs == 200


# What cannot be asked for


@pytest.mark.parametrize("subject", ["", "a b", "a..b", ".a", "a.", "a>", "a.>.b", "a*", "a\r\n"])
async def test_a_subject_that_nobody_could_publish_to_is_refused(
    nc: nats.Client, subject: str
) -> None:
    with pytest.raises(BadSubjectError):
        await nc.subscribe(subject)
    await nc.flush()
    assert nc.is_connected


@pytest.mark.parametrize("queue", ["a b", "a\tb", "a\r\nb"])
async def test_a_queue_group_has_no_white_space(nc: nats.Client, queue: str) -> None:
    with pytest.raises(BadSubjectError):
        await nc.subscribe("a", queue=queue)


async def test_one_who_takes_is_enough(nc: nats.Client) -> None:
    future: asyncio.Future[nats.Msg] = asyncio.get_running_loop().create_future()
    takers: list[dict[str, Any]] = [
        {"cb": print},
        {"cb": lambda msg: None},
        {"hook": ignore},
        {"cb": ignore, "hook": print},
        {"cb": ignore, "future": future},
        {"future": future, "hook": print},
    ]
    for taker in takers:
        with pytest.raises(Error):
            await nc.subscribe("a", **taker)
    assert not nc._subs


async def test_what_goes_elsewhere_cannot_be_taken_by_hand(nc: nats.Client) -> None:
    future: asyncio.Future[nats.Msg] = asyncio.get_running_loop().create_future()
    takers: dict[str, dict[str, Any]] = {
        "callback": {"cb": ignore},
        "future": {"future": future},
        "hook": {"hook": print},
    }
    for name, taker in takers.items():
        sub = await nc.subscribe("a", **taker)
        with pytest.raises(Error, match=name):
            await sub.next_msg(20)
        with pytest.raises(Error, match=name):
            _ = sub.messages


async def test_nothing_can_be_subscribed_to_without_a_connection(
    nc: nats.Client, server: NatsServer
) -> None:
    with pytest.raises(ConnectionClosedError):
        await nats.Client().subscribe("a")
    server.pause()
    draining = asyncio.create_task(nc.drain())
    await eventually(lambda: nc.is_draining, "it drains")
    with pytest.raises(ConnectionDrainingError):
        await nc.subscribe("a")
    server.resume()
    await draining
    with pytest.raises(ConnectionClosedError):
        await nc.subscribe("a")


async def test_a_subscription_that_the_server_refuses_ends_with_its_words(
    server_factory: ServerFactory, errors: list[Exception]
) -> None:
    server = server_factory(users(user_with_permissions("u", "p", subscribe_deny=["secret.>"])))

    async def keep(error: Exception) -> None:
        errors.append(error)

    async with await nats.connect(server.url, user="u", password="p", error_cb=keep) as nc:
        allowed = await nc.subscribe("a")
        pulled = await nc.subscribe("secret.a")
        iterated = await nc.subscribe("secret.b", queue="q")
        await nc.subscribe("secret.c", cb=ignore)
        with pytest.raises(Error, match=r"secret\.a"):
            await pulled.next_msg(10)
        with pytest.raises(Error, match=r"secret\.b"):
            await anext(iterated.messages)
        await eventually(lambda: len(errors) == 3, "each is reported")
        await publish(nc, numbers(1))
        assert (await allowed.next_msg(10)).data == b"0"


async def test_messages_are_of_the_class_of_the_client(server: NatsServer) -> None:
    class MyMsg(nats.Msg):
        __slots__ = ()

        def number(self) -> int:
            return int(self.data)

    class MyClient(nats.Client):
        msg_class = MyMsg

    nc = MyClient()
    await nc.connect(server.url)
    async with nc:
        sub = await nc.subscribe("a")
        await publish(nc, [b"17"])
        msg = await sub.next_msg(10)
        assert isinstance(msg, MyMsg)
        assert msg.number() == 17
