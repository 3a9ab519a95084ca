"""The explorer in a terminal of its own."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from tests.support.terminal import Terminal


def explorer(
    server: str,
    *arguments: str,
    environment: Mapping[str, str],
    columns: int = 80,
    rows: int = 24,
) -> Terminal:
    """`natstui` on `server` with these subjects and flags; use it as a context manager."""
    command = [sys.executable, "-m", "natstui", "--server", server, *arguments]
    return Terminal(command, columns=columns, rows=rows, env=environment)
