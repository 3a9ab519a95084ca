"""A TCP proxy that misbehaves on request, between a client under test and a real server."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import Callable, Iterator
from types import TracebackType

from tests.support.ports import Port

READ_SIZE = 65536

# Makes close() send RST at once instead of FIN: lingering is on, for zero seconds.
ABORT_ON_CLOSE = struct.pack("ii", 1, 0)


class _Cut(Exception):
    """Raised inside a pump to end its connection, by RST or by FIN."""

    def __init__(self, reset: bool) -> None:
        self.reset = reset


class Flow:
    """One direction of all connections of a proxy, and the faults that they have to obey.

    A fault holds for connections that are open and for those to come, until `heal`.
    `bytes` counts what was passed on.
    """

    def __init__(self) -> None:
        self.bytes = 0
        self._flowing = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self.heal()

    def heal(self) -> None:
        """Back to normal: no fault is left, and what was held back flows on."""
        self._bytes_per_second: float | None = None
        self._latency = 0.0
        self._piece_sizes: Callable[[], int] | None = None
        self._alter: Callable[[bytes], bytes] | None = None
        self._left_before_cut: int | None = None
        self._reset_at_cut = False
        self._flowing.set()

    def stall(self) -> None:
        """Pass nothing on; the sockets stay open, and soon the sender's buffers are full."""
        self._flowing.clear()

    def resume(self) -> None:
        self._flowing.set()

    def slow(self, *, bytes_per_second: float | None = None, latency: float = 0.0) -> None:
        """Pass on so much a second only, and each piece `latency` seconds after it came."""
        self._bytes_per_second = bytes_per_second
        self._latency = latency

    def fragment(self, smallest: int = 1, largest: int | None = None, *, seed: int = 0) -> None:
        """Write pieces of `smallest` to `largest` bytes, a turn of the event loop apart."""
        sizes = random.Random(seed)
        self._piece_sizes = lambda: sizes.randint(smallest, largest or smallest)

    def alter(self, function: Callable[[bytes], bytes]) -> None:
        """Send every chunk through `function`; chunks are what the other side wrote at once,
        unless it wrote a lot."""
        self._alter = function

    def cut_after(self, count: int, *, reset: bool = False) -> None:
        """Pass on `count` more bytes, then end that connection, once."""
        self._left_before_cut = count
        self._reset_at_cut = reset

    def inject(self, data: bytes) -> None:
        """Send bytes of our own into every open connection."""
        for writer in self._writers:
            writer.write(data)

    def half_close(self) -> None:
        """Send FIN in this direction, and lose what comes later; the other one goes on."""
        while self._writers:
            self._writers.pop().write_eof()

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on all that comes, until it ends."""
        self._writers.add(writer)
        try:
            while data := await reader.read(READ_SIZE):
                await self._pass_on(data, writer)
            if writer in self._writers:
                writer.write_eof()
        finally:
            self._writers.discard(writer)

    async def _pass_on(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self._latency)
        await self._flowing.wait()
        if self._alter is not None:
            data = self._alter(data)
        for piece in self._pieces(data):
            await self._flowing.wait()
            if writer not in self._writers:
                return
            await self._write(piece, writer)

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        while data:
            size = len(data)
            if self._bytes_per_second is not None:
                size = max(1, int(self._bytes_per_second / 50))
            if self._piece_sizes is not None:
                size = self._piece_sizes()
            yield data[:size]
            data = data[size:]

    async def _write(self, piece: bytes, writer: asyncio.StreamWriter) -> None:
        if self._bytes_per_second is not None:
            await asyncio.sleep(len(piece) / self._bytes_per_second)
        left = self._left_before_cut
        if left is not None:
            piece = piece[:left]
            self._left_before_cut = left - len(piece)
        writer.write(piece)
        self.bytes += len(piece)
        await writer.drain()
        if self._left_before_cut == 0:
            self._left_before_cut = None
            raise _Cut(self._reset_at_cut)
        await asyncio.sleep(0)


Side = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Connection:
    """One client's connection through the proxy."""

    def __init__(self, client: Side, server: Side) -> None:
        self._client = client
        self._server = server
        self._pumps: list[asyncio.Task[None]] = []
        self._cut: _Cut | None = None

    def cut(self, *, reset: bool = True) -> None:
        """End it towards both sides: RST, or FIN with everything lost that comes later."""
        self._cut = _Cut(reset)
        for pump in self._pumps:
            pump.cancel()

    async def run(self, to_server: Flow, to_client: Flow) -> None:
        """Pass on both directions until the connection is over."""
        self._pumps = [
            asyncio.create_task(to_server.pump(self._client[0], self._server[1])),
            asyncio.create_task(to_client.pump(self._server[0], self._client[1])),
        ]
        try:
            await asyncio.wait(self._pumps, return_when=asyncio.FIRST_EXCEPTION)
            cut = self._cut or await self._stop_pumps()
            if cut and not cut.reset:
                await asyncio.gather(_finish(*self._client), _finish(*self._server))
            await self._close(reset=cut is not None and cut.reset)
        finally:
            await self._stop_pumps()
            await self._close(reset=True)

    async def _stop_pumps(self) -> _Cut | None:
        """Stop them and return how one of them wants the connection to end."""
        for pump in self._pumps:
            pump.cancel()
        for end in await asyncio.gather(*self._pumps, return_exceptions=True):
            if isinstance(end, _Cut):
                return end
            if isinstance(end, OSError):  # one side was reset, so the other is
                return _Cut(reset=True)
        return None

    async def _close(self, *, reset: bool) -> None:
        for _, writer in (self._client, self._server):
            if reset:
                _abort(writer)
            writer.close()
        for _, writer in (self._client, self._server):
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _finish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send FIN and wait for the other's; to close a socket with unread data would send RST."""
    with contextlib.suppress(OSError):
        writer.write_eof()
        while await reader.read(READ_SIZE):
            pass


def _abort(writer: asyncio.StreamWriter) -> None:
    """Close with RST, unless it is closed already."""
    if not writer.is_closing():
        connection: socket.socket = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT_ON_CLOSE)
    writer.transport.abort()


class FaultyProxy:
    """Listens on a port of its own and connects every client to the server at `host`, `port`.

    Faults of one direction are in `to_server` and `to_client`; `accepted` counts the connections
    so far, `connections` has those that are open. `target` may be changed: the next client is
    connected there.
    """

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.to_server = Flow()
        self.to_client = Flow()
        self.accepted = 0
        self.connections: list[Connection] = []
        self._port = Port()
        self._listener: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        return self._port.number

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    async def __aenter__(self) -> FaultyProxy:
        await self.accept()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.refuse()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._port.release()

    async def accept(self) -> None:
        """Listen, on the same port as ever."""
        if self._listener is None:
            self._listener = await asyncio.start_server(self._on_connection, "127.0.0.1", self.port)

    def refuse(self) -> None:
        """Refuse new connections (ECONNREFUSED); open ones stay."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def cut(self, *, reset: bool = True) -> None:
        """End all connections: RST, or FIN."""
        for connection in self.connections:
            connection.cut(reset=reset)

    def heal(self) -> None:
        """No faults any more in either direction."""
        self.to_server.heal()
        self.to_client.heal()

    def _on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server = await asyncio.open_connection(*self.target)
        except OSError:
            _abort(writer)
            return
        connection = Connection((reader, writer), server)
        self.connections.append(connection)
        try:
            await connection.run(self.to_server, self.to_client)
        finally:
            self.connections.remove(connection)
