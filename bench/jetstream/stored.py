"""What the workloads find on the server: streams, buckets and objects, all in memory."""

from __future__ import annotations

from pathlib import Path

import natstui.client as nats
from natstui.client.js.client import JetStreamContext

PAYLOAD = b"0123456789abcdef" * 8

PUBLISHED = "published"  # a stream and its subject: what is published goes there
STREAM = "orders"  # a stream and its subject, to read from
MESSAGES = 200_000

KEYS = 100_000
FEW = 2_000  # messages or keys in those that warm up: "few-orders", "few"

OBJECT = 256 << 20  # bytes
SMALL_OBJECT = 4 << 20


def write_object(path: Path, size: int) -> None:
    """A file of random-looking bytes to put, and to compare with."""
    block = bytes(range(251)) * 4096  # no two chunks of a power of two alike
    with path.open("wb") as file:
        for start in range(0, size, len(block)):
            file.write(block[: size - start])


async def store(url: str, folder: Path) -> None:
    """Fill the server; the objects' bytes stay in the folder as "large" and "small"."""
    async with await nats.connect(url) as nc:
        js = nc.jetstream(timeout=30)
        await _fill_stream(js, PUBLISHED, 0)
        await _fill_stream(js, STREAM, MESSAGES)
        await _fill_stream(js, f"few-{STREAM}", FEW)
        await js.create_key_value(bucket="calls", storage="memory")
        await _fill_bucket(js, "many", KEYS)
        await _fill_bucket(js, "few", FEW)
        objects = await js.create_object_store("objects", storage="memory")
        for name, size in (("large", OBJECT), ("small", SMALL_OBJECT)):
            write_object(folder / name, size)
            with (folder / name).open("rb") as file:
                await objects.put(name, file)


async def _fill_stream(js: JetStreamContext, name: str, messages: int) -> None:
    await js.add_stream(name=name, subjects=[name], storage="memory")
    for _ in range(messages):
        await js.publish_async(name, PAYLOAD)
    await js.publish_async_completed()


async def _fill_bucket(js: JetStreamContext, name: str, keys: int) -> None:
    await js.create_key_value(bucket=name, storage="memory")
    for number in range(keys):
        await js.publish_async(f"$KV.{name}.key.{number}", PAYLOAD)
    await js.publish_async_completed()
