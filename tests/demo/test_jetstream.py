from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

import natstui.client as nats
from natstui.client.js import JetStreamContext
from natstui.client.js.api import ConsumerInfo
from natstui.client.js.errors import BadRequestError, ServiceUnavailableError
from natstui.demo.consumers import CONSUMERS
from natstui.demo.jetstream import set_up, work
from natstui.demo.keys import CONFIG
from natstui.demo.traffic import timeline, write_history
from tests.support.server import NatsServer
from tests.support.waiting import eventually


@asynccontextmanager
async def demo(server: NatsServer) -> AsyncIterator[JetStreamContext]:
    """A server on which the demo's streams are, with five minutes in them."""
    async with await nats.connect(server.url) as client:
        await set_up(client)
        await write_history(client, timeline())
        yield client.jetstream(timeout=20)


@asynccontextmanager
async def at_work(js: JetStreamContext) -> AsyncIterator[None]:
    working = asyncio.create_task(work(js._nc))
    yield
    assert not working.done()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working


async def test_there_are_streams_of_every_kind_and_all_are_bounded(js_server: NatsServer) -> None:
    async with demo(js_server) as js:
        configs = [info.config for info in await js.streams_info()]
    assert {config.retention for config in configs} == {"limits", "workqueue", "interest"}
    assert {config.storage for config in configs} == {"file", "memory"}
    assert any(config.mirror for config in configs)
    assert all((config.max_bytes or 0) > 0 for config in configs)


Condition = Callable[[], bool | Awaitable[bool]]


def consumer(
    js: JetStreamContext, stream: str, name: str, so: Callable[[ConsumerInfo], bool]
) -> Condition:
    async def look() -> bool:
        return so(await js.consumer_info(stream, name))

    return look


def acked(info: ConsumerInfo) -> bool:
    return info.ack_floor is not None and info.ack_floor.consumer_seq > 0


def stuck(info: ConsumerInfo) -> bool:
    return info.num_ack_pending == info.config.max_ack_pending


async def happens(condition: Condition) -> None:
    await eventually(condition, "the consumer gets there")


async def test_consumers_keep_up_lag_and_get_stuck(js_server: NatsServer) -> None:
    async with demo(js_server) as js, at_work(js):
        await happens(consumer(js, "ORDERS", "fraud", stuck))
        for stream, name in (("ORDERS", "billing"), ("ORDERS", "warehouse"), ("JOBS", "workers")):
            await happens(consumer(js, stream, name, acked))
        # What is there comes at a rate that it cannot keep up with.
        assert (await js.consumer_info("ORDERS", "warehouse")).num_pending
        assert (await js.consumer_info("ORDERS", "reports")).num_waiting == 0
        assert not (await js.consumer_info("ORDERS", "webhook")).push_bound
        newsletter = await js.consumer_info("ORDERS", "newsletter")
        assert newsletter.paused
        assert newsletter.num_pending


async def test_every_consumer_is_there(js_server: NatsServer) -> None:
    async with demo(js_server) as js:
        for stream, configs in CONSUMERS.items():
            names = {info.name for info in await js.consumers_info(stream)}
            assert names == {config.durable_name for config in configs}


async def test_whoever_looks_may_delete_what_is_there(js_server: NatsServer) -> None:
    written: list[nats.Msg] = []
    async with demo(js_server) as js:
        for info in await js.streams_info():
            assert await js.delete_stream(info.config.name or "")
        await js._nc.subscribe("$KV.>", hook=written.append)
        async with at_work(js):
            await eventually(lambda: written, "it goes on writing")


async def test_the_settings_hold_values_as_written(js_server: NatsServer) -> None:
    async with demo(js_server) as js:
        config = await js.key_value("config")
        assert set(await config.keys()) == set(CONFIG)
        for key, value in CONFIG.items():
            text = ((await config.get(key)).value or b"").decode()
            assert (text if isinstance(value, str) else json.loads(text)) == value


async def test_sessions_have_a_history_and_an_end(js_server: NatsServer) -> None:
    async with demo(js_server) as js:
        sessions = await js.key_value("sessions")
        assert (await sessions.status()).limit_marker_ttl
        lives = {
            (message.headers or {}).get("Nats-TTL")
            async for message in (await js.stream("KV_sessions")).get_msgs()
        }
        assert len(lives) > 1
        async with at_work(js), await sessions.watchall(updates_only=True) as watcher:
            assert await watcher.updates() is None
            assert await watcher.updates(timeout=20) is not None


async def test_devices_have_values_that_are_no_text(js_server: NatsServer) -> None:
    async with demo(js_server) as js:
        devices = await js.key_value("devices")
        log = (await devices.get("dev-1.log")).value or b""
        assert gzip.decompress(log).startswith(b"boot 0")
        assert len((await devices.get("dev-1.key")).value or b"") == 32
        assert len(await devices.keys(filters="*.position")) == 4


async def test_objects_are_whole_and_one_is_a_link(js_server: NatsServer) -> None:
    async with demo(js_server) as js:
        assets = await js.object_store("assets")
        infos = {info.name: info for info in await assets.list()}
        catalogue = await assets.get("catalogue.csv")
        assert infos["latest.csv"].is_link()
        assert (await assets.get("latest.csv")).data == catalogue.data
        assert infos["old/banner.txt"].deleted
        assert (infos["firmware/dev-2.4.bin"].chunks or 0) > 10
    assert (catalogue.data or b"").startswith(b"sku,name,cents\n")


async def test_a_server_without_jetstream_cannot_have_it(server: NatsServer) -> None:
    async with await nats.connect(server.url) as client:
        with pytest.raises(ServiceUnavailableError):
            await set_up(client)


async def test_what_is_in_the_way_is_named(js_server: NatsServer) -> None:
    async with await nats.connect(js_server.url) as client:
        await client.jetstream().add_stream(name="OTHER", subjects=["orders.>"])
        with pytest.raises(BadRequestError, match="subjects overlap"):
            await set_up(client)
