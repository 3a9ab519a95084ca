"""Objects: what is put is what is got, whole or not at all, and other clients can read it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import json
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from natstui.client.aio.client import Client
from natstui.client.errors import TimeoutError
from natstui.client.js import api, ordered, watching
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import (
    APIError,
    BadObjectMetaError,
    BucketNotFoundError,
    DigestMismatchError,
    InvalidObjectNameError,
    NotFoundError,
    ObjectAlreadyExists,
    ObjectDeletedError,
    ObjectNotFoundError,
)
from natstui.client.js.object_reader import ObjectReader
from natstui.client.js.object_store import ObjectStore
from natstui.client.js.object_upload import WINDOW
from tests.client.js.conftest import Connect, until
from tests.support.cluster import HubAndLeaf
from tests.support.server import NatsServer
from tests.support.waiting import eventually

SMALL = api.ObjectMeta(options=api.ObjectMetaOptions(max_chunk_size=10))


@pytest.fixture
async def store(js: JetStreamContext) -> ObjectStore:
    return await js.create_object_store("B")


async def messages(js: JetStreamContext) -> int:
    """How many there are in the stream of the bucket."""
    return (await js.stream_info("OBJ_B")).state.messages


def encoded(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


async def stored_info(js: JetStreamContext, name: str) -> dict[str, Any]:
    """The JSON that other clients read."""
    message = await js.get_last_msg("OBJ_B", f"$O.B.M.{encoded(name)}")
    found: dict[str, Any] = json.loads(message.data or b"")
    return found


# There and back.


@pytest.mark.parametrize("size", [0, 1, 131_072, 131_073, 1_000_000])
async def test_what_is_put_is_got(store: ObjectStore, size: int) -> None:
    data = os.urandom(size)
    before = datetime.now(UTC)
    put = await store.put("name", data)
    got = await store.get("name")
    assert got.data == data
    for info in (put, got.info):
        assert (info.name, info.bucket, info.size) == ("name", "B", size)
        assert info.chunks == (size + 131_071) // 131_072
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode()
        assert info.digest == f"SHA-256={digest}"
        assert info.deleted is False
        assert info.options is not None
        assert info.options.max_chunk_size == 131_072
        assert isinstance(info.mtime, datetime)
        assert abs(info.mtime - before) < timedelta(minutes=1)
    assert put.nuid == got.info.nuid


@pytest.mark.parametrize("name", ["a", "a.b", "*", ">", "größe/of it all.txt", "?" * 300, " "])
async def test_names_are_free(js: JetStreamContext, store: ObjectStore, name: str) -> None:
    await store.put(name, b"data")
    assert (await store.get(name)).data == b"data"
    assert (await stored_info(js, name))["name"] == name


async def test_sources_of_many_kinds(store: ObjectStore, tmp_path: Path) -> None:
    data = os.urandom(300_000)
    path = tmp_path / "file"
    path.write_bytes(data)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(data), 7001):
            yield data[start : start + 7001]

    stream = asyncio.StreamReader()
    stream.feed_data(data)
    stream.feed_eof()
    with path.open("rb") as file:
        for source in (data, bytearray(data), memoryview(data), io.BytesIO(data), file):
            await store.put("name", source)
            assert (await store.get("name")).data == data
    await store.put("name", pieces())
    assert (await store.get("name")).data == data
    await store.put("name", stream)
    assert (await store.get("name")).data == data
    await store.put("name", "text, größer")
    assert (await store.get("name")).data == "text, größer".encode()


async def test_targets_of_many_kinds(store: ObjectStore, tmp_path: Path) -> None:
    data = os.urandom(3_000_000)
    await store.put("name", data)
    memory = io.BytesIO()
    result = await store.get("name", writeinto=memory)
    assert memory.getvalue() == data
    assert (result.data, result.info.size) == (b"", len(data))
    for options in ({"mode": "wb"}, {"mode": "wb", "buffering": 0}, {"mode": "w"}):
        path = tmp_path / "file"
        with path.open(**options) as file:
            await store.get("name", writeinto=file)
        assert path.read_bytes() == data

    class Awaited:
        def __init__(self) -> None:
            self.data = b""

        async def write(self, data: bytes) -> None:
            await asyncio.sleep(0)
            self.data += data

    target = Awaited()
    await store.get("name", writeinto=target)
    assert target.data == data


async def test_into_a_socket(store: ObjectStore) -> None:
    data = os.urandom(3_000_000)
    await store.put("name", data)
    received: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.set_result(await reader.read(-1))
        writer.close()

    async with await asyncio.start_server(receive, "127.0.0.1") as server:
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        await store.get("name", writeinto=writer)
        writer.close()
        await writer.wait_closed()
        assert await received == data


async def test_a_file_that_takes_little_at_a_time(store: ObjectStore) -> None:
    class Slow(io.RawIOBase):
        data = b""

        def write(self, data: Any, /) -> int:
            self.data += bytes(data[:1000])
            return min(len(data), 1000)

    await store.put("name", b"x" * 5500)
    target = Slow()
    await store.get("name", writeinto=target)
    assert target.data == b"x" * 5500


async def test_chunk_by_chunk(store: ObjectStore) -> None:
    await store.put("name", b"0123456789" * 3 + b"end", SMALL)
    async with await store.open("name") as reader:
        assert isinstance(reader, ObjectReader)
        assert (reader.info.chunks, reader.info.size) == (4, 33)
        assert [chunk async for chunk in reader] == [b"0123456789"] * 3 + [b"end"]


async def test_leaving_early_leaves_nothing(
    nc: Client, js: JetStreamContext, store: ObjectStore
) -> None:
    before = asyncio.all_tasks()
    await store.put("name", os.urandom(1_000_000))
    async with await store.open("name") as reader:
        async for _ in reader:
            break
    assert nc._subs.keys() <= {sub._id for sub in [js._publisher] if sub is not None}

    async def no_consumer() -> bool:
        return await js.consumers_info("OBJ_B") == []

    await until(no_consumer, "its consumer is deleted")
    assert asyncio.all_tasks() <= before


# What is stored.


async def test_the_info_is_as_other_clients_have_it(
    js: JetStreamContext, store: ObjectStore
) -> None:
    """Go could not read headers that were not lists, nor the empty time of a deleted object."""
    meta = api.ObjectMeta(
        description="a thing",
        headers={"one": "1", "two": ["2", "zwei"]},
        metadata={"owner": "us"},
    )
    put = await store.put("name", b"data", meta)
    assert await stored_info(js, "name") == {
        "name": "name",
        "description": "a thing",
        "headers": {"one": ["1"], "two": ["2", "zwei"]},
        "metadata": {"owner": "us"},
        "options": {"max_chunk_size": 131072},
        "bucket": "B",
        "nuid": put.nuid,
        "size": 4,
        "chunks": 1,
        "digest": "SHA-256=Om6weQ85rIfJTzhWst0sXREOaBFgImGpqSPTuyOtyLc=",
    }
    await store.delete("name")
    deleted = await stored_info(js, "name")
    assert (deleted["deleted"], deleted["size"], deleted["chunks"]) == (True, 0, 0)
    assert not {"mtime", "digest"} & deleted.keys()
    assert deleted["headers"] == {"one": ["1"], "two": ["2", "zwei"]}
    # What the caller gave is not changed.
    assert meta == api.ObjectMeta(
        description="a thing",
        headers={"one": "1", "two": ["2", "zwei"]},
        metadata={"owner": "us"},
    )


async def test_the_subjects_are_as_other_clients_have_them(
    js: JetStreamContext, store: ObjectStore
) -> None:
    put = await store.put("ö?>", b"data")
    info = await js.stream_info("OBJ_B", subjects_filter=">")
    assert info.state.subjects == {f"$O.B.C.{put.nuid}": 1, "$O.B.M.w7Y_Pg==": 1}
    assert len(put.nuid) == 22


@pytest.mark.parametrize(
    ("headers", "mtime"),
    [
        ({"a": ["1", "2"]}, "0001-01-01T00:00:00Z"),
        ({"a": "1"}, "2024-01-01T00:00:00+00:00"),
        (None, ""),
        (None, None),
    ],
)
async def test_what_other_clients_stored_can_be_read(
    js: JetStreamContext, store: ObjectStore, headers: Any, mtime: str | None
) -> None:
    body = {
        "name": "name",
        "headers": headers,
        "options": {"max_chunk_size": 3},
        "bucket": "B",
        "nuid": "N",
        "size": 5,
        "mtime": mtime,
        "chunks": 2,
        "digest": "sha-256=LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ",
        "of_a_newer_version": [7],
    }
    await js.publish("$O.B.C.N", b"hel")
    await js.publish("$O.B.C.N", b"lo")
    await js.publish(f"$O.B.M.{encoded('name')}", json.dumps(body).encode())
    got = await store.get("name")
    assert got.data == b"hello"
    assert isinstance(got.info.mtime, datetime)
    assert got.info.mtime > datetime.now(UTC) - timedelta(minutes=1)
    assert (got.info.headers or {}) == (headers or {})
    (listed,) = await store.list()
    assert listed.nuid == "N"
    # What is not known here is kept.
    await store.update_meta("name", api.ObjectMeta(description="d"))
    assert (await stored_info(js, "name"))["of_a_newer_version"] == [7]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"{}",
        b'{"name": "name"}',
        pytest.param(b"[" * 50_000, id="deep"),
        # They would be purged as chunks of it, and are those of others.
        b'{"name": "name", "nuid": ">"}',
        b'{"name": "name", "nuid": "*"}',
        b'{"name": "name", "nuid": ["x"]}',
    ],
)
async def test_an_info_that_cannot_be_read(
    js: JetStreamContext, store: ObjectStore, payload: bytes, errors: list[Exception]
) -> None:
    await js.publish(f"$O.B.M.{encoded('name')}", payload)
    for call in (store.get_info("name"), store.get("name"), store.delete("name")):
        with pytest.raises(BadObjectMetaError):
            await call
    # Others are listed all the same.
    await store.put("good", b"")
    assert [info.name for info in await store.list()] == ["good"]
    await eventually(lambda: errors, "it is reported")
    assert isinstance(errors[0], BadObjectMetaError)


# Replacing, deleting, renaming.


async def test_the_chunks_of_a_replaced_object_are_removed(
    js: JetStreamContext, store: ObjectStore
) -> None:
    await store.put("name", b"first" * 10, SMALL)
    assert await messages(js) == 6
    await store.put("name", b"second", SMALL)
    assert await messages(js) == 2
    assert (await store.get("name")).data == b"second"


async def test_of_many_puts_one_stays_and_it_is_whole(
    js: JetStreamContext, store: ObjectStore
) -> None:
    """The chunks of those that came second stayed for ever."""
    objects = [os.urandom(95) for _ in range(10)]
    await asyncio.gather(*(store.put("name", data, SMALL) for data in objects))
    assert (await store.get("name")).data in objects
    assert await messages(js) == 11


async def test_delete(js: JetStreamContext, store: ObjectStore) -> None:
    await store.put("name", b"data", api.ObjectMeta(description="d"))
    gone = await store.delete("name")
    assert (gone.deleted, gone.size, gone.chunks, gone.digest) == (True, 0, 0, None)
    assert await messages(js) == 1
    for call in (
        store.get("name"),
        store.get_info("name"),
        store.delete("name"),
        store.open("name"),
    ):
        with pytest.raises(ObjectNotFoundError, match="'name'"):
            await call
    info = await store.get_info("name", show_deleted=True)
    assert (info.deleted, info.description) == (True, "d")
    assert (await store.get("name", show_deleted=True)).data == b""
    await store.put("name", b"again")
    assert (await store.get("name")).data == b"again"
    assert await messages(js) == 2


async def test_there_is_no_such_object(store: ObjectStore) -> None:
    for call in (
        store.get("name"),
        store.get_info("name"),
        store.get_info("name", show_deleted=True),
        store.delete("name"),
        store.update_meta("name", api.ObjectMeta(name="other")),
    ):
        with pytest.raises(ObjectNotFoundError):
            await call


async def test_update_meta(js: JetStreamContext, store: ObjectStore) -> None:
    put = await store.put("name", b"data", api.ObjectMeta(description="d", metadata={"a": "b"}))
    changed = await store.update_meta(
        "name", api.ObjectMeta(description="other", headers={"h": "v"})
    )
    assert changed.nuid == put.nuid
    info = await store.get_info("name")
    assert (info.description, info.headers, info.metadata) == ("other", {"h": "v"}, {"a": "b"})
    assert (info.size, info.digest) == (put.size, put.digest)
    assert (await store.get("name")).data == b"data"
    await store.update_meta("name", api.ObjectMeta(metadata={"c": "d"}))
    info = await store.get_info("name")
    assert (info.description, info.headers, info.metadata) == (None, None, {"c": "d"})
    assert await messages(js) == 2


async def test_rename(js: JetStreamContext, store: ObjectStore) -> None:
    await store.put("old", b"data")
    await store.put("other", b"x")
    with pytest.raises(ObjectAlreadyExists, match="'other'"):
        await store.update_meta("old", api.ObjectMeta(name="other"))
    await store.delete("other")
    await store.update_meta("old", api.ObjectMeta(name="other"))
    assert (await store.get("other")).data == b"data"
    with pytest.raises(ObjectNotFoundError):
        await store.get_info("old", show_deleted=True)
    assert await messages(js) == 2
    await store.delete("other")
    with pytest.raises(ObjectDeletedError):
        await store.update_meta("other", api.ObjectMeta(name="new"))


@pytest.mark.parametrize("name", ["", None])
async def test_an_object_needs_a_name(store: ObjectStore, name: Any) -> None:
    for call in (
        store.put(name, b""),
        store.get(name),
        store.get_info(name),
        store.delete(name),
        store.update_meta(name, api.ObjectMeta()),
    ):
        with pytest.raises(InvalidObjectNameError):
            await call
    await store.put("", b"data", api.ObjectMeta(name="of the meta"))
    assert (await store.get("of the meta")).data == b"data"


# Failures.


async def nothing_left(js: JetStreamContext) -> None:
    assert await messages(js) == 0


async def test_a_source_that_breaks_leaves_nothing(
    js: JetStreamContext, store: ObjectStore
) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield bytes(10)
        raise OSError("broken")

    with pytest.raises(OSError, match="broken"):
        await store.put("name", breaking(), SMALL)
    await nothing_left(js)
    with pytest.raises(TypeError):
        await store.put("name", None)  # type: ignore[arg-type]
    await nothing_left(js)


async def test_a_put_that_is_cancelled_leaves_nothing(
    js: JetStreamContext, store: ObjectStore
) -> None:
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 1
            yield bytes(10)
            await asyncio.sleep(0)

    task = asyncio.ensure_future(store.put("name", endless(), SMALL))
    await eventually(lambda: given > 100, "chunks are on their way")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await nothing_left(js)


@pytest.mark.parametrize("steps", range(0, 40, 3))
async def test_a_put_that_is_cancelled_at_any_time_is_whole_or_nothing(
    js: JetStreamContext, store: ObjectStore, steps: int
) -> None:
    task = asyncio.ensure_future(store.put("name", b"data"))
    for _ in range(steps):
        await asyncio.sleep(0)
    was_under_way = task.cancel()
    await asyncio.wait([task])
    assert task.cancelled() is was_under_way
    try:
        assert (await store.get("name")).data == b"data"
    except ObjectNotFoundError:
        await nothing_left(js)


async def test_a_bucket_that_is_full(js: JetStreamContext) -> None:
    store = await js.create_object_store("B", max_bytes=100_000)
    await store.put("name", bytes(50_000))
    with pytest.raises(APIError, match="maximum bytes"):
        await store.put("name", bytes(80_000), SMALL)
    assert (await store.get("name")).data == bytes(50_000)
    assert await messages(js) == 2


async def test_the_info_cannot_be_stored(js: JetStreamContext, store: ObjectStore) -> None:
    """The chunks are stored, and then the server refuses the rest."""
    config = (await js.stream_info("OBJ_B")).config
    await js.update_stream(config, max_msg_size=1000)
    with pytest.raises(APIError, match="size"):
        await store.put("name", bytes(100), api.ObjectMeta(description="x" * 2000))
    await nothing_left(js)


async def test_the_answer_to_a_put_is_lost(
    js: JetStreamContext, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its chunks, the object would be there and could not be read."""
    publish = js.publish

    async def publish_unheard(*args: Any, **kwargs: Any) -> api.PubAck:
        await publish(*args, **kwargs)
        raise TimeoutError()

    async def publish_in_vain(*args: Any, **kwargs: Any) -> api.PubAck:
        raise TimeoutError()

    monkeypatch.setattr(js, "publish", publish_unheard)
    info = await store.put("name", b"data")
    got = await store.get("name")
    assert (got.data, got.info.nuid) == (b"data", info.nuid)
    monkeypatch.setattr(js, "publish", publish_in_vain)
    with pytest.raises(TimeoutError):
        await store.put("name", b"other")
    assert (await store.get("name")).data == b"data"
    assert await messages(js) == 2


