"""Which server to try next, and how long to wait before.

Theory of operation
===================

The pool is a list of servers in the order in which they will be tried. It opens no connection,
reads no clock and waits for nothing: whoever connects asks it what to do and tells it what came of
it, with the time as a number of seconds from any fixed point::

    for server in pool.initial_order():             the first connection: one pass, no waiting
        failed(server, now, error, initial=True) | connected(server)

    pool.lost()                                     the connection broke
    while attempt := pool.next_attempt(now):        None: no server is left
        wait attempt.delay, then connect to attempt.server
        failed(attempt.server, now, error) | connected(attempt.server)

Order. The explicit servers come shuffled, or as given without `randomize`. `lost` puts the server
that was lost at the end and shuffles the others again; `failed` puts the server at the end too. So
a pass goes over all servers before one is tried again.

Waiting. Each server has a time before which it is not tried again: `reconnect_time_wait` and a
random jitter after its last failure, or after the start of an attempt that succeeded. Of the
servers that may be tried the first in order is, at once; if there is none, the one whose time
comes first, after waiting for it. This gives all that is wanted:

* the first attempt after a loss is immediate, whether there is another server or not;
* there is a wait only when the whole list was tried, and it is there however short the list is;
* a server that accepts connections and drops them at once is not hammered;
* a thousand clients that lost the same server do not come back in the same millisecond.

Giving up. A server leaves the pool after `max_reconnect_attempts` failures in a row (never when
that is 0 or less), counted over losses until it is connected again. It also leaves when it gave
the same authorization error twice in a row, unless `ignore_auth_error_abort`: it will not change
its mind. Credentials that expired are another matter, since fresh ones are read for each attempt.
The failures of the first pass do not count as reconnects.

Discovery. The servers of a cluster list each other in INFO. Those that are new join the end of the
list; those that were discovered and are listed no longer leave it, except the current one. What the
user gave stays. A discovered address has no user information, and often no host name that a
certificate could hold: both are inherited from the server that the connection is to.
"""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import ParseResult

from natstui.client.errors import AuthorizationError, Error, ServerNotInPoolError
from natstui.client.protocol.info import ServerInfo
from natstui.client.urls import is_secure, parse_url, parse_urls, same_address

__all__ = ["Attempt", "Server", "ServerPool"]


class Server:
    """One server of the pool. All but the identity is for the pool to change."""

    __slots__ = (
        "auth_error",
        "did_connect",
        "discovered",
        "info",
        "last_attempt",
        "last_error",
        "not_before",
        "reconnects",
        "tls_name",
        "url",
    )

    def __init__(
        self, url: ParseResult, *, discovered: bool = False, tls_name: str | None = None
    ) -> None:
        self.url = url
        self.discovered = discovered
        #: The name that its certificate must have, if that is not the host of `url`.
        self.tls_name = tls_name
        #: Failures in a row.
        self.reconnects = 0
        #: When the last attempt began, failed or not.
        self.last_attempt: float | None = None
        self.not_before: float | None = None
        self.did_connect = False
        self.last_error: Exception | None = None
        #: Its words, when the last attempt ended in an authorization error.
        self.auth_error: str | None = None
        #: The INFO of the last connection to it.
        self.info: ServerInfo | None = None

    @property
    def secure(self) -> bool:
        """Whether the URL, or what it said when last connected, asks for TLS."""
        return is_secure(self.url) or (self.info is not None and self.info.tls_required)

    def __repr__(self) -> str:
        host = self.url.netloc.rpartition("@")[2]
        kind = "discovered" if self.discovered else "explicit"
        return f"<Server {self.url.scheme}://{host} {kind}, {self.reconnects} failures>"


class Attempt(NamedTuple):
    """Connect to `server` after `delay` seconds."""

    server: Server
    delay: float


