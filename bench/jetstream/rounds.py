"""Runs the JetStream workloads: for each round one process a client, taking turns."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.client.rounds import MeasurementFailed
from bench.client.server import private_server
from bench.jetstream.floor import FLOORS
from bench.jetstream.measure import Sample
from bench.jetstream.result import Row
from bench.jetstream.stored import store
from bench.jetstream.workloads import WORKLOADS
from natstui.demo.nats_server import get_nats_server

_ROOT = Path(__file__).parents[2]
_LONGEST = 120  # seconds


@dataclass(frozen=True)
class Bench:
    """What every measurement of a run has in common."""

    url: str
    folder: Path
    client_core: int | None

    def compare(self, key: str, modules: tuple[str, str], rounds: int) -> Row:
        """Measure one workload of both modules. They alternate, and so does who begins.

        Raises MeasurementFailed.
        """
        workload = WORKLOADS[key]
        samples: tuple[list[Sample], list[Sample]] = ([], [])
        for number in range(min(rounds, workload.rounds or rounds)):
            for side in (0, 1) if number % 2 == 0 else (1, 0):
                samples[side].append(self._sample(modules[side], key))
        floor = float(self._process("floor", key, self.url)) if key in FLOORS else None
        return Row(key, *samples, floor)

    def _sample(self, module: str, key: str) -> Sample:
        printed = self._process("measure", module, key, self.url, str(self.folder))
        return Sample(**json.loads(printed.splitlines()[-1]))

    def _process(self, name: str, *arguments: str) -> str:
        command = [sys.executable, "-m", f"bench.jetstream.{name}", *arguments]
        if self.client_core is not None:
            command.append(str(self.client_core))
        try:
            done = subprocess.run(
                command, cwd=_ROOT, capture_output=True, text=True, timeout=_LONGEST, check=True
            )
        except subprocess.TimeoutExpired as late:
            raise MeasurementFailed(f"{arguments}: no result after {_LONGEST} s") from late
        except subprocess.CalledProcessError as failed:
            raise MeasurementFailed(f"{arguments}: {failed.stderr.strip()}") from failed
        return done.stdout


@contextmanager
def bench(client_core: int | None) -> Iterator[Bench]:
    """A server with everything stored that the workloads need, and a folder with the objects.

    Raises what `private_server` does.
    """
    with (
        tempfile.TemporaryDirectory() as name,
        private_server(get_nats_server(), "--jetstream", "--store_dir", name) as url,
    ):
        asyncio.run(store(url, Path(name)))
        yield Bench(url, Path(name), client_core)
