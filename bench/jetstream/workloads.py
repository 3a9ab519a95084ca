"""What a client is made to do. The API being the same, each workload is written once for both.

Each is a coroutine function of the module's JetStream context and `Scale`, and returns the seconds
that count: of everything, or of each call (p50). Errors and wrong counts raise.
"""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

from bench.jetstream.stored import FEW, KEYS, MESSAGES, OBJECT, PAYLOAD, PUBLISHED, STREAM

Unit = Literal["p50 µs", "k/s", "MB/s"]
GROUP = "jetstream"
PATIENCE = 30.0  # seconds


@dataclass(frozen=True)
class Scale:
    """How much is done: `warm` in a run that only warms up."""

    warm: bool
    folder: Path

    def of(self, count: int) -> int:
        """`count`, or the few that warm up."""
        return min(count, FEW) if self.warm else count

    @property
    def stream(self) -> str:
        return f"few-{STREAM}" if self.warm else STREAM

    @property
    def bucket(self) -> str:
        return "few" if self.warm else "many"

    @property
    def object(self) -> str:
        return "small" if self.warm else "large"


@dataclass(frozen=True)
class Workload:
    """One line of the table; `count` operations (for MB/s: bytes) a run."""

    label: str
    unit: Unit
    target: float
    count: int
    run: Callable[[Any, Scale, int], Awaitable[float]]
    rounds: int | None = None
    """Never more than so many, for what takes nats-py long."""

    @property
    def operations(self) -> float:
        """What "each" stands for: calls or messages; of objects, MB."""
        return self.count / 1e6 if self.unit == "MB/s" else self.count


# Publishing.


async def publish(js: Any, scale: Scale, count: int) -> float:
    return await _median(lambda: js.publish(PUBLISHED, PAYLOAD), scale.of(count))


async def publish_async(js: Any, scale: Scale, count: int) -> float:
    """Waits for room in the window for as long as it takes, as is the default."""
    return await _publish_async(js, None, scale.of(count))


async def publish_async_bounded(js: Any, scale: Scale, count: int) -> float:
    """Waits at most five seconds for room in the window: `wait_stall`."""
    return await _publish_async(js, 5.0, scale.of(count))


async def _publish_async(js: Any, wait_stall: float | None, count: int) -> float:
    before = await _last_seq(js)
    start = perf_counter()
    future: Any = None
    for _ in range(count):
        future = await js.publish_async(PUBLISHED, PAYLOAD, wait_stall=wait_stall)
    await js.publish_async_completed()
    seconds = perf_counter() - start
    _expect(before + count, future.result().seq)
    _expect(before + count, await _last_seq(js))
    return seconds


async def _last_seq(js: Any) -> int:
    return int((await js.stream_info(PUBLISHED)).state.last_seq)


# Reading streams.


async def fetch_100(js: Any, scale: Scale, count: int) -> float:
    return await _fetch(js, scale, 100, count, "none")


async def fetch_500(js: Any, scale: Scale, count: int) -> float:
    return await _fetch(js, scale, 500, count, "none")


async def fetch_500_ack(js: Any, scale: Scale, count: int) -> float:
    return await _fetch(js, scale, 500, count, "explicit")


async def _fetch(js: Any, scale: Scale, batch: int, count: int, policy: str) -> float:
    consumer = await js.pull_subscribe(
        scale.stream, stream=scale.stream, config=_consumer_config(js, policy)
    )
    got, count = 0, scale.of(count)
    start = perf_counter()
    while got < count:
        for message in await consumer.fetch(batch, timeout=PATIENCE):
            got += 1
            if policy != "none":
                await message.ack()
    await js._nc.flush()
    seconds = perf_counter() - start
    _expect(count, got)
    while (await consumer.consumer_info()).num_ack_pending:
        pass  # every acknowledgement has to arrive
    await consumer.unsubscribe()
    return seconds


def _consumer_config(js: Any, policy: str) -> Any:
    """An ephemeral consumer that keeps its books in memory, made with the module's own class."""
    api = __import__(type(js).__module__.removesuffix(".client"), fromlist=["api"]).api
    return api.ConsumerConfig(ack_policy=policy, mem_storage=True, max_ack_pending=10_000)


