"""The explorer in a terminal of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

from tests.support.terminal import Terminal

PROGRAM = """
import json, sys
from natstui.model.settings import Settings
from natstui.ui.app import run
said = json.loads(sys.argv[1])
sys.exit(run(Settings(
    servers=(said["server"],), subjects=tuple(said["subjects"]), read_only=said["read_only"],
    connect_options={"name": "explorer", "reconnect_time_wait": 0.2},
)))
"""


def explorer(
    server: str,
    *subjects: str,
    environment: Mapping[str, str],
    read_only: bool = False,
    columns: int = 80,
    rows: int = 24,
) -> Terminal:
    """The explorer on `server`, tailing `subjects`; use it as a context manager."""
    said = json.dumps({"server": server, "subjects": subjects, "read_only": read_only})
    command = [sys.executable, "-c", PROGRAM, said]
    return Terminal(command, columns=columns, rows=rows, env=environment)
