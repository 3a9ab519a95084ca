"""The demo's traffic as a process of its own: `python -m natstui.demo URL`.

The explorer and the traffic share no event loop: neither makes the other stutter. It ends when its
standard input does, which is when whoever started it is gone. It says `ready` when it has begun.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta

import natstui.client as nats
from natstui.demo import jetstream, services, traffic


async def main(url: str) -> None:
    async with await nats.connect(url, name="natstui demo traffic") as client:
        await jetstream.set_up(client)
        await services.serve(client)
        events = traffic.timeline(start=datetime.now(UTC) - timedelta(seconds=traffic.HISTORY))
        await traffic.write_history(client, events)
        print("ready", flush=True)
        async with asyncio.TaskGroup() as tasks:
            show = [
                tasks.create_task(jetstream.work(client)),
                tasks.create_task(traffic.play(client, events)),
            ]
            await _end_of_input()
            for task in show:
                task.cancel()


async def _end_of_input() -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    await reader.read()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
