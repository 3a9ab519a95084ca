"""Requests and their answers, good and bad."""

from __future__ import annotations

import asyncio
import json

import pytest

from natstui.client import Client, micro
from natstui.client.errors import Error, PublishRefusedError, TimeoutError
from natstui.client.micro import Handler, Request, Service, ServiceError
from tests.client.conftest import Connect
from tests.support.callbacks import Callbacks
from tests.support.server import NatsServer
from tests.support.waiting import eventually


async def serve(nc: Client, handler: Handler, **options: int) -> Service:
    service = await micro.add_service(nc, name="test", version="1.0.0")
    await service.add_endpoint(name="ask", handler=handler, concurrency=options.get("at_once", 1))
    await nc.flush()
    return service


async def test_a_request_carries_all_that_was_sent(nc: Client, asker: Client) -> None:
    seen: list[Request] = []

    async def handle(request: Request) -> None:
        seen.append(request)
        await request.respond(b"done")

    await serve(nc, handle)
    answer = await asker.request("ask", b"what?", headers={"Trace": ["7", "8"]}, timeout=20)
    (request,) = seen
    assert (request.subject, request.data) == ("ask", b"what?")
    assert request.headers is not None
    assert request.headers.get_all("Trace") == ["7", "8"]
    assert request.reply == request.msg.reply == answer.subject
    assert answer.data == b"done"
    assert answer.headers is None  # those of the request do not come back


async def test_an_answer_may_have_headers(nc: Client, asker: Client) -> None:
    async def handle(request: Request) -> None:
        await request.respond(headers={"Cached": "yes"})

    await serve(nc, handle)
    answer = await asker.request("ask", timeout=20)
    assert (answer.data, answer.headers) == (b"", {"Cached": "yes"})
    assert ServiceError.of(answer) is None


async def test_one_request_may_have_many_answers(nc: Client, asker: Client) -> None:
    async def handle(request: Request) -> None:
        for part in (b"1", b"2", b""):
            await request.respond(part)

    await serve(nc, handle)
    answers = asker.request_many("ask", timeout=20, sentinel=True)
    assert [answer.data async for answer in answers] == [b"1", b"2"]


@pytest.mark.parametrize("code", ["404", 404])
async def test_an_error_is_told_in_headers(nc: Client, asker: Client, code: str | int) -> None:
    async def handle(request: Request) -> None:
        await request.respond_error(code, "no such cup", b"{}", headers={"Sku": ["a", "b"]})

    service = await serve(nc, handle)
    answer = await asker.request("ask", timeout=20)
    assert answer.data == b"{}"
    assert answer.headers == {
        "Sku": ["a", "b"],
        "Nats-Service-Error": "no such cup",
        "Nats-Service-Error-Code": "404",
    }
    error = ServiceError.of(answer)
    assert error is not None
    assert (error.code, error.description) == ("404", "no such cup")
    (stats,) = service.stats().endpoints
    assert (stats.num_requests, stats.num_errors) == (1, 1)
    assert stats.last_error == "404:no such cup"


async def test_a_handler_may_raise_its_answer(
    nc: Client, asker: Client, callbacks: Callbacks
) -> None:
    async def handle(request: Request) -> None:
        raise ServiceError("429", "slow down")

    service = await serve(nc, handle)
    error = ServiceError.of(await asker.request("ask", timeout=20))
    assert error is not None
    assert (error.code, error.description) == ("429", "slow down")
    assert service.stats().endpoints[0].last_error == "429:slow down"
    assert callbacks.errors == []  # it was meant


async def test_a_handler_that_fails_is_told_to_both_sides(
    nc: Client, asker: Client, callbacks: Callbacks
) -> None:
    async def handle(request: Request) -> None:
        raise LookupError("no cups\nleft")

    service = await serve(nc, handle)
    answer = await asker.request("ask", timeout=20)
    assert answer.headers == {
        "Nats-Service-Error": "LookupError: no cups left",
        "Nats-Service-Error-Code": "500",
    }
    await callbacks.until_error(LookupError)
    (stats,) = service.stats().endpoints
    assert (stats.num_requests, stats.num_errors) == (1, 1)
    assert (stats.last_error or "").startswith("500:LookupError: no cups")


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("", id="none"),
        pytest.param("a\0b", id="nul"),
        pytest.param("\ud800", id="surrogate"),
        pytest.param("x" * 2_000_000, id="long"),
        pytest.param("größer \N{CUP WITH STRAW}", id="unicode"),
    ],
)
async def test_whatever_an_exception_says_an_answer_goes_out(
    nc: Client, asker: Client, words: str
) -> None:
    async def handle(request: Request) -> None:
        raise ValueError(words)

    service = await serve(nc, handle)
    error = ServiceError.of(await asker.request("ask", timeout=20))
    assert error is not None
    assert error.description.startswith("ValueError")
    told = json.loads((await asker.request("$SRV.STATS.test", timeout=20)).data)
    assert told["endpoints"][0]["last_error"] == service.stats().endpoints[0].last_error


