"""Programs with this client and programs with nats-py work with each other, on the same server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import nats as nats_py
import nats.micro as their_micro
import pytest
from nats.js.api import ObjectMeta as TheirObjectMeta

import natstui.client as ours
from natstui.client import Client, micro
from natstui.client.js import api
from natstui.client.js.errors import KeyDeletedError
from tests.support.server import NatsServer


@pytest.fixture
async def mine(js_server: NatsServer) -> AsyncIterator[Client]:
    async with await ours.connect(js_server.url) as client:
        yield client


@pytest.fixture
async def theirs(js_server: NatsServer) -> AsyncIterator[Any]:
    client = await nats_py.connect(js_server.url)
    yield client
    await client.close()


async def test_requests_and_headers(mine: Client, theirs: Any) -> None:
    async def answer(msg: Any) -> None:
        await msg.respond(msg.data.upper() + msg.headers["Tag"].encode())

    await theirs.subscribe("theirs", cb=answer)
    # Its PING overtakes what it has not written yet; a request of its own is written after that.
    await theirs.request("theirs", b"", timeout=20, headers={"Tag": "first"})
    reply = await mine.request("theirs", b"tea", timeout=20, headers={"Tag": "x"})
    assert reply.data == b"TEAx"
    await mine.subscribe("mine", cb=answer)
    await mine.flush()
    reply = await theirs.request("mine", b"tea", timeout=20, headers={"Tag": "y"})
    assert reply.data == b"TEAy"


async def test_streams_and_consumers(mine: Client, theirs: Any) -> None:
    js, their_js = mine.jetstream(timeout=20), theirs.jetstream(timeout=20)
    await js.add_stream(name="S", subjects=["s"])
    await their_js.publish("s", b"theirs")
    await js.publish("s", b"mine")
    my_pull = await js.pull_subscribe("s", "shared")
    their_pull = await their_js.pull_subscribe("s", "shared", stream="S")
    (first,) = await my_pull.fetch(1)
    await first.ack_sync()
    (second,) = await their_pull.fetch(1)
    await second.ack_sync()
    assert (first.data, second.data) == (b"theirs", b"mine")


async def test_keys_and_values(mine: Client, theirs: Any) -> None:
    kv = await mine.jetstream(timeout=20).create_key_value(bucket="B", history=5)
    their_kv = await theirs.jetstream(timeout=20).key_value("B")
    await kv.put("a", b"1")
    await their_kv.put("a", b"2")
    assert (await kv.get("a")).value == (await their_kv.get("a")).value == b"2"
    await their_kv.delete("a")
    with pytest.raises(KeyDeletedError):
        await kv.get("a")
    await kv.create("a", b"3")
    assert [entry.value for entry in await their_kv.history("a")][-1] == b"3"
    await kv.purge("a")
    assert [entry.operation for entry in await their_kv.history("a")] == ["PURGE"]


async def test_objects(mine: Client, theirs: Any) -> None:
    store = await mine.jetstream(timeout=20).create_object_store(bucket="O")
    their_store = await theirs.jetstream(timeout=20).object_store("O")
    data = bytes(range(256)) * 2000
    await store.put("mine", data, api.ObjectMeta(description="of mine"))
    result = await their_store.get("mine")
    assert (result.data, result.info.description) == (data, "of mine")

    about = TheirObjectMeta(name="theirs", description="of theirs", headers={"Tag": "x"})
    await their_store.put("theirs", data, meta=about)
    got = await store.get("theirs")
    assert got.data == data
    assert (got.info.description, got.info.headers) == ("of theirs", {"Tag": "x"})
    assert got.info.mtime is not None

    await their_store.delete("theirs")
    assert [info.name for info in await store.list(ignore_deletes=True)] == ["mine"]


async def test_services(mine: Client, theirs: Any) -> None:
    async def echo(request: Any) -> None:
        await request.respond(request.data)

    service = await their_micro.add_service(theirs, name="theirs", version="1.0.0")
    await service.add_endpoint(name="echo", handler=echo)
    # As above: not with a flush.
    await theirs.request("echo", b"tea", timeout=20)
    assert (await mine.request("echo", b"tea", timeout=20)).data == b"tea"
    (found,) = await micro.info(mine, "theirs", timeout=20)
    assert [endpoint.subject for endpoint in found.endpoints] == ["echo"]
    (stats,) = await micro.stats(mine, "theirs", timeout=20)
    assert stats.endpoints[0].num_requests == 2
    await service.stop()
