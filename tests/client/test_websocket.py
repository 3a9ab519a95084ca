from __future__ import annotations

import asyncio
import os
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from natstui.client import websocket as module
from natstui.client.errors import BadHeaderError, Error, ProtocolError, UnexpectedEOF
from natstui.client.websocket import WebSocketTransport, connect_websocket
from tests.conftest import ServerFactory
from tests.support.certificates import Certificates
from tests.support.server import NatsServer

CONNECT = b'CONNECT {"verbose":false,"pedantic":false}\r\n'
HOST = "127.0.0.1"


class Recorder(asyncio.Protocol):
    """The inner protocol of these tests: remembers what it was told."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.received = bytearray()
        self.reads = 0
        self.events: list[str] = []
        self.lost: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        self._changed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, WebSocketTransport)
        self.transport = transport
        self._tell("made")

    def data_received(self, data: bytes) -> None:
        assert type(data) is bytes
        self.received += data
        self.reads += 1
        self._tell("data")

    def eof_received(self) -> None:
        self._tell("eof")

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set_result(exc)
        self._tell("lost")

    def pause_writing(self) -> None:
        self._tell("pause")

    def resume_writing(self) -> None:
        self._tell("resume")

    def _tell(self, event: str) -> None:
        self.events.append(event)
        self._changed.set()

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def until_received(self, data: bytes) -> None:
        await self.until(lambda: data in self.received)


async def connect(port: int, **options: Any) -> Recorder:
    options = {"host": HOST, "port": port, **options}
    _, protocol = await connect_websocket(Recorder, **options)
    assert isinstance(protocol, Recorder)
    return protocol


async def close(protocol: Recorder) -> Exception | None:
    protocol.transport.close()
    async with asyncio.timeout(20):
        return await protocol.lost


# With a nats-server


@pytest.fixture
def nats(server_factory: ServerFactory) -> NatsServer:
    return server_factory(websocket="no_tls: true")


async def round_trip(protocol: Recorder, payload: bytes) -> None:
    """Publish to ourselves in one batch, and check that it comes back whole."""
    publish = b"PUB a %d\r\n%b\r\n" % (len(payload), payload)
    protocol.transport.writelines([CONNECT, b"SUB a 1\r\n", publish, b"PING\r\n"])
    await protocol.until_received(b"PONG\r\n")
    assert b"MSG a 1 %d\r\n%b\r\n" % (len(payload), payload) in protocol.received


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 700_000])
async def test_a_nats_server_takes_and_gives_messages_of_any_size(
    nats: NatsServer, size: int
) -> None:
    protocol = await connect(nats.port_of("websocket"))
    await protocol.until_received(b"\r\n")
    assert protocol.received.startswith(b"INFO {")
    await round_trip(protocol, os.urandom(size))
    assert await close(protocol) is None


async def test_fragmented_messages_are_put_together(nats: NatsServer) -> None:
    # For browsers the server cuts what it sends into frames of 4 KiB.
    protocol = await connect(nats.port_of("websocket"), headers={"User-Agent": "Mozilla/5.0"})
    await round_trip(protocol, os.urandom(300_000))
    await close(protocol)


async def test_a_path_may_be_asked_for(nats: NatsServer) -> None:
    protocol = await connect(nats.port_of("websocket"), path="/nats?region=eu")
    await round_trip(protocol, b"hello")
    await close(protocol)


async def test_tls(server_factory: ServerFactory, certificates: Certificates) -> None:
    port = server_factory(websocket=certificates.server_tls()).port_of("websocket")
    protocol = await connect(port, secure=certificates.context(), server_hostname="localhost")
    assert protocol.transport.get_extra_info("ssl_object") is not None
    await round_trip(protocol, os.urandom(200_000))
    await close(protocol)
    with pytest.raises(ssl.SSLCertVerificationError):
        await connect(port, secure=certificates.context(), server_hostname="other.example")
    with pytest.raises(ssl.SSLCertVerificationError):
        await connect(port, secure=ssl.create_default_context())


async def test_a_socket_that_is_connected_already_is_used(nats: NatsServer) -> None:
    port = nats.port_of("websocket")
    sock = socket.create_connection((HOST, port))
    protocol = await connect(port, host="hub.example", sock=sock)
    await round_trip(protocol, b"hello")
    await close(protocol)
    assert sock.fileno() == -1


async def test_a_socket_is_closed_when_there_is_nothing_to_do_with_it(nats: NatsServer) -> None:
    port = nats.port_of("websocket")
    sock = socket.create_connection((HOST, port))
    with pytest.raises(BadHeaderError):
        await connect(port, sock=sock, headers={"a b": "c"})
    assert sock.fileno() == -1


async def test_a_server_that_goes_away_ends_the_connection(nats: NatsServer) -> None:
    protocol = await connect(nats.port_of("websocket"))
    await protocol.until_received(b"\r\n")
    nats.lame_duck()  # a server that is stopped may be gone before it has said so
    async with asyncio.timeout(20):
        error = await protocol.lost
    assert protocol.events[-1] == "lost"
    assert isinstance(error, UnexpectedEOF)
    assert str(error).startswith("nats: the server closed the WebSocket: 1001")


async def test_a_server_that_is_killed_ends_the_connection(nats: NatsServer) -> None:
    protocol = await connect(nats.port_of("websocket"))
    await protocol.until_received(b"\r\n")
    nats.kill()
    async with asyncio.timeout(20):
        await protocol.lost
    assert protocol.events[-2:] in (["eof", "lost"], ["data", "lost"])


async def test_the_port_of_another_protocol_is_recognised(nats: NatsServer) -> None:
    with pytest.raises(Error, match="does not speak WebSocket here: no valid HTTP response"):
        await connect(nats.port)


async def test_a_port_without_a_server_refuses(nats: NatsServer) -> None:
    nats.stop()
    with pytest.raises(ConnectionRefusedError):
        await connect(nats.port_of("websocket"))


async def test_a_server_that_reads_nothing_pauses_the_writer(nats: NatsServer) -> None:
    protocol = await connect(nats.port_of("websocket"))
    await protocol.until_received(b"\r\n")
    protocol.transport.set_write_buffer_limits(high=50_000)
    assert protocol.transport.get_write_buffer_limits() == (12_500, 50_000)
    nats.pause()
    chunk = b"PUB a 50000\r\n" + b"x" * 50_000 + b"\r\n"
    protocol.transport.write(CONNECT)
    while "pause" not in protocol.events:
        protocol.transport.write(chunk)
        await asyncio.sleep(0)
    assert protocol.transport.get_write_buffer_size() > 50_000
    nats.resume()
    await protocol.until(lambda: "resume" in protocol.events)
    protocol.transport.write(b"PING\r\n")
    await protocol.until_received(b"PONG\r\n")
    await close(protocol)


async def test_closing_does_not_wait_for_a_server_that_reads_nothing(
    nats: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CLOSE_TIMEOUT", 0.05)
    protocol = await connect(nats.port_of("websocket"))
    nats.pause()
    while "pause" not in protocol.events:
        protocol.transport.write(b"x" * 1_000_000)
        await asyncio.sleep(0)
    assert await close(protocol) is None
    assert protocol.transport.get_write_buffer_size() == 0


async def test_reading_can_be_paused(nats: NatsServer) -> None:
    protocol = await connect(nats.port_of("websocket"))
    await protocol.until_received(b"\r\n")
    transport = protocol.transport
    transport.pause_reading()
    assert not transport.is_reading()
    transport.write(CONNECT + b"PING\r\n")
    # A second connection's answer shows that the server has had the time for ours.
    other = await connect(nats.port_of("websocket"))
    await round_trip(other, b"x")
    await close(other)
    assert b"PONG" not in protocol.received
    transport.resume_reading()
    assert transport.is_reading()
    await protocol.until_received(b"PONG\r\n")
    await close(protocol)


async def test_what_is_written_before_closing_arrives(nats: NatsServer) -> None:
    listener = await connect(nats.port_of("websocket"))
    listener.transport.write(CONNECT + b"SUB a 1\r\nPING\r\n")
    await listener.until_received(b"PONG\r\n")
    protocol = await connect(nats.port_of("websocket"))
    protocol.transport.write(CONNECT + b"PUB a 3\r\nbye\r\n")
    assert await close(protocol) is None
    await listener.until_received(b"\r\nbye\r\n")
    await close(listener)


async def test_after_closing_nothing_is_sent_or_received(nats: NatsServer) -> None:
    protocol = await connect(nats.port_of("websocket"))
    transport = protocol.transport
    assert not transport.is_closing()
    transport.close()
    assert transport.is_closing()
    transport.close()
    transport.write(CONNECT + b"PING\r\n")
    async with asyncio.timeout(20):
        assert await protocol.lost is None
    assert b"PONG" not in protocol.received
    assert protocol.events.count("lost") == 1
    transport.write(b"PING\r\n")
    transport.close()


async def test_aborting_ends_at_once(nats: NatsServer) -> None:
    protocol = await connect(nats.port_of("websocket"))
    protocol.transport.write(CONNECT)
    protocol.transport.abort()
    assert protocol.transport.is_closing()
    async with asyncio.timeout(20):
        assert await protocol.lost is None


async def test_the_protocol_can_be_exchanged(nats: NatsServer) -> None:
    protocol = await connect(nats.port_of("websocket"))
    await protocol.until_received(b"\r\n")
    transport = protocol.transport
    assert transport.get_protocol() is protocol
    second = Recorder()
    second.connection_made(transport)
    transport.set_protocol(second)
    await round_trip(second, b"hello")
    assert b"PONG" not in protocol.received
    await close(second)


async def test_it_is_a_stream_that_is_closed_whole(nats: NatsServer) -> None:
    protocol = await connect(nats.port_of("websocket"))
    transport = protocol.transport
    assert not transport.can_write_eof()
    assert transport.get_extra_info("peername") == (HOST, nats.port_of("websocket"))
    assert transport.get_extra_info("unknown", "default") == "default"
    transport.write(b"")  # no frame: the server would take an empty one, but what for
    await round_trip(protocol, b"x")
    await close(protocol)


# With another WebSocket server, which does what a nats-server does in rare moments


@asynccontextmanager
async def websocket_server(
    handler: Callable[[ServerConnection], Awaitable[None]], **options: Any
) -> AsyncIterator[int]:
    async with serve(handler, HOST, 0, ping_interval=None, **options) as server:
        yield next(iter(server.sockets)).getsockname()[1]


async def test_pings_are_answered() -> None:
    async def handler(connection: ServerConnection) -> None:
        pong = await connection.ping(b"are you there?")
        await pong
        await connection.send(b"answered")
        await connection.wait_closed()

    async with websocket_server(handler) as port:
        protocol = await connect(port)
        await protocol.until_received(b"answered")
        await close(protocol)


async def test_fragments_arrive_in_order_with_pings_between_them() -> None:
    async def fragments(connection: ServerConnection) -> AsyncIterator[bytes]:
        for number in range(10):
            yield b"%d," % number
            await (await connection.ping())

    async def handler(connection: ServerConnection) -> None:
        await connection.send(fragments(connection))
        await connection.wait_closed()

    async with websocket_server(handler) as port:
        protocol = await connect(port)
        await protocol.until_received(b"9,")
        assert protocol.received == b"0,1,2,3,4,5,6,7,8,9,"
        assert protocol.reads > 1  # none waited for the others
        await close(protocol)


async def test_a_batch_is_one_frame() -> None:
    async def handler(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(b"%d;" % len(message))

    async with websocket_server(handler) as port:
        protocol = await connect(port)
        protocol.transport.writelines([b"a" * 1000, bytearray(b"b"), memoryview(b"c" * 100)])
        protocol.transport.writelines([])
        protocol.transport.write(b"x")
        await protocol.until_received(b"1;")
        assert protocol.received == b"1101;1;"
        await close(protocol)


async def test_a_frame_may_be_of_any_size() -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.send(b"x" * 3_000_000 + b"!")
        await connection.wait_closed()

    async with websocket_server(handler) as port:
        protocol = await connect(port)
        await protocol.until_received(b"!")
        assert len(protocol.received) == 3_000_001
        await close(protocol)


async def test_the_close_frame_of_the_server_ends_the_connection_with_its_reason() -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.send(b"last words")
        await connection.close(1008, "not welcome")

    async with websocket_server(handler) as port:
        protocol = await connect(port)
        async with asyncio.timeout(20):
            error = await protocol.lost
        assert protocol.received == b"last words"
        assert isinstance(error, UnexpectedEOF)
        assert str(error) == (
            "nats: the server closed the WebSocket: 1008 (policy violation) not welcome"
        )


async def test_our_close_frame_says_that_all_is_well() -> None:
    codes: list[int | None] = []

    async def handler(connection: ServerConnection) -> None:
        await connection.wait_closed()
        codes.append(connection.close_code)

    async with websocket_server(handler) as port:
        assert await close(await connect(port)) is None
    assert codes == [1000]


async def test_headers_and_path_reach_the_server() -> None:
    seen: list[Request] = []

    def look(_: ServerConnection, request: Request) -> None:
        seen.append(request)

    async def handler(connection: ServerConnection) -> None:
        await connection.wait_closed()

    headers = {"Authorization": "Bearer x", "X-Many": ["1", "2"], "Host": "hub.example"}
    async with websocket_server(handler, process_request=look) as port:
        await close(await connect(port, path="/a/b?c=d", headers=headers))
        await close(await connect(port))
    first, second = seen
    assert first.path == "/a/b?c=d"
    assert first.headers["Authorization"] == "Bearer x"
    assert first.headers.get_all("X-Many") == ["1", "2"]
    assert first.headers.get_all("Host") == ["hub.example"]
    assert (second.path, second.headers["Host"]) == ("/", f"{HOST}:{port}")


@pytest.mark.parametrize("headers", [{"A": "x\r\nB: y"}, {"A\r\nB": "x"}, {"A": ["x", "y\nz"]}])
async def test_headers_that_would_bring_in_others_are_refused(headers: Mapping[str, Any]) -> None:
    with pytest.raises(BadHeaderError):
        await connect(1, headers=headers)


async def test_a_line_end_after_a_header_is_dropped() -> None:
    seen: list[Request] = []

    def look(_: ServerConnection, request: Request) -> None:
        seen.append(request)

    async def handler(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with websocket_server(handler, process_request=look) as port:
        await close(await connect(port, headers={"Authorization": "Bearer x\r\n"}))
    assert seen[0].headers["Authorization"] == "Bearer x"


@pytest.mark.parametrize(
    ("body", "shown"),
    [("", ""), ("go away\n", ": 'go away'"), ("x" * 999, ": '" + "x" * 200 + "'")],
)
async def test_a_refused_upgrade_names_the_status(body: str, shown: str) -> None:
    def refuse(connection: ServerConnection, _: Request) -> Response:
        return connection.respond(HTTPStatus.FORBIDDEN, body)

    async def handler(connection: ServerConnection) -> None:
        raise AssertionError("the upgrade was refused")

    async with websocket_server(handler, process_request=refuse) as port:
        with pytest.raises(Error) as caught:
            await connect(port)
    assert str(caught.value) == (
        f"nats: the server refused the WebSocket upgrade: HTTP 403 Forbidden{shown}"
    )


# With a peer that sends the bytes it is told to


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def peer(handler: Handler) -> AsyncIterator[int]:
    running: list[asyncio.Task[None]] = []

    async def run(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
            writer.close()
            await writer.wait_closed()
        except ConnectionError:
            pass  # the client may leave in any way

    def start(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        running.append(asyncio.create_task(run(reader, writer)))

    server = await asyncio.start_server(start, HOST, 0, limit=2**24)
    async with server:
        yield server.sockets[0].getsockname()[1]
        async with asyncio.timeout(20):
            await asyncio.gather(*running)


async def accept(reader: asyncio.StreamReader) -> bytes:
    """Read the upgrade request; the answer that accepts it."""
    websocket = ServerProtocol()
    websocket.receive_data(await reader.readuntil(b"\r\n\r\n"))
    (request,) = websocket.events_received()
    assert isinstance(request, Request)
    websocket.send_response(websocket.accept(request))
    return b"".join(websocket.data_to_send())


def frame(data: bytes) -> bytes:
    return Frame(Opcode.BINARY, data).serialize(mask=False)


async def test_what_comes_with_the_answer_to_the_upgrade_is_not_lost() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await accept(reader) + frame(b"INFO {}\r\n") + frame(b"PING\r\n"))
        await reader.read(1)

    async with peer(handler) as port:
        protocol = await connect(port)
        assert protocol.received == b"INFO {}\r\nPING\r\n"
        assert protocol.reads == 1
        await close(protocol)


async def test_bytes_may_arrive_one_at_a_time() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in await accept(reader) + frame(b"INFO {}\r\n") + frame(b"x" * 200):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)
        await reader.read(1)

    async with peer(handler) as port:
        protocol = await connect(port)
        await protocol.until_received(b"x" * 200)
        assert protocol.received == b"INFO {}\r\n" + b"x" * 200
        await close(protocol)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (Frame(Opcode.BINARY, b"x").serialize(mask=True), "incorrect masking"),
        (b"\xc2\x01x", "reserved bits must be 0"),
        (Frame(Opcode.CONT, b"x").serialize(mask=False), "unexpected continuation frame"),
    ],
    ids=["masked", "reserved bits", "continuation"],
)
async def test_a_frame_that_breaks_the_protocol_ends_the_connection(
    data: bytes, words: str
) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await accept(reader) + frame(b"good") + data + frame(b"never read"))
        await reader.read(-1)

    async with peer(handler) as port:
        protocol = await connect(port)
        async with asyncio.timeout(20):
            error = await protocol.lost
        assert protocol.received == b"good"
        assert isinstance(error, ProtocolError)
        assert str(error) == f"nats: the server broke the WebSocket protocol: {words}"


async def test_the_end_of_the_stream_is_told_like_that_of_any_stream() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await accept(reader) + frame(b"x"))

    async with peer(handler) as port:
        protocol = await connect(port)
        async with asyncio.timeout(20):
            assert await protocol.lost is None
        assert protocol.events == ["made", "data", "eof", "lost"]


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 101 Swi", b"INFO {}\r\n", b"\0" * 10_000])
async def test_a_peer_that_does_not_answer_like_a_websocket(answer: bytes) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)

    async with peer(handler) as port:
        with pytest.raises(Error, match="does not speak WebSocket here"):
            await connect(port)


async def test_an_upgrade_that_is_not_ours_is_refused() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted = await accept(reader)
        writer.write(accepted.replace(b"Sec-WebSocket-Accept: ", b"Sec-WebSocket-Accept: x"))
        await reader.read(-1)

    async with peer(handler) as port:
        with pytest.raises(Error, match="WebSocket handshake is wrong: invalid Sec-WebSocket-Acc"):
            await connect(port)


async def test_a_connection_that_breaks_during_the_upgrade() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()

    async with peer(handler) as port:
        with pytest.raises((Error, ConnectionResetError)):
            await connect(port)


async def test_cancelling_closes_the_socket() -> None:
    ended = asyncio.Event()
    asked = asyncio.Event()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()  # and never answers
        assert await reader.read(-1) == b""
        ended.set()

    async with peer(handler) as port:
        task = asyncio.create_task(connect(port))
        async with asyncio.timeout(20):
            await asked.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await ended.wait()


async def say_yes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await accept(reader))


async def say_no(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write_eof()


@pytest.mark.parametrize("answer", [say_yes, say_no, hang_up])
async def test_an_answer_after_cancelling_makes_no_protocol(answer: Handler) -> None:
    def factory() -> asyncio.Protocol:
        raise AssertionError("nobody waits for it")

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer(reader, writer)
        # The client has the answer in its socket, but has not read it, when this is called.
        asyncio.get_running_loop().call_soon(task.cancel)
        await reader.read(-1)

    async with peer(handler) as port:
        task = asyncio.create_task(connect_websocket(factory, host=HOST, port=port))
        async with asyncio.timeout(20):
            with pytest.raises(asyncio.CancelledError):
                await task


async def test_a_request_may_be_more_than_the_socket_takes_at_once() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 431 Too Large\r\nContent-Length: 0\r\n\r\n")

    async with peer(handler) as port:
        with pytest.raises(Error, match="HTTP 431 Too Large"):
            await connect(port, headers={"Authorization": "x" * 10_000_000})


async def test_a_protocol_that_cannot_be_made_fails_the_connection() -> None:
    def factory() -> Recorder:
        raise LookupError("no protocol")

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await accept(reader))
        await reader.read(-1)

    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    async with peer(handler) as port:
        with pytest.raises(LookupError, match="no protocol"):
            await connect_websocket(factory, host=HOST, port=port)
    assert [type(each["exception"]) for each in reported] == [LookupError]


async def test_no_task_is_left_behind(nats: NatsServer) -> None:
    before = asyncio.all_tasks()
    protocol = await connect(nats.port_of("websocket"))
    await round_trip(protocol, b"x")
    assert asyncio.all_tasks() == before
    await close(protocol)
    assert asyncio.all_tasks() == before


async def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "websockets.client", None)
    with pytest.raises(Error) as caught:
        await connect(1)
    assert "pip install 'natstui[ws]'" in str(caught.value)
