"""Keys as a tree by their dots, or flat: the lines of a list that may have a million of them.

Nothing is made per key. The lines are stretches: a run of keys of one level is one, a branch is
one, and a closed branch costs one search for its end, however many keys are in it.

    config.                     4
      features
      limits.eu.payments             a branch of a single key is the key itself
    users.eu.                 612     and one of a single branch is shown as one
"""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from natstui.model.key_index import MOST_DOTS, KeyIndex, KeyView

# Of a level with more branches the rest is shown flat: a search for each would take too long.
MOST_BRANCHES = 2_000
# So few keys are shown at once, without being asked for.
OPEN_UP_TO = 100


class KeyRow(NamedTuple):
    """One line. `key` is the whole key, or the prefix of a branch, which ends with a dot.

    `name` is the part of it that the line adds to those above it, `keys` how many keys are in
    the branch (1 for a key).
    """

    key: str
    name: str
    depth: int
    keys: int
    is_open: bool = False

    @property
    def is_branch(self) -> bool:
        return self.key.endswith(".")


class _Stretch(NamedTuple):
    """The lines from `first` on: of the keys `start <= row < end`, or of one branch of them."""

    first: int
    prefix: str
    level: int
    start: int
    end: int
    branch: str = ""
    is_open: bool = False

    @property
    def lines(self) -> int:
        return 1 if self.branch else self.end - self.start


class KeyTree:
    """The lines of a view; `version` grows when they change.

    `sync` catches up with the view. Whoever asks for a line or for how many there are gets those of
    the keys that are there now: the terminal may have a widget drawn between any two changes.
    """

    def __init__(self, view: KeyView, *, flat: bool = False) -> None:
        self.view = view
        self.version = 0
        self._flat = flat
        self._opened: dict[str, bool] = {}
        self._stretches: list[_Stretch] = []
        self._firsts: list[int] = []
        self._lines = 0
        self._made_of: object = None
        self.sync()

    def __len__(self) -> int:
        self.sync()
        return self._lines

    def __getitem__(self, row: int) -> KeyRow:
        self.sync()
        stretch = self._stretches[bisect_right(self._firsts, row) - 1]
        starts, level = len(stretch.prefix), stretch.level
        if stretch.branch:
            count = stretch.end - stretch.start
            name = stretch.branch[starts:]
            return KeyRow(stretch.branch, name, level, count, stretch.is_open)
        key = self._keys[stretch.start + row - stretch.first]
        return KeyRow(key, key[starts:], level, 1)

    @property
    def flat(self) -> bool:
        return self._flat

    @flat.setter
    def flat(self, flat: bool) -> None:
        self._flat, self._made_of = flat, None
        self.sync()

    def open(self, prefix: str, is_open: bool) -> None:
        """Show what is in a branch, or only that it is there."""
        self._opened[prefix] = is_open
        self._made_of = None
        self.sync()

    def open_to(self, key: str) -> None:
        """Open every branch that the key is in."""
        for place, char in enumerate(key):
            if char == ".":
                self._opened[key[: place + 1]] = True
        self._made_of = None
        self.sync()

    def row_of(self, key: str) -> int | None:
        """The line of a key or a branch, None if it is not to be seen."""
        self.sync()
        if key.endswith("."):
            found = (each.first for each in self._stretches if each.branch == key)
            return next(found, None)
        place = self._keys.row_of(key)
        if place is None:
            return None
        for stretch in self._stretches:
            if not stretch.branch and stretch.start <= place < stretch.end:
                return stretch.first + place - stretch.start
        return None

    def sync(self) -> None:
        """Catch up with the view."""
        if self._made_of != self.view.version:
            self._made_of = self.view.version
            self._make()

    # Making

    @property
    def _keys(self) -> KeyIndex:
        return self.view.shown

    def _make(self) -> None:
        self._stretches, self._firsts, self._lines = [], [], 0
        if self._flat:
            self._add(_Stretch(0, "", 0, 0, len(self._keys)))
        else:
            self._level("", 0, 0, len(self._keys))
        self.version += 1

    def _level(self, prefix: str, level: int, start: int, end: int) -> None:
        dots, branches = prefix.count("."), 0
        while start < end:
            deeper = self._keys.next_deeper(dots, start, end)
            if branches >= MOST_BRANCHES or dots >= MOST_DOTS:
                deeper = end
            self._add(_Stretch(self._lines, prefix, level, start, deeper))
            if deeper == end:
                return
            start = self._branch(prefix, level, deeper, end)
            branches += 1

    def _branch(self, prefix: str, level: int, start: int, end: int) -> int:
        """The branch that the key in the row `start` is in; the row behind it."""
        first = self._keys[start]
        branch = first[: first.index(".", len(prefix)) + 1]
        _, end = self._keys.below(branch, start, end)
        if end - start == 1:
            self._add(_Stretch(self._lines, prefix, level, start, end))
            return end
        # Sorted, what the first and the last have in common is common to all between them.
        shared = _shared(first, self._keys[end - 1])
        branch = shared[: shared.rindex(".") + 1]
        is_open = self._opened.get(branch, len(self._keys) <= OPEN_UP_TO)
        self._add(_Stretch(self._lines, prefix, level, start, end, branch, is_open))
        if is_open:
            self._level(branch, level + 1, start, end)
        return end

    def _add(self, stretch: _Stretch) -> None:
        if stretch.start == stretch.end:
            return
        self._stretches.append(stretch)
        self._firsts.append(stretch.first)
        self._lines += stretch.lines


def _shared(one: str, other: str) -> str:
    pairs = zip(one, other, strict=False)
    differing = (place for place, (left, right) in enumerate(pairs) if left != right)
    return one[: next(differing, min(len(one), len(other)))]
