"""What answers and stores beside the explorer, in a process of its own, until its input ends.

python -m bench.panes.living URL OBJECTS_A_SECOND
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import natstui.client as nats
from natstui.client import micro
from natstui.client.js.object_store import ObjectStore

OBJECTS = "FILES"
SERVICES = 20
ASKED = "answers"  # what is published below it is a request to each service
_INSTANCES = 2
_STORED = 200
_SIZE = 1_000


@contextmanager
def living(url: str, objects_per_second: int) -> Iterator[None]:
    """Services that answer, and a bucket of objects of which some are stored anew."""
    command = [sys.executable, "-m", "bench.panes.living", url, str(objects_per_second)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield
        finally:
            process.kill()


async def _live(url: str, rate: int) -> None:
    async with await nats.connect(url) as nc:
        for number in range(SERVICES * _INSTANCES):
            await _serve(nc, f"service-{number % SERVICES:02}")
        store = await nc.jetstream(timeout=30).create_object_store(OBJECTS)
        for number in range(_STORED):
            await _put(store, number)
        print("ready", flush=True)
        storing = asyncio.create_task(_go_on(store, rate)) if rate else None
        await asyncio.to_thread(sys.stdin.read)
        if storing is not None:
            storing.cancel()


async def _serve(nc: nats.Client, name: str) -> None:
    service = await micro.add_service(nc, name=name, version="1.0.0", description="answers")
    await service.add_endpoint(name="all", subject=f"{ASKED}.>", handler=_answer)


async def _answer(request: micro.Request) -> None:
    if request.reply:
        await request.respond(b"{}")


async def _go_on(store: ObjectStore, rate: int) -> None:
    number = 0
    while True:
        await _put(store, number % _STORED)
        number += 1
        await asyncio.sleep(1 / rate)


async def _put(store: ObjectStore, number: int) -> None:
    await store.put(f"file-{number:03}", bytes(_SIZE))


if __name__ == "__main__":
    asyncio.run(_live(sys.argv[1], int(sys.argv[2])))
