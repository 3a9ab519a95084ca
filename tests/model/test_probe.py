from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from natstui.model.probe import Peer, explain_peer, probe
from tests.conftest import ServerFactory
from tests.support.certificates import Certificates
from tests.support.server import NatsServer
from tests.support.waiting import eventually


async def test_a_server_greets(server: NatsServer) -> None:
    assert await probe("127.0.0.1", server.port) is Peer.NATS


async def test_a_server_that_requires_tls_greets_first(
    server_factory: ServerFactory, certificates: Certificates
) -> None:
    server = server_factory(certificates.server_tls())
    assert await probe("127.0.0.1", server.port) is Peer.NATS


async def test_a_server_that_wants_tls_first_is_found_out(
    server_factory: ServerFactory, certificates: Certificates
) -> None:
    server = server_factory(certificates.server_tls("handshake_first: true"))
    assert await probe("127.0.0.1", server.port) is Peer.NATS_TLS_FIRST


async def test_a_monitoring_port_is_http(server: NatsServer) -> None:
    explanation = await explain_peer(f"127.0.0.1:{server.port_of('http')}")
    assert explanation.what == f"127.0.0.1:{server.port_of('http')} is an HTTP server"
    assert "8222 is for monitoring" in explanation.do


async def test_a_websocket_port_says_so(server_factory: ServerFactory) -> None:
    server = server_factory(websocket="no_tls: true")
    explanation = await explain_peer(f"nats://me:hunter2@127.0.0.1:{server.port_of('websocket')}")
    assert "is a WebSocket port" in explanation.what
    assert "ws://" in explanation.do
    assert "hunter2" not in str(explanation)


async def test_a_websocket_port_with_tls_is_tls(
    server_factory: ServerFactory, certificates: Certificates
) -> None:
    server = server_factory(websocket=certificates.server_tls())
    assert await probe("127.0.0.1", server.port_of("websocket")) is Peer.TLS


async def test_nothing_is_nothing(server: NatsServer) -> None:
    server.stop()
    assert await probe("127.0.0.1", server.port) is Peer.NOTHING


@contextlib.asynccontextmanager
async def listener(says: bytes) -> AsyncIterator[int]:
    """The port of a peer that says this to whoever connects, and then waits for the end."""
    connected: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.add(writer)
        writer.write(says)
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()
        connected.discard(writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        await eventually(lambda: not connected, "the probe has left")


async def test_another_protocol_is_another() -> None:
    async with listener(b"SSH-2.0-OpenSSH_9.9\r\n") as port:
        assert await probe("127.0.0.1", port) is Peer.OTHER


async def test_silence_is_silence() -> None:
    async with listener(b"") as port:
        assert await probe("127.0.0.1", port) is Peer.SILENT
