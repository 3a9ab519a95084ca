"""Measures the explorer in a terminal of 120x40: idle, in a flood, and with the terminal stalled.

python -m bench.terminal [--seconds 60] [--rate 50000]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.client.server import private_server
from bench.terminal.figure import Figure, exit_code, keys, ms
from bench.terminal.probed import explorer
from bench.terminal.publishing import publishing
from bench.terminal.report import Line, Report, worst_lag
from bench.terminal.screen import ProgramEnded, Screen
from bench.terminal.stillness import Stillness
from natstui.demo.nats_server import get_nats_server

_SUBJECT = "orders.>"
_STALL = 5.0
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
        report = Report(Path(folder) / "report")
        try:
            with Screen(explorer(url, report.path, _SUBJECT)) as screen:
                figures = [*_idle(screen), *_flood(screen, url, report, given)]
        except (ProgramEnded, TimeoutError) as error:
            print(error, file=sys.stderr)
            return 1
    for figure in figures:
        print(figure)
    return exit_code(figures)


def _idle(screen: Screen) -> Iterator[Figure]:
    screen.read(4)
    before = screen.written
    screen.read(5)
    written = screen.written - before
    yield Figure("idle: bytes written in 5 s", str(written), "0", written == 0)


def _flood(screen: Screen, url: str, report: Report, given: argparse.Namespace) -> Iterator[Figure]:
    with publishing(url, given.rate) as end_publishing:
        start = _filled(screen, report)
        with Stillness() as stillness:
            delays = _press_keys(screen, given.seconds)
        yield keys("flood", delays)
        lines = report.lines(start["time"])
        rate = (lines[-1]["seen"] - start["seen"]) / (lines[-1]["time"] - start["time"])
        yield Figure(
            "flood: messages a second taken",
            f"{rate:,.0f}",
            f">= {0.97 * given.rate:,.0f}",
            rate >= 0.97 * given.rate,
        )
        yield _lag_figure("flood: worst delay of the event loop", lines)
        yield _memory_figure(lines)
        yield Figure("  meanwhile, worst delay of who only sleeps", ms(stillness.worst))
        yield _stall(screen, report)
        sent = end_publishing()
    screen.read(2)
    last = report.last()
    yield Figure(
        "messages published, seen", f"{sent:,}, {last['seen']:,}", "equal", sent == last["seen"]
    )
    yield Figure("messages dropped by the client", str(last["dropped"]), "0", not last["dropped"])
    yield Figure("reconnects", str(last["reconnects"]), "0", not last["reconnects"])


def _filled(screen: Screen, report: Report) -> Line:
    """Wait until the tail's buffer is full; what was reported then."""
    screen.read(1)
    while not (last := report.last())["full"]:
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


def _lag_figure(name: str, lines: list[Line]) -> Figure:
    worst = worst_lag(lines)
    return Figure(name, ms(worst), "< 200 ms", worst < 0.2)


def _memory_figure(lines: list[Line]) -> Figure:
    """Flat: at the end no more than after a third of the time, the buffer being full all along."""
    begin, end = lines[0]["time"], lines[-1]["time"]
    third = begin + (end - begin) / 3
    early, late = _most_memory(lines, third), _most_memory(lines, end)
    return Figure(
        f"flood: memory {third - begin:.0f} and {end - begin:.0f} s after the buffer was full",
        f"{early:.1f}, {late:.1f} MB",
        "+ <= 1 MB",
        late <= early + 1,
    )


def _most_memory(lines: list[Line], moment: float) -> float:
    """In MB, in the five seconds until then."""
    resident: list[int] = [line["rss"] for line in lines if 0 <= moment - line["time"] < 5]
    return max(resident) / 2**20


def _stall(screen: Screen, report: Report) -> Figure:
    before = report.last()["time"]
    time.sleep(_STALL)
    screen.read(1)
    name = f"terminal stalled {_STALL:.0f} s: worst loop delay"
    return _lag_figure(name, report.lines(before))


if __name__ == "__main__":
    sys.exit(main())
