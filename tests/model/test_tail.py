"""The tail's ring: both bounds, every counter, and records that can be found again."""

from __future__ import annotations

import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natstui.model.tail import TailBuffer


def filled(count: int, max_messages: int = 100) -> TailBuffer:
    buffer = TailBuffer(max_messages)
    for number in range(count):
        buffer.append(f"orders.{number}", b"%d" % number)
    return buffer


def test_a_record_holds_what_arrived() -> None:
    buffer = TailBuffer(clock=lambda: 12.5)
    buffer.append("orders.new", b"12.90", "_INBOX.x", b"NATS/1.0\r\nA: b\r\n\r\n")
    record = buffer.get(0)
    assert (record.seq, record.at, record.subject, record.reply) == (
        0,
        12.5,
        "orders.new",
        "_INBOX.x",
    )
    assert (record.headers, record.payload, record.size) == (
        b"NATS/1.0\r\nA: b\r\n\r\n",
        b"12.90",
        23,
    )


def test_the_newest_messages_stay_when_there_are_too_many() -> None:
    buffer = filled(25, max_messages=10)
    assert (buffer.seen, buffer.kept, buffer.evicted, buffer.dropped) == (25, 10, 15, 0)
    assert [buffer.get(seq).payload for seq in range(buffer.first, buffer.end)] == [
        b"%d" % number for number in range(15, 25)
    ]


def test_the_newest_messages_stay_when_they_are_too_large() -> None:
    buffer = TailBuffer(max_bytes=100)
    for _ in range(7):
        buffer.append("a", b"x" * 30)
    assert (buffer.kept, buffer.evicted, buffer.bytes) == (3, 4, 90)


def test_a_message_larger_than_the_whole_buffer_is_kept_until_the_next_one() -> None:
    buffer = TailBuffer(max_bytes=100)
    buffer.append("a", b"x" * 500)
    assert buffer.kept == 1
    buffer.append("a", b"y")
    assert [buffer.get(1).payload, buffer.kept, buffer.bytes] == [b"y", 1, 1]


def test_what_was_evicted_or_never_came_cannot_be_had() -> None:
    buffer = filled(25, max_messages=10)
    for seq in (14, 25, 5):
        with pytest.raises(LookupError):
            buffer.get(seq)


def test_a_note_is_no_message() -> None:
    buffer = filled(2, max_messages=3)
    buffer.note("disconnected")
    assert (buffer.seen, buffer.kept) == (2, 2)
    assert buffer.get(2).is_note
    for _ in range(3):
        buffer.append("a", b"")
    assert (buffer.seen, buffer.kept, buffer.evicted) == (5, 3, 2)
    buffer.note("reconnected")
    assert (buffer.seen, buffer.kept, buffer.evicted) == (5, 2, 3)


def test_a_frozen_window_outlives_what_the_buffer_forgets() -> None:
    buffer = filled(8, max_messages=5)
    window = buffer.freeze()
    for number in range(20):
        buffer.append("later", b"%d" % number)
    assert [window.get(seq).payload for seq in range(window.first, window.end)] == [
        b"3", b"4", b"5", b"6", b"7",
    ]  # fmt: skip


def test_messages_that_are_kept_are_no_work_for_the_garbage_collector() -> None:
    buffer = TailBuffer(5_000)
    gc.collect()
    before = len(gc.get_objects())
    for number in range(10_000):
        buffer.append("orders.new", b"%d" % number, "_INBOX.x", b"NATS/1.0\r\n\r\n")
    gc.collect()
    assert len(gc.get_objects()) < before + 100


def test_a_buffer_for_no_message_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="at least one"):
        TailBuffer(max_messages=0)


@given(
    st.lists(st.one_of(st.integers(0, 60), st.none()), max_size=120),
    st.integers(1, 12),
    st.integers(1, 200),
)
def test_every_message_is_kept_or_evicted_and_the_bounds_hold(
    sizes: list[int | None], max_messages: int, max_bytes: int
) -> None:
    buffer = TailBuffer(max_messages, max_bytes)
    messages = 0
    for size in sizes:
        if size is None:
            buffer.note("-")
        else:
            buffer.append("s", b"x" * size)
            messages += 1
        records = [buffer.get(seq) for seq in range(buffer.first, buffer.end)]
        assert len(records) <= max_messages
        assert buffer.bytes == sum(record.size for record in records)
        assert buffer.bytes <= max_bytes or len(records) == 1
        assert buffer.kept == sum(not record.is_note for record in records)
        assert buffer.seen == messages == buffer.kept + buffer.evicted
