"""What the demo keeps in JetStream, and who works with it."""

from __future__ import annotations

import asyncio
from random import Random

from natstui.client import Client
from natstui.client.js import JetStreamContext
from natstui.demo import consumers, keys, objects, streams


async def set_up(client: Client, seed: int = 7) -> None:
    """Create all of it, with some content to begin with. Raises APIError."""
    js = _context(client)
    await streams.create(js)
    await consumers.create(js)
    await keys.create(js, Random(f"{seed} keys"))
    await objects.create(js, Random(seed))


async def work(client: Client, seed: int = 7) -> None:
    """Consume and change, for ever: cancel it to end it."""
    js = _context(client)
    async with asyncio.TaskGroup() as tasks:
        for each in (*consumers.at_work(js, seed), *keys.at_work(js, seed)):
            tasks.create_task(each)


def _context(client: Client) -> JetStreamContext:
    return client.jetstream(timeout=10)
