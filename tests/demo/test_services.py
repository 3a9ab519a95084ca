from __future__ import annotations

import asyncio
import json
from collections import Counter
from random import Random

import natstui.client as nats
from natstui.client.errors import TimeoutError
from natstui.demo.services import SERVICES, quote, serve, stock
from tests.support.server import NatsServer

QUESTION = json.dumps({"sku": "cup", "qty": 2}).encode()


async def test_every_service_answers_in_json(server: NatsServer) -> None:
    async with await nats.connect(server.url) as client:
        await serve(client)
        for service in SERVICES:
            reply = await client.request(service.subject, QUESTION, timeout=5)
            assert json.loads(reply.data)["sku"] == "cup"


async def test_some_answers_are_errors_as_services_tell_them(server: NatsServer) -> None:
    codes: Counter[str] = Counter()
    async with await nats.connect(server.url) as client:
        await serve(client)
        for _ in range(200):
            reply = await client.request("svc.inventory.check", QUESTION, timeout=5)
            codes[reply.headers["Nats-Service-Error-Code"] if reply.headers else "fine"] += 1
    assert codes["fine"] > 150
    assert codes["503"] > 0


async def test_a_question_that_makes_no_sense_is_told_so(server: NatsServer) -> None:
    async with await nats.connect(server.url) as client:
        await serve(client, seed=1)
        for nonsense in (b"", b"\xff", b"[]", b'{"sku": 1}', b'{"sku": "cup", "qty": "many"}'):
            reply = await client.request("svc.inventory.check", nonsense, timeout=5)
            assert reply.headers is not None
            assert reply.headers["Nats-Service-Error-Code"] in ("400", "503")


async def test_an_answer_may_never_come(server: NatsServer) -> None:
    async with await nats.connect(server.url) as client:
        await serve(client)
        asked = [client.request("svc.pricing.quote", QUESTION, timeout=2) for _ in range(500)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
    silent = [answer for answer in answers if isinstance(answer, TimeoutError)]
    assert 0 < len(silent) < 50


def test_answers_add_up() -> None:
    assert quote({"sku": "cup", "qty": 2}, Random(1))["total"] == "13.80"
    answer = stock({"sku": "cup", "qty": 2}, Random(1))
    assert answer["available"] == (answer["left"] >= 2)
