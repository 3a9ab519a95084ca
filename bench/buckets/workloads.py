"""What is measured; the API being the same, each workload is written once for both clients.

A workload gives its result in the unit of its name. Larger is better but for the latencies.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

KEYS = 100_000
VALUE = bytes(128)
CALLS = 3000
OBJECT = 32 << 20  # bytes
SMALL_OBJECT = 8 << 20  # for getting, which takes nats-py a second

# What is meant to be reached, as a multiple of nats-py's speed.
TARGETS = {
    "kv put, p50 µs": 1.5,
    "kv get, p50 µs": 1.5,
    "kv keys, k/s": 4.0,
    "kv watchall, k/s": 3.0,
    "object put, MB/s": 1.5,
    "object get, MB/s": 10.0,
}


def smaller_is_better(name: str) -> bool:
    """Whether a workload measures a time."""
    return name.endswith("µs")


async def run(name: str, js: Any) -> float:
    """One measurement of the workload, with the module's JetStream context."""
    return await WORKLOADS[name](js)


async def _put(js: Any) -> float:
    kv = await js.key_value("calls")
    return await _median(lambda: kv.put("key", VALUE))


async def _get(js: Any) -> float:
    kv = await js.key_value("calls")
    await kv.put("key", VALUE)
    return await _median(lambda: kv.get("key"))


async def _median(call: Callable[[], Awaitable[object]]) -> float:
    times = []
    for _ in range(CALLS):
        start = perf_counter()
        await call()
        times.append(perf_counter() - start)
    return statistics.median(times) * 1e6


async def _keys(js: Any) -> float:
    kv = await js.key_value("many")
    start = perf_counter()
    found = len(await kv.keys())
    return _rate(found, start)


async def _watchall(js: Any) -> float:
    kv = await js.key_value("many")
    start = perf_counter()
    watcher = await kv.watchall()
    found = size = 0
    async for entry in watcher:
        if entry is None:
            break
        found += 1
        size += len(entry.key) + len(entry.value) + entry.revision
    rate = _rate(found, start)
    await watcher.stop()
    return rate


def _rate(found: int, start: float) -> float:
    assert found == KEYS, f"{found} keys of {KEYS}"
    return found / (perf_counter() - start) / 1e3


async def _object_put(js: Any) -> float:
    store = await js.object_store("objects")
    data = os.urandom(OBJECT)
    start = perf_counter()
    await store.put("large", data)
    return len(data) / (perf_counter() - start) / 1e6


async def _object_get(js: Any) -> float:
    store = await js.object_store("objects")
    start = perf_counter()
    result = await store.get("small")
    assert len(result.data) == SMALL_OBJECT
    return SMALL_OBJECT / (perf_counter() - start) / 1e6


WORKLOADS: dict[str, Callable[[Any], Awaitable[float]]] = dict(
    zip(TARGETS, (_put, _get, _keys, _watchall, _object_put, _object_get), strict=True)
)
