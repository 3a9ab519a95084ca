"""Process that measures one workload of one client, and prints a Sample as JSON.

python -m bench.jetstream.measure MODULE WORKLOAD URL FOLDER [CORE]
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.client.api import connect
from bench.client.process import cpu_seconds, peak_bytes, pin, reset_peak
from bench.jetstream.workloads import PATIENCE, WORKLOADS, Scale


@dataclass(frozen=True)
class Sample:
    """One run: the seconds that it took (or each call, p50), and what the client used for it."""

    seconds: float
    cpu_seconds: float
    growth_bytes: int
    """How far the resident memory rose above what it was after import and connect."""


async def measure(module: str, name: str, url: str, folder: Path) -> Sample:
    """A short run to warm up, then one that counts."""
    workload = WORKLOADS[name]
    client: Any = await connect(module, url)
    js = client.jetstream(timeout=PATIENCE)
    before = reset_peak()
    await workload.run(js, Scale(True, folder), workload.count)
    cpu = cpu_seconds()
    seconds = await workload.run(js, Scale(False, folder), workload.count)
    cpu = cpu_seconds() - cpu
    growth = peak_bytes() - before
    await client.close()
    return Sample(seconds, cpu, max(growth, 0))


def main(module: str, name: str, url: str, folder: str, core: str = "") -> None:
    if core:
        pin(int(core))
    print(json.dumps(asdict(asyncio.run(measure(module, name, url, Path(folder))))))


if __name__ == "__main__":
    main(*sys.argv[1:])
