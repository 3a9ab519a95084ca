"""Where the lines of a recording are: in a file, or one in each file of a folder.

Nothing is kept in memory but where each line begins, 8 bytes a line; lines are read when they are
asked for.
"""

from __future__ import annotations

import os
import re
import time
from array import array
from pathlib import Path
from typing import NamedTuple, Protocol

_CHUNK = 256 * 1024
_LINE_END = re.compile(rb"[\n\0]")
# As long as the largest message there can be (64 MiB), with every byte escaped.
LONGEST_LINE = 512 * 1024 * 1024
_DUMPED = re.compile(r"(\d{1,20})(_reply)?\.json")


class RawLine(NamedTuple):
    """`name` is the number of the line, or the name of its file; `at` is the time of what has none.

    `is_cut`: it has no end, so that what wrote it may have been stopped.
    """

    data: bytes
    name: int | str
    at: float
    is_cut: bool


class Lines(Protocol):
    """`count` lines are known by now; everything raises OSError."""

    name: str
    size: int

    @property
    def count(self) -> int: ...

    @property
    def indexed(self) -> int:
        """How many bytes of `size` were looked through."""

    def index(self, seconds: float) -> bool:
        """Look for lines for about so long; False when all are known."""

    def read(self, place: int) -> RawLine:
        """One line."""

    def close(self) -> None:
        """Read no more."""


class LineFile:
    """Lines with a line end or a NUL behind each. OSError if the file cannot be read."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._file = path.open("rb", buffering=0)
        status = os.fstat(self._file.fileno())
        self.size = status.st_size
        self._at = status.st_mtime
        self.indexed = 0
        self._starts = array("Q")
        self._is_open_ended = True
        self._near = b""
        self._near_from = 0

    @property
    def count(self) -> int:
        # Of the last one that was found the end is not.
        return len(self._starts) if self.indexed >= self.size else max(0, len(self._starts) - 1)

    def index(self, seconds: float) -> bool:
        deadline = time.perf_counter() + seconds
        while self.indexed < self.size:
            self._file.seek(self.indexed)
            chunk = self._file.read(min(_CHUNK, self.size - self.indexed))
            if not chunk:  # it became shorter
                self.size = self.indexed
                break
            self._look_through(chunk)
            if time.perf_counter() > deadline:
                return True
        return False

    def _look_through(self, chunk: bytes) -> None:
        start = self.indexed
        if not start:
            self._starts.append(0)
        self._starts.extend(start + found.end() for found in _LINE_END.finditer(chunk))
        self.indexed = start + len(chunk)
        if self.indexed >= self.size and self._starts[-1] == self.indexed:
            self._starts.pop()
            self._is_open_ended = False

    def read(self, place: int) -> RawLine:
        start = self._starts[place]
        is_last = place + 1 == len(self._starts)
        end = self.indexed if is_last else self._starts[place + 1]
        if end - start > LONGEST_LINE:
            raise OSError("it is too long to be a message")
        is_cut = is_last and self._is_open_ended
        data = self._bytes(start, end).rstrip(b"\n\0")
        return RawLine(data, place + 1, self._at, is_cut)

    def _bytes(self, start: int, end: int) -> bytes:
        """Whoever reads a line will read the next one."""
        if not self._near_from <= start or end > self._near_from + len(self._near):
            self._file.seek(start)
            self._near = self._file.read(max(_CHUNK, end - start))
            self._near_from = start
        return self._near[start - self._near_from : end - self._near_from]

    def close(self) -> None:
        self._file.close()


class DumpFolder:
    """What `nats sub --dump FOLDER` writes: `1.json`, `1_reply.json`, `2.json`, …

    The tool writes no time into them: it is that of the file. OSError if it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name or str(path)
        self._path = path
        found = [
            (int(match[1]), bool(match[2]))
            for entry in os.scandir(path)
            if (match := _DUMPED.fullmatch(entry.name))
        ]
        self._files = sorted(found)
        if not self._files:
            raise OSError(f"there is nothing that `nats sub --dump` wrote in {path}")
        self.size = self.indexed = len(self._files)

    @property
    def count(self) -> int:
        return len(self._files)

    def index(self, seconds: float) -> bool:
        return False

    def read(self, place: int) -> RawLine:
        number, is_reply = self._files[place]
        name = f"{number}{'_reply' if is_reply else ''}.json"
        path = self._path / name
        status = path.stat()
        if status.st_size > LONGEST_LINE:
            raise OSError("it is too long to be a message")
        return RawLine(path.read_bytes().rstrip(b"\0\n"), name, status.st_mtime, False)

    def close(self) -> None:
        pass


def lines_of(path: Path) -> Lines:
    """Those of a file or a folder; OSError if it cannot be read."""
    return DumpFolder(path) if path.is_dir() else LineFile(path)
