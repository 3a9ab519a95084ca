from __future__ import annotations

import asyncio
import json
from collections import Counter
from random import Random

import natstui.client as nats
from natstui.client import micro
from natstui.client.errors import TimeoutError
from natstui.client.micro import ServiceError
from natstui.demo.services import SERVICES, quote, serve, stock
from tests.support.server import NatsServer

QUESTION = json.dumps({"sku": "cup", "qty": 2}).encode()


async def test_every_endpoint_answers_in_json(server: NatsServer) -> None:
    async with await nats.connect(server.url) as client:
        await serve(client)
        for service in SERVICES:
            for endpoint in service.endpoints:
                subject = f"svc.{service.name}.{endpoint.name}"
                reply = await client.request(subject, QUESTION, timeout=5)
                assert json.loads(reply.data)["sku"] == "cup"


async def test_they_are_found_with_statistics_that_move(server: NatsServer) -> None:
    async with await nats.connect(server.url) as client:
        await serve(client)
        found = await micro.info(client)
        assert Counter(each.name for each in found) == {"inventory": 2, "pricing": 1}
        assert {each.metadata["zone"] for each in found} == {"eu-1", "eu-2"}
        for _ in range(5):
            await client.request("svc.inventory.check", QUESTION, timeout=5)
        asked = [
            endpoint.num_requests
            for each in await micro.stats(client, "inventory")
            for endpoint in each.endpoints
            if endpoint.name == "check"
        ]
        assert sum(asked) == 5


async def test_some_answers_are_errors_and_are_counted(server: NatsServer) -> None:
    async with await nats.connect(server.url) as client:
        await serve(client)
        asked = [client.request("svc.inventory.check", QUESTION, timeout=5) for _ in range(200)]
        errors = [ServiceError.of(answer) for answer in await asyncio.gather(*asked)]
        assert 0 < sum(error is not None for error in errors) < 50
        assert {error.code for error in errors if error} == {"503"}
        counted = [
            endpoint.num_errors
            for each in await micro.stats(client, "inventory")
            for endpoint in each.endpoints
        ]
        assert sum(counted) == sum(error is not None for error in errors)


async def test_a_question_that_makes_no_sense_is_told_so(server: NatsServer) -> None:
    async with await nats.connect(server.url) as client:
        await serve(client, seed=1)
        for nonsense in (b"", b"\xff", b"[]", b'{"sku": 1}', b'{"sku": "cup", "qty": "many"}'):
            answer = await client.request("svc.inventory.check", nonsense, timeout=5)
            error = ServiceError.of(answer)
            assert error is not None
            assert error.code in ("400", "503")


async def test_an_answer_may_never_come(server: NatsServer) -> None:
    async with await nats.connect(server.url) as client:
        await serve(client)
        asked = [client.request("svc.pricing.quote", QUESTION, timeout=3) for _ in range(500)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
    silent = [answer for answer in answers if isinstance(answer, TimeoutError)]
    assert 0 < len(silent) < 50


def test_answers_add_up() -> None:
    assert quote({"sku": "cup", "qty": 2}, Random(1))["total"] == "13.80"
    answer = stock({"sku": "cup", "qty": 2}, Random(1))
    assert answer["available"] == (answer["left"] >= 2)
