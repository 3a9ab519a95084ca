"""A recording as it lies in its files: any message by its place, whatever the size of it all.

    recording = Recording([Path("orders.ndjson")])
    while recording.index(0.02): ...        # a little at a time
    recording.get(17)                       # read now, and remembered for a while

What cannot be read is a line between the messages that says so, and nothing else is lost by it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from natstui.model.recording_files import Lines, RawLine, lines_of
from natstui.model.recording_lines import VERSION, BrokenLineError, Head, parse_head, parse_line
from natstui.model.tail import Record

_REMEMBERED = 2_000  # messages
_PATIENCE = 1_000  # lines that cannot be read, in a row
_LARGE = 64 * 1024  # bytes; larger ones are read again


class RecordingError(Exception):
    """It cannot be opened; the message says which file, and why."""


class Recording:
    """Messages and notes, `0 <= seq < count`; `count` grows until all of it `is_indexed`.

    Several files are one after the other, in the order they were given. `head` is what the first
    of them says of itself, None if it says nothing.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        """RecordingError if one of them cannot be read, or is of a newer natstui."""
        self.paths = tuple(paths)
        self._parts: list[Lines] = []
        try:
            for path in paths:
                self._parts.append(_open(path))
        except RecordingError:
            self.close()
            raise
        self._firsts = [0]
        self._indexing = 0
        self._kept: OrderedDict[int, Record] = OrderedDict()
        self.index(0)
        self.head = self._head()

    @property
    def name(self) -> str:
        """That of the file, or of the first and how many more there are."""
        more = f" and {len(self._parts) - 1} more" if len(self._parts) > 1 else ""
        return self._parts[0].name + more

    @property
    def count(self) -> int:
        """Lines that are known by now."""
        return self._firsts[-1] + self._parts[min(self._indexing, len(self._parts) - 1)].count

    @property
    def is_indexed(self) -> bool:
        """Whether every line is known."""
        return self._indexing == len(self._parts)

    @property
    def progress(self) -> float:
        """How much of it was indexed, 0 to 1."""
        total = sum(part.size for part in self._parts)
        return sum(part.indexed for part in self._parts) / total if total else 1.0

    def index(self, seconds: float) -> bool:
        """Look for lines for about so long; False when all are known."""
        while not self.is_indexed:
            part = self._parts[self._indexing]
            try:
                if part.index(seconds):
                    return True
            except OSError:
                part.size = part.indexed  # what was found is there; what was not cannot be read
            self._indexing += 1
            if not self.is_indexed:
                self._firsts.append(self._firsts[-1] + part.count)
                return True
        return False

    def get(self, seq: int) -> Record:
        """The message or note at a place; LookupError if there is none."""
        if (record := self._kept.get(seq)) is not None:
            return record
        if not 0 <= seq < self.count:
            raise LookupError(seq)
        record = self.read(seq)
        if record.size <= _LARGE:
            self._kept[seq] = record
            if len(self._kept) > _REMEMBERED:
                self._kept.popitem(last=False)
        return record

    def first_since(self, at: float) -> int:
        """The place of the first message at or after a time; `count` if there is none.

        Times are taken to grow, as they do but for clocks that were set back.
        """
        low, high = 0, self.count
        while low < high:
            middle = (low + high) // 2
            here = self._time_from(middle, high)
            if here is None or here >= at:
                high = middle
            else:
                low = middle + 1
        return low

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Read no more."""
        for part in self._parts:
            part.close()

    def _time_from(self, seq: int, end: int) -> float | None:
        """The time of the next line that has one; None without one before `end`."""
        for place in range(seq, min(end, seq + _PATIENCE)):
            if at := self.get(place).at:
                return at
        return None

    def read(self, seq: int) -> Record:
        """As `get`, for who goes through all of it: nothing is remembered, `seq` must be there."""
        part = bisect_right(self._firsts, seq) - 1
        place = seq - self._firsts[part]
        try:
            line = self._parts[part].read(place)
        except OSError as error:
            return self._broken(seq, part, f"line {place + 1:,}", str(error))
        try:
            return parse_line(line.data, seq, line.at)
        except BrokenLineError as error:
            name = f"line {line.name:,}" if isinstance(line.name, int) else line.name
            return self._broken(seq, part, name, _why(line, error))

    def _broken(self, seq: int, part: int, where: str, why: str) -> Record:
        name = f" of {self._parts[part].name}" if len(self._parts) > 1 else ""
        text = f"{where}{name} cannot be read: {why}"
        return Record(seq, 0.0, "", _BROKEN, b"", text.encode("utf-8", "replace"), 0)

    def _head(self) -> Head | None:
        if not self.count:
            return None
        try:
            return parse_head(self._parts[0].read(0).data)
        except OSError:
            return None


# No note has a reply.
_BROKEN = "broken"
# Of a file that is something else, none of these can be read.
_LOOKED_AT = 20  # lines


def is_broken(record: Record) -> bool:
    """Whether this stands for a line that cannot be read."""
    return record.is_note and record.reply == _BROKEN


def _open(path: Path) -> Lines:
    try:
        lines = lines_of(path)
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror or error}") from None
    try:
        _check(lines)
    except (OSError, BrokenLineError) as error:
        lines.close()
        raise RecordingError(f"{path}: {error}") from None
    return lines


def _check(lines: Lines) -> None:
    while lines.count < _LOOKED_AT and lines.index(0):
        pass
    if not lines.count:
        raise BrokenLineError("there is nothing in it")
    head = parse_head(lines.read(0).data)
    if head is not None and head.version > VERSION:
        raise BrokenLineError(f"it was made by a newer natstui (format {head.version})")
    problem: BrokenLineError | None = None
    for place in range(min(lines.count, _LOOKED_AT)):
        try:
            parse_line(lines.read(place).data)
        except BrokenLineError as error:
            problem = problem or error
        else:
            return
    raise BrokenLineError(f"it is no recording, and not of `nats sub --dump`: {problem}")


def _why(line: RawLine, error: BrokenLineError) -> str:
    return "it was broken off: the recording was not ended" if line.is_cut else str(error)
