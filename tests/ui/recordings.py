"""A recording in the app, as `natstui open` shows it."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from natstui.model.export import ndjson_line
from natstui.model.recording import Recording
from natstui.model.recording_lines import Head, note_line
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.tail import Record
from natstui.ui import faults
from natstui.ui.opened import OpenedTui
from natstui.ui.recording_screen import RecordingScreen
from tests.support.hostile import MESSAGES
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer

BEGAN = datetime(2026, 1, 2, 12, 1, 7).timestamp()


def write_recording(path: Path, count: int = 200) -> Path:
    """Orders, about two a second; one line that is broken, one where the connection was lost."""
    chance = random.Random(7)
    lines = [Head(BEGAN, "n2-eu 2.15.1", "prod-eu", ("orders.>",)).line()]
    at = BEGAN
    for number in range(count):
        at += chance.random()
        subject = f"orders.{chance.choice(('eu', 'us'))}.{chance.choice(('created', 'paid'))}"
        payload = b'{"id": "o-%d", "total": "12.90"}' % number
        headers = b"NATS/1.0\r\nTrace-Id: %x\r\n\r\n" % number if number % 5 == 0 else b""
        lines.append(ndjson_line(Record(0, at, subject, "", headers, payload, 0)))
        if number == 7:
            lines.append(note_line(at, "disconnected: what is published now is missed"))
            lines.append('{"ts": "2026-01-02T')
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def write_hostile(path: Path) -> Path:
    """Every hostile message, and what is hostile around them."""
    lines = [
        ndjson_line(Record(0, BEGAN, each.subject, each.reply, each.headers, each.payload, 0))
        for each in MESSAGES
    ]
    escape = "\x1b]52;c;aGk=\x07\x1b[2J[@click=app.quit]x[/]"
    head = Head(BEGAN, escape, escape, (escape,), escape).line()
    lone = '{"subject": "lone \\ud800", "data": "x", "ts": "2026-01-02T12:00:00Z"}'
    raw = b"\x1b[2J\x9b31m\xff\n" + note_line(BEGAN, escape).encode() + b"\n"
    text = "".join(f"{line}\n" for line in (head, *lines, lone)).encode()
    path.write_bytes(text + raw + b"[" * 10_000)
    return path


@asynccontextmanager
async def opened(
    path: Path, *, size: tuple[int, int] = (80, 24), settings: Settings | None = None
) -> AsyncIterator[Explorer]:
    """The app over it, once all of it was read."""
    app = OpenedTui(Session(settings or Settings()), Recording([path]))
    async with app.run_test(size=size, notifications=True) as pilot:
        seen = Explorer(app, pilot)
        await eventually(lambda: isinstance(app.screen, RecordingScreen), "it is open")
        screen = app.screen
        assert isinstance(screen, RecordingScreen)
        await seen.frame()
        await eventually(lambda: screen.tail.survey.is_done, "all of it was read")
        await seen.frame()
        yield seen
    assert not app.faults, (app.faults, faults.log_path().read_text())
