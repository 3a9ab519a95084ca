"""What the demo keeps in JetStream, made with plain requests to its API.

Streams of the three retention types and a mirror; consumers that keep up, lag, are stuck for
different reasons; buckets of keys and one of objects.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count
from random import Random
from typing import Any

from natstui.client import Client, Msg
from natstui.client.errors import Error
from natstui.demo.event import as_json

_SECOND = 1_000_000_000
_CHUNK = 128 * 1024

Config = dict[str, Any]

# Every one is bounded, so that the demo may run for days.
STREAMS: dict[str, Config] = {
    "ORDERS": {"subjects": ["orders.>"], "max_msgs": 50_000, "max_age": 6 * 3600 * _SECOND},
    "JOBS": {"subjects": ["jobs.>"], "retention": "workqueue", "max_msgs": 20_000},
    "EVENTS": {"subjects": ["events.>"], "retention": "interest", "max_msgs": 20_000},
    "METRICS": {"subjects": ["ops.metrics.>"], "storage": "memory", "max_msgs_per_subject": 100},
    "ARCHIVE": {"mirror": {"name": "ORDERS"}, "max_msgs": 50_000, "compression": "s2"},
    "KV_config": {"subjects": ["$KV.config.>"], "max_msgs_per_subject": 10},
    "KV_sessions": {"subjects": ["$KV.sessions.>"], "max_age": 300 * _SECOND},
    "OBJ_assets": {"subjects": ["$O.assets.C.>", "$O.assets.M.>"], "max_bytes": 64 * 1024 * 1024},
}
_ALWAYS: Config = {"discard": "old", "allow_direct": True, "max_bytes": 128 * 1024 * 1024}
_BUCKET: Config = {"discard": "new", "allow_rollup_hdrs": True, "deny_delete": True}

# Each with what becomes of it: see WORKERS.
CONSUMERS: dict[tuple[str, str], Config] = {
    ("ORDERS", "billing"): {"filter_subject": "orders.*.paid"},
    ("ORDERS", "warehouse"): {"max_ack_pending": 500},
    ("ORDERS", "fraud"): {"max_ack_pending": 100, "ack_wait": 3600 * _SECOND},
    ("ORDERS", "reports"): {"filter_subject": "orders.*.delivered"},
    ("ORDERS", "webhook"): {"deliver_subject": "push.webhook", "filter_subject": "orders.eu.>"},
    ("JOBS", "workers"): {"ack_wait": 5 * _SECOND, "max_deliver": 4},
    ("EVENTS", "recommend"): {},
    ("EVENTS", "search-index"): {"ack_wait": 4 * _SECOND},
}


async def set_up(client: Client, seed: int = 7) -> None:
    """Create all of it, with some content to begin with."""
    for name, config in STREAMS.items():
        kind = _BUCKET if name.startswith(("KV_", "OBJ_")) else {}
        await _api(client, f"STREAM.CREATE.{name}", {"name": name, **_ALWAYS, **kind, **config})
    for (stream, name), config in CONSUMERS.items():
        config = {"durable_name": name, "ack_policy": "explicit", **config}
        body = {"stream_name": stream, "config": config}
        await _api(client, f"CONSUMER.DURABLE.CREATE.{stream}.{name}", body)
    await _fill_config(client)
    await _put_object(client, "catalogue.csv", _catalogue(Random(seed)))


async def work(client: Client, seed: int = 7) -> None:
    """Consume and change, for ever: cancel it to end it."""
    async with asyncio.TaskGroup() as tasks:
        for (stream, name), worker in WORKERS.items():
            tasks.create_task(_pull(client, stream, name, worker, Random(f"{seed} {name}")))
        tasks.create_task(_change_config(client))
        tasks.create_task(_keep_sessions(client, Random(f"{seed} sessions")))


async def _api(client: Client, subject: str, body: Config) -> Config:
    reply = await client.request(f"$JS.API.{subject}", as_json(body), timeout=10)
    answer: Config = json.loads(reply.data)
    if "error" in answer:
        raise RuntimeError(f"demo: {subject}: {answer['error']['description']}")
    return answer


# Consumers.

Worker = Callable[[Msg, Random], Awaitable[None]]


async def _done(msg: Msg, random: Random) -> None:
    await msg.ack()


async def _mostly(msg: Msg, random: Random) -> None:
    """One in twelve fails and comes again, one in two hundred is given up."""
    luck = random.random()
    await (msg.term() if luck < 0.005 else msg.nak() if luck < 0.08 else msg.ack())


async def _never(msg: Msg, random: Random) -> None:
    """Taken and never acknowledged: the consumer runs into its limit and is stuck."""


# How many it takes in a second; nobody pulls for the reports, nobody listens for the webhook.
PACE = {"billing": 50, "warehouse": 16, "fraud": 20, "workers": 20, "recommend": 20}
WORKERS: dict[tuple[str, str], Worker] = {
    ("ORDERS", "billing"): _done,
    ("ORDERS", "warehouse"): _done,
    ("ORDERS", "fraud"): _never,
    ("JOBS", "workers"): _mostly,
    ("EVENTS", "recommend"): _done,
    ("EVENTS", "search-index"): _mostly,
}


async def _pull(client: Client, stream: str, name: str, worker: Worker, random: Random) -> None:
    """Ask for a batch each second, and treat what comes the way of `worker`."""
    inbox = client.new_inbox()

    async def take(msg: Msg) -> None:
        if msg.reply.startswith("$JS.ACK."):  # otherwise a status: the batch has ended
            await worker(msg, random)

    await client.subscribe(inbox, cb=take)
    ask = as_json({"batch": PACE.get(name, 10), "expires": _SECOND * 9 // 10})
    while True:
        await client.publish(f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}", ask, reply=inbox)
        await asyncio.sleep(1)


# Buckets of keys.

CONFIG: dict[str, Any] = {
    "shop.currency": "EUR",
    "shop.banner": "Free shipping on teapots\nuntil Sunday",
    "shop.checkout": {"retries": 3, "timeout_ms": 2500, "providers": ["stripe", "adyen"]},
    "shop.flags.new-cart": True,
    "shop.flags.dark-mode": False,
    "svc.pricing.discount": {"percent": 5, "from": 100},
    "svc.pricing.rounding": "half-even",
    "svc.inventory.threshold": 10,
    "ops.alerts.oncall": "Ada",
    "ops.alerts.rules": {"cpu": {"warn": 80, "critical": 95}, "silent_s": 60},
}


async def _fill_config(client: Client) -> None:
    for key, value in CONFIG.items():
        await _put(client, "config", key, value)


async def _change_config(client: Client) -> None:
    """Two keys change every four seconds; the banner comes and goes."""
    for number in count(1):
        await asyncio.sleep(4)
        with suppress(Error):  # whoever looks may delete the bucket; the show goes on
            discount = {"percent": number % 20, "from": 100}
            await _put(client, "config", "svc.pricing.discount", discount)
            await _put(client, "config", "shop.flags.dark-mode", number % 2 == 0)
            if number % 15 == 0:
                await _delete(client, "config", "shop.banner")
            elif number % 15 == 5:
                await _put(client, "config", "shop.banner", f"Sale number {number // 15 + 1}")


async def _keep_sessions(client: Client, random: Random) -> None:
    """Sessions that expire by themselves after five minutes."""
    while True:
        key = f"user-{random.randint(1, 40):03}"
        cart = [random.randint(1, 9) for _ in range(random.randint(0, 4))]
        session = {"cart": cart, "ip": f"10.0.0.{random.randint(1, 250)}"}
        with suppress(Error):
            await _put(client, "sessions", key, session)
        await asyncio.sleep(2)


async def _put(client: Client, bucket: str, key: str, value: Any) -> None:
    payload = value.encode() if isinstance(value, str) else as_json(value)
    await client.request(f"$KV.{bucket}.{key}", payload, timeout=10)


async def _delete(client: Client, bucket: str, key: str) -> None:
    await client.request(f"$KV.{bucket}.{key}", b"", headers={"KV-Operation": "DEL"}, timeout=10)


# Objects (ADR-20).


def _catalogue(random: Random) -> bytes:
    rows = [f"s-{number:05},tea {number},{random.randint(100, 9900)}" for number in range(15_000)]
    return "\n".join(["sku,name,cents", *rows]).encode()


async def _put_object(client: Client, name: str, content: bytes) -> None:
    nuid = hashlib.sha256(name.encode()).hexdigest()[:22]
    chunks = [content[at : at + _CHUNK] for at in range(0, len(content), _CHUNK)]
    for chunk in chunks:
        await client.request(f"$O.assets.C.{nuid}", chunk, timeout=10)
    about = {
        "name": name,
        "description": "everything that the shop sells",
        "bucket": "assets",
        "nuid": nuid,
        "size": len(content),
        "chunks": len(chunks),
        "digest": f"SHA-256={base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode()}",
        "options": {"max_chunk_size": _CHUNK},
    }
    subject = f"$O.assets.M.{base64.urlsafe_b64encode(name.encode()).decode()}"
    await client.request(subject, as_json(about), headers={"Nats-Rollup": "sub"}, timeout=10)
