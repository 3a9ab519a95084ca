"""How services begin and end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from natstui.client import Client, micro
from natstui.client.errors import ConnectionClosedError, Error, NoRespondersError
from natstui.client.micro import Request, Service, ServiceConfig
from tests.client.conftest import Connect
from tests.support.callbacks import Callbacks
from tests.support.server import NatsServer
from tests.support.waiting import eventually

CONFIG = ServiceConfig(name="test", version="1.0.0")


class Gate:
    """A handler that lets requests in, and answers them when it is opened."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []
        self.opened = asyncio.Event()

    async def __call__(self, request: Request) -> None:
        self.waiting.append(request.data)
        await self.opened.wait()
        await request.respond(request.data)


async def echo(request: Request) -> None:
    await request.respond(request.data)


async def interest(server: NatsServer, nc: Client) -> list[str]:
    await nc.flush()
    (connection,) = server.monitor(f"connz?subs=1&cid={nc.client_id}")["connections"]
    subjects: list[str] = connection.get("subscriptions_list", [])
    return subjects


async def test_leaving_the_context_stops_it(nc: Client, asker: Client, server: NatsServer) -> None:
    async with await micro.add_service(nc, CONFIG) as service:
        await service.add_endpoint(name="echo", handler=echo)
        await nc.flush()
        assert (await asker.request("echo", b"hi", timeout=20)).data == b"hi"
        assert not service.stopped.is_set()
    assert service.stopped.is_set()
    assert await interest(server, nc) == []
    with pytest.raises(NoRespondersError):
        await asker.request("echo", timeout=20)
    assert not nc.is_closed


async def test_entering_the_context_starts_it_once(nc: Client, server: NatsServer) -> None:
    service = Service(nc, CONFIG)
    assert await interest(server, nc) == []
    async with service:
        await service.start()
        assert len(await interest(server, nc)) == 9


async def test_stopping_answers_all_that_had_arrived(
    nc: Client, asker: Client, server: NatsServer
) -> None:
    service = await micro.add_service(nc, CONFIG)
    gates = {"a": Gate(), "b": Gate()}
    for name, gate in gates.items():
        await service.add_endpoint(name=name, handler=gate)
    await nc.flush()
    asked = [
        asyncio.create_task(asker.request(name, b"%d" % number, timeout=20))
        for number in range(3)
        for name in gates
    ]
    await eventually(lambda: all(gate.waiting for gate in gates.values()), "both are at work")
    stopping = asyncio.create_task(service.stop())
    await eventually(
        lambda: "a" not in server.monitor("connz?subs=1")["connections"][0]["subscriptions_list"],
        "no further request comes",
    )
    assert not service.stopped.is_set()
    assert [found.id for found in await micro.ping(asker, "test", service.id)] == [service.id]
    for gate in gates.values():
        gate.opened.set()
    await stopping
    assert [(await each).data for each in asked] == [b"0", b"0", b"1", b"1", b"2", b"2"]
    assert await interest(server, nc) == []


async def test_stopping_again_waits_for_the_first(nc: Client, asker: Client) -> None:
    service = await micro.add_service(nc, CONFIG)
    gate = Gate()
    await service.add_endpoint(name="gate", handler=gate)
    await nc.flush()
    asked = asyncio.create_task(asker.request("gate", timeout=20))
    await eventually(lambda: gate.waiting, "it is at work")
    stops = [asyncio.create_task(service.stop()) for _ in range(3)]
    await nc.flush()
    assert not any(stop.done() for stop in stops)
    gate.opened.set()
    await asyncio.gather(*stops)
    await service.stop()
    await asked


async def test_a_handler_may_stop_its_service(nc: Client, asker: Client) -> None:
    service = await micro.add_service(nc, CONFIG)

    async def stop(request: Request) -> None:
        await service.stop()
        await request.respond(b"stopped")

    await service.add_endpoint(name="stop", handler=stop)
    await service.add_endpoint(name="also", handler=stop, concurrency=2)
    await nc.flush()
    asked = [
        asyncio.create_task(asker.request(name, timeout=20)) for name in ("stop", "also", "also")
    ]
    assert [(await each).data for each in asked] == [b"stopped"] * 3
    await service.stopped.wait()


async def test_a_stopped_service_does_not_come_back(nc: Client) -> None:
    service = await micro.add_service(nc, CONFIG)
    await service.stop()
    with pytest.raises(Error, match="was stopped"):
        await service.start()
    with pytest.raises(Error, match="was stopped"):
        await service.add_endpoint(name="echo", handler=echo)
    with pytest.raises(Error, match="was stopped"):
        await service.add_group(name="g").add_endpoint(name="echo", handler=echo)
    assert "stopped" in repr(service)


async def test_the_reason_is_kept(nc: Client) -> None:
    service = await micro.add_service(nc, CONFIG)
    reason = LookupError("no cups left")
    with pytest.raises(LookupError):
        async with service:
            raise reason
    assert service.error is reason
    fine = await micro.add_service(nc, CONFIG)
    await fine.stop()
    assert fine.error is None


async def close(nc: Client) -> None:
    await nc.close()


async def drain(nc: Client) -> None:
    await nc.drain()


@pytest.mark.parametrize("end", [close, drain])
async def test_it_ends_with_its_client(
    nc: Client, end: Callable[[Client], Awaitable[None]]
) -> None:
    async with await micro.add_service(nc, CONFIG) as service:
        await service.add_endpoint(name="echo", handler=echo)
        await end(nc)
        await service.stopped.wait()
    with pytest.raises(Error, match="was stopped"):
        await service.add_endpoint(name="late", handler=echo)


async def test_draining_the_client_answers_all_that_had_arrived(nc: Client, asker: Client) -> None:
    service = await micro.add_service(nc, CONFIG)
    gate = Gate()
    await service.add_endpoint(name="gate", handler=gate, concurrency=2)
    await nc.flush()
    asked = [asyncio.create_task(asker.request("gate", b"%d" % n, timeout=20)) for n in range(3)]
    await eventually(lambda: len(gate.waiting) == 2, "it is at work")
    await asker.flush()
    draining = asyncio.create_task(nc.drain())
    await asker.flush()
    gate.opened.set()
    assert [(await each).data for each in asked] == [b"0", b"1", b"2"]
    await draining


async def test_it_needs_a_client_that_is_open(nc: Client) -> None:
    await nc.close()
    with pytest.raises(ConnectionClosedError):
        await micro.add_service(nc, CONFIG)


async def test_stopping_does_not_wait_for_a_server_that_is_gone(
    server: NatsServer, connect: Connect, callbacks: Callbacks
) -> None:
    nc = await connect(server.url, reconnect_time_wait=0.05, **callbacks.options)
    asker = await connect(server.url)
    service = await micro.add_service(nc, CONFIG)
    gate = Gate()
    await service.add_endpoint(name="gate", handler=gate)
    await nc.flush()
    await asker.publish("gate", b"1", reply="answers")
    await eventually(lambda: gate.waiting, "it is at work")
    server.stop()
    await eventually(lambda: nc.is_reconnecting, "the client knows")
    asyncio.get_running_loop().call_later(0.1, gate.opened.set)
    async with asyncio.timeout(10):  # drain_timeout is longer
        await service.stop()
    assert gate.opened.is_set()  # what had arrived was waited for
    server.start()
    await callbacks.until("reconnected")
    assert await interest(server, nc) == []


async def test_a_name_for_people(nc: Client) -> None:
    service = await micro.add_service(nc, CONFIG)
    await service.add_endpoint(name="echo", handler=echo)
    assert repr(service) == f"<Service test 1.0.0 {service.id} 1 endpoints>"
