"""A queue that loses nothing unsaid."""

from __future__ import annotations

import asyncio

import pytest

from natstui.model.tail_queue import TailQueue


def test_first_in_first_out() -> None:
    queue = TailQueue(clock=lambda: 7.0)
    queue.append("a", b"1", "r", b"NATS/1.0\r\n\r\n")
    queue.append("b", b"2")
    first = queue.take()
    assert (first.subject, first.payload, first.reply, first.at) == ("a", b"1", "r", 7.0)
    assert (first.headers, first.size) == (b"NATS/1.0\r\n\r\n", 13)
    assert queue.take().subject == "b"
    assert (queue.seen, queue.dropped, len(queue)) == (2, 0, 0)
    with pytest.raises(IndexError):
        queue.take()


def test_what_has_no_room_is_counted() -> None:
    queue = TailQueue(max_messages=2)
    for number in range(5):
        queue.append("s", b"%d" % number)
    assert (queue.seen, queue.dropped) == (5, 3)
    assert [queue.take().payload for _ in range(2)] == [b"0", b"1"]
    queue.append("s", b"5")
    assert (queue.take().payload, queue.dropped) == (b"5", 3)


def test_bytes_are_bounded_and_room_comes_back() -> None:
    queue = TailQueue(max_bytes=10_000)
    for _ in range(100):
        queue.append("s", b"x" * 1000)
    kept = len(queue)
    assert 0 < kept < 15
    assert queue.dropped == 100 - kept
    while queue:
        queue.take()
    queue.append("s", b"x")
    assert len(queue) == 1


def test_a_note_always_has_room() -> None:
    queue = TailQueue(max_messages=1)
    queue.append("s", b"1")
    queue.note("disconnected")
    assert not queue.take().is_note
    assert queue.take().is_note
    assert queue.seen == 1


async def test_who_waits_is_told_of_an_arrival() -> None:
    queue = TailQueue()
    waiting = asyncio.create_task(queue.arrival())
    await asyncio.sleep(0)
    assert not waiting.done()
    queue.append("s", b"")
    await waiting
    await queue.arrival()
    queue.take()
    waiting = asyncio.create_task(queue.arrival())
    await asyncio.sleep(0)
    assert not waiting.done()
    queue.note("n")
    await waiting
