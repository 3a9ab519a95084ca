"""Runs rounds of faults against a cluster of its own, and counts what the client got wrong.

python -m bench.faults --rounds 300
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

import natstui.client as nats
from bench.faults.fault import FAULTS
from bench.faults.round import Result, run_round
from tests.support.cluster import Cluster


def main() -> int:
    """0 when no promise was broken, 1 otherwise."""
    given = _arguments()
    folder = Path(tempfile.mkdtemp(prefix="natstui-faults-"))
    cluster = Cluster(folder, name="faults", jetstream=True)
    try:
        cluster.start()
        broken = asyncio.run(_run(cluster, given))
    finally:
        cluster.release()
    if broken:
        print(f"the servers' logs and data are in {folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    parser.add_argument("--rounds", type=int, default=len(FAULTS), help="how many (%(default)s)")
    parser.add_argument(
        "--messages", type=int, default=200, help="on each of two subjects; more, if fast"
    )
    parser.add_argument("--seed", type=int, help="of the moments and the order of the faults")
    parser.add_argument("--only", default="", metavar="TEXT", help="faults whose name has it")
    return parser.parse_args()


async def _run(cluster: Cluster, given: argparse.Namespace) -> int:
    seed = given.seed if given.seed is not None else random.randrange(1 << 32)
    chance = random.Random(seed)
    faults = [fault for fault in FAULTS if given.only in str(fault)]
    print(f"{given.rounds} rounds of {2 * given.messages} messages and more, seed {seed}")
    counts: Counter[str] = Counter()
    broken = void = 0
    for number in range(given.rounds):
        fault = chance.choice(faults) if number >= len(faults) else faults[number]
        async with await nats.connect(
            cluster.urls,
            reconnect_time_wait=0.1,
            max_reconnect_attempts=-1,
            ping_interval=1,
            error_cb=_ignore,
        ) as nc:
            result = await run_round(cluster, nc, f"ROUND{number}", fault, chance, given.messages)
        counts[str(fault)] += 1
        broken += bool(result.broken) and not result.void
        void += result.void
        print(_line(number, result), flush=True)
    for name, count in counts.most_common():
        print(f"{count:5} x {name}")
    print(f"{broken} of {given.rounds} rounds broken", end="")
    print(f"; {void} void, the machine stood still" if void else "")
    return broken


async def _ignore(error: Exception) -> None:
    """Errors are what this is about; the ones that matter are raised."""


def _line(number: int, result: Result) -> str:
    ledger = result.ledger
    return (
        f"{number:4} {result.fault!s:24} {result.struck:10} {result.seconds:5.1f} s  "
        f"messages {ledger.total:5}  retries {ledger.retries:4}  "
        f"redelivered {ledger.redelivered:4}  resets {ledger.resets:3}  "
        f"late {max(ledger.latest, 0):4.1f} s  {'VOID ' * result.void}{result.broken or 'ok'}"
    )


if __name__ == "__main__":
    sys.exit(main())
