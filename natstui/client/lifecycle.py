"""Gets a connection, keeps one, and ends it: the asyncio half of the reconnect state machine.

Which server is next and after how long is for the pool to say, which is pure logic; what a lost
connection means for subscriptions and publishes is for the client to do (`Host`). This module
carries out the first and calls the second:

    open ── one pass over the servers, or the loop below with `retry_on_failed_connect`
    lost ── disconnected_cb ── loop: wait, dial, `Host.resume` ── reconnected_cb
                                └─ no server left ── close with NoServersError

One task runs the loop. `force_reconnect` and `close` interrupt its waiting.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Awaitable
from typing import Protocol

from .connection import Connection, Traffic
from .dialer import Dialer
from .errors import (
    AuthorizationError,
    ConnectionClosedError,
    Error,
    InvalidUserCredentialsError,
    NoServersError,
    SecureConnWantedError,
    ServerNotInPoolError,
    StaleConnectionError,
)
from .notifier import Notifier
from .options import Options
from .outbox import Outbox
from .pool import Attempt, Server, ServerPool
from .protocol.info import ServerInfo
from .protocol.message import Message
from .state import LINKED, ConnectionStatus, may_follow

# What an attempt to connect may fail with; anything else is a fault of ours and ends the client.
ATTEMPT_ERRORS = (OSError, ssl.SSLError, Error, ValueError)
_LEAVE_WITHIN = 2.0  # seconds after "lame duck"; spread, so that not all clients move at once
_LAST_WORDS = 1.0  # seconds for what is written to a server that is being left


class Host(Protocol):
    """What a client does when its connection comes and goes."""

    def resume(self, connection: Connection) -> None:
        """Write to this connection from now on: replay the subscriptions, then what waited."""

    def learn(self, info: ServerInfo) -> None:
        """The server of this connection told more of itself, such as the limits of our account."""

    def suspend(self) -> None:
        """Keep what is to be written for the next connection."""

    def denied(self, error: Error) -> None:
        """The server refused something and stays; it may have been a subscription."""

    def shut(self) -> Awaitable[None]:
        """The client is closed: end every subscription and request."""

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
        self._host = host
        self._options = options
        self._dialer = dialer
        self._outbox = outbox
        self._notifier = notifier
        self._message_type = message_type
        self._task: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()
        self._pings: list[asyncio.Future[None]] = []
        self._ping_timer: asyncio.TimerHandle | None = None
        self._leave_timer: asyncio.TimerHandle | None = None
        self._lame = False
        self._ever_connected = False
        self._closing: asyncio.Task[None] | None = None
        self._closed = asyncio.Event()
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
        is what all of them had against it, NoServersError otherwise, with the last cause.
        """
        self.go(ConnectionStatus.CONNECTING)
        errors: list[tuple[Server, Exception]] = []
        try:
            for server in self.pool.initial_order():
                self.attempt = Attempt(server, 0)
                self.attempts += 1
                try:
                    connection = await self._dial(server)
                except ATTEMPT_ERRORS as error:
                    errors.append((server, error))
                    self.last_error = error
                    self.pool.failed(server, _now(), error, initial=True)
                else:
                    self._established(server, connection)
                    return
        except BaseException:
            self.go(ConnectionStatus.DISCONNECTED)
            raise
        if self._options.retry_on_failed_connect:
            self._start_loop()
            return
        self.go(ConnectionStatus.DISCONNECTED)
        raise self._no_servers(errors)

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
        self._start_pinging()
        if again:
            self.reconnects += 1
        if connection.info is not None:
            self._discover(connection.info, silently=not again)
        self._notifier.call(self._options.reconnected_cb if again else self._options.connected_cb)
        self._wake()

    async def connected(self) -> Connection:
        """The connection, once there is one. For callers who bound the wait themselves.

        Raises ConnectionClosedError when there will be none.
        """
        while self.connection is None:
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
        if self.pool.current is not None:
            self.pool.current.info = info
        self._host.learn(info)
        self._discover(info)
        if info.ldm and not self._lame:
            self._lame = True
            self._notifier.call(self._options.lame_duck_mode_cb)
            self._plan_to_leave(connection)

    def _discover(self, info: ServerInfo, *, silently: bool = False) -> None:
        """Follow the cluster; the very first list is no news to the user, later ones are."""
        urls = info.ws_connect_urls if self.pool.websocket else info.connect_urls
        if self.pool.update_discovered(urls) and not silently:
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
        if not (self._options.allow_reconnect and self.status is ConnectionStatus.CONNECTED):
            self._close_soon(error)
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
                if attempt.delay > 0 and not await self._wait(attempt.delay):
                    self.pool.release()
                    continue
                self.attempts += 1
                try:
                    connection = await self._dial(attempt.server)
                except Exception as failure:  # callbacks that give credentials raise anything
                    self._attempt_failed(attempt.server, failure)
                else:
                    self._established(attempt.server, connection)
                    return
            error = self._gave_up()
        except Exception as fault:  # without this the client would stay "reconnecting" for ever
            error = fault
            self._notifier.error(fault)
        self._close_soon(error)

    def _gave_up(self) -> NoServersError:
        error = NoServersError("nats: no servers left to reconnect to")
        error.__cause__ = self.last_error
        self._notifier.error(error)
        return error

    def _attempt_failed(self, server: Server, failure: Exception) -> None:
        self.pool.failed(server, _now(), failure)
        self.last_error = failure
        self.errors_received += 1
        self._notifier.error(failure)

    def _next_attempt(self) -> Attempt | None:
        handler = self._options.reconnect_to_server_handler
        if handler is None or not self.pool.servers:
            return self.pool.next_attempt(_now())
        info = self.pool.current.info if self.pool.current else None
        chosen, delay = handler(self.pool.servers, info)
        if chosen is None:
            attempt = self.pool.next_attempt(_now())
            return attempt and Attempt(attempt.server, delay)
        for server in self.pool.servers:
            if chosen is server or chosen == server.url:
                self.pool.begin(server, _now() + delay)
                return Attempt(server, delay)
        raise ServerNotInPoolError(f"nats: {chosen!r} is not in the pool")

    async def _wait(self, seconds: float) -> bool:
        """Wait; False when somebody is in a hurry."""
        try:
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
        except TimeoutError:
            return True
        self._hurry.clear()
        return False

    def force_reconnect(self) -> None:
        """Leave the connection, if there is one, and get another one without waiting."""
        self.pool.release()
        self._hurry.set()
        if self.connection is not None:
            self.connection.abort(_Left("nats: reconnecting was asked for"))

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
        connection.abort(_Left("nats: the server is in lame duck mode"))

    # Keepalive.

    def _start_pinging(self) -> None:
        self._pings.clear()
        self._ping_timer = asyncio.get_running_loop().call_later(
            self._options.ping_interval, self._ping
        )

    def _ping(self) -> None:
        connection = self.connection
        if connection is None:
            return
        self._pings = [ping for ping in self._pings if not ping.done()]
        if len(self._pings) >= self._options.max_outstanding_pings:
            connection.abort(StaleConnectionError())
            return
        self._pings.append(connection.ping())
        self._ping_timer = asyncio.get_running_loop().call_later(
            self._options.ping_interval, self._ping
        )

    def _stop_timers(self) -> None:
        for timer in (self._ping_timer, self._leave_timer):
            if timer is not None:
                timer.cancel()
        self._ping_timer = self._leave_timer = None

    # The end.

    def _close_soon(self, reason: Exception) -> None:
        self._closing = asyncio.get_running_loop().create_task(
            self.close(reason), name="nats-close"
        )

    async def close(self, reason: Exception | None = None) -> None:
        """End the connection and everything that waits for it; idempotent.

        Whoever comes while it is being closed waits for the end of it, except callbacks, whose
        end is part of it.
        """
        if self.status is ConnectionStatus.CLOSED:
            if not self._host.is_own_task():
                await self._closed.wait()
            return
        was = self.status
        self.go(ConnectionStatus.CLOSED)
        self._outbox.prefixes.clear()  # from now on a publish is refused, not swallowed
        self._closed.clear()
        if reason is not None:
            self.last_error = reason
        self._stop_timers()
        try:
            await self._stop_loop()
            await self._hang_up()
            self._wake(ConnectionClosedError())
            await self._host.shut()
            if was in LINKED:
                self._notifier.call(self._options.disconnected_cb)
            self._notifier.call(self._options.closed_cb)
            await self._notifier.finish(self._options.drain_timeout)
        finally:
            self._closed.set()

    async def _stop_loop(self) -> None:
        task, self._task = self._task, None
        if task is not None and task is not asyncio.current_task() and not task.done():
            task.cancel()
            await asyncio.wait([task])

    async def _hang_up(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            self._outbox.flush()
            await connection.close(_LAST_WORDS)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _address(server: Server) -> str:
    return f"{server.url.scheme}://{server.url.netloc.rpartition('@')[2]}"


def _words(error: Exception) -> str:
    return str(error).removeprefix("nats: ") or type(error).__name__
