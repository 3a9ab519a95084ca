"""An object into a file: complete and checked, or not there at all."""

from __future__ import annotations

import asyncio
import os
import secrets
from contextlib import aclosing
from pathlib import Path
from typing import BinaryIO

from natstui.model.object_chunks import ChunkReader, followed
from natstui.model.object_entry import ObjectEntry
from natstui.model.session import Session
from natstui.model.work import Work


async def download(session: Session, entry: ObjectEntry, path: Path, work: Work) -> str:
    """Write it to the new file `path`; in words what was done.

    It is written beside `path` under another name, and gets its own once its digest was compared.
    If that fails, or this is cancelled, nothing is left of it. Raises OSError, FileExistsError
    among them, DigestMismatchError, TransferError, what a request to JetStream can.
    """
    source = await followed(session, entry)
    work.total = source.size
    part = path.with_name(f".natstui-{secrets.token_hex(6)}.part")
    file = await asyncio.to_thread(part.open, "xb")
    try:
        with file:
            reader = ChunkReader(session, source, work)
            await _write(reader, file, work)
            checked = reader.check()
            await asyncio.to_thread(_sync, file)
        await asyncio.to_thread(_name, part, path)
    finally:
        part.unlink(missing_ok=True)
    return f"{entry.name} is in {path}: {source.size:,} bytes, {checked}"


async def verify(session: Session, entry: ObjectEntry, work: Work) -> str:
    """Read all of it and compare it with its digest; in words how that went."""
    source = await followed(session, entry)
    work.total = source.size
    reader = ChunkReader(session, source, work)
    async with aclosing(reader.runs()) as runs:
        async for chunks in runs:
            await asyncio.to_thread(reader.hash, chunks)
            work.advance(reader.size)
    return f"{entry.name} was read, {source.size:,} bytes: {reader.check()}"


async def _write(reader: ChunkReader, file: BinaryIO, work: Work) -> None:
    def put(chunks: list[bytes]) -> None:
        reader.hash(chunks)
        file.writelines(chunks)

    async with aclosing(reader.runs()) as runs:
        async for chunks in runs:
            await asyncio.to_thread(put, chunks)
            work.advance(reader.size)


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _name(part: Path, path: Path) -> None:
    """Give the file its name, unless there is one of that name by now."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise FileExistsError(f"somebody made {path} meanwhile: nothing is overwritten") from None
    except OSError:
        # Not every file system has links.
        if os.path.lexists(path):
            raise FileExistsError(
                f"somebody made {path} meanwhile: nothing is overwritten"
            ) from None
        part.rename(path)
