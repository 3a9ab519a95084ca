"""Searching a whole stream: what is found is kept, in the order of the stream."""

from __future__ import annotations

from collections import deque

from natstui.model.filter import PARTIAL, SHOW, Filter
from natstui.model.stream_reader import StreamReader
from natstui.model.stream_scan import StreamScan
from natstui.model.stream_window import head_of
from natstui.model.tail import Record


class StreamSearch(StreamScan):
    """The messages of what `reader` reads that `wanted` lets through, as rows.

    `partial` counts messages that were too large to be settled. `is_full`: there are more hits than
    are kept. Rows are in the order of the sequences, whichever way it goes; found backwards they
    get smaller and smaller numbers.
    """

    def __init__(self, reader: StreamReader, wanted: Filter, *, backwards: bool = True) -> None:
        super().__init__(reader, backwards=backwards)
        self.filter = wanted
        self.partial = 0
        self.first = 0
        self._hits: deque[Record] = deque()

    @property
    def end(self) -> int:
        return self.first + len(self._hits)

    @property
    def hits(self) -> int:
        return len(self._hits)

    @property
    def found(self) -> int:
        return self.hits

    @property
    def is_full(self) -> bool:
        return len(self._hits) >= self.reader.session.settings.config.limits.search_hits

    def record(self, row: int) -> Record:
        """The hit in a row, of a large message its beginning; LookupError if there is none."""
        if not self.first <= row < self.end:
            raise LookupError(row)
        return self._hits[row - self.first]

    def records(self) -> list[Record]:
        """All hits."""
        return list(self._hits)

    def outcome(self) -> str:
        if not self.is_complete:
            return f"{self.hits:,} hits, no more are kept: search for something rarer"
        return f"{self.hits:,} found in {self.searched:,} messages"

    def take(self, record: Record) -> None:
        verdict = self.filter.verdict(record)
        self.partial += bool(verdict & PARTIAL)
        if not verdict & SHOW:
            return
        if self.backwards:
            self._hits.appendleft(head_of(record))
            self.first -= 1
        else:
            self._hits.append(head_of(record))
