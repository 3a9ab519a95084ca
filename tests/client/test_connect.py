"""Getting the first connection, and what happens when there is none to get."""

from __future__ import annotations

import asyncio
import functools
import gc
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from natstui.client import Client
from natstui.client import connect as open_client
from natstui.client.errors import (
    AuthorizationError,
    ConnectionClosedError,
    Error,
    InvalidCallbackTypeError,
    InvalidUserCredentialsError,
    JsonParseError,
    NoServersError,
    ProtocolError,
    UnexpectedEOF,
)
from natstui.client.errors import TimeoutError as NatsTimeoutError
from tests.client.conftest import Connect, tasks_of_clients
from tests.conftest import ServerFactory
from tests.support.auth import new_seed, nkey_user, user_and_password
from tests.support.callbacks import Callbacks
from tests.support.peers import Peer
from tests.support.ports import Port
from tests.support.proxy import FaultyProxy
from tests.support.server import NatsServer
from tests.support.waiting import eventually


@pytest.fixture
def nobody() -> Iterator[Port]:
    """A port where nothing listens."""
    port = Port()
    yield port
    port.release()


def url(port: Port) -> str:
    return f"nats://127.0.0.1:{port.number}"


# Which servers


@pytest.mark.parametrize(
    "form",
    [
        "127.0.0.1:{port}",
        "localhost:{port}",
        "nats://127.0.0.1:{port}",
        " nats://127.0.0.1:{port} ",
        "nats://anyone:with-any%20password@127.0.0.1:{port}",
        "127.0.0.1:{dead}, 127.0.0.1:{port}",
        ["nats://127.0.0.1:{port}"],
        ["127.0.0.1:{dead}", "localhost:{port}"],
    ],
)
async def test_servers_are_named_in_many_forms(
    connect: Connect, server: NatsServer, nobody: Port, form: str | list[str]
) -> None:
    def filled(text: str) -> str:
        return text.format(port=server.port, dead=nobody.number)

    client = await connect(filled(form) if isinstance(form, str) else [filled(f) for f in form])
    assert client.is_connected
    assert client.connected_url is not None
    assert client.connected_url.port == server.port


async def test_the_order_of_the_list_is_kept_on_demand(
    connect: Connect, server_factory: ServerFactory, nobody: Port
) -> None:
    urls = [url(nobody), server_factory().url, server_factory().url, server_factory().url]
    client = await connect(urls, dont_randomize=True)
    assert client.connected_url is not None
    assert client.connected_url.geturl() == urls[1]


