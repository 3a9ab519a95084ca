"""Object buckets: their configuration, listing and watching them, sealing."""

from __future__ import annotations

import pytest

from natstui.client.js import api
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import (
    APIError,
    BadBucketError,
    BadRequestError,
    BucketNotFoundError,
    InvalidBucketNameError,
    NotFoundError,
)
from natstui.client.js.object_store import ObjectStore
from tests.client.js.conftest import Connect
from tests.support.cluster import Cluster
from tests.support.server import NatsServer
from tests.support.waiting import eventually

END = "end of the initial set"


@pytest.fixture
async def store(js: JetStreamContext) -> ObjectStore:
    return await js.create_object_store("B")


async def take(watcher: ObjectStore.ObjectWatcher, count: int) -> list[str]:
    """The names of the next updates, END for None."""
    updates = [await watcher.updates(30) for _ in range(count)]
    return [END if update is None else update.name for update in updates]


async def test_the_stream_of_a_bucket(js: JetStreamContext, store: ObjectStore) -> None:
    stream = (await js.stream_info("OBJ_B")).config
    assert stream.subjects == ["$O.B.C.>", "$O.B.M.>"]
    assert stream.discard is api.DiscardPolicy.NEW
    assert (stream.allow_rollup_hdrs, stream.allow_direct) == (True, True)
    assert (stream.deny_delete, stream.deny_purge, stream.sealed) == (False, False, False)
    assert (stream.max_msgs_per_subject, stream.max_bytes, stream.max_age) == (-1, -1, 0)


async def test_what_a_bucket_is_made_with(js: JetStreamContext) -> None:
    store = await js.create_object_store(
        "B",
        description="of things",
        ttl=60,
        max_bytes=10_000_000,
        storage=api.StorageType.MEMORY,
        compression=True,
        metadata={"owner": "us"},
    )
    status = await store.status()
    assert isinstance(status, ObjectStore.ObjectStoreStatus)
    assert (status.bucket, status.description, status.ttl) == ("B", "of things", 60)
    assert (status.storage_type, status.replicas) == (api.StorageType.MEMORY, 1)
    assert (status.sealed, status.size) == (False, 0)
    assert (status.is_compressed, status.metadata) == (True, {"owner": "us"})
    assert status.backing_store == "JetStream"
    assert status.stream_info.config.max_bytes == 10_000_000
    await store.put("name", bytes(1000))
    assert (await store.status()).size > 1000


async def test_a_configuration_and_parameters(js: JetStreamContext) -> None:
    config = api.ObjectStoreConfig(bucket="A", description="one")
    store = await js.create_object_store(config=config)
    assert (store.bucket, (await store.status()).description) == ("A", "one")
    store = await js.create_object_store("B", config=config, description="two")
    assert (store.bucket, (await store.status()).description) == ("B", "two")
    store = await js.create_object_store(bucket="C")
    assert (await store.status()).ttl is None


async def test_replicas_and_placement(
    shared_js_cluster: Cluster, connect: Connect, unique_name: str
) -> None:
    js = (await connect(shared_js_cluster.urls)).jetstream(timeout=20)
    store = await js.create_object_store(
        unique_name, replicas=3, placement=api.Placement(cluster="shared")
    )
    status = await store.status()
    assert status.replicas == 3
    assert status.stream_info.config.placement is not None
    # What was put is there at once, also when another replica is asked.
    for number in range(20):
        await store.put(f"{number}", b"data")
        assert (await store.get(f"{number}")).data == b"data"


@pytest.mark.parametrize("name", ["", "a.b", "a b", "*", None])
async def test_names_that_no_bucket_has(js: JetStreamContext, name: str) -> None:
    for call in (
        js.create_object_store(name),
        js.object_store(name),
        js.update_object_store(name),
        js.delete_object_store(name),
    ):
        with pytest.raises(InvalidBucketNameError):
            await call


async def test_there_is_no_such_bucket(js: JetStreamContext) -> None:
    for call in (
        js.object_store("B"),
        js.delete_object_store("B"),
        js.update_object_store("B"),
    ):
        with pytest.raises(BucketNotFoundError):
            await call
    await js.add_stream(name="OBJ_B", subjects=["b"])
    with pytest.raises(BadBucketError):
        await js.object_store("B")


