"""One measurement, in a process of its own: module, URL, workload, core; prints the number."""

from __future__ import annotations

import asyncio
import importlib
import sys

from bench.buckets import workloads
from bench.client.process import pin


async def main(module: str, url: str, workload: str) -> None:
    client = importlib.import_module(module)
    nc = await client.connect(url)
    js = nc.jetstream(timeout=30)
    await workloads.run(workload, js)  # warms up
    print(await workloads.run(workload, js))
    await nc.close()


if __name__ == "__main__":
    *arguments, core = sys.argv[1:]
    if core.isdigit():
        pin(int(core))
    asyncio.run(main(*arguments))
