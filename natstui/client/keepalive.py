"""PINGs at an interval, to notice a connection that is dead without saying so.

TCP gives up on a link that swallows everything after a quarter of an hour; this is sooner.
"""

from __future__ import annotations

import asyncio

from .connection import Connection
from .errors import StaleConnectionError


class Keepalive:
    """Sends a PING every `interval` seconds (0 or less: never); when one is due and
    `max_outstanding` are unanswered, it aborts the connection with StaleConnectionError."""

    def __init__(self, interval: float, max_outstanding: int) -> None:
        self._interval = interval
        self._max_outstanding = max_outstanding
        self._unanswered: list[asyncio.Future[None]] = []
        self._timer: asyncio.TimerHandle | None = None

    def start(self, connection: Connection) -> None:
        """Watch over this connection, instead of the one before."""
        self.stop()
        self._unanswered.clear()
        if self._interval > 0:
            self._wait(connection)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._interval, self._ping, connection)

    def _ping(self, connection: Connection) -> None:
        self._unanswered = [ping for ping in self._unanswered if not ping.done()]
        if len(self._unanswered) >= self._max_outstanding:
            connection.abort(StaleConnectionError())
            return
        self._unanswered.append(connection.ping())
        self._wait(connection)
