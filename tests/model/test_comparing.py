"""Two systems compared: what differs, what is counted, and that nothing is left behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from natstui.client import connect
from natstui.model.comparing import (
    AssetComparison,
    ConsumerComparison,
    MissingError,
    StreamComparison,
    asset_pair,
    differences,
)
from natstui.model.comparison_words import difference_words, verdict_words
from natstui.model.key_comparing import KeyComparison
from natstui.model.reaching import reach
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.work import Work
from tests.conftest import ServerFactory
from tests.support.pairs import fill_pair
from tests.support.server import NatsServer
from tests.support.streams import until_stored


@pytest.fixture
async def sessions(
    js_server: NatsServer, server_factory: ServerFactory
) -> AsyncIterator[tuple[Session, Session]]:
    other = server_factory(jetstream=True)
    await fill_pair(js_server, other)
    pair = tuple(
        Session(Settings(servers=(server.url,), context=name, read_only=True))
        for server, name in ((js_server, "prod"), (other, "staging"))
    )
    for session in pair:
        await reach(session, 20)
    yield pair[0], pair[1]
    for session in pair:
        await session.close()


async def found(comparison: AssetComparison) -> dict[str, list[tuple[str, Any, Any]]]:
    await comparison.run(Work("comparing"))
    return {pair.name: [tuple(each) for each in pair.differences] for pair in comparison.rows.items}


async def test_streams(sessions: tuple[Session, Session]) -> None:
    comparison = StreamComparison(*sessions)
    seen = await found(comparison)
    assert list(seen) == ["AUDIT", "KV_config", "ORDERS"]
    assert ("config.max_msgs", 1_000, -1) in seen["ORDERS"]
    assert ("messages", 5, 3) in seen["ORDERS"]
    verdicts = {pair.name: pair.verdict for pair in comparison.rows.items}
    assert verdicts == {"AUDIT": "only_a", "KV_config": "different", "ORDERS": "different"}
    assert comparison.counts == {"same": 1, "different": 2, "only_a": 1}
    assert not comparison.is_same
    assert comparison.summary == "3 of 4 streams: not the same"
    only = StreamComparison(*sessions, ["ORDERS"], config_only=True)
    assert await found(only) == {"ORDERS": [("config.max_msgs", 1_000, -1)]}
    a, b = await only.texts(only.rows[0])
    assert b'"max_msgs": 1000' in a
    assert b'"max_msgs": -1' in b
    with pytest.raises(MissingError, match="NOPE"):
        await found(StreamComparison(*sessions, ["SAME", "NOPE"]))


async def test_consumers(sessions: tuple[Session, Session]) -> None:
    comparison = ConsumerComparison(*sessions)
    assert await found(comparison) == {"ORDERS > billing": [("pending", 5, 3)]}
    same = ConsumerComparison(*sessions, "ORDERS", config_only=True)
    assert await found(same) == {}
    assert same.is_same
    assert same.summary == "1 consumer: all the same"
    # A stream that only one side has is no mistake.
    assert await found(ConsumerComparison(*sessions, "AUDIT")) == {}
    with pytest.raises(MissingError, match="NOPE"):
        await found(ConsumerComparison(*sessions, "NOPE"))


async def test_keys(sessions: tuple[Session, Session]) -> None:
    comparison = KeyComparison(*sessions, "config")
    await comparison.run(Work("comparing"))
    pairs = {pair.name: pair for pair in comparison.rows.items}
    assert {name: pair.verdict for name, pair in pairs.items()} == {
        "flag": "different",
        "only.there": "only_b",
        "was.here": "only_a",
    }
    assert comparison.counts["same"] == 1
    flag = pairs["flag"]
    assert flag.a is not None
    assert flag.b is not None
    assert (flag.a.revision, flag.a.size, flag.b.size) == (2, 17, 18)
    assert await comparison.texts(flag) == (b'{"on":true,"n":1}', b'{"on":false,"n":1}')
    assert await comparison.texts(pairs["was.here"]) == (b"1", b"")
    part = KeyComparison(*sessions, "config", "shop.*")
    assert await part.run(Work("comparing")) == "1 key: all the same"
    with pytest.raises(MissingError, match="has no bucket called nope"):
        await KeyComparison(*sessions, "nope").run(Work("comparing"))


async def test_looking_leaves_no_trace(
    sessions: tuple[Session, Session], js_server: NatsServer
) -> None:
    client = await connect(js_server.url)
    before = await client.jetstream().account_info()
    for comparison in (
        StreamComparison(*sessions),
        ConsumerComparison(*sessions),
        KeyComparison(*sessions, "config"),
    ):
        await comparison.run(Work("comparing"))
    after = await client.jetstream().account_info()
    assert (after.streams, after.consumers) == (before.streams, before.consumers)
    assert [session.guard.writes for session in sessions] == [0, 0]
    await client.close()


async def test_many_keys_a_few_at_a_time(
    js_server: NatsServer, sessions: tuple[Session, Session]
) -> None:
    for session, odd in zip(sessions, (0, 1), strict=True):
        client = await connect(session.settings.servers[0])
        js = client.jetstream()
        await js.create_key_value(bucket="many", direct=True)
        for number in range(3_000):
            value = number if number % 100 else number + odd
            await client.publish(f"$KV.many.k{number:05}", b"%d" % value)
        await client.flush()
        await until_stored(js, "KV_many", 3_000)
        await client.close()
    comparison = KeyComparison(*sessions, "many")
    work = Work("comparing")
    assert await comparison.run(work) == "30 of 3,000 keys: not the same"
    assert work.share == 1
    assert [pair.name for pair in comparison.rows.items][:2] == ["k00000", "k00100"]


def test_fields_are_compared_as_json_is() -> None:
    a = {"x": {"y": 1, "z": [1, 2]}, "only": None, "b": True}
    b = {"x": {"y": 1.0, "z": [1, 2]}, "b": 1, "new": "n"}
    assert [each.path for each in differences(a, b)] == ["b", "new", "x.y"]
    assert list(differences({"a": {}}, {"a": {}})) == []


def test_what_servers_say_of_themselves_is_left_out() -> None:
    a = {"config": {"metadata": {"_nats.ver": "2.14", "team": "a"}}}
    b = {"config": {"metadata": {"_nats.ver": "2.15", "team": "a"}}}
    assert asset_pair("S", a, b).verdict == "same"
    assert asset_pair(
        "S", {"config": {}}, {"config": {"metadata": {"_nats.ver": "2"}}}
    ).verdict == ("same")
    b["config"]["metadata"]["team"] = "b" * 100
    said = difference_words(asset_pair("S", a, b))
    assert said == f"metadata.team: a → {'b' * 59}…"
    assert verdict_words("only_b", "prod", "staging") == "only in staging"
