"""TLS: what is asked for is what one gets, or a clear word about why not."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest

from natstui.client import connect as open_client
from natstui.client.errors import (
    Error,
    NoServersError,
    SecureConnWantedError,
    StaleConnectionError,
)
from tests.client.conftest import Connect, tasks_of_clients
from tests.conftest import ClusterFactory, ServerFactory
from tests.support.callbacks import Callbacks
from tests.support.certificates import Certificates
from tests.support.proxy import FaultyProxy
from tests.support.server import NatsServer
from tests.support.waiting import eventually

FAST: dict[str, Any] = {"reconnect_time_wait": 0.02}
LONG = 20.0  # seconds: longer than anything that is bounded may take


@pytest.fixture
def secure(server_factory: ServerFactory, certificates: Certificates) -> NatsServer:
    return server_factory(certificates.server_tls())


@pytest.fixture
def context(certificates: Certificates) -> ssl.SSLContext:
    return certificates.context()


def is_encrypted(server: NatsServer) -> bool:
    return all("tls_version" in one for one in server.monitor("connz")["connections"])


# Getting it


@pytest.mark.parametrize("scheme", ["tls", "nats"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_a_context_is_used(
    connect: Connect, secure: NatsServer, context: ssl.SSLContext, scheme: str, host: str
) -> None:
    client = await connect(f"{scheme}://{host}:{secure.port}", tls=context)
    await client.flush()
    assert is_encrypted(secure)
    assert client.ssl_context is context


@pytest.mark.parametrize("scheme", ["tls", "nats"])
async def test_without_a_context_the_usual_authorities_are_trusted(
    connect: Connect,
    secure: NatsServer,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
    scheme: str,
) -> None:
    url = f"{scheme}://localhost:{secure.port}"
    with pytest.raises(NoServersError, match="certificate verify failed") as caught:
        await open_client(url)
    assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca_file))
    client = await connect(url)
    await client.flush()


@pytest.mark.parametrize(("scheme", "encrypted"), [("tls", True), ("nats", False)])
async def test_where_it_is_optional_the_url_decides(
    connect: Connect,
    server_factory: ServerFactory,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
    scheme: str,
    encrypted: bool,
) -> None:
    server = server_factory(certificates.server_tls() + "\nallow_non_tls: true")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca_file))
    client = await connect(f"{scheme}://localhost:{server.port}")
    await client.flush()
    assert is_encrypted(server) is encrypted


async def test_the_handshake_may_come_first(
    connect: Connect,
    server_factory: ServerFactory,
    certificates: Certificates,
    context: ssl.SSLContext,
) -> None:
    server = server_factory(certificates.server_tls("handshake_first: true"))
    client = await connect(server.tls_url, tls=context, tls_handshake_first=True, **FAST)
    sub = await client.subscribe("news")
    server.restart()
    await eventually(lambda: client.stats["reconnects"], "it is back")
    await client.publish("news")
    await sub.next_msg(20)
    with pytest.raises(NoServersError, match="tls_handshake_first"):
        await open_client(server.tls_url, tls=context, connect_timeout=0.2)


async def test_a_handshake_first_is_not_for_a_server_that_speaks_first(
    server: NatsServer, context: ssl.SSLContext
) -> None:
    with pytest.raises(NoServersError) as caught:
        await open_client(server.tls_url, tls=context, tls_handshake_first=True)
    assert isinstance(caught.value.__cause__, ssl.SSLError)


async def test_the_server_may_want_to_know_us_by_certificate(
    connect: Connect, server_factory: ServerFactory, certificates: Certificates
) -> None:
    server = server_factory(certificates.server_tls("verify: true"))
    client = await connect(server.tls_url, tls=certificates.context(with_certificate=True))
    await client.flush()
    with pytest.raises(NoServersError, match="certificate required"):
        await open_client(server.tls_url, tls=certificates.context())


# Not getting it


@pytest.mark.parametrize("how", ["scheme", "context"])
async def test_what_was_asked_for_and_is_not_offered_is_refused_before_a_word(
    proxy: FaultyProxy, context: ssl.SSLContext, how: str
) -> None:
    scheme, options = {"scheme": ("tls", {}), "context": ("nats", {"tls": context})}[how]
    with pytest.raises(SecureConnWantedError, match=rf"127\.0\.0\.1:{proxy.port}"):
        await open_client(f"{scheme}://user:secret@127.0.0.1:{proxy.port}", **options)
    assert proxy.to_server.bytes == 0


async def test_a_server_that_has_lost_it_is_not_trusted_any_more(
    connect: Connect, secure: NatsServer, context: ssl.SSLContext, callbacks: Callbacks
) -> None:
    encrypted = secure.config
    await connect(secure.tls_url, tls=context, **FAST, **callbacks.options)
    secure.stop()
    secure.config = ""
    secure.start()
    await callbacks.until_error(SecureConnWantedError)
    secure.stop()
    secure.config = encrypted
    secure.start()
    await callbacks.until("reconnected")


@pytest.mark.parametrize("first", [False, True])
async def test_the_name_in_the_certificate_must_be_right(
    server_factory: ServerFactory,
    certificates: Certificates,
    context: ssl.SSLContext,
    first: bool,
) -> None:
    server = server_factory(certificates.server_tls(f"handshake_first: {str(first).lower()}"))
    with pytest.raises(NoServersError, match=r"not valid for 'nats\.example\.com'") as caught:
        await open_client(
            server.tls_url,
            tls=context,
            tls_hostname="nats.example.com",
            tls_handshake_first=first,
        )
    assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)


async def test_the_name_to_verify_can_be_given(
    connect: Connect, server_factory: ServerFactory, tmp_path: Path, callbacks: Callbacks
) -> None:
    named = Certificates(tmp_path, "nats.example.com")
    server = server_factory(named.server_tls())
    url = f"tls://127.0.0.1:{server.port}"
    with pytest.raises(NoServersError, match=r"not valid for '127\.0\.0\.1'"):
        await open_client(url, tls=named.context())
    await connect(
        url, tls=named.context(), tls_hostname="nats.example.com", **FAST, **callbacks.options
    )
    server.restart()
    await callbacks.until("reconnected")


async def test_what_to_verify_is_for_the_context_to_say(
    connect: Connect, server_factory: ServerFactory, tmp_path: Path
) -> None:
    server = server_factory(Certificates(tmp_path, "nats.example.com").server_tls())
    careless = ssl.create_default_context()
    careless.check_hostname = False
    careless.verify_mode = ssl.CERT_NONE
    client = await connect(server.tls_url, tls=careless)
    await client.flush()
    assert is_encrypted(server)


async def test_a_discovered_address_must_have_the_name_that_we_know(
    connect: Connect, cluster_factory: ClusterFactory, tmp_path: Path, callbacks: Callbacks
) -> None:
    named = Certificates(tmp_path, "localhost")
    cluster = cluster_factory(named.server_tls(), size=2)
    client = await connect(cluster["n1"].tls_url, tls=named.context(), **callbacks.options)
    assert {url.hostname for url in client.discovered_servers} == {"127.0.0.1"}
    cluster["n1"].kill()
    await callbacks.until("reconnected")
    assert client.connected_url is not None
    assert client.connected_url.port == cluster["n2"].port
    assert not any(isinstance(error, ssl.SSLError) for error in callbacks.errors)


# Living with it


async def test_messages_of_any_size(
    connect: Connect, secure: NatsServer, context: ssl.SSLContext
) -> None:
    client = await connect(secure.tls_url, tls=context)
    sub = await client.subscribe("news")
    sent = [bytes([n]) * size for n, size in enumerate([0, 1, 16_383, 16_384, 16_385, 1_048_576])]
    for _ in range(5):
        for payload in sent:
            await client.publish("news", payload)
    for _ in range(5):
        for payload in sent:
            assert (await sub.next_msg(20)).data == payload


async def test_it_is_there_again_after_an_outage(
    connect: Connect, secure: NatsServer, context: ssl.SSLContext, callbacks: Callbacks
) -> None:
    client = await connect(secure.tls_url, tls=context, **FAST, **callbacks.options)
    sub = await client.subscribe("news")
    secure.kill()
    await callbacks.until("disconnected")
    for number in range(100):
        await client.publish("news", b"%d" % number)
    secure.start()
    assert [int((await sub.next_msg(10)).data) for _ in range(100)] == list(range(100))
    assert is_encrypted(secure)
    await client.drain()


@pytest.fixture
async def proxy_url(secure: NatsServer, proxy: FaultyProxy) -> str:
    """Of the proxy, which leads to the server with TLS."""
    proxy.target = ("127.0.0.1", secure.port)
    return f"tls://localhost:{proxy.port}"


async def test_it_may_come_in_pieces(
    connect: Connect, proxy: FaultyProxy, proxy_url: str, context: ssl.SSLContext
) -> None:
    proxy.to_client.fragment(1, 50)
    proxy.to_server.fragment(1, 50)
    client = await connect(proxy_url, tls=context)
    sub = await client.subscribe("news")
    await client.publish("news", bytes(10_000))
    assert (await sub.next_msg(10)).data == bytes(10_000)


@pytest.mark.parametrize("reset", [True, False])
@pytest.mark.parametrize("count", [0, 1, 100, 1000])
async def test_a_handshake_that_is_cut_is_told(
    proxy: FaultyProxy, proxy_url: str, context: ssl.SSLContext, count: int, reset: bool
) -> None:
    proxy.to_client.alter(lambda data: cut(data, proxy, count, reset))
    with pytest.raises(NoServersError) as caught:
        await open_client(proxy_url, tls=context)
    assert isinstance(caught.value.__cause__, (OSError, Error))
    assert tasks_of_clients() == []


def cut(data: bytes, proxy: FaultyProxy, count: int, reset: bool) -> bytes:
    """Cut the connection so many bytes behind the INFO."""
    if data.startswith(b"INFO"):
        proxy.to_client.cut_after(len(data) + count, reset=reset)
    return data


async def test_a_handshake_that_does_not_end_is_left(
    proxy: FaultyProxy, proxy_url: str, context: ssl.SSLContext
) -> None:
    proxy.to_client.alter(lambda data: data if data.startswith(b"INFO") else b"")
    with pytest.raises(NoServersError, match=r"no TLS handshake within 0\.1 s"):
        await open_client(proxy_url, tls=context, connect_timeout=0.1)
    await eventually(lambda: not proxy.connections, "the connection is closed")


async def test_a_handshake_can_be_cancelled(
    proxy: FaultyProxy, proxy_url: str, context: ssl.SSLContext
) -> None:
    proxy.to_client.alter(lambda data: data if data.startswith(b"INFO") else b"")
    connecting = asyncio.create_task(open_client(proxy_url, tls=context))
    await eventually(lambda: proxy.to_server.bytes, "the handshake begins")
    connecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await connecting
    await eventually(lambda: not proxy.connections, "the connection is closed")
    assert tasks_of_clients() == []


async def test_corrupt_bytes_end_the_connection_and_not_the_client(
    connect: Connect,
    proxy: FaultyProxy,
    proxy_url: str,
    context: ssl.SSLContext,
    callbacks: Callbacks,
) -> None:
    client = await connect(proxy_url, tls=context, **FAST, **callbacks.options)
    proxy.to_client.inject(b"PING\r\n" * 10)
    await callbacks.until("reconnected")
    assert isinstance(callbacks.errors[0], ssl.SSLError)
    await client.flush()


async def test_a_dead_link_is_left(
    connect: Connect,
    secure: NatsServer,
    proxy: FaultyProxy,
    proxy_url: str,
    context: ssl.SSLContext,
    callbacks: Callbacks,
) -> None:
    client = await connect(
        [proxy_url, secure.tls_url],
        dont_randomize=True,
        tls=context,
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
    connect: Connect, proxy: FaultyProxy, proxy_url: str, context: ssl.SSLContext, pending: int
) -> None:
    client = await connect(proxy_url, tls=context, pending_size=64 * 1024 * 1024)
    proxy.to_client.stall()
    proxy.to_server.stall()
    while client.pending_data_size < pending:
        await client.publish("news", bytes(512 * 1024))
    async with asyncio.timeout(LONG):
        await client.close()
