"""A stream with consumers in the states that a board tells apart."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from natstui.client.aio.client import Client
from natstui.client.js.client import JetStreamContext
from tests.support.streams import fill
from tests.support.waiting import eventually

MESSAGES = 20


async def orders(client: Client, **config: Any) -> JetStreamContext:
    """The stream ORDERS with twenty messages: sequences and numbers agree, odd ones are from eu."""
    js = client.jetstream()
    await js.add_stream(name="ORDERS", subjects=["orders.>"], **config)
    await fill(client, "ORDERS", lambda number: f"orders.{'eu' if number % 2 else 'us'}", MESSAGES)
    return js


async def take(js: JetStreamContext, consumer: str, count: int, *, ack: bool) -> None:
    """Take messages of a consumer of ORDERS, and wait until the server knows their acks."""
    subscription = await js.pull_subscribe_bind(consumer, "ORDERS")
    taken = await subscription.fetch(count, timeout=20)
    assert len(taken) == count
    for message in taken:
        if ack:
            await message.ack_sync()
    await subscription.unsubscribe()


async def all_states(js: JetStreamContext) -> None:
    """Consumers of ORDERS: full at its ack limit, asleep until 2099, pushed to nobody, done."""
    await js.add_consumer("ORDERS", durable_name="full", ack_policy="explicit", max_ack_pending=3)
    await js.add_consumer("ORDERS", durable_name="asleep", ack_policy="explicit")
    await js.add_consumer("ORDERS", durable_name="pushed", deliver_subject="nobody.there")
    await js.add_consumer("ORDERS", durable_name="done", ack_policy="explicit")
    await js.pause_consumer("ORDERS", "asleep", datetime(2099, 1, 1, tzinfo=UTC))
    await take(js, "full", 3, ack=False)
    await take(js, "done", MESSAGES, ack=True)


async def until_consumer(
    js: JetStreamContext, consumer: str, met: Callable[[dict[str, Any]], bool]
) -> None:
    """Return when a consumer of ORDERS is as `met` wants it."""

    async def seen() -> bool:
        return met((await js.consumer_info("ORDERS", consumer)).as_dict())

    condition: Callable[[], bool | Awaitable[bool]] = seen
    await eventually(condition, f"{consumer} is where it should be")
