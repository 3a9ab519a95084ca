"""A shop: orders that live their life, payments, jobs and events around them."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import count
from typing import Any, NamedTuple

from natstui.demo.event import Event, Stage, as_json

REGIONS = ("eu", "eu", "us", "us", "ap")
PROVIDERS = ("stripe", "adyen", "klarna")
CUSTOMERS = ("Ada", "Björn", "Chidi", "Daniela", "İrem", "Łukasz", "Mei 美", "Noor نور", "Zoë")
GOODS = {
    "teapot": 2490,
    "cup": 690,
    "saucer": 450,
    "kettle": 5900,
    "tin of tea": 1250,
    "strainer": 790,
}


class Step(NamedTuple):
    """What may come next in the life of an order: after how long, and how likely."""

    status: str
    seconds: tuple[float, float]
    chance: float = 1.0


# A step that does not happen ends the life, except that a declined payment cancels the order.
LIFE = (
    Step("paid", (0.3, 3.0), 0.92),
    Step("packed", (2.0, 12.0), 0.97),
    Step("shipped", (5.0, 25.0)),
    Step("delivered", (20.0, 60.0), 0.9),
    Step("returned", (30.0, 90.0), 0.08),
)


def orders(stage: Stage) -> Iterator[Event]:
    """Four orders a second, each with what happens to it later."""
    pending: list[tuple[float, int, Event]] = []
    order = count()
    for number, created in enumerate(stage.moments(4), start=1001):
        while pending and pending[0][0] <= created:
            yield heapq.heappop(pending)[2]
        for event in _life(stage, number, created):
            heapq.heappush(pending, (event.at, next(order), event))


def _life(stage: Stage, number: int, created: float) -> Iterator[Event]:
    random, trace = stage.random, stage.trace()
    region, body = random.choice(REGIONS), _order(stage, number, created)
    yield _change(stage, trace, region, body | {"status": "created"}, created)
    at = created
    for step in LIFE:
        at += random.uniform(*step.seconds)
        if random.random() > step.chance:
            if step.status == "paid":
                yield _change(stage, trace, region, _short(body, "cancelled"), at)
            return
        yield _change(stage, trace, region, _short(body, step.status), at)


def _order(stage: Stage, number: int, created: float) -> dict[str, Any]:
    random = stage.random
    goods = random.sample(sorted(GOODS), random.randint(1, 3))
    bought = [(sku, random.randint(1, 4), GOODS[sku]) for sku in goods]
    return {
        "id": f"o-{number}",
        "customer": random.choice(CUSTOMERS),
        "total": f"{sum(qty * cents for _, qty, cents in bought) / 100:.2f}",
        "currency": "EUR",
        "items": [{"sku": sku, "qty": qty, "price": cents / 100} for sku, qty, cents in bought],
        "created": stage.time(created),
    }


def _short(order: dict[str, Any], status: str) -> dict[str, Any]:
    return {"id": order["id"], "status": status, "total": order["total"]}


def _change(stage: Stage, trace: str, region: str, body: dict[str, Any], at: float) -> Event:
    headers: dict[str, str | list[str]] = {
        "traceparent": trace,
        "Nats-Msg-Id": f"{body['id']}-{body['status']}",
        "Content-Type": "application/json",
    }
    if body["status"] == "shipped":
        headers["Via"] = [f"hub-{stage.random.randint(1, 3)}", f"{region}-edge", "courier"]
    return Event(at, f"orders.{region}.{body['status']}", as_json(body), headers)


def payments(stage: Stage) -> Iterator[Event]:
    """Four a second, a few declined."""
    reasons = ("insufficient_funds", "card_expired", "3ds_failed")
    for number, at in enumerate(stage.moments(4), start=1):
        declined = stage.random.random() < 0.08
        body: dict[str, Any] = {
            "id": f"pay_{number:06x}",
            "amount": stage.random.randint(450, 25000),
            "currency": "EUR",
            "captured": not declined,
        }
        if declined:
            body["error"] = {"code": stage.random.choice(reasons), "retry": False}
        outcome = "declined" if declined else "authorized"
        subject = f"payments.{stage.random.choice(PROVIDERS)}.{outcome}"
        yield Event(at, subject, as_json(body), {"traceparent": stage.trace()})


def jobs(stage: Stage) -> Iterator[Event]:
    """Work for a queue: four a second."""
    kinds = ("email", "email", "invoice", "thumbnail")
    for number, at in enumerate(stage.moments(4), start=1):
        kind = stage.random.choice(kinds)
        body = {"job": number, "kind": kind, "for": f"o-{1000 + number}", "attempts": 0}
        yield Event(at, f"jobs.{kind}", as_json(body))


def events(stage: Stage) -> Iterator[Event]:
    """What customers do: three a second."""
    kinds = ("viewed", "viewed", "viewed", "added", "removed", "searched")
    for at in stage.moments(3):
        kind = stage.random.choice(kinds)
        what = "tea for two" if kind == "searched" else stage.random.choice(sorted(GOODS))
        body = {"customer": stage.random.choice(CUSTOMERS), "what": what, "at": stage.time(at)}
        yield Event(at, f"events.shop.{kind}", as_json(body))


def requests(stage: Stage) -> Iterator[Event]:
    """Questions to the services, ten a second; nobody is there to answer about tax."""
    subjects = ("svc.inventory.check",) * 4 + ("svc.pricing.quote",) * 4 + ("svc.tax.rate",)
    for at in stage.moments(10):
        body = {"sku": stage.random.choice(sorted(GOODS)), "qty": stage.random.randint(1, 9)}
        subject = stage.random.choice(subjects)
        yield Event(at, subject, as_json(body), {"traceparent": stage.trace()}, ask=True)
