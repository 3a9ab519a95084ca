"""Screens as pictures, compared with the ones that are kept beside the tests.

`NATSTUI_SNAPSHOTS=write` keeps what is drawn now; look at the pictures before they are committed.
"""

from __future__ import annotations

import os
from pathlib import Path

from tests.ui.explorer import Explorer

FOLDER = Path(__file__).parent / "snapshots"


def check_snapshot(seen: Explorer, name: str) -> None:
    """The screen looks as it was kept."""
    columns, rows = seen.app.size
    path = FOLDER / f"{name}-{columns}x{rows}.svg"
    drawn = seen.app.export_screenshot(title=name, simplify=True)
    if os.environ.get("NATSTUI_SNAPSHOTS") == "write":
        FOLDER.mkdir(exist_ok=True)
        path.write_text(drawn, encoding="utf-8")
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    assert drawn == kept, f"{path.name} is not what is drawn now:\n{seen.text}"
