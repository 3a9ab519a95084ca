"""The Services pane in a test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from natstui.model.settings import Settings
from natstui.ui.service_table import ServiceTable
from natstui.ui.services import ServicesPane
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer, explorer

FAST = {"reconnect_time_wait": 0.1}


@asynccontextmanager
async def services(
    url: str, *, size: tuple[int, int] = (100, 30), read_only: bool = False, timeout: float = 20
) -> AsyncIterator[Explorer]:
    """The pane, over a session with a connection."""
    settings = Settings(servers=(url,), connect_options=FAST, read_only=read_only, timeout=timeout)
    async with explorer(size=size, settings=settings, notifications=True) as seen:
        seen.app.session.open()
        await eventually(lambda: seen.app.session.is_connected, "connected")
        await seen.press("6")
        yield seen
        await seen.app.session.close()


def table(seen: Explorer) -> ServiceTable:
    """The first level of the pane."""
    pane = seen.app.pane
    assert isinstance(pane, ServicesPane)
    level = pane.levels[0]
    assert isinstance(level, ServiceTable)
    return level


async def until(seen: Explorer, *texts: str) -> None:
    """These are on the screen."""
    await holds(seen, lambda: all(text in seen.text for text in texts), f"{texts} to be seen")


async def holds(seen: Explorer, met: Callable[[], object], what: str) -> None:
    """It comes to be so."""
    await eventually(met, what, last_seen=lambda: seen.text)
