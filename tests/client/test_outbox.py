"""What is written, in which order and when; what waits, and what outlives a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import pytest

from natstui.client.errors import FlushTimeoutError
from natstui.client.outbox import Outbox


class Recorder(asyncio.WriteTransport):
    """A transport that keeps what is written to it, one entry a write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.unsent = 0
        self.closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def is_closing(self) -> bool:
        return self.closing

    @property
    def written(self) -> bytes:
        return b"".join(self.writes)


class Bottleneck(Recorder):
    """A transport that asks for a pause with every write, as one with a full buffer does."""

    def __init__(self, outbox: Outbox) -> None:
        super().__init__()
        self.outbox = outbox

    def write(self, data: bytes | bytearray | memoryview) -> None:
        super().write(data)
        if data:
            self.outbox.pause()


@pytest.fixture
def errors() -> list[Exception]:
    return []


@pytest.fixture
def outbox(errors: list[Exception]) -> Outbox:
    return Outbox(errors.append)


@pytest.fixture
def transport(outbox: Outbox) -> Recorder:
    transport = Recorder()
    outbox.attach(transport, b"")
    transport.writes.clear()
    return transport


def publish(outbox: Outbox, payloads: Iterable[bytes], head: bytes = b"") -> None:
    for payload in payloads:
        outbox.publish(b"PUB a %d" % len(payload), head, payload)


def standing(outbox: Outbox) -> str:
    return ("clear" if outbox.clear_way else "blocked") + (" full" if outbox.full else "")


async def turn() -> None:
    """Let everything run that is due in this turn of the loop."""
    await asyncio.sleep(0)


# Order


async def test_what_is_put_in_during_a_turn_is_one_write_in_its_order(
    outbox: Outbox, transport: Recorder
) -> None:
    publish(outbox, [b"1", b""])
    outbox.command(b"SUB a 2")
    publish(outbox, [b"2"], head=b"NATS/1.0\r\n\r\n")
    outbox.command(b"PING")
    outbox.command(b"UNSUB 2")
    publish(outbox, [b"3"])
    assert transport.writes == []
    await turn()
    assert transport.writes == [
        b"PUB a 1\r\n1\r\nPUB a 0\r\n\r\nSUB a 2\r\nPUB a 1\r\nNATS/1.0\r\n\r\n2\r\n"
        b"PING\r\nUNSUB 2\r\nPUB a 1\r\n3\r\n"
    ]


@pytest.mark.parametrize("commands", [1, 2, 3, 10])
async def test_commands_alone_are_written_in_the_same_turn(
    outbox: Outbox, transport: Recorder, commands: int
) -> None:
    for _ in range(commands):
        outbox.command(b"PING")
    await turn()
    assert transport.writes == [b"PING\r\n" * commands]


async def test_a_turn_with_nothing_to_say_writes_nothing(
    outbox: Outbox, transport: Recorder
) -> None:
    publish(outbox, [b"1"])
    outbox.flush()
    outbox.flush()
    await turn()
    assert transport.writes == [b"PUB a 1\r\n1\r\n"]


async def test_counting_does_not_hold_anything_back(outbox: Outbox, transport: Recorder) -> None:
    for number in range(3):
        publish(outbox, [b"%d" % number])
        outbox.totals()
    outbox.command(b"PING")
    await turn()
    assert transport.written == b"".join(b"PUB a 1\r\n%d\r\n" % n for n in range(3)) + b"PING\r\n"


# What outlives a connection


async def test_publishes_outlive_a_connection_and_commands_do_not(
    outbox: Outbox, transport: Recorder
) -> None:
    publish(outbox, [b"1"])
    outbox.command(b"SUB a 2")
    publish(outbox, [b"2"])
    outbox.command(b"PING")
    outbox.detach()
    outbox.command(b"PING")
    publish(outbox, [b"3"])
    await turn()
    assert transport.writes == []
    following = Recorder()
    outbox.attach(following, b"SUB a 2\r\n")
    assert following.written == b"SUB a 2\r\n" + b"".join(
        b"PUB a 1\r\n%d\r\n" % n for n in (1, 2, 3)
    )


async def test_what_was_written_is_not_written_again(outbox: Outbox, transport: Recorder) -> None:
    publish(outbox, [b"1"])
    await turn()
    outbox.detach()
    publish(outbox, [b"2"])
    following = Recorder()
    outbox.attach(following, b"")
    await turn()
    assert following.written == b"PUB a 1\r\n2\r\n"


