"""Messages that no client would send, straight to a server's socket."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from tests.support.hostile import Hostile
from tests.support.server import NatsServer


async def publish_raw(server: NatsServer, messages: Iterable[Hostile]) -> None:
    """Publish the messages as they are, and wait until the server has them."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        await reader.readline()
        writer.write(b'CONNECT {"verbose":false,"headers":true}\r\n')
        for message in messages:
            writer.write(_encoded(message))
            await writer.drain()
        writer.write(b"PING\r\n")
        await _answer(reader)
    finally:
        writer.close()
        await writer.wait_closed()


def _encoded(message: Hostile) -> bytes:
    fields = [message.subject.encode()]
    if message.reply:
        fields.append(message.reply.encode())
    size = len(message.headers) + len(message.payload)
    fields += [b"%d" % len(message.headers)] * bool(message.headers) + [b"%d" % size]
    verb = b"HPUB " if message.headers else b"PUB "
    return verb + b" ".join(fields) + b"\r\n" + message.headers + message.payload + b"\r\n"


async def _answer(reader: asyncio.StreamReader) -> None:
    while (line := await reader.readline()) != b"PONG\r\n":
        assert not line.startswith(b"-ERR"), line
        assert line, "the server hung up"
