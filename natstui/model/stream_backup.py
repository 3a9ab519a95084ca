"""Streams to files and back, in the form of the `nats` tool: a folder with two files.

backup.json      configuration and state; our own digest of the other file, which the tool ignores
stream.arc.s2    messages and consumers, as a server from 2.15 on packs them
stream.tar.s2    the same, as an older server does
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from natstui.client.js.api import StreamInfo
from natstui.model.asking import ask, connected, jetstream
from natstui.model.session import Session
from natstui.model.told import ToldError
from natstui.model.work import Work

META, DATA, OLDER_DATA = "backup.json", "stream.arc.s2", "stream.tar.s2"
_ARCHIVES_SINCE = (2, 15, 0)
_OURS = "natstui"
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
        for name in (META, DATA, OLDER_DATA):
            (folder / name).unlink(missing_ok=True)
        folder.rmdir()
        raise


async def _write(session: Session, stream: str, folder: Path, work: Work) -> int:
    js = jetstream(session, PATIENCE)
    name = DATA if connected(session).connected_server_version >= _ARCHIVES_SINCE else OLDER_DATA
    digest = hashlib.sha256()
    async with await js.snapshot_stream(stream) as snapshot:
        with (folder / name).open("xb") as file:
            async for chunk in snapshot:
                await asyncio.to_thread(file.write, chunk)
                digest.update(chunk)
                work.advance(snapshot.received)
    about = {
        "config": snapshot.config.as_dict(),
        "state": snapshot.state.as_dict(),
        _OURS: {"bytes": snapshot.received, "sha256": digest.hexdigest()},
    }
    # The last thing: where it is, the backup is complete.
    text = json.dumps(about, indent=2)
    await asyncio.to_thread((folder / META).write_text, text, encoding="utf-8")
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
    """Make the stream `name` from a backup; raises what `restore_stream` does, and OSError.

    ToldError, before anything is sent, if the file is not what was written into it. (Of a backup
    that the `nats` tool made nobody knows.)
    """
    about = read_meta(folder)
    config = {**about["config"], "name": name}
    path = folder / DATA if (folder / DATA).exists() else folder / OLDER_DATA
    await asyncio.to_thread(_check, path, about)
    work.total = path.stat().st_size
    js = jetstream(session, PATIENCE)
    with path.open("rb") as file:
        return await ask(
            session,
            js.restore_stream(config, about["state"], _chunks(file), progress=work.advance),
        )


def _check(path: Path, about: dict[str, Any]) -> None:
    wanted = (about.get(_OURS) or {}).get("sha256")
    with path.open("rb") as file:
        if wanted and hashlib.file_digest(file, "sha256").hexdigest() != wanted:
            raise ToldError(
                f"{path} is damaged: it is not what was written by the backup",
                "nothing was restored; take another copy of it",
            )


def what_came_back(info: StreamInfo, saved: dict[str, Any]) -> str:
    """How many messages a restored stream has, and how many it had if they are not as many."""
    now, before = info.state.messages, int(saved.get("messages") or 0)
    if now == before:
        return f"{now:,} messages"
    return f"{now:,} of {before:,} messages: the others were beyond its limits"


async def _chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, CHUNK):
        yield chunk
