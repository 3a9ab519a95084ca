"""What is pending, and what is dropped when too much of it is: counted, and said once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

import natstui.client as nats
from natstui.client.errors import SlowConsumerError
from tests.support.server import NatsServer
from tests.support.waiting import eventually

HEADERS = {"A": "b"}
HEAD = len(b"NATS/1.0\r\nA: b\r\n\r\n")


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


async def publish(nc: nats.Client, count: int, size: int = 1, start: int = 0) -> None:
    """Publish numbered messages, and return when what `nc` gets of them has arrived."""
    for number in range(start, start + count):
        await nc.publish("a", (b"%d " % number).ljust(size))
    await nc.flush()


async def take(sub: nats.Subscription, count: int) -> list[int]:
    """The numbers of the next messages."""
    return [int((await sub.next_msg(10)).data) for _ in range(count)]


def dropped_episodes(errors: list[Exception]) -> list[object]:
    assert {type(error) for error in errors} <= {SlowConsumerError}
    return [error.sub for error in errors if isinstance(error, SlowConsumerError)]


# What is pending


async def test_what_is_pending_is_exact_at_every_message(nc: nats.Client) -> None:
    sub = await nc.subscribe("a")
    sizes = [0, 10, 300, 5, 0, 77]
    for number, size in enumerate(sizes):
        await nc.publish("a", b"x" * size, headers=HEADERS if number % 2 else None)
    await nc.flush()
    left = [size + HEAD * (number % 2) for number, size in enumerate(sizes)]
    assert (sub.pending_msgs, sub.pending_bytes, sub.delivered) == (len(left), sum(left), 6)
    while left:
        msg = await sub.next_msg(10)
        assert msg.size == left.pop(0)
        assert (sub.pending_msgs, sub.pending_bytes) == (len(left), sum(left))
    assert sub.delivered == 6


async def test_what_is_pending_is_exact_while_it_is_iterated_and_grows(nc: nats.Client) -> None:
    sub = await nc.subscribe("a", max_msgs=20)
    await publish(nc, 10, size=5)
    seen = 0
    async for _ in sub.messages:
        seen += 1
        if seen == 3:
            await publish(nc, 10, size=7)
        left = [5] * 10 + [7] * (10 if seen >= 3 else 0)
        assert sub.pending_msgs == len(left[seen:])
        assert sub.pending_bytes == sum(left[seen:])
    assert seen == 20


async def test_what_is_pending_is_exact_inside_a_callback(nc: nats.Client) -> None:
    pending: list[tuple[int, int]] = []
    gate = asyncio.Event()

    async def look(msg: nats.Msg) -> None:
        await gate.wait()
        pending.append((sub.pending_msgs, sub.pending_bytes))

    sub = await nc.subscribe("a", cb=look)
    await publish(nc, 10, size=5)
    await eventually(lambda: sub.pending_msgs == 9, "the callback has the first")
    gate.set()
    await sub.drain()
    assert pending == [(left, 5 * left) for left in reversed(range(10))]


# What is dropped


async def test_messages_beyond_the_limit_are_dropped_and_counted(
    nc: nats.Client, errors: list[Exception]
) -> None:
    sub = await nc.subscribe("a", pending_msgs_limit=10)
    await publish(nc, 25)
    assert (sub.pending_msgs, sub.dropped, sub.delivered) == (10, 15, 25)
    assert await take(sub, 10) == list(range(10))
    await publish(nc, 5, start=25)
    assert await take(sub, 5) == list(range(25, 30))
    assert (sub.pending_msgs, sub.dropped, sub.delivered) == (0, 15, 30)
    assert dropped_episodes(errors) == [sub]


async def test_exactly_as_many_as_the_limit_are_kept(
    nc: nats.Client, errors: list[Exception]
) -> None:
    sub = await nc.subscribe("a", pending_msgs_limit=10, pending_bytes_limit=100)
    await publish(nc, 10, size=10)
    assert (sub.pending_msgs, sub.pending_bytes, sub.dropped) == (10, 100, 0)
    await take(sub, 3)
    await publish(nc, 3, size=10)
    assert (sub.pending_msgs, sub.pending_bytes, sub.dropped) == (10, 100, 0)
    assert errors == []


async def test_bytes_beyond_the_limit_are_dropped(nc: nats.Client, errors: list[Exception]) -> None:
    sub = await nc.subscribe("a", pending_bytes_limit=100)
    await publish(nc, 25, size=8)
    assert (sub.pending_msgs, sub.pending_bytes, sub.dropped) == (12, 96, 13)
    assert await take(sub, 3) == [0, 1, 2]
    await publish(nc, 10, size=8, start=25)
    assert (sub.pending_msgs, sub.pending_bytes, sub.dropped) == (12, 96, 20)
    assert await take(sub, 12) == [*range(3, 12), 25, 26, 27]
    assert len(dropped_episodes(errors)) == 1


async def test_headers_count_against_the_limit_of_bytes(nc: nats.Client) -> None:
    sub = await nc.subscribe("a", pending_bytes_limit=3 * (HEAD + 10))
    for _ in range(5):
        await nc.publish("a", b"x" * 10, headers=HEADERS)
    await nc.flush()
    assert (sub.pending_msgs, sub.pending_bytes, sub.dropped) == (3, 3 * (HEAD + 10), 2)


async def test_a_message_larger_than_the_limit_is_dropped_and_the_others_are_not(
    nc: nats.Client,
) -> None:
    sub = await nc.subscribe("a", pending_bytes_limit=100)
    await publish(nc, 1, size=101)
    await publish(nc, 2, size=50, start=1)
    assert (sub.pending_msgs, sub.dropped) == (2, 1)
    assert await take(sub, 2) == [1, 2]


@pytest.mark.parametrize("limit", [0, -1])
async def test_there_may_be_no_limit(nc: nats.Client, limit: int) -> None:
    sub = await nc.subscribe("a", pending_msgs_limit=limit, pending_bytes_limit=limit)
    await publish(nc, 1000, size=100)
    assert (sub.pending_msgs, sub.dropped) == (1000, 0)


async def test_a_callback_that_lags_drops_what_it_cannot_take(
    nc: nats.Client, errors: list[Exception]
) -> None:
    gate = asyncio.Event()
    taken: list[int] = []

    async def lag(msg: nats.Msg) -> None:
        taken.append(int(msg.data))
        await gate.wait()

    sub = await nc.subscribe("a", cb=lag, pending_msgs_limit=10)
    await publish(nc, 1)
    await eventually(lambda: taken, "the callback has the first")
    await publish(nc, 30, start=1)
    assert (sub.pending_msgs, sub.dropped) == (10, 20)
    gate.set()
    await sub.drain()
    assert taken == list(range(11))
    assert dropped_episodes(errors) == [sub]


async def test_what_is_dropped_by_one_is_kept_by_others(nc: nats.Client) -> None:
    tight = await nc.subscribe("a", pending_msgs_limit=1)
    loose = await nc.subscribe("a")
    await publish(nc, 10)
    assert (tight.pending_msgs, loose.pending_msgs) == (1, 10)


# How often it is said


async def test_the_error_names_the_first_message_that_was_dropped(
    nc: nats.Client, errors: list[Exception]
) -> None:
    sub = await nc.subscribe("a.*", pending_msgs_limit=1)
    for number in range(4):
        await nc.publish(f"a.{number}", reply=f"r.{number}")
    await nc.flush()
    await eventually(lambda: errors, "it is reported")
    (error,) = errors
    assert isinstance(error, SlowConsumerError)
    assert (error.subject, error.reply, error.sid, error.sub) == ("a.1", "r.1", sub._id, sub)
    assert nc.last_error is error
    assert nc.stats["errors_received"] == 1


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
async def test_dropping_is_said_once_until_the_reader_has_caught_up(
    nc: nats.Client, errors: list[Exception], limit: int
) -> None:
    sub = await nc.subscribe("a", pending_msgs_limit=limit)
    for episode in range(1, 4):
        for _ in range(5):
            await publish(nc, limit + 1)
        assert len(dropped_episodes(errors)) == episode
        await take(sub, limit)
        assert sub.pending_msgs == 0


@pytest.mark.parametrize("in_one_read", [True, False])
async def test_after_catching_up_the_next_drop_is_said_again(
    nc: nats.Client, errors: list[Exception], in_one_read: bool
) -> None:
    sub = await nc.subscribe("a", pending_msgs_limit=10)
    await publish(nc, 11)
    await take(sub, 10)
    if in_one_read:
        sub.deliver([nats.Msg(nc, "a", data=b"0") for _ in range(11)], 11)
    else:
        for _ in range(11):
            await publish(nc, 1)
    await nc.flush()
    assert (sub.pending_msgs, sub.dropped) == (10, 2)
    assert len(dropped_episodes(errors)) == 2


@pytest.mark.parametrize("by", ["messages", "bytes"])
async def test_a_reader_at_the_edge_does_not_have_it_said_again_and_again(
    nc: nats.Client, errors: list[Exception], by: str
) -> None:
    if by == "messages":
        sub = await nc.subscribe("a", pending_msgs_limit=10)
    else:
        sub = await nc.subscribe("a", pending_bytes_limit=100)
    await publish(nc, 11, size=10)
    for _ in range(20):
        await take(sub, 1)
        await publish(nc, 1, size=10)  # there is room for it
        await publish(nc, 1, size=10)
    assert (sub.pending_msgs, sub.dropped) == (10, 21)
    assert dropped_episodes(errors) == [sub]