async def test_what_a_closing_transport_would_swallow_is_kept_for_the_next(
    outbox: Outbox, transport: Recorder
) -> None:
    transport.closing = True  # asyncio says so a turn before it says that the connection is lost
    publish(outbox, [b"1"])
    outbox.command(b"PING")
    await turn()
    assert transport.writes == []
    outbox.detach()
    following = Recorder()
    outbox.attach(following, b"")
    assert following.written == b"PUB a 1\r\n1\r\n"


async def test_what_the_next_server_would_not_take_is_taken_out(
    outbox: Outbox, transport: Recorder
) -> None:
    publish(outbox, [b"1", b"22", b"333"])
    outbox.command(b"PING")
    publish(outbox, [b""], head=b"head")
    outbox.detach()
    publish(outbox, [b"4444", b"5"])
    dropped = [(b"PUB a 3", 3), (b"PUB a 0", 4), (b"PUB a 4", 4)]
    assert outbox.drop_larger(2) == dropped
    assert outbox.drop_larger(2) == []
    assert outbox.totals() == (3, 4)
    waiting = b"PUB a 1\r\n1\r\nPUB a 2\r\n22\r\nPUB a 1\r\n5\r\n"
    assert outbox.pending_size == len(waiting)
    following = Recorder()
    outbox.attach(following, b"")
    assert following.written == waiting


async def test_what_is_discarded_is_gone(outbox: Outbox, transport: Recorder) -> None:
    publish(outbox, [b"1"])
    outbox.command(b"PING")
    outbox.discard()
    assert outbox.pending_size == 0
    following = Recorder()
    outbox.attach(following, b"")
    await turn()
    assert following.written == b""


# Accounts


async def test_the_pending_size_is_every_byte_that_was_not_sent(
    outbox: Outbox, transport: Recorder
) -> None:
    assert outbox.pending_size == 0
    publish(outbox, [b"12345"])
    expected = len(b"PUB a 5\r\n12345\r\n")
    assert outbox.pending_size == expected
    outbox.command(b"PING")
    publish(outbox, [b""], head=b"NATS/1.0\r\n\r\n")
    expected += len(b"PING\r\n") + len(b"PUB a 0\r\nNATS/1.0\r\n\r\n\r\n")
    assert outbox.pending_size == expected
    transport.unsent = 7
    assert outbox.pending_size == expected + 7
    outbox.flush()
    assert outbox.pending_size == 7
    assert len(transport.written) == expected


async def test_the_pending_size_without_a_connection(outbox: Outbox, transport: Recorder) -> None:
    transport.unsent = 7
    publish(outbox, [b"1"])
    outbox.command(b"PING")
    outbox.detach()
    assert outbox.pending_size == len(b"PUB a 1\r\n1\r\n")
    publish(outbox, [b"2"])
    assert outbox.pending_size == 2 * len(b"PUB a 1\r\n1\r\n")
    outbox.attach(Recorder(), b"SUB a 1\r\n")
    assert outbox.pending_size == 0


async def test_totals_count_every_message_once(outbox: Outbox, transport: Recorder) -> None:
    assert outbox.totals() == (0, 0)
    publish(outbox, [b"12345", b""])
    assert outbox.totals() == (2, 5)
    publish(outbox, [b"123"])
    outbox.command(b"PING")
    assert outbox.totals() == (3, 8)
    await turn()
    assert outbox.totals() == (3, 8)
    publish(outbox, [b"1"])
    await turn()
    outbox.detach()
    publish(outbox, [b"1"])
    outbox.attach(Recorder(), b"")
    assert outbox.totals() == (5, 10)


# Back-pressure


async def test_a_publisher_waits_while_the_transport_takes_nothing(outbox: Outbox) -> None:
    transport = Bottleneck(outbox)
    outbox.attach(transport, b"")
    publish(outbox, [b"1"])
    assert standing(outbox) == "clear"
    waiting = [asyncio.create_task(outbox.relieve()) for _ in range(2)]
    for _ in range(5):
        await turn()
    assert transport.written == b"PUB a 1\r\n1\r\n"
    assert standing(outbox) == "blocked full"
    assert not any(task.done() for task in waiting)
    outbox.resume()
    await asyncio.gather(*waiting)
    assert standing(outbox) == "clear"


async def test_what_is_put_in_during_a_pause_is_written_after_it(
    outbox: Outbox, transport: Recorder
) -> None:
    outbox.pause()
    publish(outbox, [b"1"])
    outbox.command(b"PING")
    await turn()
    assert transport.writes == []
    outbox.resume()
    await turn()
    assert transport.writes == [b"PUB a 1\r\n1\r\nPING\r\n"]


