"""What each pane may write to a terminal of 80x24, and what it does write, over the demo.

python -m bench.budget [--only ssh,local,idle]

ssh: 4 frames a second, 256 colours, as found out over ssh. local: 10 frames, all colours. Both
while the demo's traffic goes on (some 20 orders and 480 readings a second, consumers that fall
behind, keys that change). idle: a server with streams, consumers and keys where nothing goes on;
there the budget is nothing, but for what the server says of itself.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bench.panes.stored import store_bucket, store_consumers
from bench.terminal.figure import Figure, exit_code
from bench.terminal.screen import ProgramEnded, Screen
from natstui.demo.nats_server import get_nats_server
from natstui.demo.server import private_server
from natstui.demo.session import traffic_process
from natstui.demo.traffic import SUBJECTS

COLUMNS, ROWS = 80, 24
PATIENCE = 20.0
_SETTLED = 2.5
_SECONDS = 5.0
_CALM = 10.0  # until rates have gone down to nothing
_CONSUMERS, _KEYS = 40, 500

#: The key of a pane, its name, and the bytes a second that it may write over ssh and locally.
BUDGET = (
    (b"1", "tail", 25_000, 75_000),
    (b"2", "streams", 4_000, 6_000),
    (b"3", "consumers", 4_000, 6_000),
    (b"4", "key-value", 2_500, 4_000),
    (b"5", "objects", 1_500, 2_500),
    (b"6", "services", 2_000, 4_000),
    (b"7", "server", 2_000, 3_000),
)

#: Bytes in all. A server's own memory and CPU are never still: a row, when it is asked.
IDLE = {"server": 2_000}

# A day later all ages are those of days: they do not change while one waits.
_TOMORROW = """
import sys, time
now = time.time
time.time = lambda: now() + 86_400
from natstui.cli import main
sys.exit(main(sys.argv[1:]))
"""


def main() -> int:
    """0 when every pane is within its budget, 1 when not."""
    parser = argparse.ArgumentParser(prog="python -m bench.budget", description=__doc__)
    parser.add_argument("--only", metavar="PARTS", default="ssh,local,idle")
    parts = parser.parse_args().only.split(",")
    figures = []
    try:
        for figure in _all(parts):
            print(figure, flush=True)
            figures.append(figure)
    except (ProgramEnded, TimeoutError) as error:
        print(error, file=sys.stderr)
        return 1
    return exit_code(figures)


def _all(parts: Sequence[str]) -> Iterator[Figure]:
    server = get_nats_server()
    busy = [part for part in parts if part in ("ssh", "local")]
    if busy:
        with private_server(server) as url, traffic_process(url):
            for where in busy:
                yield from _busy(url, where)
    if "idle" in parts:
        with private_server(server) as url:
            asyncio.run(_store(url))
            yield from _idle(url)


async def _store(url: str) -> None:
    await asyncio.gather(store_consumers(url, _CONSUMERS), store_bucket(url, _KEYS))


def _busy(url: str, where: str) -> Iterator[Figure]:
    flags = ("--fps", "4", "--color", "256") if where == "ssh" else ("--fps", "10")
    with _explorer(url, "-m", "natstui", *flags) as screen:
        for key, name, over_ssh, locally in BUDGET:
            most = over_ssh if where == "ssh" else locally
            screen.press(key)
            written = _written(screen, _SETTLED) / _SECONDS
            yield Figure(
                f"{where}: {name}, bytes a second",
                f"{written:,.0f}",
                f"<= {most:,}",
                written <= most,
            )


def _idle(url: str) -> Iterator[Figure]:
    with _explorer(url, "-c", _TOMORROW) as screen:
        for key, name, *_ in BUDGET:
            screen.press(key)
            written, most = _written(screen, _CALM), IDLE.get(name, 0)
            yield Figure(
                f"idle: {name}, bytes in {_SECONDS:.0f} s",
                f"{written:,}",
                f"<= {most:,}" if most else "0",
                written <= most,
            )


def _written(screen: Screen, settled: float) -> int:
    screen.read(settled)
    before = screen.written
    screen.read(_SECONDS)
    return screen.written - before


@contextmanager
def _explorer(url: str, *program: str) -> Iterator[Screen]:
    command = [sys.executable, *program, "--server", url, "--no-context", *SUBJECTS]
    with Screen(command, COLUMNS, ROWS) as screen:
        screen.find(b"connected", PATIENCE)
        yield screen


if __name__ == "__main__":
    sys.exit(main())
