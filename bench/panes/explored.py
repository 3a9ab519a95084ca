"""The explorer on a server of its own, and what is asked of every pane."""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.client.server import private_server
from bench.terminal.figure import Figure, ms
from bench.terminal.probed import explorer
from bench.terminal.report import Line, Report, worst_lag
from bench.terminal.screen import Screen
from natstui.demo.nats_server import get_nats_server

# (A terminal's escape is held back for a while, as it may be the beginning of another key.)
ESC, ENTER, PAGE_UP, PAGE_DOWN = b"\x1b", b"\r", b"\x1b[5~", b"\x1b[6~"
HELP = b"EVERYWHERE"  # what it shows, and nothing else does
PATIENCE = 20.0
# As fast as a key repeats that is held down.
REPEAT = 0.033


class Explored:
    """The explorer in a terminal, and the probe's report on it."""

    def __init__(self, screen: Screen, report: Report, url: str) -> None:
        self.screen = screen
        self.report = report
        self.url = url

    def press(
        self,
        key: bytes,
        effect: bytes,
        wanted: Callable[[re.Match[bytes]], bool] = lambda _: True,
    ) -> tuple[float, re.Match[bytes]]:
        """Seconds until what the key does is written, and that. What came before does not count."""
        self.screen.read(REPEAT)
        self.screen.press(key)
        return self.screen.find(effect, PATIENCE, wanted)

    def time_of(self, key: bytes, effect: bytes) -> float:
        """Seconds until what the key does is written."""
        return self.press(key, effect)[0]

    def help_keys(self, seconds: float) -> list[float]:
        """What can be pressed on every pane: how long the help takes to open and to close."""
        delays = []
        end = self.now() + seconds
        while self.now() < end:
            delays.append(self.time_of(b"?", HELP))
            delays.append(self.time_of(b"?", b"commands"))
        return delays

    def now(self) -> float:
        """The moment, by the clock of the report."""
        return time.monotonic()

    def since(self, moment: float) -> list[Line]:
        """What the probe reported since then; waits for the next report."""
        self.screen.read(0.3)
        return self.report.lines(moment)

    def memory(self) -> float:
        """Resident, in MB."""
        self.screen.read(0.6)
        resident: int = self.report.last()["rss"]
        return resident / 2**20


@contextmanager
def explored(
    store: Callable[[str], Coroutine[Any, Any, None]], *subjects: str
) -> Iterator[Explored]:
    """Run a server, store something there, and look at it with the explorer."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "server.conf"
        config.write_text(_config(f"{folder}/jetstream"))
        with private_server(get_nats_server(), "--config", str(config)) as url:
            asyncio.run(store(url))
            report = Report(Path(folder) / "report")
            with Screen(explorer(url, report.path, *subjects)) as screen:
                screen.find(b"connected", PATIENCE)
                screen.read(1)
                yield Explored(screen, report, url)


def _config(store: str) -> str:
    """One account, which may see the servers too."""
    asked = ("$SYS.REQ.SERVER.PING", "$SYS.REQ.SERVER.PING.*")
    exports = ", ".join(f'{{ service: "{each}", response: stream }}' for each in asked)
    imports = ", ".join(f'{{ service: {{ account: SYS, subject: "{each}" }} }}' for each in asked)
    return f"""\
jetstream {{ store_dir: "{store}" }}
accounts {{
  BENCH {{
    jetstream: enabled
    users: [ {{ user: bench, password: bench }} ]
    imports: [ {imports} ]
  }}
  SYS {{ exports: [ {exports} ] }}
}}
system_account: SYS
no_auth_user: bench
"""


def loop_figure(name: str, lines: list[Line]) -> Figure:
    """How much too late the loop got around to anything."""
    worst = worst_lag(lines)
    return Figure(f"{name}: worst delay of the event loop", ms(worst), "< 100 ms", worst < 0.1)


def growth_figure(name: str, before: float, after: float, most: float) -> Figure:
    """How much memory it took, in MB."""
    value = f"{before:.1f}, {after:.1f} MB"
    return Figure(name, value, f"+ <= {most:.0f} MB", after <= before + most)
