"""What a service answers to those who look for services: the JSON of ADR-32, to the letter."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from natstui.client import Client, micro
from natstui.client.errors import JsonParseError, NoRespondersError
from natstui.client.micro import EndpointStats, Request, Service
from tests.support.callbacks import Callbacks
from tests.support.waiting import eventually


async def echo(request: Request) -> None:
    await request.respond(request.data)


async def add_service(nc: Client, **options: Any) -> Service:
    service = await micro.add_service(nc, name="Orders", version="1.2.3", **options)
    await nc.flush()
    return service


async def ask(asker: Client, subject: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((await asker.request(subject, timeout=20)).data)
    return found


@pytest.mark.parametrize("verb", ["PING", "INFO", "STATS"])
async def test_it_answers_for_all_for_its_name_and_for_itself(
    nc: Client, asker: Client, verb: str
) -> None:
    service = await add_service(nc)
    for whose in ("", ".Orders", f".Orders.{service.id}"):
        told = await ask(asker, f"$SRV.{verb}{whose}")
        assert told["type"] == f"io.nats.micro.v1.{verb.lower()}_response"
        assert told["id"] == service.id


async def test_it_keeps_silent_for_others(nc: Client, asker: Client) -> None:
    service = await add_service(nc)
    others = ("$SRV.PING.orders", "$SRV.PING.Orders.other", f"$SRV.PING.{service.id}", "$SRV.HALT")
    for subject in others:
        answers = asker.request_many(subject, timeout=20)
        with pytest.raises(NoRespondersError):
            await anext(answers)


async def test_ping(nc: Client, asker: Client) -> None:
    service = await add_service(nc, metadata={"region": "eu"})
    assert await ask(asker, "$SRV.PING") == {
        "type": "io.nats.micro.v1.ping_response",
        "name": "Orders",
        "id": service.id,
        "version": "1.2.3",
        "metadata": {"region": "eu"},
    }


async def test_info(nc: Client, asker: Client) -> None:
    service = await add_service(nc, description="Takes orders")
    await service.add_endpoint(name="place", handler=echo, metadata={"kind": "write"})
    group = service.add_group(name="v2", queue_group="workers")
    await group.add_endpoint(name="place", handler=echo, subject="orders.*.place")
    assert await ask(asker, "$SRV.INFO.Orders") == {
        "type": "io.nats.micro.v1.info_response",
        "name": "Orders",
        "id": service.id,
        "version": "1.2.3",
        "metadata": {},
        "description": "Takes orders",
        "endpoints": [
            {
                "name": "place",
                "subject": "place",
                "queue_group": "q",
                "metadata": {"kind": "write"},
            },
            {
                "name": "place",
                "subject": "v2.orders.*.place",
                "queue_group": "workers",
                "metadata": {},
            },
        ],
    }


async def test_nothing_is_ever_null(nc: Client, asker: Client) -> None:
    service = await add_service(nc)
    await service.add_endpoint(name="echo", handler=echo, queue_group=micro.NO_QUEUE_GROUP)
    for verb in ("PING", "INFO", "STATS"):
        answer = await asker.request(f"$SRV.{verb}", timeout=20)
        assert b"null" not in answer.data
    info = await ask(asker, "$SRV.INFO")
    assert (info["description"], info["endpoints"][0]["queue_group"]) == ("", "")


async def test_stats(nc: Client, asker: Client) -> None:
    before = datetime.now(UTC)
    service = await add_service(nc)
    await service.add_endpoint(name="echo", handler=echo)
    await nc.flush()
    for _ in range(3):
        await asker.request("echo", timeout=20)
    told = await ask(asker, "$SRV.STATS")
    (endpoint,) = told.pop("endpoints")
    started = told.pop("started")
    assert told == {
        "type": "io.nats.micro.v1.stats_response",
        "name": "Orders",
        "id": service.id,
        "version": "1.2.3",
        "metadata": {},
    }
    assert started.endswith("Z")
    assert before <= datetime.fromisoformat(started) <= datetime.now(UTC)
    total = endpoint.pop("processing_time")
    assert total > 0
    assert endpoint == {
        "name": "echo",
        "subject": "echo",
        "queue_group": "q",
        "num_requests": 3,
        "num_errors": 0,
        "last_error": "",
        "average_processing_time": total // 3,
    }


async def test_the_time_is_that_of_the_handler_in_nanoseconds(nc: Client, asker: Client) -> None:
    async def slow(request: Request) -> None:
        await asyncio.sleep(0.05)
        await request.respond()

    service = await add_service(nc)
    endpoint = await service.add_endpoint(name="slow", handler=slow)
    await nc.flush()
    loop = asyncio.get_running_loop()
    start = loop.time()
    for _ in range(2):
        await asker.request("slow", timeout=20)
    passed = (loop.time() - start) * 1e9
    stats = endpoint.stats()
    # At least what was slept (the loop may wake a clock tick early), at most what passed here.
    assert 0.099e9 <= stats.processing_time <= passed
    assert stats.average_processing_time == stats.processing_time // 2


async def test_without_requests_the_average_is_zero(nc: Client) -> None:
    service = await add_service(nc)
    endpoint = await service.add_endpoint(name="echo", handler=echo)
    assert endpoint.stats().average_processing_time == 0


async def test_each_endpoint_counts_its_own(nc: Client, asker: Client) -> None:
    async def fail(request: Request) -> None:
        await request.respond_error(400, "bad")

    service = await add_service(nc)
    await service.add_endpoint(name="echo", handler=echo)
    await service.add_endpoint(name="fail", handler=fail)
    await nc.flush()
    for subject in ("echo", "fail", "echo"):
        await asker.request(subject, timeout=20)
    counted = {
        each.name: (each.num_requests, each.num_errors) for each in service.stats().endpoints
    }
    assert counted == {"echo": (2, 0), "fail": (1, 1)}


async def test_reset_counts_from_zero(nc: Client, asker: Client) -> None:
    async def fail(request: Request) -> None:
        await request.respond_error(400, "bad")

    service = await add_service(nc)
    await service.add_endpoint(name="fail", handler=fail)
    await nc.flush()
    await asker.request("fail", timeout=20)
    before = service.stats()
    assert before.endpoints[0].num_errors == 1
    await service.reset()
    after = service.stats()
    assert after.started > before.started
    assert after.endpoints == [
        EndpointStats(
            name="fail",
            subject="fail",
            queue_group="q",
            num_requests=0,
            num_errors=0,
            processing_time=0,
            average_processing_time=0,
            last_error="",
        )
    ]
    await asker.request("fail", timeout=20)
    assert service.stats().endpoints[0].num_requests == 1


async def test_what_is_under_way_at_a_reset_counts_for_before(nc: Client, asker: Client) -> None:
    begun, finish = asyncio.Event(), asyncio.Event()

    async def fail(request: Request) -> None:
        begun.set()
        await finish.wait()
        await request.respond_error(400, "bad")

    service = await add_service(nc)
    endpoint = await service.add_endpoint(name="fail", handler=fail)
    await nc.flush()
    asked = asyncio.create_task(asker.request("fail", timeout=20))
    await begun.wait()
    assert endpoint.stats().num_requests == 1
    await service.reset()
    finish.set()
    await asked
    stats = endpoint.stats()
    assert (stats.num_requests, stats.num_errors, stats.processing_time) == (0, 0, 0)


async def test_a_stats_handler_adds_data(nc: Client, asker: Client) -> None:
    def more(stats: EndpointStats) -> Any:
        return {"of": stats.name, "asked": stats.num_requests}

    service = await add_service(nc, stats_handler=more)
    await service.add_endpoint(name="echo", handler=echo)
    await service.add_endpoint(name="other", handler=echo)
    await nc.flush()
    await asker.request("echo", timeout=20)
    told = await ask(asker, "$SRV.STATS")
    assert [endpoint["data"] for endpoint in told["endpoints"]] == [
        {"of": "echo", "asked": 1},
        {"of": "other", "asked": 0},
    ]
    assert service.stats().endpoints[0].data == {"of": "echo", "asked": 1}


@pytest.mark.parametrize(
    ("data", "error"),
    [
        pytest.param({1, 2}, TypeError, id="set"),
        pytest.param(float("nan"), ValueError, id="nan"),
        pytest.param(None, ZeroDivisionError, id="raises"),
    ],
)
async def test_without_its_data_the_statistics_still_come(
    nc: Client, asker: Client, callbacks: Callbacks, data: object, error: type[Exception]
) -> None:
    def more(stats: EndpointStats) -> Any:
        return data if data is not None else 1 / 0

    service = await add_service(nc, stats_handler=more)
    await service.add_endpoint(name="echo", handler=echo)
    told = await ask(asker, "$SRV.STATS")
    assert "data" not in told["endpoints"][0]
    await callbacks.until_error(error)


async def test_who_wants_no_answer_gets_none(
    nc: Client, asker: Client, callbacks: Callbacks
) -> None:
    await add_service(nc)
    await asker.publish("$SRV.PING")
    await ask(asker, "$SRV.PING")
    assert callbacks.errors == []


async def test_instances_have_ids_of_their_own(nc: Client, asker: Client) -> None:
    services = [await add_service(nc) for _ in range(3)]
    answers = [each async for each in asker.request_many("$SRV.PING.Orders", stall=0.2, timeout=20)]
    assert sorted(json.loads(each.data)["id"] for each in answers) == sorted(s.id for s in services)
    assert len({service.id for service in services}) == 3


async def test_a_service_survives_a_reconnect(nc: Client, asker: Client) -> None:
    service = await add_service(nc)
    await service.add_endpoint(name="echo", handler=echo)
    await nc.force_reconnect()
    await eventually(lambda: nc.is_connected, "it is back")
    await nc.flush()
    assert (await asker.request("echo", b"still there", timeout=20)).data == b"still there"
    assert (await ask(asker, "$SRV.PING"))["id"] == service.id


@pytest.mark.parametrize(
    ("arguments", "subject"),
    [
        ((), "$SRV.PING"),
        (("a",), "$SRV.PING.a"),
        (("a", "x1"), "$SRV.PING.a.x1"),
        (("a", "x1", "other.$SRV"), "other.$SRV.PING.a.x1"),
    ],
)
def test_control_subjects(arguments: tuple[str, ...], subject: str) -> None:
    assert micro.control_subject(micro.ServiceVerb.PING, *arguments) == subject


def test_an_id_needs_a_name() -> None:
    with pytest.raises(ValueError, match="name"):
        micro.control_subject(micro.ServiceVerb.INFO, id="x1")


@pytest.mark.parametrize("kind", [micro.ServicePing, micro.ServiceInfo, micro.ServiceStats])
def test_responses_are_read_as_they_are_written(kind: type[Any]) -> None:
    data: dict[str, Any] = {
        "name": "a",
        "id": "x1",
        "version": "1.0.0",
        "metadata": {"region": "eu"},
        "type": f"io.nats.micro.v1.{kind.__name__[7:].lower()}_response",
    }
    endpoint = {"name": "e", "subject": "s", "queue_group": "q"}
    if kind is micro.ServiceInfo:
        data |= {"description": "about", "endpoints": [{**endpoint, "metadata": {"kind": "read"}}]}
    if kind is micro.ServiceStats:
        counted = {
            "num_requests": 7,
            "num_errors": 1,
            "last_error": "400:bad",
            "processing_time": 70,
            "average_processing_time": 10,
            "data": [1, None],
        }
        data |= {"started": "2026-01-02T03:04:05.678901Z", "endpoints": [endpoint | counted]}
    assert kind.from_dict(data).to_dict() == data


def test_what_other_implementations_leave_out_has_a_default() -> None:
    identity: dict[str, Any] = {
        "name": "a",
        "id": "x1",
        "version": "1.0.0",
        "metadata": None,
        "more": "ignored",
    }
    info = micro.ServiceInfo.from_dict({**identity, "description": None, "endpoints": None})
    assert (info.metadata, info.description, info.endpoints) == ({}, "", [])
    info = micro.ServiceInfo.from_dict(
        {**identity, "endpoints": [{"name": "e", "subject": "s", "metadata": None}]}
    )
    assert info.endpoints == [micro.EndpointInfo("e", "s", "")]
    stats = micro.ServiceStats.from_dict(
        {
            **identity,
            "started": "2026-01-02T03:04:05.678901234+01:00",
            "endpoints": [{"name": "e", "subject": "s", "last_error": None, "data": None}],
        }
    )
    assert stats.started == datetime(2026, 1, 2, 2, 4, 5, 678901, UTC)
    assert stats.endpoints == [micro.EndpointStats("e", "s", "", 0, 0, 0, 0)]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"name": None}, id="no-name"),
        pytest.param({"id": 7}, id="id"),
        pytest.param({"type": "io.nats.micro.v1.ping_response"}, id="other-type"),
        pytest.param({"metadata": ["a"]}, id="metadata"),
        pytest.param({"started": None}, id="no-start"),
        pytest.param({"started": "today"}, id="start"),
        pytest.param({"started": "0001-01-01T00:00:00+14:00"}, id="before-time"),
        pytest.param({"endpoints": {"a": 1}}, id="endpoints"),
        pytest.param({"endpoints": ["a"]}, id="endpoint"),
        pytest.param({"endpoints": [{"name": "e"}]}, id="no-subject"),
        pytest.param(
            {"endpoints": [{"name": "e", "subject": "s", "num_requests": "many"}]}, id="number"
        ),
    ],
)
def test_what_makes_no_sense_is_named(change: dict[str, Any]) -> None:
    data = {"name": "a", "id": "x1", "version": "1.0.0", "started": "2026-01-02T03:04:05Z"}
    assert micro.ServiceStats.from_dict(data).endpoints == []
    with pytest.raises(JsonParseError, match="a service sent"):
        micro.ServiceStats.from_dict(data | change)
