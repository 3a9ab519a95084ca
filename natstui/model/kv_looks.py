"""What is known of the keys that were looked at: enough for a line each, and not more of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

from natstui.model.key_entry import KeyEntry

MOST_LOOKS = 4_096
HEAD_BYTES = 256


class Look(NamedTuple):
    """The newest revision of a key, with no more of its value than a line shows."""

    revision: int
    at: float
    size: int
    operation: str
    ttl: str
    head: bytes


class Looks:
    """By key; the ones that were not asked for longest make room. `version` grows with each."""

    def __init__(self, most: int = MOST_LOOKS) -> None:
        self.version = 0
        self._most = most
        self._looks: OrderedDict[str, Look] = OrderedDict()
        self._fresh: set[str] = set()

    def __len__(self) -> int:
        return len(self._looks)

    def get(self, key: str) -> Look | None:
        """None if it was not looked at, or too long ago."""
        look = self._looks.get(key)
        if look is not None:
            self._looks.move_to_end(key)
        return look

    def missing(self, keys: Iterable[str]) -> list[str]:
        """Those that nothing is known of, or nothing that can be relied on."""
        return [key for key in keys if key not in self._fresh]

    def put(self, entry: KeyEntry) -> None:
        """Remember an entry, unless a newer one is known."""
        self._fresh.add(entry.key)
        known = self._looks.get(entry.key)
        if known is not None and known.revision > entry.revision:
            return
        self._looks[entry.key] = Look(
            entry.revision,
            entry.at,
            len(entry.value),
            entry.operation,
            entry.ttl,
            entry.value[:HEAD_BYTES],
        )
        self._looks.move_to_end(entry.key)
        self.version += 1
        while len(self._looks) > self._most:
            self._fresh.discard(self._looks.popitem(last=False)[0])

    def forget(self, key: str) -> None:
        """It is not there any more."""
        self._fresh.discard(key)
        if self._looks.pop(key, None) is not None:
            self.version += 1

    def doubt(self) -> None:
        """All of it may be out of date: it is shown still, and looked at again."""
        self._fresh.clear()

    def clear(self) -> None:
        """Nothing is known any more."""
        self._fresh.clear()
        self._looks.clear()
        self.version += 1