async def test_chunks_that_are_too_large(js: JetStreamContext, store: ObjectStore) -> None:
    too_large = api.ObjectMeta(options=api.ObjectMetaOptions(max_chunk_size=2_000_000))
    with pytest.raises(Exception, match="max_payload"):
        await store.put("name", bytes(2_000_000), too_large)
    await nothing_left(js)


async def test_a_put_keeps_little_in_memory(js_server: NatsServer, store: ObjectStore) -> None:
    """A source as large as it likes waits while the server does."""
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 1
            yield bytes(128 * 1024)

    js_server.pause()
    task = asyncio.ensure_future(store.put("name", endless()))
    most = WINDOW // (128 * 1024)
    await eventually(lambda: given >= most, "the window is full")
    for _ in range(100):
        await asyncio.sleep(0)
    assert given <= most + 2
    js_server.resume()
    await eventually(lambda: given > 3 * most, "it goes on")
    task.cancel()
    await asyncio.wait([task])


@pytest.mark.parametrize("chunk", [b"hellO", b"hell", b"hello!"])
async def test_what_came_is_not_what_was_put(
    js: JetStreamContext, store: ObjectStore, chunk: bytes
) -> None:
    put = await store.put("name", b"hello")
    await js.purge_stream("OBJ_B", subject=f"$O.B.C.{put.nuid}")
    await js.publish(f"$O.B.C.{put.nuid}", chunk)
    with pytest.raises(DigestMismatchError):
        await store.get("name")
    target = io.BytesIO()
    with pytest.raises(DigestMismatchError):
        await store.get("name", writeinto=target)


