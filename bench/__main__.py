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
from bench.client.cases import CASES, Case, matching
from bench.client.process import pin, two_cores
from bench.client.result import Row, rows
from bench.client.rounds import Bench, MeasurementFailed
from bench.client.server import ServerTrouble, private_server
from bench.jetstream import rounds as jetstream_rounds
from bench.jetstream import table as jetstream_table
from bench.jetstream import workloads as jetstream
from bench.jetstream.result import Row as JetStreamRow
from natstui.demo.nats_server import NatsServerError, get_nats_server

BASELINE = "nats"


def main() -> int:
    """0 when everything was measured, whatever the ratios; 1 when not; 2 for a wrong argument."""
    given = _arguments()
    cores = two_cores()
    if cores:
        pin(cores[0])
    core = cores[1] if cores else None
    print(_conditions(given, cores), flush=True)
    results: list[Row] = []
    streams: list[JetStreamRow] = []
    try:
        complete = _run_core(given, core, results)
        complete &= _run_jetstream(given, core, streams)
    except (OSError, ServerTrouble, NatsServerError) as error:
        print(error, file=sys.stderr)
        return 1
    if streams:
        print(f"\n{jetstream_table.summary(streams)}")
    if given.json:
        _save(given.json, results, streams)
    return 0 if complete else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="natstui.client beside nats-py; see bench/README.md"
    )
    groups = ",".join([*dict.fromkeys(case.group for case in CASES.values()), jetstream.GROUP])
    parser.add_argument(
        "--only",
        metavar="WHAT",
        type=_wanted,
        default=(list(CASES.values()), list(jetstream.WORKLOADS)),
        help=f"groups ({groups}) or workloads (callback-128, async-for-*, kv-*), comma-separated",
    )
    parser.add_argument("--rounds", type=_positive, help="runs of each client (3; quick: 2)")
    parser.add_argument("--seconds", type=float, help="length of a run, about (0.5; quick: 0.3)")
    parser.add_argument("--quick", action="store_true", help="fewer, shorter, noisier runs")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the results there, too")
    parser.add_argument(
        "--client",
        metavar="MODULE",
        default="natstui.client",
        help="what to compare with nats-py; `nats` measures the noise: every ratio should be 1",
    )
    given = parser.parse_args()
    given.rounds = given.rounds or (2 if given.quick else 3)
    given.seconds = given.seconds or (0.3 if given.quick else 0.5)
    return given


def _wanted(text: str) -> tuple[list[Case], list[str]]:
    """The cases of the core protocol, and the workloads of JetStream."""
    cases: dict[str, Case] = {}
    streams: dict[str, None] = {}
    for pattern in text.split(","):
        found, also = matching(pattern), jetstream.matching(pattern)
        if not found and not also:
            there_are = ", ".join([*CASES, *jetstream.WORKLOADS])
            raise argparse.ArgumentTypeError(
                f"no workload matches {pattern!r}; there are: {there_are}"
            )
        cases.update((case.key, case) for case in found)
        streams.update(dict.fromkeys(also))
    return list(cases.values()), list(streams)


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


def _run_core(given: argparse.Namespace, core: int | None, results: list[Row]) -> bool:
    """Measure every case and print its rows; False if one could not be measured."""
    cases, _ = given.only
    if not cases:
        return True
    complete = True
    print(table.heading(given.client), flush=True)
    with private_server(get_nats_server()) as url:
        bench = Bench(url, given.seconds, core)
        for case in cases:
            try:
                samples = bench.compare(case, (BASELINE, given.client), given.rounds)
            except MeasurementFailed as error:
                print(f"{case.key}: {error}", file=sys.stderr)
                complete = False
                continue
            for row in rows(case, *samples):
                print(table.line(row), flush=True)
                results.append(row)
    print(f"\n{table.summary(results)}\n", flush=True)
    return complete


def _run_jetstream(
    given: argparse.Namespace, core: int | None, results: list[JetStreamRow]
) -> bool:
    """The same for JetStream."""
    _, workloads = given.only
    if not workloads:
        return True
    complete = True
    print(jetstream_table.HEADING, flush=True)
    with jetstream_rounds.bench(core) as bench:
        for key in workloads:
            try:
                row = bench.compare(key, (BASELINE, given.client), given.rounds)
            except MeasurementFailed as error:
                print(f"{key}: {error}", file=sys.stderr)
                complete = False
                continue
            print(jetstream_table.line(row), flush=True)
            results.append(row)
    return complete


def _save(path: Path, results: list[Row], streams: list[JetStreamRow]) -> None:
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
    found += [
        {"workload": row.key, **asdict(row), "ratios": row.ratios, "reached": row.reached}
        for row in streams
    ]
    path.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
