"""The demo's consumers: some keep up, one lags, and the others are stuck, each in its own way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from natstui.client import Msg
from natstui.client.errors import Error
from natstui.client.js import JetStreamContext
from natstui.client.js.api import ConsumerConfig
from natstui.client.js.consumer import Consumer

CONSUMERS: dict[str, tuple[ConsumerConfig, ...]] = {
    "ORDERS": (
        ConsumerConfig(durable_name="billing", filter_subject="orders.*.paid"),
        # It takes fewer than there are.
        ConsumerConfig(durable_name="warehouse", max_ack_pending=500),
        # Its worker acknowledges nothing.
        ConsumerConfig(durable_name="fraud", max_ack_pending=100, ack_wait=3600),
        # Nobody pulls.
        ConsumerConfig(durable_name="reports", filter_subject="orders.*.delivered"),
        # Nobody listens where it pushes to.
        ConsumerConfig(
            durable_name="webhook", deliver_subject="push.webhook", filter_subject="orders.eu.>"
        ),
        # It is paused; see `create`.
        ConsumerConfig(durable_name="newsletter", filter_subject="orders.*.created"),
    ),
    "JOBS": (ConsumerConfig(durable_name="workers", ack_wait=5, max_deliver=4),),
    "EVENTS": (
        ConsumerConfig(durable_name="recommend"),
        ConsumerConfig(durable_name="search-index", ack_wait=4),
    ),
}
PAUSED = "newsletter"
PAUSE = timedelta(days=2)

Worker = Callable[[Msg, Random], Awaitable[None]]


async def _done(msg: Msg, random: Random) -> None:
    await msg.ack()


async def _mostly(msg: Msg, random: Random) -> None:
    """One in twelve fails and comes again, one in two hundred is given up."""
    luck = random.random()
    await (msg.term() if luck < 0.005 else msg.nak() if luck < 0.08 else msg.ack())


async def _never(msg: Msg, random: Random) -> None:
    """Taken and never acknowledged: the consumer runs into its limit and is stuck."""


# What becomes of their messages, and how many are taken in a second.
WORKERS: dict[tuple[str, str], tuple[Worker, int]] = {
    ("ORDERS", "billing"): (_done, 500),
    ("ORDERS", "warehouse"): (_done, 16),
    ("ORDERS", "fraud"): (_never, 50),
    ("JOBS", "workers"): (_mostly, 100),
    ("EVENTS", "recommend"): (_done, 200),
    ("EVENTS", "search-index"): (_mostly, 50),
}


async def create(js: JetStreamContext) -> None:
    for stream, configs in CONSUMERS.items():
        for config in configs:
            until = datetime.now(UTC) + PAUSE if config.durable_name == PAUSED else None
            await js.add_consumer(stream, config, pause_until=until)


def at_work(js: JetStreamContext, seed: int) -> Iterator[Coroutine[Any, Any, None]]:
    for (stream, name), (worker, pace) in WORKERS.items():
        consumer = Consumer(js, stream, name)
        yield _pull(consumer, worker, pace, Random(f"{seed} {name}"))


async def _pull(consumer: Consumer, worker: Worker, pace: int, random: Random) -> None:
    """Take so many each second, and treat them the way of `worker`."""
    loop = asyncio.get_running_loop()
    while True:
        next_second = loop.time() + 1
        with suppress(Error):  # whoever looks may delete the consumer; the show goes on
            async for msg in consumer.fetch(pace, expires=0.9):
                await worker(msg, random)
        await asyncio.sleep(max(0.0, next_second - loop.time()))