async def test_all_bytes_are_gone(js: JetStreamContext, store: ObjectStore) -> None:
    put = await store.put("name", b"hello")
    await js.purge_stream("OBJ_B", subject=f"$O.B.C.{put.nuid}")
    with pytest.raises(DigestMismatchError, match="has 5 bytes, and 0 came"):
        await store.get("name")


async def test_the_server_that_sends_does_not_have_all_yet(
    js: JetStreamContext, store: ObjectStore
) -> None:
    put = await store.put("name", b"hello")
    await js.purge_stream("OBJ_B", subject=f"$O.B.C.{put.nuid}")
    await js.publish(f"$O.B.C.{put.nuid}", b"hel")
    async with await store.open("name") as reader:
        await js.publish(f"$O.B.C.{put.nuid}", b"lo")
        assert await reader.read() == b"hello"


@pytest.fixture
def little_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what a reader gets, only a few chunks arrive before it takes them."""
    monkeypatch.setattr(watching, "PENDING_MSGS_LIMIT", 5)
    monkeypatch.setattr(ordered, "HEARTBEAT", 0.2)


@pytest.mark.usefixtures("little_at_a_time")
async def test_a_slow_reader_gets_all_of_it(store: ObjectStore) -> None:
    data = os.urandom(1000)
    await store.put("name", data, SMALL)
    async with await store.open("name") as reader:
        assert await reader.read() == data
        assert reader._sub is not None
        assert reader._sub.resets > 1


@pytest.mark.usefixtures("little_at_a_time")
async def test_an_object_is_replaced_while_it_is_read(store: ObjectStore) -> None:
    await store.put("name", bytes(1000), SMALL)
    async with await store.open("name") as reader:
        await store.put("name", b"new")
        with pytest.raises(DigestMismatchError, match="has 1000 bytes, and 50 came"):
            await reader.read()


@pytest.mark.usefixtures("little_at_a_time")
async def test_the_bucket_is_removed_while_an_object_is_read(
    js: JetStreamContext, store: ObjectStore
) -> None:
    await store.put("name", bytes(1000), SMALL)
    async with await store.open("name") as reader:
        await js.delete_object_store("B")
        with pytest.raises(NotFoundError):
            await reader.read()


@pytest.mark.usefixtures("little_at_a_time")
async def test_a_new_connection_in_the_middle(nc: Client, store: ObjectStore) -> None:
    data = os.urandom(1000)
    await store.put("name", data, SMALL)
    async with await store.open("name") as reader:
        await nc.force_reconnect()
        assert await reader.read() == data
    assert nc.stats["reconnects"] == 1


@pytest.mark.usefixtures("little_at_a_time")
async def test_it_survives_a_restart_of_the_server(js_server: NatsServer, connect: Connect) -> None:
    nc = await connect(reconnect_time_wait=0.05, max_reconnect_attempts=-1)
    store = await nc.jetstream(timeout=20).create_object_store("B")
    data = os.urandom(1000)
    await store.put("name", data, SMALL)
    async with await store.open("name") as reader:
        chunks = aiter(reader)
        first = await anext(chunks)
        js_server.restart()
        assert first + b"".join([chunk async for chunk in chunks]) == data


async def test_the_bucket_is_gone(js: JetStreamContext, store: ObjectStore) -> None:
    await js.delete_object_store("B")
    for call in (
        store.get("name"),
        store.get_info("name"),
        store.delete("name"),
        store.list(),
        store.watch(),
        store.status(),
        store.seal(),
    ):
        with pytest.raises(BucketNotFoundError):
            await call


async def test_a_bucket_of_another_domain(hub_and_leaf: HubAndLeaf, connect: Connect) -> None:
    hub = (await connect(hub_and_leaf.hub.url)).jetstream()
    there = await hub.create_object_store("B")
    leaf = (await connect(hub_and_leaf.leaf.url)).jetstream(domain="hub")
    store = await leaf.object_store("B")
    await store.put("name", b"from the leaf")
    assert (await there.get("name")).data == b"from the leaf"
    assert (await store.get("name")).data == b"from the leaf"
    assert [info.name for info in await store.list()] == ["name"]
    await store.delete("name")
    with pytest.raises(ObjectNotFoundError):
        await there.get("name")


@pytest.mark.parametrize("size", [-1, 1.5, float("nan"), "4"])
async def test_impossible_chunks(store: ObjectStore, size: Any) -> None:
    options = api.ObjectMetaOptions(max_chunk_size=size)
    with pytest.raises(ValueError, match="max_chunk_size"):
        await store.put("name", b"data", api.ObjectMeta(options=options))
    with pytest.raises(ObjectNotFoundError):
        await store.get("name")


async def test_a_name_is_text(store: ObjectStore) -> None:
    number: Any = 5
    with pytest.raises(InvalidObjectNameError, match="not 5"):
        await store.put(number, b"data")
    with pytest.raises(InvalidObjectNameError, match="not 5"):
        await store.get(number)
