"""What is put into an object is cut into chunks, whatever it comes from."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from natstui.client.js.object_source import BLOCK, read_chunks

DATA = bytes(range(256)) * 10


async def chunks(source: Any, size: int = 1000) -> list[bytes]:
    return [chunk async for chunk in read_chunks(source, size)]


def whole(found: list[bytes], size: int = 1000) -> bytes:
    """The data again, if all chunks but the last are full."""
    assert all(len(chunk) == size for chunk in found[:-1])
    assert all(type(chunk) is bytes and 0 < len(chunk) <= size for chunk in found)
    return b"".join(found)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, io.BytesIO])
async def test_bytes(kind: Any) -> None:
    found = await chunks(kind(DATA))
    assert whole(found) == DATA
    assert len(found) == 3


async def test_a_view_of_wider_items() -> None:
    numbers = memoryview(DATA).cast("I")
    assert whole(await chunks(numbers)) == DATA


@pytest.mark.parametrize("source", [b"", "", bytearray(), io.BytesIO(), iter(())])
async def test_nothing(source: Any) -> None:
    assert await chunks(source) == []


async def test_text() -> None:
    text = "größer " * 300
    assert whole(await chunks(text)) == text.encode()
    assert whole(await chunks(io.StringIO(text))) == text.encode()


@pytest.mark.parametrize("buffering", [-1, 0])
async def test_a_binary_file(tmp_path: Path, buffering: int) -> None:
    path = tmp_path / "file"
    data = DATA * 1000
    path.write_bytes(data)
    with path.open("rb", buffering=buffering) as file:
        assert whole(await chunks(file)) == data


async def test_a_text_file_gives_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(DATA)
    with path.open(encoding="ascii") as file:
        assert whole(await chunks(file)) == DATA


async def test_a_file_that_gives_little_at_a_time() -> None:
    class Slow(io.RawIOBase):
        def __init__(self) -> None:
            self._rest = io.BytesIO(DATA)

        def read(self, size: int = -1, /) -> bytes:
            return self._rest.read(min(size, 7))

    assert whole(await chunks(Slow())) == DATA


async def test_a_stream_that_is_awaited() -> None:
    stream = asyncio.StreamReader()
    stream.feed_data(DATA)
    stream.feed_eof()
    assert whole(await chunks(stream)) == DATA


@pytest.mark.parametrize("step", [1, 7, 999, 1000, 1001, 2500, 5000])
async def test_iterators(step: int) -> None:
    def pieces() -> Iterator[bytes]:
        for start in range(0, len(DATA), step):
            yield DATA[start : start + step]

    async def awaited() -> AsyncIterator[bytearray]:
        for piece in pieces():
            await asyncio.sleep(0)
            yield bytearray(piece)

    assert whole(await chunks(pieces())) == DATA
    assert whole(await chunks(awaited())) == DATA


async def test_chunks_larger_than_what_is_read_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(2 * BLOCK + 5))
    with path.open("rb") as file:
        found = await chunks(file, BLOCK + 1)
    assert [len(chunk) for chunk in found] == [BLOCK + 1, BLOCK + 1, 3]


@pytest.mark.parametrize("source", [None, 7, object()])
async def test_what_cannot_be_read(source: Any) -> None:
    with pytest.raises(TypeError, match=type(source).__name__):
        await chunks(source)


async def test_a_file_of_something_else() -> None:
    class Numbers:
        def read(self, size: int) -> list[int]:
            return [size]

    with pytest.raises(TypeError, match="Numbers gives list"):
        await chunks(Numbers())
