"""Going on after a server was away: what is worth trying again, and when.

    patience = Patience(session, work)
    while True:
        try:
            piece = await read_next()
        except TRANSIENT as error:
            await patience.wait(error)
            continue
        patience.went_on()

Without a connection it waits for one, however long that takes; whoever asked can cancel it. With
one, it gives up after `MOST_FAILURES` in a row.
"""

from __future__ import annotations

import asyncio

from natstui.client import errors
from natstui.client.js.errors import (
    APIError,
    ErrorCode,
    NoStreamResponseError,
    ServiceUnavailableError,
)
from natstui.client.state import ConnectionStatus
from natstui.model.session import NotConnectedError, Session
from natstui.model.timeline import Event
from natstui.model.work import Work

MOST_FAILURES = 12
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0


# The server says that it is unavailable, and means that something is full.
_FULL = (
    ErrorCode.STREAM_STORE_FAILED,
    ErrorCode.STORAGE_EXCEEDED,
    ErrorCode.INSUFFICIENT_RESOURCES,
)


class NotYetError(errors.Error):
    """The server does not have yet what it has acknowledged, or is not done with it."""


TRANSIENT = (
    NotConnectedError,
    NotYetError,
    TimeoutError,
    errors.NoRespondersError,
    errors.StaleConnectionError,
    errors.ConnectionClosedError,
    errors.ConnectionReconnectingError,
    errors.OutboundBufferLimitError,
    NoStreamResponseError,
    ServiceUnavailableError,
)
"""Errors after which the same may work, once there is a server again."""


class Patience:
    """Waits on behalf of one piece of work, and says in its `note` for what."""

    def __init__(self, session: Session, work: Work) -> None:
        self._session = session
        self._work = work
        self._failures = 0

    def went_on(self) -> None:
        """It worked: what went wrong before does not count any more."""
        self._failures = 0
        self._say("")

    async def wait(self, error: BaseException) -> None:
        """Until it is worth trying again; raises `error` if it is not."""
        if isinstance(error, APIError) and error.err_code in _FULL:
            raise error
        if not self._session.is_connected:
            await self._connected(error)
            return
        self._failures += 1
        if self._failures >= MOST_FAILURES:
            raise error
        self._say(f"tries again: {error}")
        await asyncio.sleep(min(LONGEST_PAUSE, FIRST_PAUSE * 2**self._failures))

    async def _connected(self, error: BaseException) -> None:
        """Wait for a connection; raises `error` once there will be none."""
        session = self._session
        changed = asyncio.Event()

        def listen(_: Event) -> None:
            changed.set()

        session.listeners.append(listen)
        try:
            while not session.is_connected:
                if session.status is ConnectionStatus.CLOSED:
                    raise error
                self._say("waits for a server")
                changed.clear()
                await changed.wait()
        finally:
            session.listeners.remove(listen)
        self._say("goes on")

    def _say(self, note: str) -> None:
        if note != self._work.note:
            self._work.note = note
            self._work.version += 1