async def ordered(js: Any, scale: Scale, count: int) -> float:
    count = scale.of(count)
    start = perf_counter()
    sub = await js.subscribe(scale.stream, stream=scale.stream, ordered_consumer=True)
    got = size = 0
    async for message in sub.messages:
        got += 1
        size += len(message.data)
        if got == count:
            break
    seconds = perf_counter() - start
    _expect(count * len(PAYLOAD), size)
    await sub.unsubscribe()
    return seconds


# Buckets.


async def kv_put(js: Any, scale: Scale, count: int) -> float:
    bucket = await js.key_value("calls")
    return await _median(lambda: bucket.put("key", PAYLOAD), scale.of(count))


async def kv_get(js: Any, scale: Scale, count: int) -> float:
    bucket = await js.key_value("calls")
    await bucket.put("key", PAYLOAD)
    return await _median(lambda: bucket.get("key"), scale.of(count))


async def kv_keys(js: Any, scale: Scale, count: int) -> float:
    bucket = await js.key_value(scale.bucket)
    start = perf_counter()
    found = len(await bucket.keys())
    seconds = perf_counter() - start
    _expect(scale.of(count), found)
    return seconds


async def kv_watchall(js: Any, scale: Scale, count: int) -> float:
    bucket = await js.key_value(scale.bucket)
    start = perf_counter()
    watcher = await bucket.watchall()
    found = size = 0
    async for entry in watcher:
        if entry is None:
            break
        found += 1
        size += len(entry.key) + len(entry.value) + entry.revision
    seconds = perf_counter() - start
    await watcher.stop()
    _expect(scale.of(count), found)
    return seconds


# Objects.


async def object_put(js: Any, scale: Scale, count: int) -> float:
    """From a file, read while it is sent."""
    objects = await js.object_store("objects")
    with (scale.folder / scale.object).open("rb") as file:
        start = perf_counter()
        info = await objects.put(f"{scale.object} put", file)
        seconds = perf_counter() - start
    _expect((scale.folder / scale.object).stat().st_size, info.size)
    await objects.delete(f"{scale.object} put")
    return seconds


async def object_get(js: Any, scale: Scale, count: int) -> float:
    """Into a file that keeps nothing; the digest is checked by either client."""
    objects = await js.object_store("objects")
    with Path("/dev/null").open("wb") as file:  # noqa: ASYNC230 - opens at once
        start = perf_counter()
        result = await objects.get(scale.object, writeinto=file)
        seconds = perf_counter() - start
    _expect((scale.folder / scale.object).stat().st_size, result.info.size)
    return seconds


async def _median(call: Callable[[], Awaitable[object]], count: int) -> float:
    times = []
    for _ in range(count):
        start = perf_counter()
        await call()
        times.append(perf_counter() - start)
    return statistics.median(times)


def _expect(wanted: int, found: int) -> None:
    if wanted != found:
        raise AssertionError(f"{found} instead of {wanted}")


CALLS = 3_000

WORKLOADS = {
    "js-publish": Workload("js.publish", "p50 µs", 1.5, CALLS, publish),
    "kv-get": Workload("kv.get", "p50 µs", 1.5, CALLS, kv_get),
    "kv-put": Workload("kv.put", "p50 µs", 1.5, CALLS, kv_put),
    "publish-async": Workload("publish_async", "k/s", 8, 40_000, publish_async),
    "publish-async-bounded": Workload(
        "publish_async, wait_stall=5", "k/s", 8, 20_000, publish_async_bounded
    ),
    "fetch-100": Workload("fetch(100)", "k/s", 6, 20_000, fetch_100),
    "fetch-500": Workload("fetch(500)", "k/s", 6, 40_000, fetch_500),
    "fetch-500-ack": Workload("fetch(500), each acked", "k/s", 3, 40_000, fetch_500_ack),
    "ordered": Workload("ordered, 200,000", "k/s", 3, MESSAGES, ordered),
    "kv-keys": Workload("kv.keys(), 100,000", "k/s", 4, KEYS, kv_keys),
    "kv-watchall": Workload("kv.watchall(), 100,000", "k/s", 3, KEYS, kv_watchall),
    "object-put": Workload("object put, 256 MiB", "MB/s", 1.5, OBJECT, object_put, rounds=3),
    "object-get": Workload("object get, 256 MiB", "MB/s", 10, OBJECT, object_get, rounds=1),
}


def matching(pattern: str) -> list[str]:
    """The workloads that a glob pattern, or the name of the whole group, stands for."""
    return [key for key in WORKLOADS if pattern == GROUP or fnmatchcase(key, pattern)]
