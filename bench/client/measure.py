"""Process that measures one case of one client, and prints a Sample as JSON.

python -m bench.client.measure MODULE CASE URL SECONDS [--core N] [--fd N]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
from dataclasses import asdict, dataclass, replace
from statistics import quantiles
from time import perf_counter

from bench.client.api import connect
from bench.client.cases import CASES, Case
from bench.client.channel import Feed
from bench.client.load import block_messages
from bench.client.process import cpu_seconds, peak_bytes, pin, reset_peak
from bench.client.workloads import Workload, workload

FIRST_COUNT = 1000
MAX_COUNT = 5_000_000
MAX_SECONDS = 60


@dataclass(frozen=True)
class Sample:
    """One run: `count` operations in `seconds`, using `cpu_seconds` of the client's process."""

    count: int
    seconds: float
    cpu_seconds: float
    p50_seconds: float = 0.0
    p99_seconds: float = 0.0
    connected_bytes: int = 0
    """Resident memory after import and connect."""

    growth_bytes: int = 0
    """How far the resident memory rose above that."""

    @property
    def rate(self) -> float:
        return self.count / self.seconds

    @property
    def cpu_each(self) -> float:
        return self.cpu_seconds / self.count


async def measure(module: str, case: Case, url: str, seconds: float, feed: Feed | None) -> Sample:
    """Two short runs to warm up and to learn the rate, then one of about `seconds`."""
    client = await connect(module, url)
    connected = reset_peak()
    work = workload(client, case, feed)
    await work.prepare()
    count = FIRST_COUNT
    for share in (0.2, 1.0):
        rate = (await _run(work, count)).rate
        count = min(int(rate * seconds * share), MAX_COUNT)
    sample = await _run(work, count)
    growth = peak_bytes() - connected
    await client.close()
    return replace(sample, connected_bytes=connected, growth_bytes=max(growth, 0))


async def _run(work: Workload, count: int) -> Sample:
    whole = max(count // work.unit, 1) * work.unit
    cpu, begin = cpu_seconds(), perf_counter()
    await work.run(whole)
    sample = Sample(whole, perf_counter() - begin, cpu_seconds() - cpu)
    if len(work.latencies) < 2:
        return sample
    percentiles = quantiles(work.latencies, n=100)
    return replace(sample, p50_seconds=percentiles[49], p99_seconds=percentiles[98])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("module")
    parser.add_argument("case")
    parser.add_argument("url")
    parser.add_argument("seconds", type=float)
    parser.add_argument("--core", type=int)
    parser.add_argument("--fd", type=int)
    given = parser.parse_args()
    if given.core is not None:
        pin(given.core)
    case = CASES[given.case]
    feed = None
    if given.fd is not None:
        feed = Feed(socket.socket(fileno=given.fd), block_messages(case))
    work = measure(given.module, case, given.url, given.seconds, feed)
    print(json.dumps(asdict(asyncio.run(asyncio.wait_for(work, MAX_SECONDS)))))


if __name__ == "__main__":
    main()
