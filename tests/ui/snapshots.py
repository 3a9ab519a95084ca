"""Pictures of the screen that a person has looked at; a test fails where one changes.

    await check_snapshot(seen, "kv-keys")

`NATSTUI_SNAPSHOTS=write` writes them anew; look at what changed before it is committed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable
from difflib import unified_diff
from itertools import islice
from pathlib import Path

from tests.support.waiting import eventually
from tests.ui.explorer import Explorer

_STILL = 10  # frames
FOLDER = Path(__file__).parent / "snapshots"
# Derived from all the rest, it would make every change two.
_ID = re.compile(r"terminal-\d+")


async def check_snapshot(seen: Explorer, name: str) -> None:
    """The screen comes to be as in `snapshots/NAME-COLUMNSxROWS.svg`."""
    columns, rows = seen.app.size
    path = FOLDER / f"{name}-{columns}x{rows}.svg"
    if os.environ.get("NATSTUI_SNAPSHOTS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(await _still(seen, name))
    wanted = path.read_text()

    async def _as_kept() -> bool:
        await seen.frame()
        return _picture(seen, name) == wanted

    is_so: Callable[[], bool | Awaitable[bool]] = _as_kept

    def what_differs() -> str:
        lines = unified_diff(wanted.splitlines(), _picture(seen, name).splitlines(), n=0)
        return "\n".join([seen.text, *(line[:1200] for line in islice(lines, 20))])

    await eventually(is_so, f"{path.name} as it was", last_seen=what_differs)


def _picture(seen: Explorer, name: str) -> str:
    return _ID.sub("terminal", seen.app.export_screenshot(title=name, simplify=True))


async def _still(seen: Explorer, name: str) -> str:
    """The picture once several frames have not changed it."""
    pictures: list[str] = []
    while len(pictures) < _STILL or len(set(pictures[-_STILL:])) > 1:
        await seen.frame()
        pictures.append(_picture(seen, name))
    return pictures[-1]
