"""One round: everything that publishes and reads at once, and a fault in the middle of it."""

from __future__ import annotations

import asyncio
import builtins
import random
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from bench.faults import buckets, readers, writers
from bench.faults.fault import Fault, Injector
from bench.faults.insisting import insist
from bench.faults.ledger import Broken, Ledger, Sequence, name_of
from bench.faults.machine import MACHINE, NOTICED_AFTER
from natstui.client.aio.client import Client
from natstui.client.errors import Error
from natstui.client.js import api
from natstui.client.js.client import JetStreamContext
from natstui.client.js.stream import Stream
from tests.support.cluster import Cluster

# Seconds from one message to the next: readers wait for messages, or catch up with many.
SLOW, FAST = 0.01, 0.0
MORE_IF_FAST = 5  # times as many messages
PADDING = 4096  # bytes, in fast rounds: something is always on its way
AHEAD = (1, 25, 500)  # messages that readers ask for at a time
LIMIT = 90.0  # seconds in which a round must be over
PAGE_TIMEOUT = 3.0  # seconds


@dataclass(frozen=True)
class Result:
    """What came of a round; `struck` names the servers.

    If the machine stood still meanwhile, nothing can be said of what is `broken`.
    """

    fault: Fault
    struck: str
    seconds: float
    ledger: Ledger
    broken: str = ""
    stood_still: float = 0.0

    @property
    def void(self) -> bool:
        return bool(self.broken) and self.stood_still > 0


async def run_round(
    cluster: Cluster, nc: Client, name: str, fault: Fault, chance: random.Random, count: int
) -> Result:
    """Raises nothing that the client is to blame for: that is in the result."""
    pace = chance.choice([SLOW, FAST])
    count = count if pace else count * MORE_IF_FAST
    ledger = Ledger(
        count=count,
        subjects=[f"{name}.one", f"{name}.many"],
        pace=pace,
        padding=0 if pace else PADDING,
        ahead=chance.choice(AHEAD),
    )
    begun, stood_still = time.monotonic(), MACHINE.stood_still
    struck = asyncio.get_running_loop().create_future()
    broken = ""
    try:
        async with asyncio.timeout(LIMIT):
            await _round(cluster, nc, name, fault, chance, ledger, struck)
    except (Broken, Error, builtins.TimeoutError) as error:
        broken = f"{type(error).__name__}: {error}"
        await asyncio.sleep(NOTICED_AFTER)
    where = struck.result() if struck.done() else ""
    return Result(
        fault,
        where,
        time.monotonic() - begun,
        ledger,
        broken,
        MACHINE.stood_still - stood_still,
    )


async def _round(
    cluster: Cluster,
    nc: Client,
    name: str,
    fault: Fault,
    chance: random.Random,
    ledger: Ledger,
    struck: asyncio.Future[str],
) -> None:
    js = nc.jetstream(timeout=10)
    await _prepare(js, name)
    keys, store = await insist(buckets.open_buckets, nc.jetstream(timeout=writers.TIMEOUT), name)
    injector = Injector(cluster, nc.jetstream(timeout=2), chance)
    await _all(
        ledger,
        {
            "fault": _strike(injector, fault, name, chance, struck),
            "publish": writers.publish_one_by_one(js, ledger, f"{name}.one"),
            "publish_async": writers.publish_many_at_a_time(
                nc.jetstream(timeout=writers.TIMEOUT), ledger, f"{name}.many"
            ),
            "fetch": readers.fetch(js, ledger, name, "fetch"),
            "messages": readers.messages(js, ledger, name, "messages"),
            "pull_subscribe": readers.pull_subscribe(js, ledger, name, "pull_subscribe"),
            "ordered messages": readers.ordered_messages(js, ledger, name),
            "ordered fetch": readers.ordered_fetch(js, ledger, name),
            "ordered push": readers.ordered_push(js, ledger, name),
            "create keys": buckets.create_keys(keys, ledger),
            "watch keys": buckets.watch_keys(keys),
            "objects": buckets.objects(store, ledger, struck),
            "pages": readers.pages(nc.jetstream(timeout=PAGE_TIMEOUT), ledger, name),
        },
        Stream(nc.jetstream(timeout=30), name),
    )
    for stream in (name, f"KV_{name}", f"OBJ_{name}"):
        await insist(js.delete_stream, stream)


async def _prepare(js: JetStreamContext, name: str) -> None:
    config = api.StreamConfig(name=name, subjects=[f"{name}.>"], num_replicas=3, allow_direct=True)
    await insist(js.add_stream, config)
    for consumer in ("fetch", "messages", "pull_subscribe"):
        await insist(js.add_consumer, name, api.ConsumerConfig(durable_name=consumer, ack_wait=5))


async def _strike(
    injector: Injector,
    fault: Fault,
    name: str,
    chance: random.Random,
    struck: asyncio.Future[str],
) -> None:
    await asyncio.sleep(chance.uniform(0, 1.5))
    struck.set_result(await injector.strike(fault, name, "messages"))


async def _all(
    ledger: Ledger, programs: dict[str, Coroutine[Any, Any, Sequence | None]], stream: Stream
) -> None:
    """Run all to their end, and compare what they saw. Raises Broken."""
    tasks = {asyncio.create_task(each, name=name) for name, each in programs.items()}
    try:
        done, pending = await asyncio.wait(
            tasks, timeout=LIMIT - 20, return_when=asyncio.FIRST_EXCEPTION
        )
        for task in done:
            if error := task.exception():
                raise Broken(f"{task.get_name()}: {type(error).__name__}: {error}") from error
        if pending:
            names = sorted(task.get_name() for task in pending)
            raise Broken(f"not finished: {', '.join(names)}")
        stored = [(message.seq or 0, name_of(message.data)) async for message in stream.get_msgs()]
        ledger.check_stored(stored)
        for task in tasks:
            if (seen := task.result()) is not None:
                seen.check(stored)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