async def test_what_is_put_in_during_a_pause_outlives_the_connection(
    outbox: Outbox, transport: Recorder
) -> None:
    outbox.pause()
    publish(outbox, [b"1"])
    waiting = asyncio.create_task(outbox.relieve())
    await turn()
    outbox.detach()
    await waiting
    following = Recorder()
    outbox.attach(following, b"")
    assert following.written == b"PUB a 1\r\n1\r\n"
    assert transport.writes == []


async def test_at_the_end_a_pause_is_no_reason_to_keep_anything_back(
    outbox: Outbox, transport: Recorder
) -> None:
    outbox.pause()
    publish(outbox, [b"1"])
    outbox.write()
    assert transport.written == b"PUB a 1\r\n1\r\n"


@pytest.mark.parametrize("end", [Outbox.detach, Outbox.discard])
async def test_nobody_waits_for_a_transport_that_is_gone(
    outbox: Outbox, end: Callable[[Outbox], None]
) -> None:
    outbox.attach(Bottleneck(outbox), b"")
    publish(outbox, [b"1"])
    waiting = asyncio.create_task(outbox.relieve())
    await turn()
    assert not waiting.done()
    end(outbox)
    await waiting
    assert standing(outbox) == "blocked"


async def test_a_publisher_that_gives_up_waiting_does_not_disturb_the_others(
    outbox: Outbox,
) -> None:
    outbox.attach(Bottleneck(outbox), b"")
    publish(outbox, [b"1"])
    first, second = (asyncio.create_task(outbox.relieve()) for _ in range(2))
    await turn()
    first.cancel()
    await asyncio.wait([first])
    assert first.cancelled()
    assert not second.done()
    outbox.resume()
    await second


async def test_a_wait_is_bounded_by_the_flush_timeout(
    outbox: Outbox, errors: list[Exception]
) -> None:
    transport = Bottleneck(outbox)
    outbox.attach(transport, b"")
    outbox.flush_timeout = 0.01
    publish(outbox, [b"1"])
    await outbox.relieve()
    assert [type(error) for error in errors] == [FlushTimeoutError]
    assert transport.written == b"PUB a 1\r\n1\r\n"
    assert outbox.full
    outbox.resume()
    await outbox.relieve()
    assert len(errors) == 1


async def test_a_transport_may_say_twice_that_it_is_full_or_that_it_is_not(
    outbox: Outbox, transport: Recorder
) -> None:
    outbox.resume()
    outbox.pause()
    waiting = asyncio.create_task(outbox.relieve())
    await turn()
    outbox.pause()
    outbox.resume()
    outbox.resume()
    await waiting
    assert outbox.clear_way


async def test_prefixes_are_only_there_while_nothing_stands_in_the_way(
    outbox: Outbox, transport: Recorder
) -> None:
    outbox.prefixes["a"] = b"PUB a "
    outbox.pause()
    assert not outbox.prefixes
    outbox.resume()
    outbox.prefixes["a"] = b"PUB a "
    outbox.detach()
    assert not outbox.prefixes


async def test_publishes_that_make_the_outbox_full(outbox: Outbox, transport: Recorder) -> None:
    publish(outbox, [b"x"] * 512)
    assert standing(outbox) == "clear"
    publish(outbox, [b"x"])
    assert standing(outbox) == "clear full"
    outbox.flush()
    assert standing(outbox) == "clear"


@pytest.mark.parametrize("size", [1000, 5000, 60_000, 70_000, 500_000])
async def test_large_publishes_make_it_full_before_they_are_many_megabytes(
    outbox: Outbox, transport: Recorder, size: int
) -> None:
    while not outbox.full:
        publish(outbox, [b"x" * size])
    assert outbox.pending_size < 2_000_000


async def test_publishes_that_grow_smaller_make_it_full_in_time(
    outbox: Outbox, transport: Recorder
) -> None:
    size = 1_000_000
    while not outbox.full:
        size = size * 9 // 10
        publish(outbox, [b"x" * size])
    assert outbox.pending_size < 4_000_000


async def test_a_publisher_that_never_waits_lets_others_run(
    outbox: Outbox, transport: Recorder
) -> None:
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await turn()

    counting = asyncio.create_task(count_turns())
    for _ in range(100):
        publish(outbox, [b"x"])
        await outbox.relieve()
    counting.cancel()
    assert len(transport.writes) == 100
    assert turns >= 10
