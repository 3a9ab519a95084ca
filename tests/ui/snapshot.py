"""Pictures of the screen that a person has looked at; a test fails where one changes.

    check_snapshot(seen.app, "kv-keys-80x24")

`NATSTUI_SNAPSHOTS=write` writes them anew; look at what changed before it is committed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from natstui.ui.app import NatsTui

FOLDER = Path(__file__).parent / "snapshots"
# Derived from all the rest, it would make every change two.
_ID = re.compile(r"terminal-\d+")


def check_snapshot(app: NatsTui, name: str) -> None:
    """The screen is as in `snapshots/NAME.svg`."""
    picture = _ID.sub("terminal", app.export_screenshot(title=name, simplify=True))
    path = FOLDER / f"{name}.svg"
    if os.environ.get("NATSTUI_SNAPSHOTS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(picture)
    assert picture == path.read_text(), f"{path.name} looks different: see the text of this file"
