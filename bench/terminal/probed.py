"""The explorer as a user runs it, with a probe beside it that says how its event loop fares.

    python -m bench.terminal.probed URL REPORT [SUBJECT…]

The probe asks to be woken every 10 ms and takes how late it was. It appends a line of JSON to
REPORT four times a second and draws nothing.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.tailing import Tail
from natstui.ui.app import NatsTui

_EVERY = 0.01
_REPORT_EVERY = 0.25


def explorer(url: str, report: Path, *subjects: str) -> list[str]:
    """The command that runs it."""
    return [sys.executable, "-m", "bench.terminal.probed", url, str(report), *subjects]


async def main(url: str, report: Path, subjects: list[str]) -> None:
    session = Session(Settings(servers=(url,), subjects=tuple(subjects)))
    tail = Tail(session)
    for subject in subjects:
        await tail.add(subject)
    session.open()
    probe = asyncio.create_task(_probe(session, tail, report))
    try:
        await NatsTui(session, tail).run_async()
    finally:
        probe.cancel()
        await session.close()


async def _probe(session: Session, tail: Tail, report: Path) -> None:
    loop = asyncio.get_running_loop()
    worst, reported = 0.0, loop.time()
    with report.open("a") as file:
        while True:
            before = loop.time()
            await asyncio.sleep(_EVERY)
            now = loop.time()
            worst = max(worst, now - before - _EVERY)
            if now - reported >= _REPORT_EVERY:
                file.write(json.dumps(_line(now, worst, session, tail)) + "\n")
                file.flush()
                worst, reported = 0.0, now


def _line(now: float, worst: float, session: Session, tail: Tail) -> dict[str, Any]:
    buffer = tail.buffer
    return {
        "time": now,
        "lag": worst,
        "rss": _resident(),
        "seen": buffer.seen,
        "full": buffer.kept == buffer.max_messages,
        "dropped": tail.dropped,
        "requests": session.guard.requests,
        "reconnects": session.client.stats["reconnects"] if session.client else 0,
    }


def _resident() -> int:
    """Resident memory in bytes; 0 where /proc is not there."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * 4096


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:]))
