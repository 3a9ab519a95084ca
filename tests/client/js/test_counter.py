"""Counters: what is added up, by whom, and of which size."""

from __future__ import annotations

from typing import Any

import pytest

from natstui.client.errors import BadSubjectError
from natstui.client.js import api
from natstui.client.js.client import JetStreamContext
from natstui.client.js.counter import Counter, parse, signed
from natstui.client.js.errors import ApiLevelError, Error, NotFoundError
from tests.client.js.conftest import Connect, until


@pytest.fixture
async def counter(js: JetStreamContext) -> Counter:
    await js.add_stream(name="C", subjects=["c.>"], allow_direct=True, allow_msg_counter=True)
    return await js.counter("C")


async def test_what_is_added_is_there(counter: Counter) -> None:
    assert repr(counter) == "<Counter of stream 'C'>"
    assert await counter.add("c.hits") == 1
    assert await counter.add("c.hits", 41) == 42
    assert await counter.add("c.hits", -50) == -8
    assert await counter.add("c.hits", 0) == -8
    assert await counter.get("c.hits") == -8
    with pytest.raises(NotFoundError):
        await counter.get("c.never")


@pytest.mark.parametrize("digits", [20, 100, 3999, 4000, 4001, 9000])
async def test_numbers_of_any_size(counter: Counter, digits: int) -> None:
    number = 10**digits - 7
    assert await counter.add("c.big", number) == number
    assert await counter.add("c.big", -1) == number - 1
    assert await counter.get("c.big") == number - 1
    assert await counter.add("c.big", -2 * number) == -number - 1
    assert (await counter.entry("c.big")).increment == -2 * number


def test_texts_of_numbers() -> None:
    for value in (0, 1, -1, 10**4000, -(10**8001) + 5, 10**4000 - 1):
        assert signed(value)[0] in "+-"
        assert parse(signed(value)) == value
        with pytest.raises(ValueError, match="invalid literal"):
            parse(signed(value) + "x")


async def test_the_same_again_is_added_once(counter: Counter) -> None:
    assert await counter.add("c.a", 5, msg_id="one") == 5
    assert await counter.add("c.a", 1) == 6
    assert await counter.add("c.a", 5, msg_id="one") == 5
    assert await counter.get("c.a") == 6


async def test_many_counters_at_once(counter: Counter) -> None:
    for number in range(5):
        await counter.add(f"c.{number}", number)
        await counter.add(f"c.{number}", number)
    found = {entry.subject: entry.value async for entry in counter.entries()}
    assert found == {"c.0": 0, "c.1": 2, "c.2": 4, "c.3": 6, "c.4": 8}
    some = [entry.value async for entry in counter.entries(["c.1", "c.3", "c.none"])]
    assert some == [2, 6]


async def test_sources_are_added_up(js: JetStreamContext, counter: Counter) -> None:
    await js.add_stream(name="D", subjects=["d.>"], allow_direct=True, allow_msg_counter=True)
    await js.add_stream(
        name="SUM",
        allow_direct=True,
        allow_msg_counter=True,
        sources=[
            api.StreamSource(
                name=name, subject_transforms=[api.SubjectTransform(f"{name.lower()}.>", "sum.>")]
            )
            for name in ("C", "D")
        ],
    )
    total = await js.counter("SUM")
    await counter.add("c.hits", 3)
    await (await js.counter("D")).add("d.hits", 4)

    async def added_up() -> bool:
        return [entry.value async for entry in total.entries()] == [7]

    await until(added_up, "both are in the sum")
    entry = await total.entry("sum.hits")
    assert entry.sources == {"C": {"c.hits": 3}, "D": {"d.hits": 4}}
    assert entry.seq == 2
    assert entry.time is not None


async def test_streams_without_counters(js: JetStreamContext) -> None:
    with pytest.raises(NotFoundError):
        await js.counter("X")
    await js.add_stream(name="P", subjects=["p"], allow_direct=True)
    with pytest.raises(Error, match="no counters"):
        await js.counter("P")
    await js.publish("p", b'{"val": {}}')
    with pytest.raises(Error, match="message 1 of 'p' is no counter"):
        await Counter(js, "P").get("p")
    await js.add_stream(name="Q", subjects=["q"], allow_direct=False, allow_msg_counter=True)
    with pytest.raises(Error, match="direct gets"):
        await js.counter("Q")


async def test_a_subject_of_another_stream(js: JetStreamContext, counter: Counter) -> None:
    await js.add_stream(name="D", subjects=["d.>"], allow_direct=True, allow_msg_counter=True)
    with pytest.raises(Error, match="stream 'D'"):
        await counter.add("d.a")


async def test_an_older_server(old_server: Connect) -> None:
    with pytest.raises(ApiLevelError, match="level 2"):
        await (await old_server()).jetstream().counter("C")


@pytest.mark.parametrize("delta", [None, 1.5, float("nan"), "1"])
async def test_what_cannot_be_added(counter: Counter, delta: Any) -> None:
    with pytest.raises(TypeError, match="whole numbers"):
        await counter.add("c.a", delta)


@pytest.mark.parametrize("subject", ["", "c..a", None])
async def test_what_is_no_subject(counter: Counter, subject: Any) -> None:
    with pytest.raises(BadSubjectError):
        await counter.get(subject)
