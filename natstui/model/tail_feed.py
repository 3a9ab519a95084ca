"""Everything that a tail shows, message by message, to something that wants each of them once."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from natstui.model.filter import SHOW
from natstui.model.tail import Record, Window
from natstui.model.tail_view import TailView

SLICE_SECONDS = 0.015


class TailFeed:
    """Gives `take` the messages that are in view, the newest first, and then what arrives.

    What the view's filter hides is not given. `looked` counts the messages that were looked at,
    `missed` those that the buffer evicted before they were.
    """

    def __init__(self, view: TailView, take: Callable[[Record], None]) -> None:
        self.view = view
        self.looked = 0
        self.missed = 0
        self._take = take
        window = view.window
        # Looked at are the sequences from `_low` up to, not including, `_high`.
        self._low = self._high = window.end
        self._oldest = window.first

    @property
    def waiting(self) -> int:
        """How many messages in view wait to be looked at."""
        window = self.view.window
        newer = window.end - max(self._high, window.first)
        return max(0, newer) + max(0, self._low - window.first)

    def advance(
        self, seconds: float = SLICE_SECONDS, clock: Callable[[], float] = perf_counter
    ) -> None:
        """Work for about `seconds`."""
        window = self.view.window
        self._count_missed(window)
        deadline = clock() + seconds
        while self._one(window) and clock() < deadline:
            pass

    def _one(self, window: Window) -> bool:
        if self._high < window.end:
            self._look(window.get(self._high))
            self._high += 1
        elif self._low > window.first:
            self._low -= 1
            self._look(window.get(self._low))
        else:
            return False
        return True

    def _look(self, record: Record) -> None:
        if record.is_note:
            return
        self.looked += 1
        wanted = self.view.filter
        if wanted is None or wanted.verdict(record) & SHOW:
            self._take(record)

    def _count_missed(self, window: Window) -> None:
        first = window.first
        self.missed += max(0, min(first, self._low) - self._oldest)
        self._oldest = max(self._oldest, first)
        self._low = max(self._low, min(first, self._high))
        if self._high < first:
            self.missed += first - self._high
            self._low = self._high = first
