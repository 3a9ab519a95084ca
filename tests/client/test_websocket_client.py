"""A whole client over WebSocket: all that it can do over TCP."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import pytest

from natstui.client import Msg
from natstui.client import connect as open_client
from natstui.client.errors import (
    AuthorizationError,
    Error,
    NoServersError,
    ProtocolError,
    StaleConnectionError,
)
from tests.client.conftest import Connect, tasks_of_clients
from tests.conftest import ClusterFactory, ServerFactory
from tests.support.auth import user_and_password
from tests.support.callbacks import Callbacks
from tests.support.certificates import Certificates
from tests.support.peers import Peer
from tests.support.proxy import FaultyProxy
from tests.support.server import NatsServer
from tests.support.waiting import eventually

FAST: dict[str, Any] = {"reconnect_time_wait": 0.02}
LONG = 20.0  # seconds: longer than anything that is bounded may take


@pytest.fixture
def server(server_factory: ServerFactory) -> NatsServer:
    return server_factory(websocket="no_tls: true")


@pytest.fixture
def secure(server_factory: ServerFactory, certificates: Certificates) -> NatsServer:
    return server_factory(websocket=certificates.server_tls())


@pytest.fixture
def proxy_url(server: NatsServer, proxy: FaultyProxy) -> str:
    """Of the proxy, which leads to the server's WebSocket port."""
    proxy.target = ("127.0.0.1", server.port_of("websocket"))
    return f"ws://127.0.0.1:{proxy.port}"


async def exchange(connect: Connect, url: str, **options: Any) -> None:
    """Everything in small: publish, subscribe, request, large and empty payloads."""
    client = await connect(url, **options)

    async def answer(message: Msg) -> None:
        await message.respond(message.data[::-1])

    await client.subscribe("question", cb=answer)
    assert (await client.request("question", b"abc", timeout=20)).data == b"cba"
    sub = await client.subscribe("news")
    sizes = [0, 1, 125, 126, 65_535, 65_536, 1_000_000]
    for size in sizes:
        await client.publish("news", bytes(size), headers={"Size": str(size)})
    for size in sizes:
        message = await sub.next_msg(5)
        assert len(message.data) == size
        assert message.headers == {"Size": str(size)}
    assert await client.rtt() > 0
    await client.drain()


async def test_without_tls(connect: Connect, server: NatsServer) -> None:
    await exchange(connect, server.ws_url)


async def test_with_tls(connect: Connect, secure: NatsServer, certificates: Certificates) -> None:
    await exchange(connect, secure.wss_url, tls=certificates.context())


async def test_with_compression_on_offer(connect: Connect, server_factory: ServerFactory) -> None:
    await exchange(connect, server_factory(websocket="no_tls: true\ncompression: true").ws_url)


async def test_byte_by_byte(connect: Connect, proxy: FaultyProxy, proxy_url: str) -> None:
    proxy.to_client.fragment(1, 3)
    proxy.to_server.fragment(1, 3)
    client = await connect(proxy_url)
    sub = await client.subscribe("news")
    await client.publish("news", bytes(300))
    assert (await sub.next_msg(5)).data == bytes(300)


async def test_certificates_are_verified(secure: NatsServer, certificates: Certificates) -> None:
    with pytest.raises(NoServersError, match="certificate verify failed"):
        await open_client(secure.wss_url)
    with pytest.raises(NoServersError, match=r"not valid for 'nats\.example\.com'") as caught:
        await open_client(
            secure.wss_url, tls=certificates.context(), tls_hostname="nats.example.com"
        )
    assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)


async def test_headers_of_our_own_are_sent_each_time(
    connect: Connect, proxy: FaultyProxy, proxy_url: str, callbacks: Callbacks
) -> None:
    sent: list[bytes] = []

    def look(data: bytes) -> bytes:
        if data.startswith(b"GET "):
            sent.append(data)
        return data

    proxy.to_server.alter(look)
    headers = {"X-Team": ["blue", "green"], "Authorization": "Bearer abc"}
    client = await connect(
        f"{proxy_url}/nats?a=b", ws_connection_headers=headers, **FAST, **callbacks.options
    )
    await client.force_reconnect()
    await callbacks.until("reconnected")
    assert len(sent) == 2
    for request in sent:
        assert request.startswith(b"GET /nats?a=b HTTP/1.1\r\n")
        assert b"X-Team: blue\r\nX-Team: green\r\n" in request
        assert b"Authorization: Bearer abc\r\n" in request


async def test_schemes_are_not_mixed(server: NatsServer) -> None:
    async with Peer() as peer:
        with pytest.raises(Error, match="cannot be mixed"):
            await open_client([peer.url, server.ws_url])
        assert peer.accepted == 0


async def test_a_refusal_is_in_the_words_of_the_server(server_factory: ServerFactory) -> None:
    locked = server_factory(user_and_password("user", "secret"), websocket="no_tls: true")
    with pytest.raises(AuthorizationError, match="Authorization Violation"):
        await open_client(locked.ws_url)
    port = locked.port_of("websocket")
    async with await open_client(f"ws://user:secret@127.0.0.1:{port}") as client:
        await client.flush()


# The wrong port


async def test_the_port_for_tcp_is_told(server: NatsServer) -> None:
    with pytest.raises(NoServersError, match="does not speak WebSocket"):
        await open_client(f"ws://127.0.0.1:{server.port}")


