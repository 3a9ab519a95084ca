"""A SOCKS5 proxy (RFC 1928, 1929) that knows names of its own and notes where it was sent."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

GENERAL_FAILURE, NOT_ALLOWED, REFUSED = 1, 2, 5
_NO_ADDRESS = b"\x01" + bytes(6)


class SocksServer:
    """`asked` has host and port of each request, as they came: a name was not looked up before.

    `names` are hosts that only the proxy knows. With `user` and `password` it takes nobody else.
    """

    def __init__(self, user: str = "", password: str = "") -> None:
        self.asked: list[tuple[str, int]] = []
        self.names: dict[str, str] = {}
        self.port = 0
        self._who = (user.encode(), password.encode())

    @property
    def url(self) -> str:
        user, password = (part.decode() for part in self._who)
        return f"socks5://{f'{user}:{password}@' if user else ''}127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                if await self._greet(reader, writer):
                    await self._connect(reader, writer)
        finally:
            writer.transport.abort()

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        _, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        wanted = 2 if self._who[0] else 0
        if wanted not in methods:
            writer.write(b"\x05\xff")
            await writer.drain()
            return False
        writer.write(bytes((5, wanted)))
        if not wanted:
            return True
        _, length = await reader.readexactly(2)
        user = await reader.readexactly(length)
        password = await reader.readexactly((await reader.readexactly(1))[0])
        fits = (user, password) == self._who
        writer.write(b"\x01\x00" if fits else b"\x01\x01")
        await writer.drain()
        return fits

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = await self._host(reader, (await reader.readexactly(4))[3])
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.asked.append((host, port))
        try:
            there = await asyncio.open_connection(self.names.get(host, host), port)
        except OSError:
            writer.write(bytes((5, REFUSED, 0)) + _NO_ADDRESS)
            await writer.drain()
            return
        writer.write(b"\x05\x00\x00" + _NO_ADDRESS)
        async with asyncio.TaskGroup() as group:
            group.create_task(_pass(reader, there[1]))
            group.create_task(_pass(there[0], writer))

    async def _host(self, reader: asyncio.StreamReader, kind: int) -> str:
        if kind == 3:
            length = (await reader.readexactly(1))[0]
            return (await reader.readexactly(length)).decode()
        return str(ipaddress.ip_address(await reader.readexactly(4 if kind == 1 else 16)))


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One direction; at its end the other one is ended too."""
    try:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
    finally:
        writer.transport.abort()


@asynccontextmanager
async def socks_server(user: str = "", password: str = "") -> AsyncIterator[SocksServer]:
    """A proxy on a port of its own, within the test's loop; gone afterwards."""
    proxy = SocksServer(user, password)
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await proxy.serve(reader, writer)
        except asyncio.CancelledError:  # the test is over
            pass
        finally:
            tasks.discard(task)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        for task in [*tasks]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
