"""The least that a request can cost in asyncio: a protocol that writes it, a future for the reply.

Nothing is checked, parsed or timed. `python -m bench --only request-1 --client bench.client.bare`
shows what is left between this and nats-py, for any client to gain.
"""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

_HELLO = b'CONNECT {"verbose":false,"protocol":1}\r\nSUB bare.* 1\r\nPING\r\n'


class Bare(asyncio.Protocol):
    """One connection, one request at a time."""

    transport: asyncio.Transport
    answer: asyncio.Future[bytes]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._expect(_HELLO)

    def data_received(self, data: bytes) -> None:
        # INFO comes by itself; a reply of 128 bytes comes in one piece.
        if not self.answer.done() and not data.startswith(b"INFO"):
            self.answer.set_result(data)

    def _expect(self, sent: bytes) -> asyncio.Future[bytes]:
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(sent)
        return self.answer

    async def request(self, subject: str, payload: bytes = b"", timeout: float = 0.5) -> bytes:
        """What comes back, control line included."""
        return await self._expect(
            b"PUB %b bare.1 %d\r\n%b\r\n" % (subject.encode(), len(payload), payload)
        )

    async def close(self) -> None:
        """Hang up."""
        self.transport.close()


async def connect(url: str) -> Bare:
    """Connect to a server that asks for nothing."""
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    _, bare = await loop.create_connection(Bare, parts.hostname or "", parts.port or 4222)
    await bare.answer
    return bare