class ServerPool:
    """The servers that a connection may be to, in order of trial.

    `servers` is as for `connect`. Times are seconds. Raises Error for what is no server URL.
    """

    def __init__(
        self,
        servers: str | Sequence[str],
        *,
        randomize: bool = True,
        reconnect_time_wait: float = 2,
        max_reconnect_attempts: int = 60,
        reconnect_jitter: float = 0.1,
        reconnect_jitter_tls: float = 1.0,
        ignore_discovered: bool = False,
        ignore_auth_error_abort: bool = False,
        rng: random.Random | None = None,
    ) -> None:
        self._randomize = randomize
        self._wait = reconnect_time_wait
        self._max_attempts = max_reconnect_attempts
        self._jitter = reconnect_jitter
        self._jitter_tls = reconnect_jitter_tls
        self._ignore_discovered = ignore_discovered
        self._ignore_auth_error_abort = ignore_auth_error_abort
        self._rng = rng or random.Random()
        #: The server that the connection is to, or was before the outage that lasts.
        self.current: Server | None = None
        #: Why the last attempt failed, at whichever server; None after a success.
        self.last_error: Exception | None = None
        self._servers = [Server(url) for url in parse_urls(servers)]
        self._shuffle()

    # What there is

    @property
    def servers(self) -> list[Server]:
        """All servers, in order of trial."""
        return list(self._servers)

    @property
    def discovered(self) -> list[Server]:
        """Those that another server told of."""
        return [server for server in self._servers if server.discovered]

    # Which one next

    def initial_order(self) -> list[Server]:
        """The servers for the first connection: each is tried once, without waiting."""
        return self.servers

    def next_attempt(self, now: float) -> Attempt | None:
        """The attempt to make next, which counts as begun; None when no server is left."""
        if not self._servers:
            return None
        # min() takes the first of equals: the order of the list decides among those that may be
        # tried at once.
        server = min(self._servers, key=lambda each: self._earliest(each, now))
        delay = self._earliest(server, now) - now
        self.begin(server, now + delay)
        return Attempt(server, delay)

    def begin(self, server: Server, now: float) -> None:
        """An attempt at a server that was chosen by other means starts at `now`.

        Raises ServerNotInPoolError.
        """
        if server not in self._servers:
            raise ServerNotInPoolError(f"nats: {server!r} is not in the pool")
        server.last_attempt = now
        self._hold_back(server, now)

    def find(self, chosen: Server | ParseResult | str) -> Server:
        """The server that is meant by this one, or by its URL.

        Raises ServerNotInPoolError, Error for what is no server URL.
        """
        url = chosen.url if isinstance(chosen, Server) else chosen
        url = parse_url(url) if isinstance(url, str) else url
        for server in self._servers:
            if same_address(server.url, url):
                return server
        raise ServerNotInPoolError(f"nats: {url.hostname}:{url.port} is not in the pool")

    def release(self) -> None:
        """Let every server be tried at once: someone asked to reconnect now."""
        for server in self._servers:
            server.not_before = None

    def _earliest(self, server: Server, now: float) -> float:
        return now if server.not_before is None else max(now, server.not_before)

    def _hold_back(self, server: Server, now: float) -> None:
        jitter = self._jitter_tls if server.secure else self._jitter
        server.not_before = now + self._wait + self._rng.uniform(0, jitter)

    # What came of it

    def connected(self, server: Server) -> None:
        """The attempt succeeded: the server is the current one and its failures are forgotten."""
        server.reconnects = 0
        server.did_connect = True
        server.last_error = server.auth_error = None
        self.last_error = None
        self.current = server

    def failed(
        self, server: Server, now: float, error: Exception, *, initial: bool = False
    ) -> None:
        """The attempt failed at `now`; the server may leave the pool for it.

        `initial` tells a failure of the first pass, which is not a reconnect that counts.
        """
        refusal = _refusal(error)
        repeated = refusal is not None and refusal == server.auth_error
        server.auth_error = refusal
        server.last_error = self.last_error = error
        server.last_attempt = now if server.last_attempt is None else server.last_attempt
        self._hold_back(server, now)
        if not initial:
            server.reconnects += 1
        if (repeated and not self._ignore_auth_error_abort) or self._exhausted(server):
            self._remove(server)
        else:
            self._move_to_end(server)

    def lost(self) -> None:
        """The connection to the current server broke, or is given up."""
        lost, self.current = self.current, None
        self._shuffle()
        if lost is not None:
            self._move_to_end(lost)

    def _exhausted(self, server: Server) -> bool:
        return 0 < self._max_attempts <= server.reconnects

    def _remove(self, server: Server) -> None:
        self._servers = [each for each in self._servers if each is not server]

    def _move_to_end(self, server: Server) -> None:
        if server in self._servers:
            self._remove(server)
            self._servers.append(server)

    def _shuffle(self) -> None:
        if self._randomize:
            self._rng.shuffle(self._servers)

    # What changes

    def update_discovered(self, connect_urls: Iterable[str]) -> list[Server]:
        """Follow a list of `host:port` from INFO; gives the servers that are new.

        Pass connect_urls. An empty list says nothing (a server on its own sends none), so it
        changes nothing. What is no address is passed over.
        """
        model = self.current or next(iter(self._servers), None)
        if self._ignore_discovered or model is None:
            return []
        urls = [url for text in connect_urls if (url := _discovered_url(model, text))]
        if not urls:
            return []
        self._servers = [
            server
            for server in self._servers
            if not server.discovered
            or server is self.current
            or any(same_address(server.url, url) for url in urls)
        ]
        new = []
        for url in urls:
            if not any(same_address(server.url, url) for server in self._servers):
                new.append(_discover(model, url))
                self._servers.append(new[-1])
        return new

    def replace(self, servers: str | Sequence[str]) -> None:
        """Take another list of explicit servers; those that stay keep what is known of them.

        The current connection is not touched: its server need not be in the new list. Raises Error
        for what is no server URL.
        """
        known = {server.url: server for server in self._servers}
        if self.current is not None:
            known[self.current.url] = self.current
        self._servers = [known.get(url) or Server(url) for url in parse_urls(servers)]
        for server in self._servers:
            server.discovered = False
        self._shuffle()


def _discovered_url(model: Server, address: str) -> ParseResult | None:
    users, at, _ = model.url.netloc.rpartition("@")
    try:
        return parse_url(f"{model.url.scheme}://{users}{at}{address}")
    except Error:
        return None


def _discover(model: Server, url: ParseResult) -> Server:
    name = model.tls_name or model.url.hostname
    inherits = _is_ip(url.hostname) and not _is_ip(name)
    return Server(url, discovered=True, tls_name=name if inherits else None)


def _refusal(error: Exception) -> str | None:
    """The words of an authorization error, if it is one that will not pass."""
    if isinstance(error, AuthorizationError) and "expired" not in str(error).lower():
        return str(error)
    return None


def _is_ip(host: str | None) -> bool:
    try:
        ipaddress.ip_address((host or "").partition("%")[0])
    except ValueError:
        return False
    return True
