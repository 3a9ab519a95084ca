"""The Server pane in a test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from natstui.model.settings import Settings
from natstui.ui.server import ServerPane
from natstui.ui.server_table import ServerTable
from tests.support.system import SYSTEM
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer, explorer


@asynccontextmanager
async def server_pane(
    *urls: str, size: tuple[int, int] = (100, 30), read_only: bool = False, **who: str
) -> AsyncIterator[Explorer]:
    """The pane, over a session of the system user unless another one is named."""
    options = {**(who or SYSTEM), "reconnect_time_wait": 0.1}
    settings = Settings(servers=urls, connect_options=options, read_only=read_only, timeout=20)
    async with explorer(size=size, settings=settings, notifications=True) as seen:
        seen.app.session.open()
        await eventually(lambda: seen.app.session.is_connected, "connected")
        await seen.press("7")
        yield seen
        await seen.app.session.close()


def table(seen: Explorer) -> ServerTable:
    """The first page of the pane."""
    pane = seen.app.pane
    assert isinstance(pane, ServerPane)
    level = pane.levels[0]
    assert isinstance(level, ServerTable)
    return level
