from __future__ import annotations

import asyncio
import gzip
import json
from collections import Counter, defaultdict
from datetime import UTC, datetime
from itertools import islice, pairwise, takewhile

import pytest

import natstui.client as nats
from natstui.demo.event import Event
from natstui.demo.odd import ODD
from natstui.demo.traffic import HISTORY, SUBJECTS, play, timeline, write_history
from tests.support.server import NatsServer
from tests.support.waiting import eventually

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTES = 4


@pytest.fixture(scope="module")
def story() -> list[Event]:
    """The first minutes of the traffic."""
    return list(takewhile(lambda event: event.at < MINUTES * 60, timeline(7, START)))


def times_of(story: list[Event], prefix: str) -> list[float]:
    return [event.at for event in story if event.subject.startswith(prefix)]


def test_the_same_seed_tells_the_same_story() -> None:
    assert list(islice(timeline(7, START), 2000)) == list(islice(timeline(7, START), 2000))
    assert list(islice(timeline(8, START), 100)) != list(islice(timeline(7, START), 100))


def test_it_is_in_order_of_time(story: list[Event]) -> None:
    times = [event.at for event in story]
    assert times == sorted(times)


def test_there_is_enough_to_see_and_not_too_much(story: list[Event]) -> None:
    assert 60 < len(story) / (MINUTES * 60) < 150
    assert max(len(event.payload) for event in story) < 16 * 1024


def test_an_order_lives_one_life_with_one_trace(story: list[Event]) -> None:
    lives: defaultdict[str, list[str]] = defaultdict(list)
    traces: defaultdict[str, set[object]] = defaultdict(set)
    for event in story:
        if event.subject.startswith("orders."):
            order = json.loads(event.payload)
            assert event.headers is not None
            assert event.headers["Nats-Msg-Id"] == f"{order['id']}-{order['status']}"
            assert event.subject.endswith(f".{order['status']}")
            lives[order["id"]].append(order["status"])
            traces[order["id"]].add(event.headers["traceparent"])
    assert all(len(trace) == 1 for trace in traces.values())
    assert all(life[0] == "created" for life in lives.values())
    whole = ["created", "paid", "packed", "shipped", "delivered"]
    assert whole in lives.values()
    assert ["created", "cancelled"] in lives.values()


def test_some_headers_have_several_values(story: list[Event]) -> None:
    values = [value for event in story for value in (event.headers or {}).values()]
    assert any(isinstance(value, list) and len(value) > 1 for value in values)


def test_rows_come_in_bursts(story: list[Event]) -> None:
    seconds = Counter(int(at) for at in times_of(story, "ops.import."))
    assert max(seconds.values()) > 300
    assert len(seconds) < MINUTES * 60 / 5


def test_the_freezer_falls_silent_and_comes_back(story: list[Event]) -> None:
    times = times_of(story, "iot.oslo.freezer.")
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert max(gaps) > 80
    assert times[-1] > MINUTES * 60 - 60


def test_devices_send_bytes_of_three_kinds(story: list[Event]) -> None:
    by_kind = {
        event.subject.rpartition(".")[2]: event.payload
        for event in story
        if event.subject.startswith("iot.device.")
    }
    assert set(by_kind) == {"frame", "position", "batch"}
    assert len(gzip.decompress(by_kind["batch"]).splitlines()) == 20


def test_every_odd_message_comes_up(story: list[Event]) -> None:
    payloads = {event.payload for event in story}
    assert set(ODD.values()) <= payloads


def test_what_the_explorer_tails_covers_all_but_the_streams(story: list[Event]) -> None:
    tailed = {subject.partition(".")[0] for subject in SUBJECTS}
    assert {event.subject.partition(".")[0] for event in story} == tailed | {"jobs", "events"}


async def test_it_is_played_in_order_and_requests_are_answered_for(server: NatsServer) -> None:
    events = [
        Event(5.0, "a.one", b"1"),
        Event(5.0, "a.two", b"2", {"K": ["x", "y"]}),
        Event(5.01, "a.question", b"?", ask=True),
        Event(5.02, "nobody.there", b"?", ask=True),
        Event(5.03, "a.three", b"3"),
    ]
    got: list[nats.Msg] = []
    async with await nats.connect(server.url) as client:

        async def answer(msg: nats.Msg) -> None:
            await msg.respond(b"!")

        await client.subscribe("a.>", hook=got.append)
        await client.subscribe("a.question", cb=answer)
        await asyncio.wait_for(play(client, iter(events)), 10)
        await client.flush()
    assert [msg.subject for msg in got] == ["a.one", "a.two", "a.question", "a.three"]
    assert got[1].headers is not None
    assert got[1].headers.get_all("K") == ["x", "y"]
    assert [bool(msg.reply) for msg in got] == [False, False, True, False]


async def test_whoever_is_late_goes_on_instead_of_catching_up(server: NatsServer) -> None:
    """As when a laptop's lid was closed; here the later events lie ten seconds back."""
    events = [Event(20.0, "a.one", b""), Event(10.0, "a.late", b""), Event(10.2, "a.later", b"")]
    arrived: dict[str, float] = {}
    async with await nats.connect(server.url) as client:
        now = asyncio.get_running_loop().time
        await client.subscribe("a.>", hook=lambda msg: arrived.update({msg.subject: now()}))
        await asyncio.wait_for(play(client, iter(events)), 10)
        await client.flush()
    assert arrived["a.later"] - arrived["a.late"] > 0.1, "not both at once"


async def test_history_is_written_at_once_and_only_what_streams_keep(server: NatsServer) -> None:
    roots: Counter[str] = Counter()
    async with await nats.connect(server.url) as client:
        await client.subscribe(">", hook=lambda msg: roots.update([msg.subject.split(".")[0]]))
        await client.flush()
        events = timeline(7, START)
        await write_history(client, events)
        await eventually(lambda: len(roots) == 3, "history has arrived")
    assert set(roots) == {"orders", "jobs", "events"}
    assert next(events).at >= HISTORY
