"""What the panes find on the server: streams, a bucket, consumers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable

import natstui.client as nats
from bench.terminal.flood import json_payload, subject_below
from natstui.client.js.client import JetStreamContext

FEW, MANY = "FEW", "MANY"  # streams, in the order in which the pane lists them
NEEDLE = "needle"  # in the payload of each NEEDLE_EVERY-th message
NEEDLE_EVERY = 50_000
BUCKET = "bucket"
STREAMS = 20
_PAYLOADS = 5_000
_AT_ONCE = 32


async def store_streams(url: str, few: int, many: int) -> None:
    """A stream with few messages, and one with many."""
    async with await nats.connect(url) as nc:
        js = nc.jetstream(timeout=30)
        for name, size in ((FEW, few), (MANY, many)):
            await js.add_stream(name=name, subjects=[f"{name}.>"], allow_direct=True)
            await _publish(js, _messages(name, size))


async def store_bucket(url: str, size: int) -> None:
    """A bucket with so many keys, in a tree of three levels."""
    async with await nats.connect(url) as nc:
        js = nc.jetstream(timeout=30)
        await js.create_key_value(bucket=BUCKET, direct=True)
        keys = (f"$KV.{BUCKET}.{key_name(number)}" for number in range(size))
        await _publish(js, ((key, b'{"limit":%d}' % len(key)) for key in keys))


async def store_consumers(url: str, size: int) -> None:
    """`STREAMS` streams of what is published below "orders", and so many consumers of them."""
    async with await nats.connect(url) as nc:
        js = nc.jetstream(timeout=30)
        for number in range(STREAMS):
            await js.add_stream(name=f"ORDERS-{number:02}", subjects=[f"orders.{number}.>"])
        await _publish(js, _messages("orders", 100 * STREAMS))
        for first in range(0, size, _AT_ONCE):
            some = range(first, min(first + _AT_ONCE, size))
            await asyncio.gather(*(_add_consumer(js, number) for number in some))


def key_name(number: int) -> str:
    """The key of this number."""
    shops = ("eu", "us", "asia", "africa")
    return f"users.{shops[number % 4]}.{number % 1009:04}.cart-{number}"


async def _add_consumer(js: JetStreamContext, number: int) -> None:
    stream = f"ORDERS-{number % STREAMS:02}"
    await js.add_consumer(stream, durable_name=f"reader-{number:04}", ack_policy="explicit")


def _messages(prefix: str, size: int) -> Iterable[tuple[str, bytes]]:
    rng = random.Random(1)
    some = [(subject_below(prefix, rng), json_payload(rng)) for _ in range(_PAYLOADS)]
    for number in range(size):
        subject, payload = some[number % _PAYLOADS]
        is_one = number % NEEDLE_EVERY == NEEDLE_EVERY // 2
        yield subject, b'{"note":"%b"}' % NEEDLE.encode() if is_one else payload


async def _publish(js: JetStreamContext, messages: Iterable[tuple[str, bytes]]) -> None:
    for subject, payload in messages:
        await js.publish_async(subject, payload)
    await js.publish_async_completed()
