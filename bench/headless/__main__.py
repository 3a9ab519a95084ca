"""Measures `natstui tail --ndjson` in a flood, to /dev/null, a file and a pipe; and `record`.

python -m bench.headless [--seconds 20] [--rate 100000]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

import natstui.client as nats
from bench.client.process import pin, two_cores
from bench.client.server import private_server
from natstui.client.errors import NoRespondersError, TimeoutError
from natstui.demo.nats_server import get_nats_server

_SUBJECT = "orders.>"
_WAIT = 60.0


class Run(NamedTuple):
    """What came of one flood; `said` is what was on standard error."""

    lines: int | None
    seconds: float
    cpu: float
    code: int
    said: str


def main() -> int:
    """0 when nothing was lost and the rate was kept, 1 when not."""
    parser = argparse.ArgumentParser(prog="python -m bench.headless", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="of flood (default 20)")
    parser.add_argument("--rate", type=int, default=100_000, help="messages a second")
    given = parser.parse_args()
    count = int(given.rate * given.seconds)
    cores = two_cores()
    if cores:
        pin(cores[0])
    good = True
    print(f"{count:,} messages, {given.rate:,} a second; 80 to 400 B of JSON, headers on a tenth")
    with private_server(get_nats_server()) as url, tempfile.TemporaryDirectory() as folder:
        for name, target in _targets(Path(folder)).items():
            run = _measure(url, count, given.rate, target, cores[1] if cores else None)
            good &= _print(name, run, count, given.rate)
        path = Path(folder) / "recording"
        run = _record(url, count, given.rate, path, cores[1] if cores else None)
        good &= _print("record", run, count, given.rate)
    return 0 if good else 1


def _print(name: str, run: Run, count: int, rate: int) -> bool:
    kept = count / run.seconds
    good = run.code == 0 and not run.said and run.lines in (None, count) and kept >= 0.97 * rate
    lines = "" if run.lines is None else f"{run.lines:,} lines"
    share = run.cpu / run.seconds
    print(f"{name:10} {kept:>9,.0f}/s   {share:>4.0%} of a core   {lines:>16}   ", end="")
    print("nothing lost" if good else f"code {run.code} {run.said}", flush=True)
    return good


Target = Callable[[], tuple[IO[bytes] | int, Callable[[], int | None]]]


def _targets(folder: Path) -> dict[str, Target]:
    def nowhere() -> tuple[IO[bytes] | int, Callable[[], int | None]]:
        return subprocess.DEVNULL, lambda: None

    def file() -> tuple[IO[bytes] | int, Callable[[], int | None]]:
        path = folder / "lines"
        return path.open("wb"), lambda: _lines(path)

    def pipe() -> tuple[IO[bytes] | int, Callable[[], int | None]]:
        read, write = os.pipe()
        counter = _Counter(read)
        return open(write, "wb"), counter.count

    return {"/dev/null": nowhere, "a file": file, "a pipe": pipe}


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))


class _Counter:
    """Reads a pipe to its end, and counts the lines."""

    def __init__(self, descriptor: int) -> None:
        self._lines = 0
        self._descriptor = descriptor
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while piece := os.read(self._descriptor, 1 << 20):
            self._lines += piece.count(b"\n")
        os.close(self._descriptor)

    def count(self) -> int:
        self._thread.join(_WAIT)
        return self._lines


def _measure(url: str, count: int, rate: int, target: Target, core: int | None) -> Run:
    return _run(url, ["tail", _SUBJECT, "--ndjson", "--count", str(count)], rate, target, core)


def _record(url: str, count: int, rate: int, path: Path, core: int | None) -> Run:
    """The lines are those of messages: the first and the last say what was recorded."""

    def target() -> tuple[int, Callable[[], int]]:
        return subprocess.DEVNULL, lambda: _lines(path) - 2

    words = ["record", str(path), _SUBJECT, "--count", str(count)]
    run = _run(url, words, rate, target, core)
    return run._replace(said="" if run.said.endswith("nothing lost") else run.said)


def _run(url: str, words: list[str], rate: int, target: Target, core: int | None) -> Run:
    stdout, lines = target()
    command = [sys.executable, "-m", "natstui", "-s", url, "--no-context", *words]
    with tempfile.TemporaryFile() as said:
        tail = subprocess.Popen(
            command,
            stdout=stdout,
            stderr=said,
            preexec_fn=None if core is None else lambda: pin(core),
        )
        if not isinstance(stdout, int):
            stdout.close()
        asyncio.run(_until_subscribed(url))
        with _flood(url, rate):
            began = time.monotonic()
            _, status, usage = os.wait4(tail.pid, 0)
            seconds = time.monotonic() - began
        tail.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        heard = said.read().decode().strip()
    return Run(lines(), seconds, usage.ru_utime + usage.ru_stime, tail.returncode, heard)


async def _until_subscribed(url: str) -> None:
    """Somebody who does not answer is there: that is the tail."""
    async with await nats.connect(url) as client, asyncio.timeout(_WAIT):
        while True:
            try:
                await client.request("orders.ready", timeout=0.2)
            except NoRespondersError:
                await asyncio.sleep(0.01)
            except TimeoutError:
                return


@contextmanager
def _flood(url: str, rate: int) -> Iterator[None]:
    command = [sys.executable, "-m", "bench.terminal.flood", url, str(rate)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as flood:
        try:
            yield
        finally:
            flood.communicate()


if __name__ == "__main__":
    sys.exit(main())
