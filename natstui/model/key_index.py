"""The keys of a bucket, ten of them or a million: sorted, filtered, each found at once.

They are plain strings in one sorted list, with a byte beside each for the dots in it; what else is
known of a key is kept elsewhere, and only of those that were looked at. Adding one to a million
moves memory, a millisecond's worth. Sorted, the keys below a prefix are neighbours.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from itertools import compress, islice
from operator import lt

# More dots than a byte can count are one level.
MOST_DOTS = 255
_AFTER_ANY = "\U0010ffff"


class KeyIndex(Sequence[str]):
    """Sorted keys without repetitions; `version` grows with every change."""

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self.version = 0
        self._keys: list[str] = []
        self._dots = bytearray()
        self.set_keys(keys)

    def only(self, chosen: Sequence[bool]) -> KeyIndex:
        """The keys of the rows for which there is a True."""
        index = KeyIndex()
        index._keys = list(compress(self._keys, chosen))
        index._dots = bytearray(compress(self._dots, chosen))
        return index

    def __len__(self) -> int:
        return len(self._keys)

    def __getitem__(self, row: int) -> str:  # type: ignore[override]  # nobody needs slices
        return self._keys[row]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._is_at(bisect_left(self._keys, key), key)

    @property
    def keys(self) -> list[str]:
        """All of them; not to be changed."""
        return self._keys

    def set_keys(self, keys: Iterable[str]) -> None:
        """These are the keys from now on."""
        self._keys = list(keys)
        if not all(map(lt, self._keys, islice(self._keys, 1, None))):
            self._keys = sorted(set(self._keys))
        self._dots = _dots(self._keys)
        self.version += 1

    def add(self, key: str) -> bool:
        """False if it is there already."""
        place = bisect_left(self._keys, key)
        if self._is_at(place, key):
            return False
        self._keys.insert(place, key)
        self._dots[place:place] = _dots([key])
        self.version += 1
        return True

    def discard(self, key: str) -> bool:
        """False if it is not there."""
        place = bisect_left(self._keys, key)
        if not self._is_at(place, key):
            return False
        del self._keys[place]
        del self._dots[place]
        self.version += 1
        return True

    def row_of(self, key: str) -> int | None:
        """Where it is, None if it is not there."""
        place = bisect_left(self._keys, key)
        return place if self._is_at(place, key) else None

    def below(self, prefix: str, first: int = 0, end: int | None = None) -> tuple[int, int]:
        """The rows `first <= row < end` of the keys that begin with `prefix`."""
        end = len(self._keys) if end is None else end
        start = bisect_left(self._keys, prefix, first, end)
        return start, bisect_left(self._keys, prefix + _AFTER_ANY, start, end)

    def next_deeper(self, dots: int, first: int, end: int) -> int:
        """The first row from `first` on whose key has more dots; `end` if there is none."""
        if dots >= MOST_DOTS:
            return end
        deeper = re.compile(b"[\\x%02x-\\xff]" % (dots + 1), re.DOTALL)
        found = deeper.search(self._dots, first, end)
        return found.start() if found else end

    def _is_at(self, place: int, key: str) -> bool:
        return place < len(self._keys) and self._keys[place] == key


def _dots(keys: list[str]) -> bytearray:
    counts = [key.count(".") for key in keys]
    try:
        return bytearray(counts)
    except ValueError:
        return bytearray([min(count, MOST_DOTS) for count in counts])


class KeyView:
    """The keys that pass a filter; all of them without one.

    A filter is words separated by spaces. All must be in the key, those with a minus in front must
    not; in exactly that case if there is a capital letter in the word. A word with `*` or `>` in it
    is a pattern for the whole key, as in subjects.
    """

    def __init__(self, index: KeyIndex | None = None) -> None:
        self.all = index or KeyIndex()
        self.shown = self.all
        self.filter = ""
        self._generation = 0
        self._has_capitals = _has_capitals(self.all.keys)

    @property
    def version(self) -> tuple[int, int, int]:
        """Another one whenever something changed."""
        return self._generation, self.all.version, self.shown.version

    @property
    def is_filtered(self) -> bool:
        return self.shown is not self.all

    def set_keys(self, keys: Iterable[str]) -> None:
        """These are the keys from now on."""
        self.all.set_keys(keys)
        self._has_capitals = _has_capitals(self.all.keys)
        self._apply(self.all)

    def add(self, key: str) -> bool:
        """False if it was there already."""
        self._has_capitals |= key != key.lower()
        if self.is_filtered and _select(KeyIndex([key]), self.filter, ignore_case=True):
            self.shown.add(key)
        return self.all.add(key)

    def discard(self, key: str) -> bool:
        """False if it was not there."""
        if self.is_filtered:
            self.shown.discard(key)
        return self.all.discard(key)

    def set_filter(self, text: str) -> None:
        """Show only the keys that pass; "" shows all."""
        text = " ".join(text.split())
        before, self.filter = self.filter, text
        if text != before:
            narrower = bool(before) and text.startswith(before) and _only_narrows(text)
            self._apply(self.shown if narrower else self.all)

    def _apply(self, within: KeyIndex) -> None:
        self._generation += 1
        self.shown = self.all
        if self.filter:
            self.shown = _select(within, self.filter, ignore_case=self._has_capitals)


def _has_capitals(keys: Sequence[str]) -> bool:
    together = "".join(keys)
    return together != together.lower()


def _only_narrows(text: str) -> bool:
    """Whether a longer last word lets fewer keys pass."""
    return not re.search(r"(^|\s)-|[*>]", text)


def _select(index: KeyIndex, text: str, *, ignore_case: bool) -> KeyIndex:
    for word in text.split():
        wanted = word.lstrip("-")
        if not wanted:
            continue
        chosen = _chosen(index.keys, wanted, ignore_case=ignore_case)
        if word.startswith("-"):
            chosen = [not each for each in chosen]
        index = index.only(chosen)
    # Not the very one that was given: it will get a life of its own.
    return index if text.strip("- ") else KeyIndex(index.keys)


def _chosen(keys: list[str], word: str, *, ignore_case: bool) -> list[bool]:
    if "*" in word or ">" in word:
        matches = _pattern(word)
        return [matches(key) is not None for key in keys]
    if ignore_case and word == word.lower():
        return [word in key.lower() for key in keys]
    return [word in key for key in keys]


def _pattern(wildcards: str) -> Callable[[str], object]:
    tokens = []
    for token in wildcards.split("."):
        tokens.append({"*": "[^.]+", ">": ".+"}.get(token, re.escape(token)))
    return re.compile(r"\.".join(tokens)).fullmatch
