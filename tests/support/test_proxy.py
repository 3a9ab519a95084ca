"""The proxy's faults, seen from both of its sides."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from tests.support.proxy import ABORT_ON_CLOSE, FaultyProxy
from tests.support.waiting import eventually

LIMIT = 20.0


class Upstream:
    """A TCP server that keeps the connections that it gets."""

    def __init__(self) -> None:
        self.sides: asyncio.Queue[Side] = asyncio.Queue()

    async def on_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        side = Side(reader, writer)
        self.sides.put_nowait(side)
        await side.closed.wait()


class Side:
    """One end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.closed = asyncio.Event()

    async def exactly(self, count: int) -> bytes:
        async with asyncio.timeout(LIMIT):
            return await self.reader.readexactly(count)

    async def rest(self) -> bytes:
        async with asyncio.timeout(LIMIT):
            return await self.reader.read()

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    def close(self) -> None:
        self.closed.set()
        self.writer.close()


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
async def proxy(upstream: Upstream) -> AsyncIterator[FaultyProxy]:
    listener = await asyncio.start_server(upstream.on_connection, "127.0.0.1", 0)
    async with FaultyProxy(*listener.sockets[0].getsockname()) as proxy:
        yield proxy
    listener.close()


async def connect(proxy: FaultyProxy, upstream: Upstream) -> tuple[Side, Side]:
    """A client of the proxy, and the server's end of its connection."""
    client = Side(*await asyncio.open_connection("127.0.0.1", proxy.port))
    async with asyncio.timeout(LIMIT):
        return client, await upstream.sides.get()


@pytest.fixture
async def sides(proxy: FaultyProxy, upstream: Upstream) -> AsyncIterator[tuple[Side, Side]]:
    client, server = await connect(proxy, upstream)
    yield client, server
    client.close()
    server.close()


async def test_it_passes_on_everything_in_both_directions(
    proxy: FaultyProxy, sides: tuple[Side, Side]
) -> None:
    client, server = sides
    large = bytes(range(256)) * 4000
    client.send(large)
    server.send(b"answer")
    assert await server.exactly(len(large)) == large
    assert await client.exactly(6) == b"answer"
    assert (proxy.to_server.bytes, proxy.to_client.bytes) == (len(large), 6)


async def test_an_end_is_passed_on_and_leaves_the_other_direction_open(
    sides: tuple[Side, Side],
) -> None:
    client, server = sides
    client.send(b"last words")
    client.writer.write_eof()
    assert await server.rest() == b"last words"
    server.send(b"late answer")
    server.writer.write_eof()
    assert await client.rest() == b"late answer"


async def test_cut_by_reset(proxy: FaultyProxy, sides: tuple[Side, Side]) -> None:
    proxy.cut()
    for side in sides:
        with pytest.raises(ConnectionResetError):
            await side.rest()
    await eventually(lambda: not proxy.connections, "the proxy forgets the connection")


async def test_cut_by_end_even_while_stalled(proxy: FaultyProxy, sides: tuple[Side, Side]) -> None:
    client, _ = sides
    proxy.to_server.stall()
    client.send(b"never arrives")
    proxy.cut(reset=False)
    assert [await side.rest() for side in sides] == [b"", b""]


async def test_a_reset_of_one_side_resets_the_other(sides: tuple[Side, Side]) -> None:
    client, server = sides
    connection: socket.socket = client.writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT_ON_CLOSE)
    client.writer.transport.abort()
    with pytest.raises(ConnectionResetError):
        await server.rest()


async def test_cut_after_some_bytes(proxy: FaultyProxy, upstream: Upstream) -> None:
    client, server = await connect(proxy, upstream)
    proxy.to_client.cut_after(7)
    server.send(b"MSG a 1")
    server.send(b" 5\r\nhello\r\n")
    assert await client.rest() == b"MSG a 1"
    client.close()
    server.close()
    # once: the next connection is whole
    client, server = await connect(proxy, upstream)
    server.send(b"all of this")
    assert await client.exactly(11) == b"all of this"
    client.close()
    server.close()


