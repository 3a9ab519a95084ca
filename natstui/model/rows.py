"""Rows of a table: sorted, filtered, and each known by what it is and not by where it stands."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Rows(Generic[T]):
    """Items in the order of a sort key; `version` grows when anything of it changed.

    `identify` says what an item is known by: the cursor of a table stays on it when the items are
    loaded anew or sorted otherwise. `words` is the text that a filter searches; a filter is words
    separated by spaces, all of which must be in it, those with a minus in front must not. Items
    with the same key keep the order in which they were given.

    Sorting a hundred thousand items takes a tenth of a second; more than that is for a source of
    its own.
    """

    def __init__(
        self, identify: Callable[[T], Hashable], words: Callable[[T], str] = lambda _: ""
    ) -> None:
        self.version = 0
        self.filter = ""
        self.descending = False
        self._identify = identify
        self._words = words
        self._key: Callable[[T], Any] | None = None
        self._all: list[T] = []
        self._shown: list[T] = []
        self._places: dict[Hashable, int] = {}

    def __len__(self) -> int:
        return len(self._shown)

    def __getitem__(self, row: int) -> T:
        return self._shown[row]

    @property
    def total(self) -> int:
        """How many there are before filtering."""
        return len(self._all)

    @property
    def items(self) -> list[T]:
        """All of them, before filtering, in the order in which they were given."""
        return self._all

    def identity(self, row: int) -> Hashable:
        """What the item in `row` is known by, None if there is no such row."""
        return self._identify(self._shown[row]) if 0 <= row < len(self._shown) else None

    def row_of(self, identity: Hashable) -> int | None:
        """Where the item is now, None if it is not to be seen."""
        return self._places.get(identity)

    def set_items(self, items: Iterable[T]) -> None:
        """These are the items from now on."""
        self._all = list(items)
        self._arrange()

    def sort(self, key: Callable[[T], Any] | None, *, descending: bool = False) -> None:
        """Sort by `key`, None: the order in which they were given."""
        self._key, self.descending = key, descending
        self._arrange()

    def set_filter(self, text: str) -> None:
        """Show only what has these words; "" shows everything."""
        self.filter = text.strip()
        self._arrange()

    def touch(self) -> None:
        """Something in the items changed."""
        self._arrange()

    def _arrange(self) -> None:
        shown = self._all
        if self.filter:
            wanted = _test(self.filter)
            shown = [item for item in shown if wanted(self._words(item).lower())]
        if self._key is not None:
            shown = sorted(shown, key=self._key, reverse=self.descending)
        elif self.descending:
            shown = shown[::-1]
        self._shown = list(shown)
        self._places = {self._identify(item): row for row, item in enumerate(self._shown)}
        self.version += 1


def _test(text: str) -> Callable[[str], bool]:
    words = text.lower().split()
    wanted = [word for word in words if not word.startswith("-")]
    unwanted = [word[1:] for word in words if word.startswith("-") and len(word) > 1]

    def test(text: str) -> bool:
        return all(word in text for word in wanted) and not any(word in text for word in unwanted)

    return test