async def test_every_address_of_a_host_is_tried(
    connect: Connect, server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # localhost is often ::1 first, and the server on 127.0.0.1 only.
    both = [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", server.port, 0, 0)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: both)
    for _ in range(8):  # the order is random
        client = await connect(f"localhost:{server.port}")
        assert client.is_connected


@pytest.fixture
def black_hole(server: NatsServer) -> Iterator[str]:
    """Another address with the port of `server`, where packets are swallowed: the listener's
    queue is full and nobody accepts."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.2", server.port))
        listener.listen(0)
        for sock in (first, second):
            sock.setblocking(False)
            sock.connect_ex(("127.0.0.2", server.port))
        yield "127.0.0.2"


async def test_an_address_that_swallows_packets_leaves_time_for_the_others(
    connect: Connect, server: NatsServer, black_hole: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, server.port))
        for address in (black_hole, "127.0.0.1")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: both)
    monkeypatch.setattr("random.shuffle", lambda sequence: None)  # the bad one first
    client = await connect(f"somewhere:{server.port}", connect_timeout=4)
    assert client.is_connected


# Nobody there, or nobody who wants us


async def test_every_server_and_its_reason_is_named_when_none_is_reachable(
    nobody: Port, server_factory: ServerFactory
) -> None:
    locked = server_factory(user_and_password("user", "secret"))
    async with Peer(b"220 mail.example.com ESMTP\r\n") as mail:
        servers = [
            f"nats://me:my-password@127.0.0.1:{nobody.number}",
            locked.url,
            mail.url,
        ]
        with pytest.raises(NoServersError) as caught:
            await open_client(servers, dont_randomize=True)
    text = str(caught.value)
    assert f"nats://127.0.0.1:{nobody.number}: " in text
    assert "Connect call failed" in text
    assert f"{locked.url}: Authorization Violation" in text
    assert f"{mail.url}: not the NATS protocol: '220 mail.example.com ESMTP'" in text
    assert "my-password" not in text
    assert isinstance(caught.value.__cause__, ProtocolError)


async def test_the_last_error_of_a_client_that_never_connected_says_why(nobody: Port) -> None:
    client = Client()
    with pytest.raises(NoServersError) as caught:
        await client.connect(url(nobody))
    assert client.last_error is caught.value
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)
    assert not client.is_connected
    assert not client.is_connecting


async def test_a_host_that_does_not_exist_is_unreachable() -> None:
    with pytest.raises(NoServersError, match=r"nats://no\.such\.host\.invalid:4222: "):
        await open_client("no.such.host.invalid")


async def test_a_server_that_refuses_who_we_are_is_an_authorization_error(
    server_factory: ServerFactory,
) -> None:
    locked = server_factory(user_and_password("user", "secret"))
    with pytest.raises(AuthorizationError, match="Authorization Violation"):
        await open_client([locked.url, f"nats://localhost:{locked.port}"])


async def test_credentials_that_cannot_be_read_are_named(server_factory: ServerFactory) -> None:
    locked = server_factory(nkey_user(new_seed()))
    with pytest.raises(InvalidUserCredentialsError, match="nothing-here"):
        await open_client(locked.url, user_credentials="/nothing-here.creds")


async def test_every_server_is_tried_once_and_no_longer() -> None:
    async with Peer(closes=True) as one, Peer(closes=True) as other:
        with pytest.raises(NoServersError):
            await open_client([one.url, other.url])
        assert (one.accepted, other.accepted) == (1, 1)


# Something else on that port


@pytest.mark.parametrize(
    ("greeting", "cause", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", ProtocolError, "'HTTP/1.1 400 Bad Request'"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", ProtocolError, "not the NATS protocol"),
        (b"\x15\x03\x03\x00\x02\x02\x28\r\n", ProtocolError, "not the NATS protocol"),
        (b"\x00" * 2_000_000, ProtocolError, "a line of more than"),
        (b"INFO {nonsense}\r\n", JsonParseError, "not JSON"),
        (b'INFO {"port":"4222"}\r\n', ProtocolError, "'port'"),
        (b"-ERR 'maximum connections exceeded'\r\n", Error, "maximum connections exceeded"),
    ],
)
async def test_what_is_no_nats_server_is_told(
    greeting: bytes, cause: type[Exception], words: str
) -> None:
    async with Peer(greeting) as peer:
        with pytest.raises(NoServersError) as caught:
            await open_client(peer.url)
        assert isinstance(caught.value.__cause__, cause)
        assert words in str(caught.value)
        await eventually(lambda: not peer.open, "the connection is closed")


async def test_a_port_that_hangs_up_is_told() -> None:
    async with Peer(closes=True) as peer:
        with pytest.raises(NoServersError) as caught:
            await open_client(peer.url)
    assert isinstance(caught.value.__cause__, UnexpectedEOF)


async def test_a_port_that_says_nothing_is_left_after_connect_timeout() -> None:
    async with Peer() as peer:
        with pytest.raises(NoServersError, match=r"no INFO within 0\.1 s") as caught:
            await open_client(peer.url, connect_timeout=0.1)
        assert isinstance(caught.value.__cause__, NatsTimeoutError)
        await eventually(lambda: not peer.open, "the connection is closed")
        assert peer.received == b""


async def test_an_address_that_swallows_packets_is_left_after_connect_timeout(
    server: NatsServer, black_hole: str
) -> None:
    with pytest.raises(NoServersError, match=r"no connection within 0\.1 s"):
        await open_client(f"{black_hole}:{server.port}", connect_timeout=0.1)


async def test_a_server_that_does_not_answer_our_introduction_is_left_after_connect_timeout(
    proxy: FaultyProxy,
) -> None:
    proxy.to_client.alter(lambda data: data.replace(b"PONG\r\n", b""))
    with pytest.raises(NoServersError, match=r"no answer to CONNECT within 0\.1 s"):
        await open_client(proxy.url, connect_timeout=0.1)
    await eventually(lambda: not proxy.connections, "the connection is closed")


async def test_a_handshake_may_come_byte_by_byte(connect: Connect, proxy: FaultyProxy) -> None:
    proxy.to_client.fragment(1)
    proxy.to_server.fragment(1)
    client = await connect(proxy.url, verbose=True)
    await client.flush()


async def test_a_ping_before_the_pong_is_answered(connect: Connect, proxy: FaultyProxy) -> None:
    proxy.to_client.alter(lambda data: data.replace(b"PONG\r\n", b"PING\r\nPONG\r\n"))
    answered = asyncio.Event()

    def look(data: bytes) -> bytes:
        if b"PONG\r\n" in data:
            answered.set()
        return data

    proxy.to_server.alter(look)
    await connect(proxy.url)
    await answered.wait()


# Going away while it connects


async def test_a_cancelled_connect_leaves_nothing_behind() -> None:
    async with Peer() as peer:
        client = Client()
        connecting = asyncio.create_task(client.connect(peer.url))
        await eventually(lambda: peer.open, "it connects")
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting
        await eventually(lambda: not peer.open, "the socket is closed")
        assert not client.is_connecting
        assert tasks_of_clients() == []
    gc.collect()  # a socket that nobody closed complains now


async def test_a_connect_that_is_cancelled_early_leaves_nothing_behind(
    server: NatsServer, black_hole: str
) -> None:
    client = Client()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.connect(f"{black_hole}:{server.port}"), 0.05)
    assert not client.is_connecting
    assert tasks_of_clients() == []
    gc.collect()


async def test_a_connect_that_is_cancelled_in_its_last_moment_leaves_nothing_behind(
    server: NatsServer,
) -> None:
    client = Client()
    connecting: asyncio.Task[None]

    async def cancel() -> None:
        connecting.cancel()

    # connected_cb is called in the very turn in which the connection is there.
    connecting = asyncio.create_task(client.connect(server.url, connected_cb=cancel))
    with pytest.raises(asyncio.CancelledError):
        await connecting
    assert not client.is_connected
    assert tasks_of_clients() == []
    await eventually(
        lambda: server.monitor("connz")["num_connections"] == 0, "the server sees it closed"
    )
    gc.collect()


async def test_a_client_may_be_closed_while_it_connects(callbacks: Callbacks) -> None:
    async with Peer() as peer:
        client = Client()
        connecting = asyncio.create_task(client.connect(peer.url, **callbacks.options))
        await eventually(lambda: peer.open, "it connects")
        await client.close()
        with pytest.raises(ConnectionClosedError):
            await connecting
        await eventually(lambda: not peer.open, "the socket is closed")
    assert client.is_closed
    assert callbacks.told == ["closed"]
    assert tasks_of_clients() == []


# Once more


async def test_a_connected_client_does_not_connect_again(
    connect: Connect, server: NatsServer, server_factory: ServerFactory
) -> None:
    client = await connect(server.url)
    with pytest.raises(Error, match="already connected"):
        await client.connect(server_factory().url)
    await client.flush()
    assert client.connected_url is not None
    assert client.connected_url.port == server.port


async def test_a_connecting_client_does_not_connect_again(server: NatsServer) -> None:
    async with Peer() as peer:
        client = Client()
        first = asyncio.create_task(client.connect(peer.url, connect_timeout=0.2))
        await eventually(lambda: peer.open, "it connects")
        with pytest.raises(Error, match="already connect"):
            await client.connect(server.url)
        with pytest.raises(NoServersError):
            await first


async def test_a_client_that_found_no_server_may_look_for_another(
    server: NatsServer, nobody: Port, callbacks: Callbacks
) -> None:
    client = Client()
    with pytest.raises(NoServersError):
        await client.connect(url(nobody), **callbacks.options)
    await client.connect(server.url, **callbacks.options)
    await client.flush()
    assert callbacks.told == ["connected"]
    await client.close()


async def test_a_closed_client_may_connect_again(connect: Connect, server: NatsServer) -> None:
    client = await connect(server.url)
    old = await client.subscribe("news")
    await client.publish("news", b"old")
    await client.close()
    await client.connect(server.url)
    new = await client.subscribe("news")
    await client.publish("news", b"new")
    assert (await new.next_msg(20)).data == b"new"
    assert [message.data async for message in old.messages] in ([], [b"old"])
    assert client.stats["out_msgs"] == 1


async def test_a_client_may_connect_again_from_its_closed_cb(server: NatsServer) -> None:
    client = Client()
    again = asyncio.Event()

    async def closed() -> None:
        await client.connect(server.url)
        again.set()

    await client.connect(server.url, closed_cb=closed)
    await client.close()
    await again.wait()
    await client.flush()
    await client.close()
    assert tasks_of_clients() == []


async def test_leaving_the_context_closes(server: NatsServer) -> None:
    async with await open_client(server.url) as client:
        await client.flush()
    assert client.is_closed
    async with Client() as other:
        await other.connect(server.url)
    assert other.is_closed


# Callbacks


class Callable:
    async def __call__(self, *args: Any) -> None:
        pass

    async def method(self, *args: Any) -> None:
        pass

    def plain(self, *args: Any) -> None:
        pass


CALLBACKS = [
    "error_cb",
    "disconnected_cb",
    "closed_cb",
    "discovered_server_cb",
    "reconnected_cb",
    "connected_cb",
    "lame_duck_mode_cb",
]


@pytest.mark.parametrize("name", CALLBACKS)
async def test_a_callback_of_the_wrong_kind_is_refused_before_anything_is_sent(name: str) -> None:
    async with Peer() as peer:
        for wrong in (Callable().plain, "callback", lambda: None):
            with pytest.raises(InvalidCallbackTypeError, match=name):
                await open_client(peer.url, **{name: wrong})
        assert peer.accepted == 0


@pytest.mark.parametrize(
    "callback",
    [Callable(), Callable().method, functools.partial(Callable().method, 1, 2)],
    ids=["object", "method", "partial"],
)
async def test_whatever_gives_a_coroutine_is_a_callback(
    connect: Connect, server: NatsServer, callback: Any
) -> None:
    called = asyncio.Event()

    async def connected(inner: Any) -> None:
        await inner()
        called.set()

    options = dict.fromkeys(CALLBACKS, callback)
    await connect(server.url, **options | {"connected_cb": functools.partial(connected, callback)})
    await called.wait()


# Going on without a connection


async def test_a_server_may_come_later(
    connect: Connect, server: NatsServer, callbacks: Callbacks
) -> None:
    server.stop()
    client = await connect(
        server.url, retry_on_failed_connect=True, reconnect_time_wait=0.02, **callbacks.options
    )
    assert not client.is_connected
    assert client.is_connecting
    assert isinstance(await callbacks.until_error(OSError), ConnectionRefusedError)
    sub = await client.subscribe("news")
    await client.publish("news", b"from before")
    server.start()
    assert (await sub.next_msg(timeout=10)).data == b"from before"
    assert client.connected_url is not None
    await callbacks.until("connected")
    assert callbacks.told == ["connected"]
    assert client.stats["reconnects"] == 0
    server.restart()
    await callbacks.until("reconnected")
    assert callbacks.told == ["connected", "disconnected", "reconnected"]


async def test_a_client_that_still_waits_for_its_first_server_can_be_closed(
    connect: Connect, nobody: Port, callbacks: Callbacks
) -> None:
    client = await connect(url(nobody), retry_on_failed_connect=True, **callbacks.options)
    flushing = asyncio.create_task(client.flush())
    await asyncio.sleep(0)
    await client.close()
    with pytest.raises(ConnectionClosedError):
        await flushing
    assert callbacks.told == ["closed"]


async def test_a_first_server_that_never_comes_is_given_up(
    connect: Connect, nobody: Port, callbacks: Callbacks
) -> None:
    client = await connect(
        url(nobody),
        retry_on_failed_connect=True,
        reconnect_time_wait=0.01,
        max_reconnect_attempts=2,
        **callbacks.options,
    )
    await callbacks.until("closed")
    assert client.is_closed
    assert isinstance(client.last_error, NoServersError)
    assert callbacks.told == ["closed"]
