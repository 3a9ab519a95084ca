"""The user's state folder: what is written down there is for the user's eyes only."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, TextIO


def state_folder() -> Path:
    """`$XDG_STATE_HOME/natstui`, by default `~/.local/state/natstui`; it need not exist."""
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "natstui"


def private_folder(*parts: str) -> Path:
    """A folder in there, made if it was missing, that nobody else may look into."""
    folder = state_folder().joinpath(*parts)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def open_private(path: Path, mode: Literal["x", "a"]) -> TextIO:
    """A text file to write to, mode 0600: a new one ("x"), or one to append to ("a")."""
    return open(path, mode, encoding="ascii", newline="\n", opener=private_opener)


def private_opener(name: str, flags: int) -> int:
    """For `open`: what it makes is for nobody else's eyes."""
    return os.open(name, flags, 0o600)
