"""What listens on a port that does not answer as a NATS server: asked when connecting fails.

A NATS server greets whoever connects. Who stays silent waits for us to speak first, as HTTP,
WebSocket and TLS servers do, and is told apart by what it answers to a WebSocket handshake.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from enum import Enum
from functools import partial
from typing import Any

from natstui.client.errors import Error, UnexpectedEOF
from natstui.client.socks import SocksProxy, connect_through, parse_socks_proxy
from natstui.client.urls import parse_url
from natstui.model.explain import Explanation, address, causes, explain
from natstui.model.settings import Settings

Dial = Callable[
    [ssl.SSLContext | None],
    AbstractAsyncContextManager[tuple[asyncio.StreamReader, asyncio.StreamWriter]],
]

_CONNECT_SECONDS = 2.0
_GREETING_SECONDS = 1.0
_UPGRADE = (
    "GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: bmF0c3R1aS1hc2tzLXlvdQ==\r\n\r\n"
)


class Peer(Enum):
    """What answers; the value says it in words."""

    NATS = "a NATS server"
    NATS_TLS_FIRST = "a NATS server that wants TLS before it says anything"
    WEBSOCKET = "a WebSocket port"
    HTTP = "an HTTP server"
    TLS = "a TLS port"
    OTHER = "not a NATS server"
    SILENT = "a port that takes connections and says nothing"
    NOTHING = "nothing"


_ADVICE = {
    Peer.NATS: "it does answer; the connection is tried again",
    Peer.NATS_TLS_FIRST: "use --tlsfirst (and --tlsca if its authority is your own)",
    Peer.WEBSOCKET: "use ws:// in the URL, or the port for clients (4222 unless configured)",
    Peer.HTTP: "use the port for clients (4222 unless configured); 8222 is for monitoring",
    Peer.TLS: "use wss:// for a WebSocket port, --tlsfirst with --tlscert for a NATS one",
    Peer.OTHER: "use the port for clients (4222 unless configured)",
    Peer.SILENT: "is a proxy or load balancer in between, with no server behind it?",
    Peer.NOTHING: "is the server running, and is this its port?",
}


# Says more than the error did. (A server that froze, or came back, is no other kind of port.)
TELLING = {Peer.NATS_TLS_FIRST, Peer.WEBSOCKET, Peer.HTTP, Peer.TLS, Peer.OTHER}


async def diagnose(
    error: BaseException, server: str, settings: Settings | None = None
) -> Explanation:
    """`explain`, for an error of connecting; where that was met with silence, the peer is asked."""
    if was_silent(error):
        peer = await probe_server(server, settings)
        if peer in TELLING:
            return explanation_of(server, peer)
    return explain(error, server, settings)


def was_silent(error: BaseException) -> bool:
    """Whether the peer took the connection and did not say who it is."""
    return any(isinstance(one, TimeoutError | UnexpectedEOF) for one in causes(error))


async def explain_peer(server: str) -> Explanation:
    """What is at the host and port of `server` (a URL that parses), and what to do about it."""
    return explanation_of(server, await probe_server(server))


def explanation_of(server: str, peer: Peer) -> Explanation:
    """That `peer` is at `server` (a URL that parses), and what to do about it."""
    return Explanation(f"{address(server)} is {peer.value}", _ADVICE[peer])


async def probe_server(server: str, settings: Settings | None = None) -> Peer:
    """`probe`, of the host and port in a URL that parses, through the proxy of the settings."""
    url = parse_url(server)
    proxy = settings.connect_options.get("socks_proxy") if settings else None
    return await probe(
        url.hostname or "", url.port or 0, parse_socks_proxy(proxy) if proxy else None
    )


async def probe(host: str, port: int, proxy: SocksProxy | None = None) -> Peer:
    """Connect, listen, ask. Takes a few seconds at most; sends nothing a NATS server would mind."""
    dial = partial(_connection, host, port, proxy)
    try:
        greeting, answer = await _converse(dial, host)
    except (OSError, Error):  # Error: of the proxy
        return Peer.NOTHING
    if greeting:
        return Peer.NATS if greeting.startswith(b"INFO ") else Peer.OTHER
    if answer.startswith(b"HTTP/") and b"HTTPS server" not in answer:
        return Peer.WEBSOCKET if answer.split()[1:2] == [b"101"] else Peer.HTTP
    return await _probe_tls(dial, else_is=Peer.OTHER if answer else Peer.SILENT)


async def _converse(dial: Dial, host: str) -> tuple[bytes, bytes]:
    """What the peer says unasked, or else what it says to a WebSocket handshake."""
    async with dial(None) as (reader, writer):
        if greeting := await _read(reader):
            return greeting, b""
        writer.write(_UPGRADE.format(host=host).encode())
        return b"", await _read(reader)


async def _probe_tls(dial: Dial, *, else_is: Peer) -> Peer:
    unverified = ssl.create_default_context()
    unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
    try:
        async with dial(unverified) as (reader, _):
            greeting = await _read(reader)
    except (OSError, Error):  # ssl.SSLError and TimeoutError are among them
        return else_is
    return Peer.NATS_TLS_FIRST if greeting.startswith(b"INFO ") else Peer.TLS


@asynccontextmanager
async def _connection(
    host: str, port: int, proxy: SocksProxy | None, tls: ssl.SSLContext | None
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    where: dict[str, Any] = {"host": host, "port": port}
    async with asyncio.timeout(_CONNECT_SECONDS):
        if proxy is not None:
            where = {"sock": await connect_through(proxy, host, port)}
        name = host if tls else None
        reader, writer = await asyncio.open_connection(**where, ssl=tls, server_hostname=name)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


async def _read(reader: asyncio.StreamReader) -> bytes:
    """What comes within a moment; b"" for nothing or the end."""
    with suppress(OSError):
        async with asyncio.timeout(_GREETING_SECONDS):
            return await reader.read(2048)
    return b""
