"""The services of the demo: found by `$SRV`, mostly fast, sometimes slow, wrong or silent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from natstui.client import Client, micro
from natstui.demo.event import as_json
from natstui.demo.shop import GOODS

Body = dict[str, Any]

ZONES = ("eu-1", "eu-2")
# A slow answer must not hold up the next question.
AT_ONCE = 32


@dataclass(frozen=True)
class Endpoint:
    """Answers after some milliseconds (the median), and sometimes not as hoped."""

    name: str
    milliseconds: float
    answer: Callable[[Body, Random], Body]
    errors: float = 0.0
    silences: float = 0.0


@dataclass(frozen=True)
class Service:
    """Its endpoints are at `svc.<name>.<endpoint>`; each instance is in a zone of its own."""

    name: str
    version: str
    description: str
    endpoints: tuple[Endpoint, ...]
    instances: int = 1


def stock(asked: Body, random: Random) -> Body:
    left = random.randint(0, 40)
    return {"sku": asked["sku"], "available": left >= asked["qty"], "left": left}


def quote(asked: Body, random: Random) -> Body:
    cents = GOODS.get(asked["sku"], 0) * asked["qty"]
    return {"sku": asked["sku"], "total": f"{cents / 100:.2f}", "valid_s": 300}


def reserve(asked: Body, random: Random) -> Body:
    return {"sku": asked["sku"], "reserved": asked["qty"], "until_s": 600}


SERVICES = (
    Service(
        "inventory",
        "1.4.2",
        "what is in the warehouse",
        # Nobody reserves anything, unless whoever looks does.
        (Endpoint("check", 4, stock, errors=0.03), Endpoint("reserve", 9, reserve)),
        instances=2,
    ),
    Service(
        "pricing",
        "2.0.0",
        "what it costs",
        (Endpoint("quote", 18, quote, errors=0.02, silences=0.01),),
    ),
)


async def serve(client: Client, seed: int = 7) -> None:
    """Start the services; they answer for as long as `client` is connected."""
    for service in SERVICES:
        for zone in ZONES[: service.instances]:
            running = await micro.add_service(
                client,
                name=service.name,
                version=service.version,
                description=service.description,
                metadata={"zone": zone},
            )
            group = running.add_group(name=f"svc.{service.name}")
            for endpoint in service.endpoints:
                random = Random(f"{seed} {service.name} {zone} {endpoint.name}")
                await group.add_endpoint(
                    name=endpoint.name, handler=_handler(endpoint, random), concurrency=AT_ONCE
                )


def _handler(endpoint: Endpoint, random: Random) -> micro.Handler:
    async def answer(request: micro.Request) -> None:
        luck = random.random()
        await asyncio.sleep(random.lognormvariate(0, 0.6) * endpoint.milliseconds / 1000)
        if luck < endpoint.silences or not request.reply:
            return
        if luck < endpoint.silences + endpoint.errors:
            raise micro.ServiceError(503, "backend timeout")
        try:
            body = endpoint.answer(json.loads(request.data), random)
        except (ValueError, TypeError, LookupError) as error:  # whoever looks may ask anything
            raise micro.ServiceError(400, f"bad question: {error}") from error
        await request.respond(as_json(body))

    return answer
