"""Faults of our own: one line on the screen, the traceback in a file, and the app goes on."""

from __future__ import annotations

import os
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from textual import events
from textual.message import Message
from textual.message_pump import MessagePump

MAX_LOG_BYTES = 1024 * 1024
# What goes wrong while a widget is made cannot be survived: it would be there by half.
_FATAL_DURING = (events.Load, events.Compose, events.Mount)


def log_path() -> Path:
    """Where tracebacks go: the user's state folder."""
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "natstui" / "natstui.log"


def record(error: BaseException) -> str:
    """Append the traceback to the log, and say in one line what went wrong and where to read."""
    where = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(where[-1].filename).name}:{where[-1].lineno}" if where else ""
    summary = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    when = datetime.now(UTC).isoformat(timespec="seconds")
    text = f"{when}\n{''.join(traceback.format_exception(error))}\n"
    return f"internal error: {summary}{place} \N{MIDDLE DOT} details in {_append(text)}"


def _append(text: str) -> Path:
    path = log_path()
    try:
        return _write(path, text)
    except OSError:
        return _write(Path(tempfile.mkdtemp(prefix="natstui-")) / path.name, text)


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    mode = "w" if path.exists() and path.stat().st_size > MAX_LOG_BYTES else "a"
    with path.open(mode, encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return path


class Guarded(MessagePump):
    """Mixed into app and widgets: a handler that fails is reported, and the next message is
    handled. Textual would end the app, with its traceback over the screen.
    """

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:  # any fault of ours: the point of this class
            if isinstance(message, _FATAL_DURING):
                raise
            app: Any = self.app
            app.fault(error)
