"""Standard input: the keyboard of the explorer, or a recording to be opened."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


def terminal_problem() -> str:
    """Why there can be no explorer here, or ""."""
    for stream, name in ((sys.stdin, "input"), (sys.stdout, "output")):
        if not stream.isatty():
            return (
                f"the explorer needs a terminal, and standard {name} is none; "
                "run it in a terminal (over ssh: ssh -t)"
            )
    if os.environ.get("TERM") == "dumb":
        return (
            "the explorer needs a terminal that can place text, and TERM=dumb says it cannot; "
            "natstui streams and the like need none"
        )
    return ""


@contextmanager
def spooled(names: Sequence[str]) -> Iterator[list[Path]]:
    """The files of these names; for `-` what comes on standard input, to its end, in a file that
    is gone afterwards (whoever has opened it may read on). OSError if there is no room for it."""
    with tempfile.TemporaryDirectory(prefix="natstui-") as folder:
        yield [_spool(Path(folder)) if name == "-" else Path(name) for name in names]


def _spool(folder: Path) -> Path:
    path = folder / "standard input"
    with path.open("xb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    return path


def keyboard_again() -> None:
    """After what came by standard input, keys come from the terminal, if there is one."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:  # then it will be said that there is none
        return
    os.dup2(terminal, 0)
    os.close(terminal)
