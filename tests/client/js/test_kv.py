"""Values of keys: what is written is read, what was deleted is gone, and nobody is overwritten."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from natstui.client.aio.client import Client
from natstui.client.js import api
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import (
    APIError,
    ApiLevelError,
    BadRequestError,
    BucketNotFoundError,
    InvalidKeyError,
    KeyDeletedError,
    KeyNotFoundError,
    KeyWrongLastSequenceError,
    NoKeysError,
    ServiceUnavailableError,
)
from natstui.client.js.kv import KeyValue
from tests.client.js.conftest import Connect, until
from tests.support.cluster import HubAndLeaf


@pytest.fixture
async def kv(js: JetStreamContext) -> KeyValue:
    return await js.create_key_value(bucket="B", history=5)


@pytest.fixture
async def lively(js: JetStreamContext) -> KeyValue:
    """A bucket whose values may have a lifetime."""
    return await js.create_key_value(bucket="L", history=5, limit_marker_ttl=1)


async def expired(kv: KeyValue, key: str) -> None:
    """Wait until the server has put a marker in the place of a value."""

    async def is_gone() -> bool:
        try:
            await kv.get(key)
        except KeyNotFoundError:
            return True
        return False

    await until(is_gone, f"{key} is expired")


async def test_a_value_is_read_as_it_was_written(kv: KeyValue) -> None:
    before = datetime.now(UTC)
    assert await kv.put("hello.world", b"one") == 1
    assert await kv.put("hello.world", b"two") == 2
    entry = await kv.get("hello.world")
    assert (entry.bucket, entry.key, entry.value) == ("B", "hello.world", b"two")
    assert (entry.revision, entry.delta, entry.operation) == (2, 0, None)
    assert not entry.is_deleted
    assert entry.created is not None
    assert abs(entry.created - before) < timedelta(minutes=1)


async def test_an_entry_can_be_made_and_compared() -> None:
    one = KeyValue.Entry("B", "k", b"v", 1, 0, None, None)
    assert one == KeyValue.Entry(
        bucket="B", key="k", value=b"v", revision=1, delta=0, created=None, operation=None
    )


async def test_values_of_any_bytes(kv: KeyValue) -> None:
    for value in (b"", b"\r\n", b"\x00\xff", bytes(100_000)):
        await kv.put("k", value)
        assert (await kv.get("k")).value == value


async def test_a_revision(kv: KeyValue) -> None:
    await kv.put("k", b"one")
    await kv.put("other", b"x")
    await kv.put("k", b"two")
    assert (await kv.get("k", revision=1)).value == b"one"
    assert (await kv.get("k", 3)).value == b"two"
    assert (await kv.get("k", 0)).value == b"two"
    with pytest.raises(KeyNotFoundError, match="revision 2 is not of key k"):
        await kv.get("k", 2)
    with pytest.raises(KeyNotFoundError):
        await kv.get("k", 4)


@pytest.mark.parametrize("direct", [True, False])
async def test_there_is_no_value(js: JetStreamContext, direct: bool) -> None:
    kv = await js.create_key_value(bucket="B", direct=direct)
    with pytest.raises(KeyNotFoundError, match="key not found: k") as failure:
        await kv.get("k")
    assert failure.value.entry is None
    await kv.put("k", b"v")
    assert (await kv.get("k")).value == b"v"
    await kv.delete("k")
    with pytest.raises(KeyDeletedError) as deletion:
        await kv.get("k")
    entry = deletion.value.entry
    assert entry is not None
    assert (entry.key, entry.value, entry.revision) == ("k", b"", 2)
    assert (deletion.value.op, entry.operation) == ("DEL", "DEL")
    assert entry.is_deleted


async def test_delete_keeps_the_history_and_purge_does_not(kv: KeyValue) -> None:
    await kv.put("k", b"one")
    assert await kv.delete("k") is True
    assert [entry.operation for entry in await kv.history("k")] == [None, "DEL"]
    assert (await kv.get("k", revision=1)).value == b"one"
    assert await kv.purge("k") is True
    assert [entry.operation for entry in await kv.history("k")] == ["PURGE"]
    with pytest.raises(KeyDeletedError) as deletion:
        await kv.get("k")
    assert deletion.value.op == "PURGE"
    with pytest.raises(KeyDeletedError):
        await kv.get("k", revision=3)


async def test_create(kv: KeyValue) -> None:
    assert await kv.create("k", b"one") == 1
    with pytest.raises(KeyWrongLastSequenceError, match="key k has a value, of revision 1"):
        await kv.create("k", b"two")
    await kv.delete("k")
    assert await kv.create("k", b"three") == 3
    await kv.purge("k")
    assert await kv.create("k", b"four") == 5
    assert (await kv.get("k")).value == b"four"


async def test_of_many_who_create_one_succeeds(kv: KeyValue) -> None:
    await kv.put("k", b"old")
    await kv.delete("k")
    results = await asyncio.gather(
        *(kv.create("k", b"%d" % number) for number in range(20)), return_exceptions=True
    )
    (revision,) = [result for result in results if isinstance(result, int)]
    entry = await kv.get("k")
    assert entry.revision == revision
    assert entry.value == b"%d" % results.index(revision)
    losers = [result for result in results if result != revision]
    assert all(isinstance(error, KeyWrongLastSequenceError) for error in losers)


async def test_update(kv: KeyValue) -> None:
    assert await kv.update("k", b"one") == 1
    assert await kv.update("k", b"two", last=1) == 2
    for last in (None, 0, 1, 3):
        with pytest.raises(KeyWrongLastSequenceError):
            await kv.update("k", b"three", last=last)
    assert (await kv.get("k")).value == b"two"


async def test_delete_and_purge_of_what_was_seen(kv: KeyValue) -> None:
    await kv.put("k", b"one")
    await kv.put("k", b"two")
    with pytest.raises(KeyWrongLastSequenceError):
        await kv.delete("k", last=1)
    with pytest.raises(KeyWrongLastSequenceError):
        await kv.purge("k", last=1)
    assert (await kv.get("k")).value == b"two"
    await kv.delete("k", last=2)
    await kv.purge("k", last=3)
    assert [entry.revision for entry in await kv.history("k")] == [4]


async def test_keys_are_checked_unless_told_not_to(kv: KeyValue) -> None:
    for call in (
        kv.get("a b"),
        kv.put("a b", b""),
        kv.create("", b""),
        kv.update("a.", b""),
        kv.delete("*"),
        kv.purge("a..b"),
        kv.get_many(["a", "a b"]),
        kv.keys(filters=["a", "a.>.b"]),
        kv.history("a b"),
        kv.watch(["a", ".a"]),
    ):
        with pytest.raises(InvalidKeyError):
            await call
    await kv.put("a!", b"v", validate_keys=False)
    assert (await kv.get("a!", validate_keys=False)).value == b"v"


async def test_history(kv: KeyValue) -> None:
    for number in range(8):
        await kv.put("k", b"%d" % number)
        await kv.put("other", b"")
    entries = await kv.history("k")
    assert [entry.value for entry in entries] == [b"3", b"4", b"5", b"6", b"7"]
    assert [entry.delta for entry in entries] == [4, 3, 2, 1, 0]
    assert [entry.revision for entry in entries] == [7, 9, 11, 13, 15]
    with pytest.raises(NoKeysError):
        await kv.history("nothing")


async def test_keys(kv: KeyValue) -> None:
    with pytest.raises(NoKeysError):
        await kv.keys()
    for key in ("a", "b", "c.x", "c.y", "c.y.z"):
        await kv.put(key, b"value")
    await kv.put("a", b"again")
    await kv.delete("b")
    assert sorted(await kv.keys()) == ["a", "c.x", "c.y", "c.y.z"]
    await kv.purge("a")
    await kv.delete("c.x")
    await kv.delete("c.y")
    assert await kv.keys() == ["c.y.z"]
    await kv.delete("c.y.z")
    with pytest.raises(NoKeysError):
        await kv.keys()


async def test_keys_are_the_same_with_every_option(kv: KeyValue) -> None:
    await kv.put("a", b"1")
    await kv.put("b", b"2")
    await kv.delete("b")
    keys = await kv.keys(ignore_deletes=False, include_history=True, inactive_threshold=5)
    assert keys == ["a"]


async def test_keys_are_filtered_by_the_server(nc: Client, kv: KeyValue) -> None:
    """nats.py 768, 602: keys(filters=...) fetched everything, and looked for substrings."""
    for key in ("a", "b.x", "b.y", "c.x", "cab"):
        await kv.put(key, b"value")
    received = nc.stats["in_msgs"]
    assert sorted(await kv.keys(filters=["b.*", "c.x"])) == ["b.x", "b.y", "c.x"]
    # The answer to the creation, three keys and perhaps an answer to the deletion.
    assert nc.stats["in_msgs"] - received <= 5
    assert await kv.keys(filters="a") == ["a"]
    assert sorted(await kv.keys(filters=["b.>", "b.x"])) == ["b.x", "b.y"]
    with pytest.raises(NoKeysError):
        await kv.keys(filters=["nothing.>"])


async def test_listing_leaves_no_consumer_and_no_subscription(
    nc: Client, js: JetStreamContext, kv: KeyValue
) -> None:
    await kv.put("k", b"v")
    await kv.keys()
    await kv.history("k")
    await kv.purge_deletes()
    assert nc._subs == {}

    async def none() -> bool:
        return await js.consumers_info("KV_B") == []

    await until(none, "their consumers are deleted")


async def test_many_values_with_one_request(kv: KeyValue) -> None:
    for number in range(3000):
        await kv._js.publish_async(f"$KV.B.k.{number}", b"%d" % number)
    await kv._js.publish_async_completed()
    await kv.delete("k.7")
    keys = [f"k.{number}" for number in range(3000)]
    found = await kv.get_many([*keys, "nothing"])
    assert set(found) == set(keys) - {"k.7"}
    assert found["k.2999"].value == b"2999"
    assert found["k.2999"].revision == 3000
    assert await kv.get_many([]) == {}


async def test_more_than_the_server_gives_at_once(js: JetStreamContext, kv: KeyValue) -> None:
    """Nor more than we want in memory: it comes in pages, and a page may be short."""
    keys = [f"k.{number}" for number in range(80)]
    for key in keys:
        await js.publish_async(f"$KV.B.{key}", bytes(1_000_000))
    await js.publish_async_completed()
    found = await kv.get_many(keys)
    assert sorted(found) == sorted(keys)
    page = await kv.page()
    assert 0 < len(page) < 80
    assert page[-1].revision == len(page)


async def test_pages_read_a_bucket_without_changing_anything(
    js: JetStreamContext, kv: KeyValue
) -> None:
    for key in ("a", "b", "a", "c.d"):
        await kv.put(key, b"value")
    await kv.delete("b")
    first = await kv.page(limit=3)
    assert [(entry.key, entry.revision) for entry in first] == [("a", 1), ("b", 2), ("a", 3)]
    second = await kv.page(limit=3, after=3)
    assert [(entry.key, entry.operation) for entry in second] == [("c.d", None), ("b", "DEL")]
    assert await kv.page(limit=3, after=5) == []
    assert [entry.key for entry in await kv.page("c.*")] == ["c.d"]
    info = await js.stream_info("KV_B")
    assert (info.state.consumer_count, info.state.last_seq) == (0, 5)


async def test_pages_need_a_bucket_that_is_direct(js: JetStreamContext) -> None:
    kv = await js.create_key_value(bucket="B", direct=False)
    with pytest.raises(ServiceUnavailableError, match="allow_direct"):
        await kv.page()
    with pytest.raises(ServiceUnavailableError, match="allow_direct"):
        await kv.get_many(["k"])


async def test_status(kv: KeyValue) -> None:
    await kv.put("k", b"value")
    await kv.put("k", b"value")
    status = await kv.status()
    assert isinstance(status, KeyValue.BucketStatus)
    assert (status.bucket, status.values, status.history, status.ttl) == ("B", 2, 5, None)
    assert status.bytes > 0
    assert status.stream_info.config.name == "KV_B"
    assert (status.backing_store, status.is_compressed) == ("JetStream", False)
    assert (status.limit_marker_ttl, status.marker_ttl, status.metadata) == (None, None, {})


async def test_the_bucket_is_gone(js: JetStreamContext, kv: KeyValue) -> None:
    await js.delete_key_value("B")
    for call in (
        kv.status(),
        kv.keys(),
        kv.history("k"),
        kv.watchall(),
        kv.purge_deletes(),
        kv.get_many(["k"]),
        kv.page(),
    ):
        with pytest.raises(BucketNotFoundError):
            await call


# The end of a value's life.


async def test_a_value_with_a_lifetime_and_its_marker(lively: KeyValue) -> None:
    """Markers of the server were read as empty values, and create() after one failed."""
    kv = lively
    assert await kv.create("k", b"short", msg_ttl=1) == 1
    await kv.put("other", b"long")
    watcher = await kv.watch("k")
    first = await watcher.updates()
    assert first is not None
    assert first.value == b"short"
    assert await watcher.updates() is None
    await expired(kv, "k")
    with pytest.raises(KeyDeletedError) as deletion:
        await kv.get("k")
    assert deletion.value.op == "PURGE"
    marker = await watcher.updates()
    assert marker is not None
    assert (marker.key, marker.value, marker.operation) == ("k", b"", "PURGE")
    assert await kv.keys() == ["other"]
    revision = await kv.create("k", b"again")
    assert (await kv.get("k")).revision == revision


async def test_a_purge_marker_with_a_lifetime(lively: KeyValue) -> None:
    await lively.put("k", b"v")
    await lively.purge("k", msg_ttl=1)

    async def empty() -> bool:
        return (await lively.status()).values == 0

    await until(empty, "the marker is gone too")
    assert await lively.create("k", b"new") > 2


async def test_markers_of_the_bucket_s_ttl(js: JetStreamContext) -> None:
    kv = await js.create_key_value(bucket="A", ttl=1, limit_marker_ttl=60)
    await kv.put("k", b"v")
    await expired(kv, "k")
    with pytest.raises(KeyDeletedError):
        await kv.get("k")
    with pytest.raises(NoKeysError):
        await kv.keys()


async def test_a_removed_message_is_a_deletion(js: JetStreamContext, lively: KeyValue) -> None:
    await js.publish("$KV.L.k", headers={"Nats-Marker-Reason": "Remove"})
    with pytest.raises(KeyDeletedError) as deletion:
        await lively.get("k")
    assert deletion.value.op == "DEL"
    await lively.create("k", b"v")


async def test_a_lifetime_where_there_can_be_none(kv: KeyValue) -> None:
    with pytest.raises(BadRequestError, match="bucket B has no limit_marker_ttl") as failure:
        await kv.create("k", b"v", msg_ttl=10)
    assert failure.value.err_code == 10166
    with pytest.raises(BadRequestError, match="no limit_marker_ttl"):
        await kv.purge("k", msg_ttl=10)
    with pytest.raises(KeyNotFoundError):
        await kv.get("k")


async def test_purge_deletes(kv: KeyValue) -> None:
    for key in ("live", "deleted", "purged", "again"):
        await kv.put(key, b"1")
        await kv.put(key, b"2")
    await kv.delete("deleted")
    await kv.purge("purged")
    await kv.delete("again")
    await kv.put("again", b"3")
    assert await kv.purge_deletes() is True
    # The markers are younger than half an hour: they stay, what was before them does not.
    assert [entry.operation for entry in await kv.history("deleted")] == ["DEL"]
    assert [entry.operation for entry in await kv.history("purged")] == ["PURGE"]
    assert len(await kv.history("again")) == 4
    assert await kv.purge_deletes(olderthan=-1) is True
    for key in ("deleted", "purged"):
        with pytest.raises(NoKeysError):
            await kv.history(key)
    assert len(await kv.history("live")) == 2
    assert len(await kv.history("again")) == 4


async def test_purge_deletes_spares_what_is_written_meanwhile(kv: KeyValue) -> None:
    await kv.put("k", b"1")
    await kv.delete("k")
    purge = kv._js.purge_stream

    async def purge_later(*args: Any, **kwargs: Any) -> bool:
        await kv.put("k", b"new")
        return await purge(*args, **kwargs)

    kv._js.purge_stream = purge_later  # type: ignore[method-assign]
    await kv.purge_deletes(olderthan=-1)
    assert [entry.value for entry in await kv.history("k")] == [b"new"]


async def test_purge_deletes_fails_as_everything_else_does(
    js: JetStreamContext, kv: KeyValue
) -> None:
    for key in ("a", "b", "c"):
        await kv.delete(key)
    await js.update_stream((await kv.status()).stream_info.config, sealed=True)
    with pytest.raises(APIError, match="sealed"):
        await kv.purge_deletes(olderthan=-1)


# Elsewhere.


async def test_a_bucket_of_another_domain(hub_and_leaf: HubAndLeaf, connect: Connect) -> None:
    hub = (await connect(hub_and_leaf.hub.url)).jetstream()
    there = await hub.create_key_value(bucket="B")
    leaf = (await connect(hub_and_leaf.leaf.url)).jetstream(domain="hub")
    kv = await leaf.key_value("B")
    revision = await kv.put("k", b"from the leaf")
    assert (await there.get("k")).value == b"from the leaf"
    assert (await kv.get("k")).revision == revision
    watcher = await kv.watchall()
    first = await watcher.updates()
    assert first is not None
    assert first.key == "k"
    assert await watcher.updates() is None
    await there.put("k", b"from the hub")
    second = await watcher.updates()
    assert second is not None
    assert second.value == b"from the hub"
    await kv.delete("k")
    with pytest.raises(KeyDeletedError):
        await there.get("k")
    await watcher.stop()


async def test_a_mirror_is_read_here_and_written_at_its_origin(
    hub_and_leaf: HubAndLeaf, connect: Connect
) -> None:
    hub = (await connect(hub_and_leaf.hub.url)).jetstream()
    origin = await hub.create_key_value(bucket="B")
    leaf = (await connect(hub_and_leaf.leaf.url)).jetstream()
    mirror = api.StreamSource(name="B", external=api.ExternalStream(api="$JS.hub.API"))
    await leaf.create_key_value(bucket="M", mirror=mirror)
    kv = await leaf.key_value("M")
    await kv.put("k", b"v")
    assert (await origin.get("k")).value == b"v"

    async def has_come() -> bool:
        return (await kv.status()).values == 1

    await until(has_come, "the mirror has it")
    assert (await kv.get("k")).value == b"v"
    assert await kv.keys() == ["k"]


async def test_a_mirror_next_to_its_origin(js: JetStreamContext) -> None:
    origin = await js.create_key_value(bucket="B")
    kv = await js.create_key_value(bucket="M", mirror=api.StreamSource(name="B"))
    await kv.put("k", b"v")
    assert (await origin.get("k")).value == b"v"

    async def has_come() -> bool:
        return (await kv.status()).values == 1

    await until(has_come, "the mirror has it")
    entry = await kv.get("k")
    assert (entry.bucket, entry.key, entry.value) == ("M", "k", b"v")
    assert await kv.keys() == ["k"]


async def test_a_bucket_made_of_others(js: JetStreamContext) -> None:
    one = await js.create_key_value(bucket="one")
    two = await js.create_key_value(bucket="two")
    sources = [
        api.StreamSource(name="one"),
        api.StreamSource(name="KV_two", filter_subject="$KV.two.x.>"),
    ]
    both = await js.create_key_value(bucket="both", sources=sources)
    await one.put("a", b"1")
    await two.put("x.b", b"2")
    await two.put("y", b"3")

    async def has_come() -> bool:
        return (await both.status()).values == 2

    await until(has_come, "both have come")
    assert sorted(await both.keys()) == ["a", "x.b"]
    assert (await both.get("x.b")).value == b"2"
    await both.put("own", b"4")
    assert (await both.get("own")).value == b"4"


@pytest.mark.parametrize("revision", [-1, 1.5, float("nan"), "1"])
async def test_impossible_revisions(kv: KeyValue, revision: Any) -> None:
    await kv.put("k", b"v")
    with pytest.raises(ValueError, match="revision is a revision"):
        await kv.get("k", revision)
    for write in (kv.update("k", b"w", last=revision), kv.delete("k", last=revision)):
        with pytest.raises(ValueError, match="last is a revision"):
            await write
    with pytest.raises(ValueError, match="resume_from_revision"):
        await kv.watch("k", resume_from_revision=revision)
    with pytest.raises(ValueError, match="after is a revision"):
        await kv.page(after=revision)
    assert (await kv.get("k")).revision == 1


@pytest.mark.parametrize("limit", [0, -1, float("nan")])
async def test_impossible_pages(kv: KeyValue, limit: Any) -> None:
    await kv.put("k", b"v")
    with pytest.raises(ValueError, match="limit"):
        await kv.page(limit=limit)


@pytest.mark.parametrize("age", [None, "1h", float("nan"), float("inf")])
async def test_an_impossible_age_of_deletions(kv: KeyValue, age: Any) -> None:
    with pytest.raises(ValueError, match="olderthan"):
        await kv.purge_deletes(age)


async def test_an_older_server(js: JetStreamContext, old_server: Connect) -> None:
    await js.create_key_value(bucket="L", limit_marker_ttl=1)
    kv = await (await old_server()).jetstream().key_value("L")
    with pytest.raises(ApiLevelError, match="level 1"):
        await kv.create("k", b"v", msg_ttl=1)
    with pytest.raises(ApiLevelError, match="level 1"):
        await kv.purge("k", msg_ttl=1)
    with pytest.raises(ApiLevelError, match="level 1"):
        await kv.get_many(["k"])
    with pytest.raises(ApiLevelError, match="level 1"):
        await kv.page()
    with pytest.raises(ApiLevelError, match="level 1"):
        await (await old_server()).jetstream().create_key_value(bucket="M", limit_marker_ttl=1)
