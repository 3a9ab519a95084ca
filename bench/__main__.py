"""Prints how fast natstui.client is, as ratios over nats-py in the same run.

python -m bench --help
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from bench.client import table
from bench.client.cases import CASES, Case, select
from bench.client.process import pin, two_cores
from bench.client.result import Row, rows
from bench.client.rounds import Bench, MeasurementFailed
from bench.client.server import ServerTrouble, private_server
from natstui.demo.nats_server import NatsServerError, get_nats_server

BASELINE = "nats"


def main() -> int:
    """0 when everything was measured, whatever the ratios; 1 when not; 2 for a wrong argument."""
    given = _arguments()
    cores = two_cores()
    if cores:
        pin(cores[0])
    print(_conditions(given, cores), flush=True)
    try:
        with private_server(get_nats_server()) as url:
            bench = Bench(url, given.seconds, cores[1] if cores else None)
            results, complete = _run(bench, given)
    except (OSError, ServerTrouble, NatsServerError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"\n{table.summary(results)}")
    if given.json:
        _save(given.json, results)
    return 0 if complete else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="natstui.client beside nats-py; see bench/README.md"
    )
    groups = ",".join(dict.fromkeys(case.group for case in CASES.values()))
    parser.add_argument(
        "--only",
        metavar="WHAT",
        type=_cases,
        default=list(CASES.values()),
        help=f"groups ({groups}) or workloads (callback-128, async-for-*), comma-separated",
    )
    parser.add_argument("--rounds", type=_positive, help="runs of each client (5; quick: 2)")
    parser.add_argument("--seconds", type=float, help="length of a run, about (1; quick: 0.3)")
    parser.add_argument("--quick", action="store_true", help="fewer, shorter, noisier runs")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the results there, too")
    parser.add_argument(
        "--client",
        metavar="MODULE",
        default="natstui.client",
        help="what to compare with nats-py; `nats` measures the noise: every ratio should be 1",
    )
    given = parser.parse_args()
    given.rounds = given.rounds or (2 if given.quick else 5)
    given.seconds = given.seconds or (0.3 if given.quick else 1.0)
    return given


def _cases(text: str) -> list[Case]:
    try:
        return select(text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is too few")
    return number


def _conditions(given: argparse.Namespace, cores: tuple[int, int] | None) -> str:
    pinned = f"server on core {cores[0]}, client on core {cores[1]}" if cores else "not pinned"
    return (
        f"{given.client} over nats-py {version('nats-py')}, {platform.python_implementation()} "
        f"{platform.python_version()}, {os.cpu_count()} cores, {pinned}; "
        f"rounds: {given.rounds} of {given.seconds:g} s\n"
    )


def _run(bench: Bench, given: argparse.Namespace) -> tuple[list[Row], bool]:
    """Measure every case and print its rows; also says whether all could be measured."""
    results: list[Row] = []
    complete = True
    print(table.heading(given.client), flush=True)
    for case in given.only:
        try:
            samples = bench.compare(case, (BASELINE, given.client), given.rounds)
        except MeasurementFailed as error:
            print(f"{case.key}: {error}", file=sys.stderr)
            complete = False
            continue
        for row in rows(case, *samples):
            print(table.line(row), flush=True)
            results.append(row)
    return results, complete


def _save(path: Path, results: list[Row]) -> None:
    found = [
        {
            "workload": row.case.key,
            **asdict(row),
            "reached": row.reached,
            "cpu_reached": row.cpu_reached,
            "memory_reached": row.memory_reached,
        }
        for row in results
    ]
    path.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
