"""From an address to a connection that is ready: TCP or WebSocket, INFO, TLS, CONNECT, PONG.

    client                                   server
      |---- TCP (TLS first, if asked for) ---->|    or through a SOCKS proxy
      |<--- INFO ------------------------------|
      |---- TLS, if either side insists ------>|
      |---- CONNECT {json}, PING ------------->|    one write
      |<--- [+OK] PONG, or -ERR ---------------|

All of it within `connect_timeout`. Nothing is left behind when it fails or is cancelled.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import ssl
import time
from datetime import UTC, datetime
from typing import Any

from .. import __version__
from .auth import Authenticator, credentials_expiry
from .connection import Connection
from .errors import AuthorizationError, Error, SecureConnFailedError, SecureConnWantedError
from .errors import TimeoutError as NatsTimeoutError
from .options import Options
from .pool import Server
from .protocol.info import ServerInfo
from .socks import connect_through
from .urls import is_secure, is_websocket


class Dialer:
    """Opens connections with the options of one client."""

    def __init__(self, options: Options, authenticator: Authenticator) -> None:
        self._options = options
        self._authenticator = authenticator

    async def dial(self, server: Server, connection: Connection) -> None:
        """Bring `connection` to where the server has accepted our CONNECT.

        Raises OSError (unreachable, refused), ssl.SSLError, asyncio's TimeoutError as the
        client's own, and Error for everything that the server or the protocol has against it.
        """
        over_websocket = is_websocket(server.url)
        proxy = self._options.socks_proxy
        step = f"connection through the SOCKS proxy {proxy}" if proxy else "connection"
        try:
            async with asyncio.timeout(self._options.connect_timeout):
                sock = await self._connect_socket(server)
                if over_websocket:
                    step = "answer to the WebSocket upgrade"
                    await self._open_websocket(server, connection, sock)
                else:
                    step = "TLS handshake"
                    await self._open_stream(server, connection, sock)
                step = "INFO"
                info = await connection.first_info
                step = "TLS handshake"
                if not over_websocket:
                    await self._secure(server, connection, info)
                step = "answer to CONNECT"
                await self._introduce(server, connection)
        except BaseException as error:
            connection.abort(_as_exception(error))
            if isinstance(error, TimeoutError) and not isinstance(error, Error):
                raise self._timed_out(step) from error
            raise
        connection.establish()

    def _timed_out(self, step: str) -> NatsTimeoutError:
        text = f"nats: no {step} within {self._options.connect_timeout:g} s (connect_timeout)"
        if step == "INFO":
            text += "; it may be no NATS server, or one that waits for tls_handshake_first"
        return NatsTimeoutError(text)

    # The stream.

    async def _connect_socket(self, server: Server) -> socket.socket:
        loop = asyncio.get_running_loop()
        host, port = _address(server)
        if self._options.socks_proxy is not None:
            return await connect_through(self._options.socks_proxy, host, port)
        return await _connect_socket(host, port, loop.time() + self._options.connect_timeout)

    async def _open_stream(
        self, server: Server, connection: Connection, sock: socket.socket
    ) -> None:
        context = name = None
        if self._options.tls_handshake_first:
            context, name = self._tls_context(), self._tls_name(server)
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: connection, sock=sock, ssl=context, server_hostname=name
            )
        except BaseException:
            sock.close()
            raise

    async def _open_websocket(
        self, server: Server, connection: Connection, sock: socket.socket
    ) -> None:
        from .websocket import connect_websocket  # an extra; only who uses it needs it

        url = server.url
        secure = is_secure(url) or self._options.tls is not None
        host, port = _address(server)
        await connect_websocket(
            lambda: connection,
            host=host,
            port=port,
            path=(url.path or "/") + (f"?{url.query}" if url.query else ""),
            secure=self._tls_context() if secure else None,
            server_hostname=self._tls_name(server) if secure else None,
            headers=self._options.ws_connection_headers,
            sock=sock,
        )

    # TLS.

    async def _secure(self, server: Server, connection: Connection, info: ServerInfo) -> None:
        """Upgrade to TLS when either side insists; refuse when we do and the server cannot."""
        if self._options.tls_handshake_first:
            return
        wanted = is_secure(server.url) or self._options.tls is not None
        if wanted and not (info.tls_required or info.tls_available):
            raise SecureConnWantedError(
                f"nats: TLS was asked for, but {server.url.netloc.rpartition('@')[2]} offers none"
            )
        if not (wanted or info.tls_required):
            return
        loop = asyncio.get_running_loop()
        assert connection.transport is not None
        transport = await loop.start_tls(
            connection.transport,
            connection,
            self._tls_context(),
            server_hostname=self._tls_name(server),
            ssl_handshake_timeout=self._options.connect_timeout,
        )
        if transport is None:  # the peer left during the handshake
            raise SecureConnFailedError("nats: the server closed the connection during TLS")
        connection.transport = transport

    def _tls_context(self) -> ssl.SSLContext:
        return self._options.tls or ssl.create_default_context()

    def _tls_name(self, server: Server) -> str:
        """The name to verify: as told, or the host; for a discovered address the host of the
        server that told us of it (certificates rarely name addresses)."""
        return self._options.tls_hostname or server.tls_name or server.url.hostname or ""

    # The introduction.

    async def _introduce(self, server: Server, connection: Connection) -> None:
        transport, info = connection.transport, connection.info
        assert transport is not None
        assert info is not None
        fields = self._connect_fields(server, info)
        pong = connection.expect_pong()
        transport.write(b"CONNECT " + json.dumps(fields).encode() + b"\r\nPING\r\n")
        try:
            await pong
        except AuthorizationError as error:
            if since := _expired(fields.get("jwt", "")):
                raise AuthorizationError(f"{error}: the credentials expired on {since}") from error
            raise

    def _connect_fields(self, server: Server, info: ServerInfo) -> dict[str, Any]:
        options = self._options
        fields: dict[str, Any] = {
            "verbose": options.verbose,
            "pedantic": options.pedantic,
            "lang": "python3",
            "version": __version__,
            "protocol": 1,
            "echo": not options.no_echo,
            "tls_required": options.tls is not None or is_secure(server.url),
        }
        if info.headers:
            fields |= {"headers": True, "no_responders": True}
        if options.name is not None:
            fields["name"] = options.name
        return fields | self._authenticator.connect_fields(info.nonce or None, server.url)


def _address(server: Server) -> tuple[str, int]:
    host, port = server.url.hostname, server.url.port
    assert host is not None  # the URLs of the pool are complete
    assert port is not None
    return host, port


async def _connect_socket(host: str, port: int, deadline: float) -> socket.socket:
    """Connect to any address of the host, trying all in random order (ADR-11).

    Each address has its share of the time that is left, so that one that swallows packets does
    not use up what the others need.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    random.shuffle(found)
    failure: OSError | None = None
    for index, (family, kind, proto, _, address) in enumerate(found):
        sock = socket.socket(family, kind, proto)
        sock.setblocking(False)
        try:
            share = (deadline - loop.time()) / (len(found) - index)
            async with asyncio.timeout(share):
                await loop.sock_connect(sock, address)
        except OSError as error:
            sock.close()
            failure = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise failure or OSError(f"no address for {host}")


def _expired(jwt: str) -> str | None:
    """Since when the JWT is not valid any more.

    The server does not say that this is why it refuses us. It is no refusal for good: credentials
    are read anew for the next attempt, and somebody may have renewed them.
    """
    expiry = credentials_expiry(jwt)
    if expiry is None or expiry > time.time():
        return None
    return f"{datetime.fromtimestamp(expiry, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _as_exception(error: BaseException) -> Exception:
    return error if isinstance(error, Exception) else Error("nats: connecting was cancelled")
