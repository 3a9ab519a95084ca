from __future__ import annotations

import asyncio
import json
from contextlib import aclosing

import pytest

from natstui.client import Client, Msg, micro
from natstui.client.errors import ConnectionClosedError, JsonParseError
from natstui.client.micro import Request, Service
from tests.client.conftest import Connect
from tests.conftest import ServerFactory
from tests.support.callbacks import Callbacks
from tests.support.server import NatsServer


async def echo(request: Request) -> None:
    await request.respond(request.data)


@pytest.fixture
async def services(nc: Client) -> list[Service]:
    """Two instances of "orders", one of "stock"."""
    services = [
        await micro.add_service(nc, name=name, version="1.0.0", description=f"about {name}")
        for name in ("orders", "orders", "stock")
    ]
    for service in services:
        await service.add_endpoint(name="echo", handler=echo)
    await nc.flush()
    return services


async def test_ping_finds_all(asker: Client, services: list[Service]) -> None:
    found = await micro.ping(asker)
    assert sorted(each.id for each in found) == sorted(service.id for service in services)
    assert {each.name for each in found} == {"orders", "stock"}
    for each in found:
        assert each.rtt is not None
        assert 0 < each.rtt < micro.discovery.TIMEOUT


async def test_or_those_of_a_name(asker: Client, services: list[Service]) -> None:
    found = await micro.info(asker, "orders")
    assert sorted(each.id for each in found) == sorted(service.id for service in services[:2])
    assert {each.description for each in found} == {"about orders"}
    assert [endpoint.name for endpoint in found[0].endpoints] == ["echo"]


async def test_or_one_without_further_waiting(asker: Client, services: list[Service]) -> None:
    async with asyncio.timeout(20):
        found = await micro.info(asker, "stock", services[2].id, timeout=60, stall=None)
    assert found == [services[2].info()]


async def test_stats(asker: Client, services: list[Service]) -> None:
    await asker.request("echo", timeout=20)
    found = await micro.stats(asker)
    assert sum(each.endpoints[0].num_requests for each in found) == 1
    assert {each.id: each for each in found} == {each.id: each.stats() for each in services}


async def test_discover_tells_them_as_they_come(asker: Client, services: list[Service]) -> None:
    found = []
    async with aclosing(micro.discover(asker, timeout=60, stall=None)) as services_there:
        async for info in services_there:
            found.append(info.id)
            if len(found) == 3:
                break
    assert sorted(found) == sorted(service.id for service in services)


async def test_nobody_is_there(asker: Client) -> None:
    async with asyncio.timeout(20):  # the server says so at once
        assert await micro.ping(asker, timeout=60) == []
        assert await micro.stats(asker, "orders", "x1", timeout=60) == []


async def test_services_behind_another_prefix(
    server_factory: ServerFactory, connect: Connect
) -> None:
    """Those of another account, imported under a name."""
    server = server_factory("""
        accounts {
          A { users: [{user: a, password: a}], exports: [{service: "$SRV.>", response: stream}] }
          B {
            users: [{user: b, password: b}],
            imports: [{service: {account: A, subject: "$SRV.>"}, to: "a.$SRV.>"}]
          }
        }
    """)
    nc = await connect(server.url, user="a", password="a")
    service = await micro.add_service(nc, name="orders", version="1.0.0")
    await nc.flush()
    asker = await connect(server.url, user="b", password="b")
    assert await micro.ping(asker) == []
    (found,) = await micro.ping(asker, prefix="a.$SRV")
    assert found.id == service.id


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff", id="binary"),
        pytest.param(b"{", id="cut"),
        pytest.param(b"[]", id="list"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b"{}", id="nobody"),
        pytest.param(json.dumps({"name": "a", "id": "x", "version": 1}).encode(), id="version"),
    ],
)
async def test_an_answer_of_no_sense_is_reported_and_the_others_come(
    server: NatsServer, connect: Connect, callbacks: Callbacks, answer: bytes
) -> None:
    asker = await connect(server.url, **callbacks.options)
    nc = await connect(server.url)

    async def nonsense(msg: Msg) -> None:
        await nc.publish(msg.reply, answer)

    await nc.subscribe("$SRV.INFO", cb=nonsense)
    service = await micro.add_service(nc, name="orders", version="1.0.0")
    await nc.flush()
    assert await micro.info(asker) == [service.info()]
    await callbacks.until_error(JsonParseError)


async def test_an_id_needs_a_name(asker: Client) -> None:
    with pytest.raises(ValueError, match="name"):
        await micro.ping(asker, id="x1")


async def test_a_closed_client_finds_nobody(asker: Client) -> None:
    await asker.close()
    with pytest.raises(ConnectionClosedError):
        await micro.ping(asker)
