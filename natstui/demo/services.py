"""The services of the demo that answer requests: mostly fast, sometimes slow, wrong or silent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from natstui.client import Client, Msg
from natstui.demo.event import as_json
from natstui.demo.shop import GOODS

Body = dict[str, Any]


@dataclass(frozen=True)
class Service:
    """Answers on a subject after some milliseconds (the median), and sometimes not as hoped."""

    subject: str
    milliseconds: float
    answer: Callable[[Body, Random], Body]
    errors: float = 0.0
    silences: float = 0.0


def stock(asked: Body, random: Random) -> Body:
    left = random.randint(0, 40)
    return {"sku": asked["sku"], "available": left >= asked["qty"], "left": left}


def quote(asked: Body, random: Random) -> Body:
    cents = GOODS.get(asked["sku"], 0) * asked["qty"]
    return {"sku": asked["sku"], "total": f"{cents / 100:.2f}", "valid_s": 300}


SERVICES = (
    Service("svc.inventory.check", 4, stock, errors=0.03),
    Service("svc.pricing.quote", 18, quote, errors=0.02, silences=0.01),
)


async def serve(client: Client, seed: int = 7) -> None:
    """Subscribe the services; they answer for as long as `client` is connected."""
    for service in SERVICES:
        random = Random(f"{seed} {service.subject}")
        await client.subscribe(service.subject, queue="q", cb=_responder(service, random))


def _responder(service: Service, random: Random) -> Callable[[Msg], Any]:
    working: set[asyncio.Task[None]] = set()

    async def take(msg: Msg) -> None:
        # A task each: a slow answer must not hold up the next question.
        task = asyncio.create_task(_answer(service, random, msg))
        working.add(task)
        task.add_done_callback(working.discard)

    return take


async def _answer(service: Service, random: Random, msg: Msg) -> None:
    luck = random.random()
    await asyncio.sleep(random.lognormvariate(0, 0.6) * service.milliseconds / 1000)
    if luck < service.silences or not msg.reply:
        return
    if luck < service.silences + service.errors:
        # The error headers that NATS services use.
        headers = {"Nats-Service-Error": "backend timeout", "Nats-Service-Error-Code": "503"}
        await msg.respond(b"", headers=headers)
        return
    try:
        asked = json.loads(msg.data)
        await msg.respond(as_json(service.answer(asked, random)), headers={})
    except (ValueError, TypeError, LookupError) as error:  # the user may ask anything, by hand
        headers = {"Nats-Service-Error": f"bad question: {error}", "Nats-Service-Error-Code": "400"}
        await msg.respond(b"", headers=headers)
