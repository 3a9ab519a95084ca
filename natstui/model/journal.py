"""What writes destroyed, saved before it was; and a line for each write that was made.

In the user's state folder, for nobody else's eyes:

    audit.ndjson            a line a write: when, which context, as whom, what, with what result
    journal/ID.ndjson       what one write destroyed

A journal file begins with a line that says what it is about (`Entry`), then has a line for each
thing that was saved, in the form that the restorer of its `kind` reads, and ends with
`{"end": COUNT}`. Without that line it was not saved completely, and nothing was destroyed.

The journal is bounded: what is older than `KEPT_DAYS` goes, and the oldest goes while all of it is
more than `KEPT_BYTES`. The audit file is never shortened.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from collections.abc import AsyncIterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from natstui.model.state_folder import open_private, private_folder, state_folder

FLUSH_EVERY = 256  # lines
KEPT_DAYS = 90
KEPT_BYTES = 2 * 1024 * 1024 * 1024
_FLUSH_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """What was saved of one write.

    `kind` says who can restore it ("stream.messages"), `target` what it was taken from (a stream's
    name), `what` is for people. `context`, `server` and `user` are where it was and who we were.
    `count` is how many things were saved, None if that was not finished.
    """

    id: str
    at: float
    kind: str
    target: str
    what: str
    context: str
    server: str
    user: str
    count: int | None = None


class Journal:
    """The folder of saved things, and the audit file beside it. Everything raises OSError."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    @property
    def folder(self) -> Path:
        """Where it all is."""
        return self._folder or state_folder()

    async def save(self, entry: Entry, items: AsyncIterable[dict[str, Any]]) -> Entry:
        """Write `items` down, on the disk and not only on the way there; the entry with its count.

        If `items` fails, or this is cancelled, what was written is removed.
        """
        path = self._path(entry)
        try:
            count = await self._write(path, entry, items)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return _counted(entry, count)

    async def _write(self, path: Path, entry: Entry, items: AsyncIterable[dict[str, Any]]) -> int:
        self._private_folder("journal")
        head = {key: value for key, value in asdict(entry).items() if key != "count"}
        count = 0
        with open_private(path, "x") as file:
            lines, size = [json.dumps(head)], 0
            async for item in items:
                count += 1
                lines.append(json.dumps(item))
                size += len(lines[-1])
                if len(lines) >= FLUSH_EVERY or size >= _FLUSH_BYTES:
                    await asyncio.to_thread(_put, file, lines)
                    lines, size = [], 0
            await asyncio.to_thread(_put, file, [*lines, json.dumps({"end": count})])
            await asyncio.to_thread(_sync, file)
        return count

    def entries(self) -> list[Entry]:
        """All there are, the newest first."""
        paths = sorted((self.folder / "journal").glob("*.ndjson"), reverse=True)
        return [entry for path in paths if (entry := _read_entry(path)) is not None]

    def items(self, entry: Entry) -> Iterator[dict[str, Any]]:
        """What was saved, in the order in which it was."""
        with self._path(entry).open(encoding="ascii") as file:
            next(file)
            for line in file:
                item: dict[str, Any] = json.loads(line)
                if item.keys() == {"end"}:
                    return
                yield item

    def forget(self, entry: Entry) -> None:
        """Remove what was saved."""
        self._path(entry).unlink()

    def expire(self, now: float) -> list[Entry]:
        """Remove what is beyond the bounds, but never the newest; the entries that are gone.

        What is no journal is left alone, and so is what somebody else has removed meanwhile.
        """
        gone: list[Entry] = []
        size = 0
        for newer, entry in enumerate(self.entries()):
            path = self._path(entry)
            with suppress(FileNotFoundError):
                size += path.stat().st_size
                if newer and (now - entry.at > KEPT_DAYS * 86_400 or size > KEPT_BYTES):
                    path.unlink()
                    gone.append(entry)
        return gone

    def audit(self, line: dict[str, Any]) -> None:
        """Append a line to the audit file."""
        self._private_folder()
        path = self.folder / "audit.ndjson"
        with open_private(path, "a") as file:
            file.write(json.dumps(line) + "\n")

    def check_audit(self) -> None:
        """OSError if no line could be appended."""
        self._private_folder()
        with open_private(self.folder / "audit.ndjson", "a"):
            pass

    def _private_folder(self, *parts: str) -> None:
        if self._folder is None:
            private_folder(*parts)
        else:
            self._folder.joinpath(*parts).mkdir(parents=True, exist_ok=True, mode=0o700)

    def _path(self, entry: Entry) -> Path:
        return self.folder / "journal" / f"{entry.id}.ndjson"


def new_id(at: float) -> str:
    """A name for an entry; they sort by time."""
    when = datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%S.%f")
    return f"{when}-{secrets.token_hex(2)}"


def _read_entry(path: Path) -> Entry | None:
    """None for a file that is no journal."""
    try:
        with path.open("rb") as file:
            head = json.loads(file.readline())
            file.seek(max(0, path.stat().st_size - 64))
            last = file.read().splitlines()[-1]
        entry = Entry(**head)
    except (OSError, ValueError, TypeError, IndexError):
        return None
    try:
        return _counted(entry, int(json.loads(last)["end"]))
    except (ValueError, KeyError, TypeError):
        return entry


def _counted(entry: Entry, count: int) -> Entry:
    return Entry(**{**asdict(entry), "count": count})


def _put(file: TextIO, lines: list[str]) -> None:
    file.writelines(f"{line}\n" for line in lines)


def _sync(file: TextIO) -> None:
    file.flush()
    os.fsync(file.fileno())