async def test_the_port_for_websocket_is_told(server: NatsServer) -> None:
    with pytest.raises(NoServersError, match=r"no INFO within 0\.1 s"):
        await open_client(server.ws_url.replace("ws:", "nats:"), connect_timeout=0.1)


async def test_a_port_that_says_nothing_is_left_after_connect_timeout() -> None:
    async with Peer() as peer:
        with pytest.raises(NoServersError, match=r"no answer to the WebSocket upgrade within 0\.1"):
            await open_client(peer.url.replace("nats:", "ws:"), connect_timeout=0.1)
        await eventually(lambda: not peer.open, "the connection is closed")
    assert tasks_of_clients() == []


async def test_a_cancelled_connect_leaves_nothing_behind() -> None:
    async with Peer() as peer:
        connecting = asyncio.create_task(open_client(peer.url.replace("nats:", "ws:")))
        await eventually(lambda: peer.received, "it asks")
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting
        await eventually(lambda: not peer.open, "the connection is closed")
    assert tasks_of_clients() == []


async def test_closing_after_a_connection_that_failed() -> None:
    async with Peer(closes=True) as peer:
        client = await open_client(
            peer.url.replace("nats:", "ws:"), retry_on_failed_connect=True, reconnect_time_wait=60
        )
        async with asyncio.timeout(LONG):
            await client.close()


# Outages


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_it_is_there_again_after_an_outage(
    connect: Connect, server: NatsServer, callbacks: Callbacks, end: str
) -> None:
    client = await connect(server.ws_url, **FAST, **callbacks.options)
    sub = await client.subscribe("news")
    getattr(server, end)()
    await callbacks.until("disconnected")
    for number in range(100):
        await client.publish("news", b"%d" % number)
    server.start()
    assert [int((await sub.next_msg(10)).data) for _ in range(100)] == list(range(100))


async def test_members_of_a_cluster_are_discovered_by_their_websocket_ports(
    connect: Connect, cluster_factory: ClusterFactory, callbacks: Callbacks
) -> None:
    cluster = cluster_factory(size=2, websocket="no_tls: true")
    client = await connect(cluster["n1"].ws_url, **callbacks.options)
    assert client.discovered_servers
    cluster["n1"].kill()
    await callbacks.until("reconnected")
    assert client.connected_url is not None
    assert client.connected_url.geturl() == cluster["n2"].ws_url
    await client.flush()


@pytest.mark.parametrize("reset", [True, False])
async def test_a_link_that_is_cut_is_replaced(
    connect: Connect, proxy: FaultyProxy, proxy_url: str, callbacks: Callbacks, reset: bool
) -> None:
    client = await connect(proxy_url, **FAST, **callbacks.options)
    sub = await client.subscribe("news")
    await client.flush()
    proxy.cut(reset=reset)
    await callbacks.until("reconnected")
    await client.publish("news")
    await sub.next_msg(20)
    assert callbacks.told == ["connected", "disconnected", "reconnected"]


@pytest.mark.parametrize(
    ("frame", "kind", "words"),
    [
        (b"\x88\x02\x03\xe9", Error, "1001"),  # close: going away
        (b"\x88\x00", Error, "closed the WebSocket"),  # close without a reason
        (b"\x81\x07hello\r\n", ProtocolError, "hello"),  # text that is no NATS
        (b"\xff\x00", ProtocolError, "WebSocket protocol"),  # reserved bits
        (b"\x82\x0bMSG x 1 x\r\n", ProtocolError, "MSG x 1 x"),
        (b"\x82\x10-ERR 'go away'\r\n", Error, "go away"),
    ],
)
async def test_a_server_that_hangs_up_or_talks_nonsense_is_left(
    connect: Connect,
    proxy: FaultyProxy,
    proxy_url: str,
    callbacks: Callbacks,
    frame: bytes,
    kind: type[Exception],
    words: str,
) -> None:
    client = await connect(proxy_url, **FAST, **callbacks.options)
    proxy.to_client.inject(frame)
    await callbacks.until("reconnected")
    assert isinstance(callbacks.errors[0], kind)
    assert words in str(callbacks.errors[0])
    await client.flush()


async def test_a_dead_link_is_left(
    connect: Connect, server: NatsServer, proxy: FaultyProxy, proxy_url: str, callbacks: Callbacks
) -> None:
    client = await connect(
        [proxy_url, server.ws_url],
        dont_randomize=True,
        ping_interval=0.05,
        **FAST,
        **callbacks.options,
    )
    proxy.to_client.stall()
    await callbacks.until("reconnected")
    assert isinstance(callbacks.errors[0], StaleConnectionError)
    await client.flush()


@pytest.mark.parametrize("pending", [0, 4 * 1024 * 1024])
async def test_closing_does_not_wait_for_a_server_that_is_silent(
    connect: Connect, proxy: FaultyProxy, proxy_url: str, pending: int
) -> None:
    client = await connect(proxy_url, pending_size=64 * 1024 * 1024)
    proxy.to_client.stall()
    proxy.to_server.stall()
    while client.pending_data_size < pending:
        await client.publish("news", bytes(512 * 1024))
    async with asyncio.timeout(LONG):
        await client.close()


async def test_what_was_published_is_written_before_the_end(
    connect: Connect, server: NatsServer
) -> None:
    listener = await connect(server.url)
    sub = await listener.subscribe("news")
    await listener.flush()
    client = await connect(server.ws_url)
    for number in range(3000):
        await client.publish("news", b"%d" % number)
    await client.close()
    assert [int((await sub.next_msg(20)).data) for _ in range(3000)] == list(range(3000))
