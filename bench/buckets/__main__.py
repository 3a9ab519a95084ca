"""Measure buckets: natstui.client beside nats-py.

    python -m bench.buckets [--rounds 5] [--only WORD]

Each measurement is a new process; the two clients take turns. The ratio is the median of the
rounds' ratios, in parentheses the lowest and the highest. Needs `pip install -e '.[bench]'`.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile

import natstui.client as nats
from bench.buckets.workloads import (
    KEYS,
    SMALL_OBJECT,
    TARGETS,
    VALUE,
    smaller_is_better,
)
from bench.client.process import pin, two_cores
from bench.client.server import private_server
from natstui.demo.nats_server import get_nats_server

MODULES = ("nats", "natstui.client")


async def fill(url: str) -> None:
    """What the workloads read."""
    async with await nats.connect(url) as nc:
        js = nc.jetstream(timeout=30)
        await js.create_key_value(bucket="calls", storage="memory")
        await js.create_key_value(bucket="many", storage="memory")
        for number in range(KEYS):
            await js.publish_async(f"$KV.many.key.{number}", VALUE)
        await js.publish_async_completed()
        store = await js.create_object_store("objects", storage="memory")
        await store.put("small", bytes(SMALL_OBJECT))


def measure(module: str, url: str, workload: str, core: int | None) -> float:
    command = [sys.executable, "-m", "bench.buckets.measure", module, url, workload, str(core)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def line(workload: str, url: str, rounds: int, core: int | None) -> str:
    """Measure a workload of both clients, and say how they compare."""
    results: dict[str, list[float]] = {module: [] for module in MODULES}
    for number in range(rounds):
        for module in MODULES if number % 2 == 0 else reversed(MODULES):
            results[module].append(measure(module, url, workload, core))
    theirs, ours = results.values()
    if smaller_is_better(workload):
        ratios = [their / our for their, our in zip(theirs, ours, strict=True)]
    else:
        ratios = [our / their for their, our in zip(theirs, ours, strict=True)]
    spread = f"({min(ratios):.2f}-{max(ratios):.2f})"
    return (
        f"{workload:<18}{statistics.median(theirs):>10.0f}{statistics.median(ours):>10.0f}"
        f"{statistics.median(ratios):>8.2f} {spread:<14}>={TARGETS[workload]:g}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.buckets", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="workloads with this in their names")
    options = parser.parse_args()
    server_core, client_core = two_cores() or (None, None)
    if server_core is not None:
        pin(server_core)
    print(f"{'workload':<18}{'nats-py':>10}{'natstui':>10}{'ratio':>8} {'(spread)':<14}target")
    with (
        tempfile.TemporaryDirectory() as folder,
        private_server(get_nats_server(), "--jetstream", "--store_dir", folder) as url,
    ):
        asyncio.run(fill(url))
        for workload in TARGETS:
            if options.only in workload:
                print(line(workload, url, options.rounds, client_core), flush=True)


if __name__ == "__main__":
    main()
