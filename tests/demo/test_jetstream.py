from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

import natstui.client as nats
from natstui.client.errors import NoRespondersError
from natstui.demo.jetstream import CONFIG, CONSUMERS, STREAMS, set_up, work
from natstui.demo.traffic import timeline, write_history
from tests.support.server import NatsServer
from tests.support.waiting import eventually


@asynccontextmanager
async def demo(server: NatsServer) -> AsyncIterator[nats.Client]:
    """A client of a server on which the demo's streams are, with five minutes in them."""
    async with await nats.connect(server.url) as client:
        await set_up(client)
        await write_history(client, timeline())
        yield client


async def api(client: nats.Client, subject: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads((await client.request(f"$JS.API.{subject}", b"")).data)
    assert "error" not in answer, answer
    return answer


async def consumer(client: nats.Client, stream: str, name: str) -> dict[str, Any]:
    return await api(client, f"CONSUMER.INFO.{stream}.{name}")


async def test_there_are_streams_of_every_kind_and_all_are_bounded(js_server: NatsServer) -> None:
    kinds = set()
    async with demo(js_server) as client:
        for name in STREAMS:
            config = (await api(client, f"STREAM.INFO.{name}"))["config"]
            kinds.add(config["retention"])
            assert config["max_bytes"] > 0
    assert kinds == {"limits", "workqueue", "interest"}


async def test_consumers_keep_up_lag_and_get_stuck(js_server: NatsServer) -> None:
    async with demo(js_server) as client:
        working = asyncio.create_task(work(client))
        await happens(stuck(client, "fraud"))
        assert (await consumer(client, "ORDERS", "reports"))["num_waiting"] == 0
        assert (await consumer(client, "ORDERS", "webhook")).get("push_bound") is None
        await happens(acked(client, "ORDERS", "billing"))
        await happens(acked(client, "JOBS", "workers"))
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working


Condition = Callable[[], bool | Awaitable[bool]]


async def happens(condition: Condition) -> None:
    await eventually(condition, "the consumer gets there")


def stuck(client: nats.Client, name: str) -> Condition:
    """It has as many unacknowledged messages as it may."""

    async def look() -> bool:
        found = await consumer(client, "ORDERS", name)
        return bool(found["num_ack_pending"] == found["config"]["max_ack_pending"])

    return look


def acked(client: nats.Client, stream: str, name: str) -> Condition:
    async def look() -> bool:
        return bool((await consumer(client, stream, name))["ack_floor"]["consumer_seq"])

    return look


async def test_whoever_looks_may_delete_what_is_there(js_server: NatsServer) -> None:
    written: list[nats.Msg] = []
    async with demo(js_server) as client:
        for name in STREAMS:
            await api(client, f"STREAM.DELETE.{name}")
        working = asyncio.create_task(work(client))
        await client.subscribe("$KV.config.>", hook=written.append)
        await eventually(lambda: written or working.done(), "it goes on writing")
        assert not working.done()
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working


async def test_every_consumer_is_there(js_server: NatsServer) -> None:
    async with demo(js_server) as client:
        for stream, name in CONSUMERS:
            assert (await consumer(client, stream, name))["config"]["durable_name"] == name


async def test_the_bucket_holds_values_as_written(js_server: NatsServer) -> None:
    async with demo(js_server) as client:
        for key, value in CONFIG.items():
            reply = await client.request(f"$JS.API.DIRECT.GET.KV_config.$KV.config.{key}", b"")
            text = reply.data.decode()
            assert (text if isinstance(value, str) else json.loads(text)) == value


async def test_the_object_is_whole(js_server: NatsServer) -> None:
    async with demo(js_server) as client:
        name = base64.urlsafe_b64encode(b"catalogue.csv").decode()
        about = await client.request(f"$JS.API.DIRECT.GET.OBJ_assets.$O.assets.M.{name}", b"")
        meta = json.loads(about.data)
        chunks = b""
        for seq in range(1, meta["chunks"] + 1):
            asked = json.dumps({"seq": seq}).encode()
            chunks += (await client.request("$JS.API.DIRECT.GET.OBJ_assets", asked)).data
    digest = base64.urlsafe_b64encode(hashlib.sha256(chunks).digest()).decode()
    assert (len(chunks), f"SHA-256={digest}") == (meta["size"], meta["digest"])


async def test_a_server_without_jetstream_cannot_have_it(server: NatsServer) -> None:
    async with await nats.connect(server.url) as client:
        with pytest.raises(NoRespondersError):
            await set_up(client)


async def test_a_request_that_is_refused_is_named(js_server: NatsServer) -> None:
    async with await nats.connect(js_server.url) as client:
        config = json.dumps({"name": "OTHER", "subjects": ["orders.>"]}).encode()
        await client.request("$JS.API.STREAM.CREATE.OTHER", config)
        with pytest.raises(RuntimeError, match=r"STREAM\.CREATE\.ORDERS: subjects overlap"):
            await set_up(client)
