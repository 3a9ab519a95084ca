"""Streams, buckets and objects: natstui.client beside nats-py; see bench/README.md.

python -m bench.jetstream [--only js-publish,fetch-*] [--rounds 3]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

from bench.client.process import pin, two_cores
from bench.client.rounds import MeasurementFailed
from bench.client.server import ServerTrouble, private_server
from bench.jetstream import table
from bench.jetstream.floor import FLOORS
from bench.jetstream.measure import Sample
from bench.jetstream.stored import store
from bench.jetstream.workloads import WORKLOADS, Workload
from natstui.demo.nats_server import NatsServerError, get_nats_server

BASELINE = "nats"
ROUNDS = 3
_ROOT = Path(__file__).parents[2]
_LONGEST = 120  # seconds


def main() -> int:
    """0 when everything was measured, whatever the ratios; 1 when not; 2 for a wrong argument."""
    given = _arguments()
    cores = two_cores()
    if cores:
        pin(cores[0])
    try:
        return run(given.only, given.rounds, given.client, cores[1] if cores else None)
    except (OSError, ServerTrouble, NatsServerError, MeasurementFailed) as error:
        print(error, file=sys.stderr)
        return 1


def select(patterns: list[str]) -> list[str]:
    """The workloads that match one of the glob patterns; ValueError if one matches none."""
    for pattern in patterns:
        if not any(fnmatchcase(key, pattern) for key in WORKLOADS):
            raise ValueError(f"no workload matches {pattern!r}; there are: {', '.join(WORKLOADS)}")
    return [key for key in WORKLOADS if any(fnmatchcase(key, pattern) for pattern in patterns)]


def run(keys: list[str], rounds: int, client: str, client_core: int | None) -> int:
    """Measure the workloads and print the table. Raises MeasurementFailed, ServerTrouble."""
    rows = []
    print(table.HEADING, flush=True)
    with _server() as (url, folder):
        for key in keys:
            row = _compare(key, (BASELINE, client), rounds, url, folder, client_core)
            print(table.line(row), flush=True)
            rows.append(row)
    print(f"\n{table.summary(rows)}")
    return 0


@contextmanager
def _server() -> Iterator[tuple[str, Path]]:
    """A server with everything stored that the workloads need, and a folder with the objects."""
    with (
        tempfile.TemporaryDirectory() as name,
        private_server(get_nats_server(), "--jetstream", "--store_dir", name) as url,
    ):
        asyncio.run(store(url, Path(name)))
        yield url, Path(name)


def _compare(
    key: str,
    modules: tuple[str, str],
    rounds: int,
    url: str,
    folder: Path,
    core: int | None,
) -> table.Row:
    """The two modules take turns, and so does who begins."""
    workload: Workload = WORKLOADS[key]
    samples: tuple[list[Sample], list[Sample]] = ([], [])
    for number in range(min(rounds, workload.rounds or rounds)):
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            samples[side].append(_sample(modules[side], key, url, folder, core))
    floor = FLOORS.get(key)
    return table.Row(key, workload, *samples, floor and _floor(key, url, core))


def _sample(module: str, key: str, url: str, folder: Path, core: int | None) -> Sample:
    printed = _process("measure", module, key, url, str(folder), *_core(core))
    return Sample(**json.loads(printed.splitlines()[-1]))


def _floor(key: str, url: str, core: int | None) -> float:
    return float(_process("floor", key, url, *_core(core)))


def _core(core: int | None) -> list[str]:
    return [] if core is None else [str(core)]


def _process(name: str, *arguments: str) -> str:
    command = [sys.executable, "-m", f"bench.jetstream.{name}", *arguments]
    try:
        done = subprocess.run(
            command, cwd=_ROOT, capture_output=True, text=True, timeout=_LONGEST, check=True
        )
    except subprocess.TimeoutExpired as late:
        raise MeasurementFailed(f"{arguments}: no result after {_LONGEST} s") from late
    except subprocess.CalledProcessError as failed:
        raise MeasurementFailed(f"{arguments}: {failed.stderr.strip()}") from failed
    return done.stdout


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.jetstream", description=__doc__)
    parser.add_argument(
        "--only",
        metavar="WHAT",
        type=_selection,
        default=list(WORKLOADS),
        help=f"workloads, comma-separated, with wildcards: {', '.join(WORKLOADS)}",
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"of each client ({ROUNDS})")
    parser.add_argument(
        "--client",
        metavar="MODULE",
        default="natstui.client",
        help="what to compare with nats-py; `nats` measures the noise: every ratio should be 1",
    )
    return parser.parse_args()


def _selection(text: str) -> list[str]:
    try:
        return select(text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


if __name__ == "__main__":
    sys.exit(main())
