"""Stored messages in columns: sequence, time, subject, size, marks, the payload's beginning."""

from __future__ import annotations

import time
from collections.abc import Hashable
from typing import Protocol

from natstui.model.decode import preview
from natstui.model.decoders import Decoders
from natstui.model.tail import Record
from natstui.ui import words
from natstui.ui.drawing import Span, fit

_SEQ = 9
_SIZE = 7
_DAY = 86_400
_NARROWEST_SUBJECT = 14
_WIDEST_SUBJECT = 64
_SUBJECT_SHARE = 0.34


class Records(Protocol):
    """Where rows are: a window over a stream, what a search found."""

    @property
    def first(self) -> int: ...

    @property
    def end(self) -> int: ...

    def record(self, row: int) -> Record:
        """The message in a row; LookupError if there is none."""


class StoredRows:
    """Stored messages as a line source; the subject column grows to what is on the screen."""

    def __init__(self, records: Records, decoders: Decoders) -> None:
        self.records = records
        self.decoders = decoders
        self._longest = _NARROWEST_SUBJECT

    @property
    def first(self) -> int:
        return self.records.first

    @property
    def end(self) -> int:
        return self.records.end

    def key(self, row: int) -> Hashable:
        return self.records.record(row).seq, self._longest

    def make_room(self, first: int, end: int) -> bool:
        """Widen the subject column for these rows; True if that changed it."""
        rows = range(max(first, self.first), min(end, self.end))
        longest = max((len(self.records.record(row).subject) for row in rows), default=0)
        longest = min(longest, _WIDEST_SUBJECT)
        if longest <= self._longest:
            return False
        self._longest = longest
        return True

    def line(self, row: int, width: int) -> list[Span]:
        record = self.records.record(row)
        room = max(_NARROWEST_SUBJECT, int(width * _SUBJECT_SHARE))
        cells = min(self._longest, room)
        head = f" {record.seq:>{_SEQ}}  {moment(record.at)}  "
        mark = "h" if record.headers else " "
        used = len(head) + cells + _SIZE + len(mark) + 3
        steps = self.decoders.of(record.subject)
        kind, text = preview(record.payload, max(64, width * 3), steps)
        return [
            ("muted", head),
            ("accent", fit(record.subject, cells)),
            ("muted", f"{words.short_size(record.size):>{_SIZE}} {mark} "),
            ("muted" if kind == "binary" else "plain", fit(text, max(0, width - used))),
        ]


def moment(at: float) -> str:
    """The time of day, or the date where it is longer ago than a day; as wide either way."""
    if time.time() - at < _DAY:
        return f"{words.clock(at):<14}"
    return time.strftime("%m-%d %H:%M:%S", time.localtime(at))
