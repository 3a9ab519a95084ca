"""The environment of a user who is new here, for programs that tests start."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support.server import program

# What would make a program find the settings of whoever runs the tests, or draw differently.
PRIVATE = (
    *("NATS_", "NATSTUI_", "XDG_", "TEXTUAL", "NO_COLOR", "COLUMNS", "LINES", "EDITOR", "VISUAL"),
    *("SSH_", "PYTHON", "TMUX", "STY", "LC_"),
)


def environment_at(home: Path) -> dict[str, str]:
    """The environment of the tests with another home and no settings; nats-server is known."""
    home.mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PRIVATE)}
    return kept | {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "NATSTUI_NATS_SERVER": str(program()),
    }
