"""Reading what is put into an object, in chunks of one size, whatever it comes from."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import Any, Protocol

from natstui.client.options import is_coroutine_callable

# Read at a time from files: a thread does it, and going there costs as much as reading a chunk.
BLOCK = 1024 * 1024


class Reader(Protocol):
    """A file opened for reading, in text or binary mode."""

    def read(self, size: int, /) -> bytes | str: ...


class AsyncReader(Protocol):
    """A stream that is read by awaiting, such as `asyncio.StreamReader`."""

    async def read(self, size: int, /) -> bytes: ...


Bytes = bytes | bytearray | memoryview
Source = Bytes | str | Reader | AsyncReader | AsyncIterable[Bytes] | Iterable[Bytes]


async def read_chunks(source: Source, size: int) -> AsyncIterator[bytes]:
    """Chunks of `size` bytes, the last one as long as what is left. Text is UTF-8.

    Raises TypeError for what cannot be read. Reads no more than about a MiB ahead.
    """
    if isinstance(source, str):
        source = source.encode()
    if isinstance(source, bytes | bytearray | memoryview):
        view = memoryview(source).cast("B")
        for start in range(0, len(view), size):
            yield bytes(view[start : start + size])
        return
    rest = bytearray()
    async for piece in _pieces(source, max(size, BLOCK // size * size)):
        view = memoryview(piece.encode() if isinstance(piece, str) else piece).cast("B")
        start = 0
        if rest:
            start = min(size - len(rest), len(view))
            rest += view[:start]
            if len(rest) < size:
                continue
            yield bytes(rest)
            rest.clear()
        whole = start + (len(view) - start) // size * size
        for at in range(start, whole, size):
            yield bytes(view[at : at + size])
        rest += view[whole:]
    if rest:
        yield bytes(rest)


async def _pieces(source: Any, block: int) -> AsyncIterator[Bytes | str]:
    """What a source gives, in pieces of any size."""
    if hasattr(source, "buffer"):
        source = source.buffer  # the bytes of a text file, as they are
    if hasattr(source, "read"):
        while piece := await _read(source, block):
            yield piece
    elif isinstance(source, AsyncIterable):
        async for piece in source:
            yield piece
    elif isinstance(source, Iterable):
        for piece in source:
            yield piece
    else:
        raise TypeError(f"nats: an object cannot be read from {type(source).__name__}")


async def _read(source: Any, block: int) -> Bytes | str:
    read = source.read
    if is_coroutine_callable(read):
        piece = await read(block)
    elif isinstance(source, io.BytesIO | io.StringIO):
        piece = read(block)
    else:
        piece = await asyncio.to_thread(read, block)
    if not isinstance(piece, Bytes | str):
        raise TypeError(f"nats: {type(source).__name__} gives {type(piece).__name__}, not bytes")
    return piece
