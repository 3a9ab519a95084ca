"""Through a SOCKS5 proxy: the name is the proxy's business, and so is what goes wrong there."""

from __future__ import annotations

import socket
import ssl
import sys
from collections.abc import AsyncIterator

import pytest

import natstui.client as nats
from natstui.client.errors import Error, NoServersError, ProxyError
from natstui.client.errors import TimeoutError as NatsTimeoutError
from natstui.client.socks import SocksProxy, parse_socks_proxy
from tests.client.conftest import Connect
from tests.conftest import ServerFactory
from tests.support.certificates import Certificates
from tests.support.ports import Port
from tests.support.server import NatsServer
from tests.support.socks import SocksServer, socks_server


@pytest.fixture
async def socks() -> AsyncIterator[SocksServer]:
    """Knows where "nats.inside" is, which nobody else does."""
    async with socks_server() as proxy:
        proxy.names["nats.inside"] = "127.0.0.1"
        yield proxy


async def test_a_name_that_only_the_proxy_knows_is_reached(
    connect: Connect, server: NatsServer, socks: SocksServer
) -> None:
    client = await connect(f"nats.inside:{server.port}", socks_proxy=socks.url)
    sub = await client.subscribe("greet")
    await client.publish("greet", bytes(100_000))
    assert len((await sub.next_msg(20)).data) == 100_000
    assert socks.asked == [("nats.inside", server.port)]


async def test_a_reconnect_goes_through_it_too(
    connect: Connect, server: NatsServer, socks: SocksServer
) -> None:
    client = await connect(
        f"nats.inside:{server.port}", socks_proxy=socks.url, reconnect_time_wait=0.02
    )
    await client.force_reconnect()
    await client.flush(20)
    assert socks.asked == [("nats.inside", server.port)] * 2


@pytest.mark.parametrize("first", [False, True])
async def test_tls_is_between_us_and_the_server(
    connect: Connect,
    server_factory: ServerFactory,
    certificates: Certificates,
    socks: SocksServer,
    first: bool,
) -> None:
    options = ["handshake_first: true"] if first else []
    server = server_factory(certificates.server_tls(*options))
    client = await connect(
        f"tls://localhost:{server.port}",
        socks_proxy=socks.url,
        tls=certificates.context(),
        tls_handshake_first=first,
    )
    await client.flush(20)
    assert socks.asked == [("localhost", server.port)], "the name is verified, and not looked up"


@pytest.mark.parametrize("secure", [False, True])
async def test_a_websocket_goes_through_it(
    connect: Connect,
    server_factory: ServerFactory,
    certificates: Certificates,
    socks: SocksServer,
    secure: bool,
) -> None:
    server = server_factory(websocket=certificates.server_tls() if secure else "no_tls: true")
    port = server.port_of("websocket")
    url = f"wss://localhost:{port}" if secure else f"ws://nats.inside:{port}"
    tls: ssl.SSLContext | None = certificates.context() if secure else None
    client = await connect(url, socks_proxy=socks.url, tls=tls)
    await client.flush(20)
    assert len(socks.asked) == 1


async def test_who_we_are_there_stands_in_the_url(connect: Connect, server: NatsServer) -> None:
    async with socks_server("me", "hun:ter@2") as proxy:
        url = f"socks5h://me:hun%3Ater%402@127.0.0.1:{proxy.port}"
        client = await connect(server.url, socks_proxy=url)
        await client.flush(20)
        assert proxy.asked == [("127.0.0.1", server.port)]


async def refusal(server: str, proxy: str) -> ProxyError:
    with pytest.raises(NoServersError) as caught:
        await nats.connect(server, socks_proxy=proxy, allow_reconnect=False, connect_timeout=20)
    assert isinstance(caught.value.__cause__, ProxyError)
    return caught.value.__cause__


async def test_a_proxy_that_does_not_want_us(server: NatsServer) -> None:
    async with socks_server("me", "hunter2") as proxy:
        for user in ("", "me:wrong@"):
            error = await refusal(server.url, f"socks5://{user}127.0.0.1:{proxy.port}")
            assert f"SOCKS proxy 127.0.0.1:{proxy.port} does not let us through" in str(error)
            assert not error.is_about_server
            assert "wrong" not in str(error)


async def test_a_proxy_that_is_not_there(server: NatsServer) -> None:
    port = Port()
    error = await refusal(server.url, f"socks5://127.0.0.1:{port.number}")
    port.release()
    assert str(error).endswith(f"127.0.0.1:{port.number} cannot be reached: Connection refused")
    assert not error.is_about_server


async def test_a_proxy_whose_name_nobody_knows(server: NatsServer) -> None:
    error = await refusal(server.url, "socks5://no-such-proxy.invalid:1080")
    assert "the SOCKS proxy no-such-proxy.invalid:1080 cannot be reached" in str(error)


async def test_what_is_no_proxy_at_all(server: NatsServer) -> None:
    error = await refusal(server.url, f"socks5://127.0.0.1:{server.port}")
    assert "does not let us through" in str(error)


async def test_a_server_that_the_proxy_cannot_reach(socks: SocksServer) -> None:
    port = Port()
    error = await refusal(f"nats.inside:{port.number}", socks.url)
    port.release()
    assert f"cannot reach nats.inside:{port.number}: Connection refused" in str(error)
    assert error.is_about_server


async def test_a_name_that_cannot_be_one(socks: SocksServer) -> None:
    error = await refusal(f"{'a' * 64}.example:4222", socks.url)
    assert "is not a host name" in str(error)


async def test_a_proxy_that_says_nothing_has_the_time_that_a_server_has() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(NoServersError) as caught:
            await nats.connect(
                "nats.inside",
                socks_proxy=f"socks5://127.0.0.1:{port}",
                allow_reconnect=False,
                connect_timeout=0.1,
            )
        assert isinstance(caught.value.__cause__, NatsTimeoutError)
        assert f"through the SOCKS proxy 127.0.0.1:{port} within" in str(caught.value.__cause__)


async def test_without_the_package_it_says_what_to_install(
    server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "python_socks", None)
    with pytest.raises(Error, match=r"pip install 'natstui\[socks\]'"):
        await nats.connect(server.url, socks_proxy="socks5://127.0.0.1:1", allow_reconnect=False)


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("socks5://p", SocksProxy("p", 1080)),
        ("socks5h://p:9050/", SocksProxy("p", 9050)),
        (" socks5://me:a%20b@[::1]:1 ", SocksProxy("::1", 1, "me", "a b")),
    ],
)
def test_a_proxy_is_written_as_a_url(text: str, proxy: SocksProxy) -> None:
    assert parse_socks_proxy(text) == proxy
    assert "a b" not in repr(parse_socks_proxy(text))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("p:1080", "its scheme is not socks5"),
        ("http://me:hunter2@p", "its scheme is not socks5"),
        ("socks5://", "it has no host"),
        ("socks5://me:hunter2@p:0", "port 0 is not a port"),
        ("socks5://me:hunter2@p:x", "its host or port cannot be read"),
        ("socks5://hunter2@p", "user and password go together"),
        ("socks5://me:hunter2%C3%A4@p", "255 ASCII characters"),
        ("socks5://me:hunter2@p/path", "there is more in it"),
    ],
)
def test_a_url_that_cannot_be_is_named_without_its_secrets(text: str, fault: str) -> None:
    with pytest.raises(Error, match=fault) as caught:
        parse_socks_proxy(text)
    assert "hunter2" not in str(caught.value)
    assert "socks5://user:password@host:port" in str(caught.value)
