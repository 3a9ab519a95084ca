"""Messages of the tail in columns: time, subject, size, marks, the payload's beginning."""

from __future__ import annotations

from collections.abc import Hashable

from natstui.model.decode import preview
from natstui.model.decoders import Decoders
from natstui.model.tail import Record
from natstui.model.tail_view import TailView
from natstui.ui import words
from natstui.ui.drawing import Span, fit

_TIME = 12
_SIZE = 7
_NARROWEST_SUBJECT = 14
_SUBJECT_SHARE = 0.36
_WIDEST_SUBJECT = 64


class TailRows:
    """A `TailView` as a line source; the subject column grows to what is on the screen."""

    def __init__(self, view: TailView, decoders: Decoders) -> None:
        self.view = view
        self.decoders = decoders
        self._longest = _NARROWEST_SUBJECT

    @property
    def first(self) -> int:
        return self.view.first

    @property
    def end(self) -> int:
        return self.view.end

    def key(self, row: int) -> Hashable:
        return self.view.seq(row), self._longest

    def line(self, row: int, width: int) -> list[Span]:
        record = self.view.record(row)
        return _note(record, width) if record.is_note else self._message(record, width)

    def make_room(self, first: int, end: int) -> bool:
        """Widen the subject column for these rows; True if that changed it.

        It never gets narrower: columns that jump are worse than a wide one.
        """
        rows = range(max(first, self.first), min(end, self.end))
        longest = max((len(self.view.record(row).subject) for row in rows), default=0)
        longest = min(longest, _WIDEST_SUBJECT)
        if longest <= self._longest:
            return False
        self._longest = longest
        return True

    def _message(self, record: Record, width: int) -> list[Span]:
        subject_cells = max(_NARROWEST_SUBJECT, int(width * _SUBJECT_SHARE))
        subject_cells = min(self._longest, subject_cells)
        marks = ("?" if record.reply else " ") + ("h" if record.headers else " ")
        steps = self.decoders.of(record.subject)
        kind, text = preview(record.payload, max(64, width * 3), steps)
        used = 1 + _TIME + 2 + subject_cells + _SIZE + 1 + len(marks) + 1
        return [
            ("muted", f" {words.clock(record.at)}  "),
            ("accent", fit(record.subject, subject_cells)),
            ("muted", f"{words.short_size(record.size):>{_SIZE}} {marks} "),
            ("muted" if kind == "binary" else "plain", fit(text, max(0, width - used))),
        ]


def _note(record: Record, width: int) -> list[Span]:
    text = record.payload.decode("utf-8", "replace")
    when = words.clock(record.at) if record.at else " " * _TIME
    line = f" {when}  ── {text} ".ljust(width, "─")
    return [("warn", line)]
