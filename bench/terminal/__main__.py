"""Measures the explorer in a terminal of 120x40: idle, in a flood, and with the terminal stalled.

python -m bench.terminal [--seconds 60] [--rate 50000]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from bench.client.server import private_server
from bench.terminal.screen import ProgramEnded, Screen
from bench.terminal.stillness import Stillness
from natstui.demo.nats_server import get_nats_server

_SUBJECT = "orders.>"
_STALL = 5.0
_WITHIN, _BEYOND = "yes", "NO"
#: What is typed, what must be written for it, and what is typed to take it back.
_KEYS = (
    (b" ", b"PAUSED", b"G"),
    (b"?", b"EVERYWHERE", b"\x1b"),
    (b"k", b"PAUSED", b"G"),
    (b"\r", b"payload as", b"\x1b"),
    (b"/", b"filter", b"\x1b"),
    (b"p", b"Reply to", b"\x1b"),
)


def main() -> int:
    """0 when every figure is within its bound, 1 when not."""
    parser = argparse.ArgumentParser(prog="python -m bench.terminal", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="of flood (default 60)")
    parser.add_argument("--rate", type=int, default=50_000, help="messages a second")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        private_server(get_nats_server()) as url,
    ):
        report = Path(folder) / "report"
        command = [sys.executable, "-m", "bench.terminal.probed", url, str(report), _SUBJECT]
        try:
            with Screen(command) as screen:
                figures = [*_idle(screen), *_flood(screen, url, report, given)]
        except (ProgramEnded, TimeoutError) as error:
            print(error, file=sys.stderr)
            return 1
    for figure in figures:
        print(figure)
    return 1 if any(figure.endswith(_BEYOND) for figure in figures) else 0


def _figure(name: str, value: str, bound: str = "", within: bool | None = None) -> str:
    verdict = "" if within is None else _WITHIN if within else _BEYOND
    return f"{name:48} {value:>22}   {bound:<16} {verdict}".rstrip()


def _idle(screen: Screen) -> Iterator[str]:
    screen.read(4)
    before = screen.written
    screen.read(5)
    written = screen.written - before
    yield _figure("idle: bytes written in 5 s", str(written), "0", written == 0)


def _flood(screen: Screen, url: str, report: Path, given: argparse.Namespace) -> Iterator[str]:
    with _publisher(url, given.rate) as publisher:
        start = _filled(screen, report)
        with Stillness() as stillness:
            delays = _press_keys(screen, given.seconds)
        yield _key_figure(delays)
        lines = _since(report, start["time"])
        rate = (lines[-1]["seen"] - start["seen"]) / (lines[-1]["time"] - start["time"])
        yield _figure(
            "flood: messages a second taken",
            f"{rate:,.0f}",
            f">= {0.97 * given.rate:,.0f}",
            rate >= 0.97 * given.rate,
        )
        yield _lag_figure(lines)
        yield _memory_figure(lines)
        yield _figure(
            "  meanwhile, worst delay of who only sleeps", f"{1000 * stillness.worst:.0f} ms"
        )
        yield from _stall(screen, report)
        publisher.stdin.close()  # type: ignore[union-attr]
        screen.read(1)
        sent = int(publisher.stdout.read())  # type: ignore[union-attr]
    screen.read(1)
    last = _report(report)[-1]
    yield _figure(
        "messages published, seen", f"{sent:,}, {last['seen']:,}", "equal", sent == last["seen"]
    )
    yield _figure("messages dropped by the client", str(last["dropped"]), "0", not last["dropped"])
    yield _figure("reconnects", str(last["reconnects"]), "0", not last["reconnects"])


def _filled(screen: Screen, report: Path) -> dict[str, Any]:
    """Wait until the tail's buffer is full; what was reported then."""
    screen.read(1)
    while not (last := _report(report)[-1])["full"]:
        screen.read(0.25)
    return last


def _press_keys(screen: Screen, seconds: float) -> list[float]:
    """How long each key took to show its effect, in seconds."""
    delays = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for key, effect, back in _KEYS:
            screen.press(key)
            delays.append(screen.read_until(effect, 5))
            screen.read(0.2)
            screen.press(back)
            screen.read(0.3)
    return delays


def _key_figure(delays: list[float]) -> str:
    p99 = quantiles(delays, n=100)[98] if len(delays) > 1 else delays[0]
    value = f"{1000 * median(delays):.0f} ms, p99 {1000 * p99:.0f} ms"
    return _figure(
        f"flood: a key's effect is written, {len(delays)} keys", value, "p99 <= 100 ms", p99 <= 0.1
    )


def _lag_figure(lines: list[dict[str, Any]]) -> str:
    worst = max(line["lag"] for line in lines)
    return _figure(
        "flood: worst delay of the event loop", f"{1000 * worst:.0f} ms", "< 200 ms", worst < 0.2
    )


def _memory_figure(lines: list[dict[str, Any]]) -> str:
    """Flat: at the end no more than after a third of the time, the buffer being full all along."""
    begin, end = lines[0]["time"], lines[-1]["time"]
    third = begin + (end - begin) / 3
    early, late = _most_memory(lines, third), _most_memory(lines, end)
    return _figure(
        f"flood: memory {third - begin:.0f} and {end - begin:.0f} s after the buffer was full",
        f"{early:.1f}, {late:.1f} MB",
        "+ <= 1 MB",
        late <= early + 1,
    )


def _most_memory(lines: list[dict[str, Any]], moment: float) -> float:
    """In MB, in the five seconds until then."""
    resident: list[int] = [line["rss"] for line in lines if 0 <= moment - line["time"] < 5]
    return max(resident) / 2**20


def _stall(screen: Screen, report: Path) -> Iterator[str]:
    before = _report(report)[-1]["time"]
    time.sleep(_STALL)
    screen.read(1)
    lines = _since(report, before)
    worst = max(line["lag"] for line in lines)
    name = f"terminal stalled {_STALL:.0f} s: worst loop delay"
    yield _figure(name, f"{1000 * worst:.0f} ms", "< 200 ms", worst < 0.2)


@contextmanager
def _publisher(url: str, rate: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "bench.terminal.flood", url, str(rate)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as publisher:
        try:
            yield publisher
        finally:
            publisher.kill()


def _report(report: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in report.read_text().splitlines()]


def _since(report: Path, moment: float) -> list[dict[str, Any]]:
    return [line for line in _report(report) if line["time"] > moment]


if __name__ == "__main__":
    sys.exit(main())
