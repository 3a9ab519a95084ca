"""Opening a session and waiting until it is connected, or it is known why it is not."""

from __future__ import annotations

import asyncio

from natstui.model.explain import address
from natstui.model.session import Session
from natstui.model.timeline import Event


class UnreachableError(Exception):
    """There is no connection; the message says why, and what to do about it."""


async def reach(session: Session, timeout: float, *, patient: bool = False) -> None:
    """Open `session`, and return when it is connected. UnreachableError says why it is not.

    It fails once each server was tried; a patient one tries for all of the time.
    """
    news = asyncio.Event()

    def listen(event: Event) -> None:
        news.set()

    session.listeners.append(listen)
    session.open()
    try:
        async with asyncio.timeout(timeout):
            await _connected(session, news, patient=patient)
    except TimeoutError:
        raise UnreachableError(_why(session)) from None
    finally:
        session.listeners.remove(listen)


async def _connected(session: Session, news: asyncio.Event, *, patient: bool) -> None:
    while not session.is_connected:
        news.clear()
        if session.has_given_up or (session.has_tried_all and not patient):
            await session.asked()
            raise UnreachableError(_why(session))
        await news.wait()


def _why(session: Session) -> str:
    if not session.last_error:
        return f"{address(session.settings.servers[0])} did not answer in time"
    return "; ".join(filter(None, (session.last_error, session.advice)))
