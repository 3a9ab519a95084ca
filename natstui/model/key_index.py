"""The keys of a bucket, ten of them or a million: sorted, filtered, each found at once.

They are plain strings in one sorted list, with a byte beside each for the dots in it; what else is
known of a key is kept elsewhere, and only of those that were looked at. Adding one to a million
moves memory, a millisecond's worth. Sorted, the keys below a prefix are neighbours.
"""

from __future__ import annotations

import math
import re
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import compress, islice
from operator import lt

# More dots than a byte can count are one level.
MOST_DOTS = 255
AT_ONCE = 0.03  # seconds
PIECE = 8_192  # keys
_AFTER_ANY = "\U0010ffff"


class KeyIndex(Sequence[str]):
    """Sorted keys without repetitions; `version` grows with every change."""

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self.version = 0
        self.has_capitals = False
        self._keys: list[str] = []
        self._dots = bytearray()
        self.set_keys(keys)

    def only(self, chosen: Sequence[bool]) -> KeyIndex:
        """The keys of the rows for which there is a True."""
        index = KeyIndex()
        index._keys = list(compress(self._keys, chosen))
        index._dots = bytearray(compress(self._dots, chosen))
        index.has_capitals = self.has_capitals
        return index

    def part(self, first: int, end: int) -> KeyIndex:
        """The keys of the rows `first <= row < end`."""
        index = KeyIndex()
        index._keys, index._dots = self._keys[first:end], self._dots[first:end]
        index.has_capitals = self.has_capitals
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
        self.has_capitals = _has_capitals(self._keys)
        self.version += 1

    def extend(self, index: KeyIndex) -> None:
        """These too; all of them come behind those that are there."""
        self._keys += index._keys
        self._dots += index._dots
        self.has_capitals |= index.has_capitals
        self.version += 1

    def add(self, key: str) -> bool:
        """False if it is there already."""
        place = bisect_left(self._keys, key)
        if self._is_at(place, key):
            return False
        self._keys.insert(place, key)
        self._dots[place:place] = _dots([key])
        self.has_capitals |= key != key.lower()
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

    def row_behind(self, key: str) -> int:
        """The first row whose key comes behind this one."""
        return bisect_right(self._keys, key)

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

    To look at a million keys takes longer than a key press may. `set_filter` shows what it finds
    within `AT_ONCE` seconds; call `advance` until `is_complete`.
    """

    def __init__(self, index: KeyIndex | None = None) -> None:
        self.all = index or KeyIndex()
        self.shown = self.all
        self.filter = ""
        self._generation = 0
        self._search: _Search | None = None

    @property
    def version(self) -> tuple[int, int, int]:
        """Another one whenever something changed."""
        return self._generation, self.all.version, self.shown.version

    @property
    def is_filtered(self) -> bool:
        return bool(self.filter)

    @property
    def is_complete(self) -> bool:
        """Whether every key was looked at."""
        return self._search is None

    def set_keys(self, keys: Iterable[str]) -> None:
        """These are the keys from now on."""
        self.set_index(KeyIndex(keys))

    def set_index(self, index: KeyIndex) -> None:
        """Its keys are the keys from now on; of a filter the old ones are seen until it is done."""
        self.all = index
        self._begin(index, keep=True)

    def extend(self, index: KeyIndex) -> None:
        """These keys too, where all of them come behind those that are there; else none of them."""
        if not len(index) or (len(self.all) and index[0] <= self.all[-1]):
            return
        self.all.extend(index)
        if self.is_filtered and not (self._search and self._search.is_of(self.all)):
            self._begin(self.all, keep=True)

    def add(self, key: str) -> bool:
        """False if it was there already."""
        if self._search is not None:
            self._search.add(key)
        if self.is_filtered and self._is_shown_already(key) and self._passes(key):
            self.shown.add(key)
        return self.all.add(key)

    def discard(self, key: str) -> bool:
        """False if it was not there."""
        if self._search is not None:
            self._search.discard(key)
        if self.is_filtered:
            self.shown.discard(key)
        return self.all.discard(key)

    def set_filter(self, text: str) -> None:
        """Show only the keys that pass; "" shows all."""
        text = " ".join(text.split())
        before, self.filter = self.filter, text
        if text != before:
            narrower = self.is_complete and bool(before) and text.startswith(before)
            self._begin(self.shown if narrower and _only_narrows(text) else self.all)

    def advance(self, seconds: float = AT_ONCE) -> None:
        """Go on looking for so long."""
        search = self._search
        if search is not None and search.advance(seconds):
            self.shown, self._search = search.found, None
            self._generation += 1

    def finish(self) -> None:
        """Look at all that is left."""
        self.advance(math.inf)

    def _begin(self, within: KeyIndex, *, keep: bool = False) -> None:
        self._generation += 1
        self._search = None
        if not self.filter:
            self.shown = self.all
            return
        self._search = _Search(within, self.filter, own=within is not self.all)
        if not keep:
            self.shown = self._search.found
        self.advance(AT_ONCE)

    def _is_shown_already(self, key: str) -> bool:
        """Whether it would be missed: what is still to be looked at will be found."""
        search = self._search
        return search is None or search.found is not self.shown or key <= search.last

    def _passes(self, key: str) -> bool:
        return bool(_select(KeyIndex([key]), self.filter))


class _Search:
    """Looks for the keys that pass, a piece at a time; `last` is the last one looked at.

    `own`: what is searched is nobody else's, and has to be told of keys that come and go.
    """

    def __init__(self, within: KeyIndex, text: str, *, own: bool) -> None:
        self.found = KeyIndex()
        self.last = ""
        self._within = within
        self._text = text
        self._own = own
        self.found.has_capitals = within.has_capitals

    def advance(self, seconds: float) -> bool:
        """Go on for so long; whether everything was looked at."""
        until = time.perf_counter() + seconds
        row = self._within.row_behind(self.last)
        while row < len(self._within):
            piece = self._within.part(row, row + PIECE)
            self.found.extend(_select(piece, self._text))
            self.last = piece[-1]
            row += PIECE
            if time.perf_counter() >= until:
                break
        return row >= len(self._within)

    def is_of(self, index: KeyIndex) -> bool:
        """Whether what comes at the end of this index will be found, too."""
        return self._within is index

    def add(self, key: str) -> None:
        if self._own:
            self._within.add(key)
        if key <= self.last and _select(KeyIndex([key]), self._text):
            self.found.add(key)

    def discard(self, key: str) -> None:
        if self._own:
            self._within.discard(key)
        self.found.discard(key)


def _has_capitals(keys: Sequence[str]) -> bool:
    # By pieces: on another thread, too, none of these calls lets anybody else go on.
    for start in range(0, len(keys), PIECE):
        together = "".join(keys[start : start + PIECE])
        if together != together.lower():
            return True
    return False


def _only_narrows(text: str) -> bool:
    """Whether a longer last word lets fewer keys pass."""
    return not re.search(r"(^|\s)-|[*>]", text)


def _select(index: KeyIndex, text: str) -> KeyIndex:
    for word in text.split():
        wanted = word.lstrip("-")
        if not wanted:
            continue
        chosen = _chosen(index.keys, wanted, ignore_case=index.has_capitals)
        if word.startswith("-"):
            chosen = [not each for each in chosen]
        index = index.only(chosen)
    return index


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
