"""What listens on a port that does not answer as a NATS server: asked when connecting fails.

A NATS server greets whoever connects. Who stays silent waits for us to speak first, as HTTP,
WebSocket and TLS servers do, and is told apart by what it answers to a WebSocket handshake.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum

from natstui.client.errors import UnexpectedEOF
from natstui.client.urls import parse_url
from natstui.model.explain import Explanation, address, causes, explain
from natstui.model.settings import Settings

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
        peer = await probe_server(server)
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


async def probe_server(server: str) -> Peer:
    """`probe`, of the host and port in a URL that parses."""
    url = parse_url(server)
    return await probe(url.hostname or "", url.port or 0)


async def probe(host: str, port: int) -> Peer:
    """Connect, listen, ask. Takes a few seconds at most; sends nothing a NATS server would mind."""
    try:
        greeting, answer = await _converse(host, port)
    except OSError:
        return Peer.NOTHING
    if greeting:
        return Peer.NATS if greeting.startswith(b"INFO ") else Peer.OTHER
    if answer.startswith(b"HTTP/") and b"HTTPS server" not in answer:
        return Peer.WEBSOCKET if answer.split()[1:2] == [b"101"] else Peer.HTTP
    return await _probe_tls(host, port, else_is=Peer.OTHER if answer else Peer.SILENT)


async def _converse(host: str, port: int) -> tuple[bytes, bytes]:
    """What the peer says unasked, or else what it says to a WebSocket handshake."""
    async with _connection(host, port) as (reader, writer):
        if greeting := await _read(reader):
            return greeting, b""
        writer.write(_UPGRADE.format(host=host).encode())
        return b"", await _read(reader)


async def _probe_tls(host: str, port: int, *, else_is: Peer) -> Peer:
    unverified = ssl.create_default_context()
    unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
    try:
        async with _connection(host, port, unverified) as (reader, _):
            greeting = await _read(reader)
    except OSError:  # ssl.SSLError and TimeoutError are among them
        return else_is
    return Peer.NATS_TLS_FIRST if greeting.startswith(b"INFO ") else Peer.TLS


@asynccontextmanager
async def _connection(
    host: str, port: int, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with asyncio.timeout(_CONNECT_SECONDS):
        reader, writer = await asyncio.open_connection(host, port, ssl=tls)
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
