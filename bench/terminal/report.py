"""What the probe beside the explorer wrote down: see `bench.terminal.probed`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Line = dict[str, Any]


class Report:
    """The lines of a report, each of a quarter of a second."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def lines(self, since: float = 0.0) -> list[Line]:
        """Those that were written after `since`, by the loop's clock."""
        lines = [json.loads(line) for line in self.path.read_text().splitlines()]
        return [line for line in lines if line["time"] > since]

    def last(self) -> Line:
        """The newest one."""
        return self.lines()[-1]


def worst_lag(lines: list[Line]) -> float:
    """How much too late the loop woke the probe, in seconds."""
    worst: float = max(line["lag"] for line in lines)
    return worst