async def test_create_update_delete(js: JetStreamContext, store: ObjectStore) -> None:
    await store.put("name", b"data")
    assert (await (await js.create_object_store("B")).get("name")).data == b"data"
    with pytest.raises(BadRequestError):
        await js.create_object_store("B", description="another")
    await js.update_object_store("B", description="another")
    again = await js.object_store("B")
    assert (await again.status()).description == "another"
    assert (await again.get("name")).data == b"data"
    assert await js.object_store_names() == ["B"]
    (status,) = await js.object_store_statuses()
    assert status.description == "another"
    assert await js.delete_object_store("B") is True
    assert await js.object_store_names() == []


async def test_seal(js: JetStreamContext, store: ObjectStore) -> None:
    await store.put("name", b"data")
    await store.seal()
    assert (await store.status()).sealed
    assert (await store.get("name")).data == b"data"
    with pytest.raises(APIError, match="sealed"):
        await store.put("name", b"other")
    with pytest.raises(APIError, match="sealed"):
        await store.delete("name")
    assert (await store.get("name")).data == b"data"
    assert (await js.stream_info("OBJ_B")).state.messages == 2


async def test_list(store: ObjectStore) -> None:
    with pytest.raises(NotFoundError):
        await store.list()
    await store.put("a", b"1")
    await store.put("b", b"22")
    await store.put("a", b"333")
    await store.delete("b")
    listed = await store.list()
    assert {info.name: (info.size, info.deleted) for info in listed} == {
        "a": (3, False),
        "b": (0, True),
    }
    assert all(info.mtime for info in listed)
    assert [info.name for info in await store.list(ignore_deletes=True)] == ["a"]
    await store.delete("a")
    with pytest.raises(NotFoundError):
        await store.list(ignore_deletes=True)


async def test_watch(store: ObjectStore) -> None:
    await store.put("a", b"1")
    await store.put("b", b"2")
    async with await store.watch() as watcher:
        assert await take(watcher, 3) == ["a", "b", END]
        await store.put("a", b"333")
        await store.delete("b")
        changed, deleted = await watcher.updates(), await watcher.updates()
        assert changed is not None
        assert deleted is not None
        assert (changed.name, changed.size, changed.deleted) == ("a", 3, False)
        assert (deleted.name, deleted.deleted) == ("b", True)
        assert changed.mtime is not None


async def test_watch_an_empty_bucket(store: ObjectStore) -> None:
    async with await store.watch(include_history=True, meta_only=True) as watcher:
        assert await take(watcher, 1) == [END]
        await store.put("a", b"1")
        assert await take(watcher, 1) == ["a"]


async def test_watch_updates_only(store: ObjectStore) -> None:
    await store.put("a", b"1")
    async with await store.watch(updates_only=True) as watcher:
        assert await take(watcher, 1) == [END]
        await store.put("b", b"1")
        assert await take(watcher, 1) == ["b"]


async def test_watch_without_deletions(store: ObjectStore) -> None:
    await store.put("a", b"1")
    await store.put("b", b"1")
    await store.delete("a")
    async with await store.watch(ignore_deletes=True) as watcher:
        assert await take(watcher, 2) == ["b", END]
        await store.delete("b")
        await store.put("c", b"1")
        assert await take(watcher, 1) == ["c"]
    assert [update async for update in watcher] == []


async def test_a_watcher_survives_a_restart_of_the_server(
    js_server: NatsServer, connect: Connect
) -> None:
    nc = await connect(reconnect_time_wait=0.05, max_reconnect_attempts=-1)
    store = await nc.jetstream(timeout=20).create_object_store("B")
    await store.put("a", b"1")
    async with await store.watch() as watcher:
        assert await take(watcher, 2) == ["a", END]
        js_server.restart()
        await eventually(lambda: nc.stats["reconnects"] == 1, "it is connected again")
        await store.put("b", b"1")
        await store.put("c", b"1")
        assert await take(watcher, 2) == ["b", "c"]
