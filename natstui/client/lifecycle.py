"""Gets a connection, keeps one, and ends it: the asyncio half of the reconnect state machine.

Which server is next and after how long is for the pool to say, which is pure logic; what a lost
connection means for subscriptions and publishes is for the client to do (`Host`). This module
carries out the first and calls the second:

    open ── one pass over the servers, or the loop below with `retry_on_failed_connect`
    lost ── disconnected_cb ── loop: wait, dial, `Host.resume` ── reconnected_cb
                                └─ no server left ── close with NoServersError

One task runs the pass or the loop. `force_reconnect` cuts its waiting short, `close` ends it.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import ssl
from typing import Any, Protocol

from .connection import Connection, Traffic
from .dialer import Dialer
from .errors import (
    AuthorizationError,
    ConnectionClosedError,
    ConnectionDrainingError,
    Error,
    InvalidUserCredentialsError,
    NoServersError,
    SecureConnWantedError,
)
from .keepalive import Keepalive
from .notifier import Notifier
from .options import Options
from .outbox import Outbox
from .pool import Attempt, Server, ServerPool
from .protocol.info import ServerInfo
from .protocol.message import Message
from .state import LINKED, ConnectionStatus, may_follow
from .tasks import being_cancelled, end_within

# What an attempt to connect may fail with; anything else is a fault of ours and ends the client.
ATTEMPT_ERRORS = (OSError, ssl.SSLError, Error, ValueError)
_LEAVE_WITHIN = 2.0  # seconds after "lame duck"; spread, so that not all clients move at once
_LAST_WORDS = 1.0  # seconds for what is written to a server that is being left


class Host(Protocol):
    """What a client does when its connection comes and goes."""

    def resume(self, connection: Connection) -> None:
        """Write to this connection from now on: replay the subscriptions, then what waited."""

    def suspend(self) -> None:
        """Keep what is to be written for the next connection."""

    def informed(self, info: ServerInfo) -> None:
        """The server told something new of itself."""

    def denied(self, error: Error) -> None:
        """The server refused something and stays; it may have been a subscription."""

    def cut_off(self) -> set[asyncio.Task[None]]:
        """The client is closed: end every subscription and request, now.

        Gives the tasks that will end for it: all that run callbacks.
        """

    def is_own_task(self) -> bool:
        """Whether the caller is a callback, which cannot wait for its own end."""


class _Left(Error):
    """We left on purpose: no error to anyone."""


class Lifecycle:
    """The connection of one client, and its status."""

    def __init__(
        self,
        host: Host,
        options: Options,
        pool: ServerPool,
        dialer: Dialer,
        outbox: Outbox,
        notifier: Notifier,
        message_type: type[Message],
    ) -> None:
        self.status = ConnectionStatus.DISCONNECTED
        self.connection: Connection | None = None
        self.pool = pool
        self.last_error: Exception | None = None
        self.reconnects = 0
        self.errors_received = 0
        self.traffic = Traffic()
        self.attempt: Attempt | None = None  # the one being waited for or made
        self.attempts = 0  # in this outage
        self._info: ServerInfo | None = None  # of the connection, or the one before
        self._host = host
        self._options = options
        self._dialer = dialer
        self._outbox = outbox
        self._notifier = notifier
        self._message_type = message_type
        self._task: asyncio.Task[Any] | None = None  # connects, reconnects, or leaves
        self._hurry = asyncio.Event()
        self._keepalive = Keepalive(options.ping_interval, options.max_outstanding_pings)
        self._leave_timer: asyncio.TimerHandle | None = None
        self._lame = False
        self._ever_connected = False
        self._closing: asyncio.Task[None] | None = None
        self._waiters: set[asyncio.Future[None]] = set()

    def go(self, status: ConnectionStatus) -> None:
        """Change the status; an impossible change is a fault of ours, and said so."""
        if status is self.status:
            return
        if not may_follow(self.status, status):
            raise AssertionError(f"{self.status.name} -> {status.name}")
        self.status = status

    # The first connection.

    async def open(self) -> None:
        """Connect to the first server that takes us.

        Raises AuthorizationError, SecureConnWantedError or InvalidUserCredentialsError when that
        is what all of them had against it, NoServersError otherwise, with the last cause;
        ConnectionClosedError when the client is closed meanwhile.
        """
        self.go(ConnectionStatus.CONNECTING)
        first_pass = asyncio.get_running_loop().create_task(
            self._try_each_once(), name="nats-connect"
        )
        self._task = first_pass
        try:
            errors = await first_pass
        except BaseException:
            await self._leave_unopened()
            raise
        if self.status is ConnectionStatus.CLOSED:  # by connected_cb
            raise ConnectionClosedError()
        if self.status is not ConnectionStatus.CONNECTING:
            return
        if self._options.retry_on_failed_connect:
            self._start_loop()
            return
        failure = self._no_servers(errors)
        self.go(ConnectionStatus.DISCONNECTED)
        self._wake(failure)
        raise failure

    async def _try_each_once(self) -> list[tuple[Server, Exception]]:
        """One pass over the servers: why each refused, up to the one that did not."""
        errors: list[tuple[Server, Exception]] = []
        for server in self.pool.initial_order():
            self.attempt = Attempt(server, 0)
            self.attempts += 1
            try:
                connection = await self._dial(server)
            except ATTEMPT_ERRORS as error:
                errors.append((server, error))
                self.last_error = error
                self.pool.failed(server, _now(), error, initial=True)
                if self._options.retry_on_failed_connect:
                    self.report(error)  # nobody gets to see them otherwise
            else:
                self._established(server, connection)
                break
        return errors

    async def _leave_unopened(self) -> None:
        """The first pass ended early: cancelled, closed, or a callback for credentials raised."""
        if self.status is ConnectionStatus.CONNECTING:
            self.go(ConnectionStatus.DISCONNECTED)
        elif self.status is not ConnectionStatus.CLOSED:
            await self.close()  # cancelled in the moment in which it was connected
        elif not being_cancelled():
            raise ConnectionClosedError() from None

    def _no_servers(self, errors: list[tuple[Server, Exception]]) -> Exception:
        last = errors[-1][1]
        telling = (AuthorizationError, SecureConnWantedError, InvalidUserCredentialsError)
        if isinstance(last, telling) and all(type(e) is type(last) for _, e in errors):
            return last
        reasons = "; ".join(f"{_address(server)}: {_words(error)}" for server, error in errors)
        failure = NoServersError(f"nats: no servers available for connection ({reasons})")
        failure.__cause__ = last
        self.last_error = failure
        return failure

    async def _dial(self, server: Server) -> Connection:
        connection = Connection(self, self._outbox, self._message_type, self.traffic)
        await self._dialer.dial(server, connection)
        return connection

    # A connection is there.

    def _established(self, server: Server, connection: Connection) -> None:
        again, self._ever_connected = self._ever_connected, True
        server.info = connection.info
        self.pool.connected(server)
        self.connection = connection
        self.attempt, self.attempts = None, 0
        self._lame = False
        self.go(ConnectionStatus.CONNECTED)
        self._host.resume(connection)
        self._keepalive.start(connection)
        if again:
            self.reconnects += 1
        if connection.info is not None:
            self._info = connection.info
            self._discover(connection.info, silently=not again)
        self._notifier.call(self._options.reconnected_cb if again else self._options.connected_cb)
        self._wake()

    async def connected(self) -> Connection:
        """The connection, once there is one. For callers who bound the wait themselves.

        Raises ConnectionClosedError when there will be none.
        """
        while self.connection is None:
            if self.status is ConnectionStatus.CLOSED:
                raise ConnectionClosedError()
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.add(waiter)
            try:
                await waiter
            finally:
                self._waiters.discard(waiter)
        return self.connection

    def _wake(self, error: Exception | None = None) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                if error is None:
                    waiter.set_result(None)
                else:
                    waiter.set_exception(error)

    # What the connection tells.

    def on_info(self, connection: Connection, info: ServerInfo) -> None:
        if connection is not self.connection:
            return
        self._info = info
        if self.pool.current is not None:
            self.pool.current.info = info
        self._host.informed(info)
        self._discover(info)
        if info.ldm and not self._lame:
            self._lame = True
            self._notifier.call(self._options.lame_duck_mode_cb)
            self._plan_to_leave(connection)

    def _discover(self, info: ServerInfo, *, silently: bool = False) -> None:
        """Follow the cluster; the very first list is no news to the user, later ones are."""
        # To WebSocket clients the server lists the WebSocket addresses in there.
        if self.pool.update_discovered(info.connect_urls) and not silently:
            self._notifier.call(self._options.discovered_server_cb)

    def on_server_error(self, error: Error) -> None:
        self.report(error)
        self._host.denied(error)

    def on_lost(self, connection: Connection, error: Exception) -> None:
        if connection is not self.connection:
            return
        self._stop_timers()
        self.connection = None
        self._host.suspend()
        if not isinstance(error, _Left):
            self.report(error)
        wanted = self._options.allow_reconnect or isinstance(error, _Left)
        if not (wanted and self.status is ConnectionStatus.CONNECTED):
            self.end(error)
            return
        self.go(ConnectionStatus.RECONNECTING)
        self._notifier.call(self._options.disconnected_cb)
        self.pool.lost()
        self._start_loop()

    def report(self, error: Exception) -> None:
        """An error that nobody awaits, and that leaves the connection as it is."""
        self.last_error = error
        self.errors_received += 1
        self._notifier.error(error)

    # Reconnecting.

    def _start_loop(self) -> None:
        self._hurry.clear()
        self._task = asyncio.get_running_loop().create_task(
            self._reconnect(), name="nats-reconnect"
        )

    async def _reconnect(self) -> None:
        error: Exception
        try:
            while (attempt := self._next_attempt()) is not None:
                self.attempt = attempt
                await self._wait(attempt.delay)
                self.attempts += 1
                try:
                    connection = await self._dial(attempt.server)
                except Exception as failure:  # callbacks that give credentials raise anything
                    self.pool.failed(attempt.server, _now(), failure)
                    self.report(failure)
                else:
                    self._established(attempt.server, connection)
                    return
            error = self._gave_up()
        except Exception as fault:  # without this the client would stay "reconnecting" for ever
            error = fault
            self._notifier.error(fault)
        self.end(error)

    def _gave_up(self) -> NoServersError:
        error = NoServersError("nats: no servers left to reconnect to")
        error.__cause__ = self.last_error
        self._notifier.error(error)
        return error

    def _next_attempt(self) -> Attempt | None:
        handler = self._options.reconnect_to_server_handler
        if handler is None or not self.pool.servers:
            return self.pool.next_attempt(_now())
        chosen, delay = None, 0.0
        try:
            chosen, delay = handler(self.pool.servers, self._info)
            if chosen is not None:
                server = self.pool.find(chosen)
                self.pool.begin(server, _now() + delay)
                return Attempt(server, delay)
        except Exception as error:  # the handler's own, or its server is not in the pool
            self.report(error)
        attempt = self.pool.next_attempt(_now())
        return attempt and Attempt(attempt.server, max(attempt.delay, delay))

    async def _wait(self, seconds: float) -> None:
        """Wait, but not when somebody is in a hurry."""
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._hurry.wait()
        self._hurry.clear()

    def force_reconnect(self) -> None:
        """Leave the connection, if there is one, and get another one without waiting."""
        if self.status in (ConnectionStatus.DRAINING_SUBS, ConnectionStatus.DRAINING_PUBS):
            raise ConnectionDrainingError()
        self.pool.release()
        self._hurry.set()
        if self.connection is not None:
            self._abandon(self.connection, "nats: reconnecting was asked for")

    def _abandon(self, connection: Connection, reason: str) -> None:
        left = _Left(reason)
        connection.abort(left)
        self.on_lost(connection, left)  # without waiting for the transport to say so

    # Lame duck: the server will close; move while there is a choice.

    def _plan_to_leave(self, connection: Connection) -> None:
        if not self._options.allow_reconnect or len(self.pool.servers) < 2:
            return
        self._leave_timer = asyncio.get_running_loop().call_later(
            random.uniform(0, _LEAVE_WITHIN), self._leave, connection
        )

    def _leave(self, connection: Connection) -> None:
        if connection is self.connection and self.status is ConnectionStatus.CONNECTED:
            self._task = asyncio.get_running_loop().create_task(
                self._leave_politely(connection), name="nats-lame-duck"
            )

    async def _leave_politely(self, connection: Connection) -> None:
        await asyncio.wait([connection.ping()], timeout=_LAST_WORDS)
        if connection is self.connection:
            self._abandon(connection, "nats: the server is in lame duck mode")

    # The end.

    def end(self, reason: Exception | None = None) -> asyncio.Task[None]:
        """Begin to close, unless that has begun; the rest is done in the task that is returned.

        From here on nothing is published and nothing is waited for. `reason` becomes the last
        error.
        """
        if self._closing is None:
            was_linked = self.status in LINKED
            self.go(ConnectionStatus.CLOSED)
            self.last_error = reason or self.last_error
            self._stop_timers()
            self._outbox.write()
            ending = self._host.cut_off()
            self._wake(ConnectionClosedError())
            connection, self.connection = self.connection, None
            self._closing = asyncio.get_running_loop().create_task(
                self._finish(connection, ending, was_linked), name="nats-close"
            )
        return self._closing

    async def close(self) -> None:
        """End the connection and everything that waits for it; idempotent.

        Returns when it is done, except to callbacks, whose end is a part of it. A caller who does
        not wait that long changes nothing.
        """
        closing = self.end()
        if not self._host.is_own_task():
            await asyncio.shield(closing)

    async def _finish(
        self, connection: Connection | None, ending: set[asyncio.Task[None]], was_linked: bool
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if connection is not None:
            await connection.close(_LAST_WORDS)
        await end_within(self._options.drain_timeout, ending)
        if was_linked:
            self._notifier.call(self._options.disconnected_cb)
        self._notifier.call(self._options.closed_cb)
        await self._notifier.finish(self._options.drain_timeout)

    def _stop_timers(self) -> None:
        self._keepalive.stop()
        if self._leave_timer is not None:
            self._leave_timer.cancel()
            self._leave_timer = None


def _now() -> float:
    return asyncio.get_running_loop().time()


def _address(server: Server) -> str:
    return f"{server.url.scheme}://{server.url.netloc.rpartition('@')[2]}"


def _words(error: Exception) -> str:
    return str(error).removeprefix("nats: ") or type(error).__name__
