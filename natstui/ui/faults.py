"""Faults of our own: the traceback goes to a file, and one line says so."""

from __future__ import annotations

import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

from natstui.model.state_folder import state_folder

MAX_LOG_BYTES = 1024 * 1024


def log_path() -> Path:
    """Where tracebacks go: the user's state folder."""
    return state_folder() / "natstui.log"


def describe(error: BaseException) -> str:
    """What went wrong and where, in one line."""
    where = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(where[-1].filename).name}:{where[-1].lineno}" if where else ""
    summary = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    return f"internal error: {summary}{place}"


def record(error: BaseException) -> Path:
    """Append the traceback to the log; where it can be read."""
    when = datetime.now(UTC).isoformat(timespec="seconds")
    text = f"{when}\n{''.join(traceback.format_exception(error))}\n"
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
