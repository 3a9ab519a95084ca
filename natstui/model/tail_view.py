"""What one looks at of a tail: following or paused, all of it or what a filter lets through."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import perf_counter

from natstui.model.filter import PARTIAL, SHOW, Filter
from natstui.model.tail import Record, TailBuffer, Window

SEARCH_SECONDS = 0.02


class TailView:
    """Rows over a `TailBuffer`, numbered so that a row keeps its number while others come and go.

    Rows `first <= row < end` can be asked for. Without a filter a row's number is its sequence;
    with one, matches get numbers in both directions from where the search began, because it
    works backwards through what was there (the latest is found first) and forwards through what
    arrives. `search` does a bounded piece of that work.

    `pause` freezes what is in view, held here even when the buffer moves on; the subscription
    goes on. Counters of the current filter: `partial` messages were searched in part only, and
    `unsearched` were evicted before the search came to them.
    """

    def __init__(self, buffer: TailBuffer) -> None:
        self.buffer = buffer
        self.filter: Filter | None = None
        self.partial = 0
        self.unsearched = 0
        self._frozen: Window | None = None
        self._matches: deque[int] = deque()
        self._first_row = 0
        # Searched are the sequences from `_searched_from` up to, not including, `_searched_to`.
        self._searched_from = 0
        self._searched_to = 0
        self._oldest = 0

    @property
    def paused(self) -> bool:
        """Whether the view stands still."""
        return self._frozen is not None

    @property
    def window(self) -> Window:
        """The records in view before filtering: the frozen ones, or the buffer as it is."""
        return self._frozen or self.buffer.window()

    @property
    def newer(self) -> int:
        """How many messages and notes arrived since the pause."""
        return self.buffer.end - self._frozen.end if self._frozen else 0

    @property
    def overtaken(self) -> int:
        """How many in the paused view the buffer has evicted: they go when the pause ends."""
        if self._frozen is None:
            return 0
        return max(0, min(self.buffer.first, self._frozen.end) - self._frozen.first)

    @property
    def first(self) -> int:
        """The number of the oldest row."""
        if self.filter is None:
            return self.window.first
        self._forget_evicted()
        return self._first_row

    @property
    def end(self) -> int:
        """One more than the number of the newest row."""
        if self.filter is None:
            return self.window.end
        return self.first + len(self._matches)

    @property
    def searching(self) -> bool:
        """Whether messages in view wait to be searched."""
        return self.filter is not None and self._behind() > 0

    @property
    def progress(self) -> float:
        """How much of what is in view was searched, 0 to 1."""
        window = self.window
        total = window.end - window.first
        return 1.0 - self._behind() / total if self.filter and total else 1.0

    def seq(self, row: int) -> int:
        """The sequence of the record in `row`."""
        return row if self.filter is None else self._matches[row - self._first_row]

    def record(self, row: int) -> Record:
        """The record in `row`; LookupError if there is no such row."""
        if not self.first <= row < self.end:
            raise LookupError(row)
        return self.window.get(self.seq(row))

    def records(self) -> list[Record]:
        """All that is in view now, oldest first."""
        window = self.window
        return [window.get(self.seq(row)) for row in range(self.first, self.end)]

    def row_of(self, seq: int) -> int:
        """The row that shows the record `seq`, or the nearest newer one, or `end`."""
        if self.filter is None:
            return max(self.first, min(seq, self.end))
        first = self.first
        low, high = 0, len(self._matches)
        while low < high:
            middle = (low + high) // 2
            if self._matches[middle] < seq:
                low = middle + 1
            else:
                high = middle
        return first + low

    def pause(self) -> None:
        """Hold what is in view now."""
        if self._frozen is None:
            self._frozen = self.buffer.freeze()

    def resume(self) -> None:
        """Go back to what is live."""
        self._frozen = None

    def cut(self) -> None:
        """The buffer ends earlier than it did: what comes after its end is not in view any more."""
        end = self.window.end
        while self._matches and self._matches[-1] >= end:
            self._matches.pop()
        self._searched_to = min(self._searched_to, end)
        self._searched_from = min(self._searched_from, end)

    def set_filter(self, new: Filter | None, start: int | None = None) -> None:
        """Show what `new` lets through, None: everything.

        The search begins with the sequence `start`, by default behind the newest.
        """
        self.filter = new
        self.partial = self.unsearched = 0
        self._matches.clear()
        self._first_row = 0
        window = self.window
        self._oldest = window.first
        begin = window.end if start is None else max(window.first, min(start, window.end))
        self._searched_from = self._searched_to = begin

    def search(
        self, seconds: float = SEARCH_SECONDS, clock: Callable[[], float] = perf_counter
    ) -> bool:
        """Work for about `seconds` on what is unsearched; True if that changed something."""
        if self.filter is None:
            return False
        window = self.window
        self._count_unsearched(window)
        before = len(self._matches), self.partial
        deadline = clock() + seconds
        while self._search_one(window, self.filter) and clock() < deadline:
            pass
        return before != (len(self._matches), self.partial)

    def _search_one(self, window: Window, wanted: Filter) -> bool:
        if self._searched_to < window.end:
            seq = self._searched_to
            self._searched_to += 1
            if self._lets_through(window.get(seq), wanted):
                self._matches.append(seq)
        elif self._searched_from > window.first:
            self._searched_from -= 1
            if self._lets_through(window.get(self._searched_from), wanted):
                self._matches.appendleft(self._searched_from)
                self._first_row -= 1
        else:
            return False
        return True

    def _lets_through(self, record: Record, wanted: Filter) -> bool:
        if record.is_note:
            return True
        verdict = wanted.verdict(record)
        if verdict & PARTIAL:
            self.partial += 1
        return bool(verdict & SHOW)

    def _behind(self) -> int:
        window = self.window
        newer = window.end - max(self._searched_to, window.first)
        older = self._searched_from - window.first
        return max(0, newer) + max(0, older)

    def _count_unsearched(self, window: Window) -> None:
        """What the buffer evicted since the last time and the search had not come to."""
        older = min(window.first, self._searched_from) - self._oldest
        self.unsearched += max(0, older)
        self._oldest = window.first
        if self._searched_to < window.first:
            self.unsearched += window.first - self._searched_to
            self._searched_from = self._searched_to = window.first

    def _forget_evicted(self) -> None:
        first = self.window.first
        while self._matches and self._matches[0] < first:
            self._matches.popleft()
            self._first_row += 1
