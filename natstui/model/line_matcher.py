"""Which lines two texts have in common, in a time that grows with the texts, not with its square.

Lines that are in both texts once are where they hold together (Bram Cohen's patience diff); what
lies between two of those is looked at in the same way. `difflib` alone compares every `}` of a
large JSON text with every other one, which takes seconds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from difflib import Match, SequenceMatcher

# Stretches without such lines are compared by difflib if so many pairs of lines are in them,
MOST_PAIRS = 20_000
# and so many in all; so many lines are looked at, over and over. What is left counts as different.
MOST_WORK = 400_000


class LineMatcher(SequenceMatcher[str]):
    """As `difflib.SequenceMatcher`, for two lists of lines."""

    def __init__(self, before: list[str], after: list[str]) -> None:
        super().__init__(None, before, after, autojunk=False)
        self._before, self._after = before, after
        self._work = MOST_WORK

    def get_matching_blocks(self) -> list[Match]:
        """The stretches that are the same, in order; last an empty one at the end of both."""
        self._work = MOST_WORK
        return _joined([*sorted(self._matches()), Match(len(self._before), len(self._after), 0)])

    def _matches(self) -> Iterator[Match]:
        open_ = [(0, len(self._before), 0, len(self._after))]
        while open_:
            first, end, new_first, new_end = open_.pop()
            head = self._same(first, end, new_first, new_end, step=1)
            yield Match(first, new_first, head)
            first, new_first = first + head, new_first + head
            tail = self._same(end - 1, first - 1, new_end - 1, new_first - 1, step=-1)
            end, new_end = end - tail, new_end - tail
            yield Match(end, new_end, tail)
            if first == end or new_first == new_end:
                continue
            anchors = self._anchors(first, end, new_first, new_end)
            if not anchors:
                yield from self._compared(first, end, new_first, new_end)
                continue
            for row, new_row in anchors:
                open_.append((first, row + 1, new_first, new_row + 1))
                first, new_first = row + 1, new_row + 1
            open_.append((first, end, new_first, new_end))

    def _same(self, row: int, end: int, new_row: int, new_end: int, *, step: int) -> int:
        """How many lines are the same one after another, from these rows on."""
        start = row
        while row != end and new_row != new_end and self._before[row] == self._after[new_row]:
            row, new_row = row + step, new_row + step
        return abs(row - start)

    def _anchors(self, first: int, end: int, new_first: int, new_end: int) -> list[tuple[int, int]]:
        """The lines that are there once on both sides, in the order of both."""
        self._work -= (end - first) + (new_end - new_first)
        if self._work < 0:
            return []
        rows = _once(self._before, first, end)
        new_rows = _once(self._after, new_first, new_end)
        pairs = [(row, new_rows[line]) for line, row in rows.items() if line in new_rows]
        return _in_order(pairs)

    def _compared(self, first: int, end: int, new_first: int, new_end: int) -> Iterator[Match]:
        pairs = (end - first) * (new_end - new_first)
        self._work -= pairs
        if pairs > MOST_PAIRS or self._work < 0:
            return
        before, after = self._before[first:end], self._after[new_first:new_end]
        for found in SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks():
            yield Match(found.a + first, found.b + new_first, found.size)


def _once(lines: list[str], first: int, end: int) -> dict[str, int]:
    """The lines that are there once, and where."""
    rows: dict[str, int] = {}
    again: set[str] = set()
    for row in range(first, end):
        line = lines[row]
        if line in rows:
            again.add(line)
        rows[line] = row
    return {line: row for line, row in rows.items() if line not in again}


def _in_order(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of pairs that rises on both sides."""
    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    pairs.sort()
    for place, (_, new_row) in enumerate(pairs):
        length = bisect_left(tops, new_row)
        before.append(ends[length - 1] if length else -1)
        tops[length : length + 1] = [new_row]
        ends[length : length + 1] = [place]
    run: list[tuple[int, int]] = []
    place = ends[-1] if ends else -1
    while place >= 0:
        run.append(pairs[place])
        place = before[place]
    return run[::-1]


def _joined(matches: list[Match]) -> list[Match]:
    """Neighbours as one, and none that are empty but the last."""
    joined: list[Match] = []
    for match in matches[:-1]:
        last = joined[-1] if joined else None
        if not match.size:
            continue
        if last and (last.a + last.size, last.b + last.size) == (match.a, match.b):
            joined[-1] = Match(last.a, last.b, last.size + match.size)
        else:
            joined.append(match)
    return [*joined, matches[-1]]
