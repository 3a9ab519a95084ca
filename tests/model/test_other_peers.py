"""A session at a port that is no NATS server's: it finds out whose, and goes on trying."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from natstui.model.session import Session
from natstui.model.settings import Settings
from tests.conftest import ServerFactory
from tests.support.certificates import Certificates
from tests.support.peers import Peer
from tests.support.server import NatsServer
from tests.support.waiting import eventually

IMPATIENT = {"connect_timeout": 0.2, "reconnect_time_wait": 0.02}


@asynccontextmanager
async def trying(*servers: str) -> AsyncIterator[Session]:
    session = Session(Settings(servers=servers, connect_options=IMPATIENT))
    session.open()
    try:
        yield session
    finally:
        await session.close()


async def said(session: Session, text: str) -> None:
    await eventually(
        lambda: any(text in event.text for event in session.timeline.events),
        f"{text!r} in the timeline",
        last_seen=lambda: "\n".join(event.text for event in session.timeline.events),
    )


async def tried_again(session: Session, times: int = 2) -> None:
    """So many more attempts have failed."""
    assert session.client is not None
    stats = session.client.stats
    failures = stats["errors_received"] + times
    await eventually(
        lambda: session.client and session.client.stats["errors_received"] >= failures,
        f"{times} more attempts",
    )


async def test_an_http_port_is_named_with_what_to_do(server: NatsServer) -> None:
    port = server.port_of("http")
    async with trying(f"nats://127.0.0.1:{port}") as session:
        await said(session, f"127.0.0.1:{port} is an HTTP server; use the port for clients")
        assert session.obstacle == f"127.0.0.1:{port} is an HTTP server"
        assert "8222 is for monitoring" in session.advice
        events = session.timeline.end
        await tried_again(session)
        assert session.obstacle == f"127.0.0.1:{port} is an HTTP server"
        assert session.timeline.end == events, "the same again is no news"


async def test_a_tls_port_is_named(
    server_factory: ServerFactory, certificates: Certificates
) -> None:
    server = server_factory(websocket=certificates.server_tls())
    port = server.port_of("websocket")
    async with trying(f"nats://me:hunter2@127.0.0.1:{port}") as session:
        await said(session, f"127.0.0.1:{port} is a TLS port; use wss://")
        assert "hunter2" not in " ".join(event.text for event in session.timeline.events)


async def test_silence_is_said_and_asking_disturbs_nothing() -> None:
    async with Peer() as peer, trying(peer.url) as session:
        await said(session, f"127.0.0.1:{peer.port} did not answer in time")
        await eventually(lambda: b"Upgrade: websocket" in peer.received, "it is asked who it is")
        await tried_again(session, 5)
        assert peer.received.count(b"Upgrade: websocket") == 1, "once is enough"
        assert "did not answer in time" in session.obstacle


async def test_each_failure_names_the_server_that_it_is_of(server_factory: ServerFactory) -> None:
    server, gone = server_factory(), server_factory()
    gone.kill()
    async with trying(gone.url, f"nats://127.0.0.1:{server.port_of('http')}") as session:
        await said(session, f"nothing listens on 127.0.0.1:{gone.port}")
        await said(session, f"127.0.0.1:{server.port_of('http')} is an HTTP server")
        gone.start()
        await eventually(lambda: session.is_connected, "the right one takes us")
        await eventually(lambda: not session.obstacle, "nothing is in the way any more")