async def test_something_cancelled_is_a_failure_too(nc: Client, asker: Client) -> None:
    async def handle(request: Request) -> None:
        cancelled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        cancelled.cancel()
        await cancelled

    service = await serve(nc, handle)
    for _ in range(2):  # the endpoint goes on
        error = ServiceError.of(await asker.request("ask", timeout=20))
        assert error is not None
        assert (error.code, error.description) == ("500", "CancelledError")
    assert service.stats().endpoints[0].num_errors == 2


async def test_an_error_answer_is_sent_once(nc: Client, asker: Client) -> None:
    async def handle(request: Request) -> None:
        await request.respond_error(400, "first")
        raise LookupError("second")

    service = await serve(nc, handle)
    answers = asker.request_many("ask", timeout=20, stall=0.2)
    (answer,) = [answer async for answer in answers]
    error = ServiceError.of(answer)
    assert error is not None
    assert error.description == "first"
    (stats,) = service.stats().endpoints
    assert (stats.num_errors, stats.last_error) == (1, "500:LookupError: second")


async def test_a_failure_after_answers_is_told_as_well(nc: Client, asker: Client) -> None:
    async def handle(request: Request) -> None:
        await request.respond(b"1")
        raise LookupError("no second one")

    await serve(nc, handle)
    answers = asker.request_many("ask", timeout=20, max_messages=2)
    first, second = [ServiceError.of(answer) async for answer in answers]
    assert first is None
    assert second is not None


async def test_nobody_waits_for_an_answer(nc: Client, asker: Client, callbacks: Callbacks) -> None:
    async def handle(request: Request) -> None:
        if request.data == b"answer":
            await request.respond(b"to whom?")
        if request.data == b"fail":
            raise LookupError("heard by nobody")

    service = await serve(nc, handle)
    for payload in (b"fine", b"answer", b"fail"):
        await asker.publish("ask", payload)
    await eventually(lambda: service.stats().endpoints[0].num_requests == 3, "all were handled")
    assert service.stats().endpoints[0].num_errors == 2
    await callbacks.until_error(LookupError)
    assert len(callbacks.errors) == 2
    assert "reply subject" in str(await callbacks.until_error(Error))


async def test_an_answer_that_cannot_be_sent_is_told_here(
    server: NatsServer, connect: Connect, callbacks: Callbacks, asker: Client
) -> None:
    def refuse(subject: str) -> None:
        raise PublishRefusedError()

    async def handle(request: Request) -> None:
        await request.respond(b"no")

    nc = await connect(server.url, publish_guard=refuse, **callbacks.options)
    service = await serve(nc, handle)
    with pytest.raises(TimeoutError):
        await asker.request("ask", timeout=0.2)
    await callbacks.until_error(PublishRefusedError)
    assert service.stats().endpoints[0].num_errors == 1


async def test_requests_are_handled_one_after_another(nc: Client, asker: Client) -> None:
    finish = asyncio.Event()
    begun: list[bytes] = []

    async def handle(request: Request) -> None:
        begun.append(request.data)
        await finish.wait()
        await request.respond(request.data)

    await serve(nc, handle)
    asked = [asyncio.create_task(asker.request("ask", b"%d" % n, timeout=20)) for n in range(3)]
    await eventually(lambda: begun, "it has begun")
    await nc.flush()
    assert begun == [b"0"]
    finish.set()
    assert [(await each).data for each in asked] == [b"0", b"1", b"2"]


async def test_or_so_many_at_once_as_asked_for(nc: Client, asker: Client) -> None:
    finish = asyncio.Event()
    begun: list[bytes] = []

    async def handle(request: Request) -> None:
        begun.append(request.data)
        await finish.wait()
        await request.respond(request.data)

    service = await serve(nc, handle, at_once=2)
    asked = [asyncio.create_task(asker.request("ask", b"%d" % n, timeout=20)) for n in range(3)]
    await eventually(lambda: len(begun) == 2, "two have begun")
    await nc.flush()
    assert len(begun) == 2
    finish.set()
    assert [(await each).data for each in asked] == [b"0", b"1", b"2"]
    assert service.stats().endpoints[0].num_requests == 3


def test_errors_are_values_too() -> None:
    error = ServiceError(404, "no such cup")
    assert error.to_dict() == {"code": "404", "description": "no such cup"}
    again = ServiceError.from_dict(error.to_dict())
    assert (again.code, again.description) == (error.code, error.description)
    assert isinstance(error, Error)
    assert str(error) == "404:no such cup"


def test_the_headers_of_an_error_can_be_made_by_hand() -> None:
    assert micro.error_headers(400, "two\r\nlines") == {
        "Nats-Service-Error-Code": "400",
        "Nats-Service-Error": "two lines",
    }