async def test_a_stalled_direction_passes_nothing_and_the_other_goes_on(
    proxy: FaultyProxy, sides: tuple[Side, Side]
) -> None:
    client, server = sides
    proxy.to_client.stall()
    server.send(b"held back")
    client.send(b"question")
    assert await server.exactly(8) == b"question"
    assert proxy.to_client.bytes == 0
    proxy.to_client.resume()
    assert await client.exactly(9) == b"held back"


async def test_a_stall_reaches_the_sender(proxy: FaultyProxy, sides: tuple[Side, Side]) -> None:
    client, server = sides
    proxy.to_server.stall()
    client.send(bytes(16 * 2**20))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.writer.drain(), 0.05)
    proxy.to_server.resume()
    assert len(await server.exactly(16 * 2**20)) == 16 * 2**20


async def test_pieces_arrive_apart_and_in_order(
    proxy: FaultyProxy, sides: tuple[Side, Side]
) -> None:
    client, server = sides
    proxy.to_client.fragment(1, 3, seed=7)
    server.send(b"PING\r\n+OK\r\n")
    pieces: list[bytes] = []
    while len(b"".join(pieces)) < 11:
        async with asyncio.timeout(LIMIT):
            pieces.append(await client.reader.read(100))
    assert b"".join(pieces) == b"PING\r\n+OK\r\n"
    assert len(pieces) > 3


async def test_slow_is_not_faster_than_asked(proxy: FaultyProxy, sides: tuple[Side, Side]) -> None:
    client, server = sides
    loop = asyncio.get_running_loop()
    proxy.to_client.slow(bytes_per_second=10_000, latency=0.05)
    begin = loop.time()
    server.send(bytes(1000))
    await client.exactly(1000)
    assert loop.time() - begin >= 0.149


async def test_bytes_can_be_altered_and_injected(
    proxy: FaultyProxy, sides: tuple[Side, Side]
) -> None:
    client, server = sides
    proxy.to_client.alter(lambda data: data.replace(b"MSG", b"M\0G"))
    server.send(b"MSG a 1 0\r\n\r\n")
    assert await client.exactly(13) == b"M\0G a 1 0\r\n\r\n"
    proxy.heal()
    proxy.to_client.inject(b"-ERR 'made up'\r\n")
    server.send(b"MSG")
    assert await client.exactly(19) == b"-ERR 'made up'\r\nMSG"


async def test_half_close_ends_one_direction_only(
    proxy: FaultyProxy, sides: tuple[Side, Side]
) -> None:
    client, server = sides
    proxy.to_client.half_close()
    assert await client.rest() == b""
    server.send(b"lost")
    client.send(b"heard")
    assert await server.exactly(5) == b"heard"


async def test_refused_connections_leave_open_ones_alone(
    proxy: FaultyProxy, upstream: Upstream, sides: tuple[Side, Side]
) -> None:
    client, server = sides
    proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        await connect(proxy, upstream)
    client.send(b"still here")
    assert await server.exactly(10) == b"still here"
    await proxy.accept()
    other = await connect(proxy, upstream)
    assert proxy.accepted == 2
    assert len(proxy.connections) == 2
    for side in other:
        side.close()


async def test_one_of_several_connections_can_be_cut(
    proxy: FaultyProxy, upstream: Upstream, sides: tuple[Side, Side]
) -> None:
    client, server = await connect(proxy, upstream)
    proxy.connections[0].cut()
    with pytest.raises(ConnectionResetError):
        await sides[0].rest()
    client.send(b"unharmed")
    assert await server.exactly(8) == b"unharmed"
    client.close()
    server.close()


async def test_without_a_server_behind_it_the_client_is_reset(proxy: FaultyProxy) -> None:
    proxy.target = ("127.0.0.1", 1)
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(reader.read(), LIMIT)
    writer.close()
