"""Streams to files and back, in the form of the `nats` tool: a folder with two files.

backup.json      configuration and state
stream.tar.s2    messages and consumers, as the server packed them
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from natstui.client.js.api import StreamInfo
from natstui.model.asking import ask, jetstream
from natstui.model.session import Session
from natstui.model.work import Work

META, DATA = "backup.json", "stream.tar.s2"
CHUNK = 128 * 1024
# The server packs everything before the first chunk comes, and unpacks it after the last.
PATIENCE = 120.0


async def backup(session: Session, stream: str, folder: Path, work: Work) -> str:
    """Write the stream into the new folder; in words what was written.

    If it fails or is cancelled, the folder is removed. OSError, FileExistsError among them, and
    what a snapshot raises.
    """
    with _new_folder(folder):
        size = await ask(session, _write(session, stream, folder, work))
    return f"{stream} is in {folder}: {size:,} bytes"


@contextmanager
def _new_folder(folder: Path) -> Iterator[None]:
    """Removed again if something goes wrong."""
    folder.mkdir(mode=0o700)
    try:
        yield
    except BaseException:
        for name in (META, DATA):
            (folder / name).unlink(missing_ok=True)
        folder.rmdir()
        raise


async def _write(session: Session, stream: str, folder: Path, work: Work) -> int:
    js = jetstream(session, PATIENCE)
    async with await js.snapshot_stream(stream) as snapshot:
        about = {"config": snapshot.config.as_dict(), "state": snapshot.state.as_dict()}
        text = json.dumps(about, indent=2)
        await asyncio.to_thread((folder / META).write_text, text, encoding="utf-8")
        with (folder / DATA).open("xb") as file:
            async for chunk in snapshot:
                await asyncio.to_thread(file.write, chunk)
                work.advance(snapshot.received)
        return snapshot.received


def read_meta(folder: Path) -> dict[str, Any]:
    """Configuration and state of what a backup holds; ValueError if it is none, OSError."""
    try:
        about = json.loads((folder / META).read_text(encoding="utf-8"))
        if about["config"]["name"] and about["state"] is not None:
            return dict(about)
    except (KeyError, TypeError, json.JSONDecodeError):
        pass
    raise ValueError(f"{folder / META} is not the description of a backup")


async def restore(session: Session, folder: Path, name: str, work: Work) -> StreamInfo:
    """Make the stream `name` from a backup; raises what `restore_stream` does, and OSError."""
    about = read_meta(folder)
    config = {**about["config"], "name": name}
    path = folder / DATA
    work.total = path.stat().st_size
    js = jetstream(session, PATIENCE)
    with path.open("rb") as file:
        return await ask(
            session,
            js.restore_stream(config, about["state"], _chunks(file), progress=work.advance),
        )


async def _chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, CHUNK):
        yield chunk
