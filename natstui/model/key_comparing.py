"""Two key-value buckets compared, key by key: any number of them, a few at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from heapq import merge
from itertools import groupby, islice
from typing import NamedTuple

from natstui.client.js.errors import NotFoundError
from natstui.model.comparing import Comparison, MissingError, Verdict, both
from natstui.model.key_entry import KeyEntry
from natstui.model.kv_session import ALL, KeyValueSession
from natstui.model.session import Session
from natstui.model.work import Work

MOST_AT_ONCE = 256
BYTES_AT_ONCE = 8 * 1024 * 1024


class Revision(NamedTuple):
    """What one side has; not the value, of which there may be very many."""

    revision: int
    at: float
    size: int


class KeyPair(NamedTuple):
    """A key; None where it has no value (also where it was deleted)."""

    name: str
    verdict: Verdict
    a: Revision | None
    b: Revision | None


class KeyComparison(Comparison[KeyPair]):
    """The keys of a bucket on both sides that match `pattern`; no consumer is made.

    A key is the same if its values are, byte by byte. Of those that differ only revisions and
    sizes are kept; `texts` reads the values again.
    """

    nouns = ("key", "keys")

    def __init__(self, a: Session, b: Session, bucket: str, pattern: str = ALL) -> None:
        super().__init__(a, b)
        self.bucket = bucket
        self.pattern = pattern
        self._sides = self._open()

    def _open(self) -> tuple[KeyValueSession, KeyValueSession]:
        return (
            KeyValueSession(self.a, self.bucket, self.pattern),
            KeyValueSession(self.b, self.bucket, self.pattern),
        )

    async def pairs(self, work: Work) -> AsyncIterator[KeyPair]:
        a, b = self._sides = self._open()
        await both(self._list(a), self._list(b))
        work.total = len(a.view.all) + len(b.view.all)
        at_once = min(_at_once(a), _at_once(b))
        for keys in _pieces(a.view.all.keys, b.view.all.keys, at_once):
            here, there = _known(a, keys), _known(b, keys)
            ours, theirs = await both(_values(a, here), _values(b, there))
            for key in keys:
                if (pair := key_pair(key, ours.get(key), theirs.get(key))) is not None:
                    yield self.count(pair)
            work.advance(work.done + len(here) + len(there))

    async def _list(self, kv: KeyValueSession) -> None:
        try:
            await kv.load()
        except NotFoundError:
            what = f"{kv.session.name} has no bucket called {kv.name}"
            raise MissingError(what, "natstui kv lists their names") from None
        if kv.is_cut:
            raise MissingError(
                f"{kv.session.name}: {kv.expected:,} keys are too many to be compared",
                "give a pattern",
            )

    async def texts(self, pair: KeyPair) -> tuple[bytes, bytes]:
        a, b = self._sides
        ours, theirs = await both(a.latest(pair.name), b.latest(pair.name))
        return _value(ours), _value(theirs)


def key_pair(key: str, a: KeyEntry | None, b: KeyEntry | None) -> KeyPair | None:
    """None for a key that has a value on neither side."""
    ours, theirs = _alive(a), _alive(b)
    if ours is None and theirs is None:
        return None
    if ours is None or theirs is None:
        return KeyPair(key, "only_b" if ours is None else "only_a", _side(ours), _side(theirs))
    verdict: Verdict = "same" if ours.value == theirs.value else "different"
    return KeyPair(key, verdict, _side(ours), _side(theirs))


async def _values(kv: KeyValueSession, keys: Sequence[str]) -> dict[str, KeyEntry]:
    return {entry.key: entry async for entry in kv.latest_of(keys)}


def _known(kv: KeyValueSession, keys: Sequence[str]) -> list[str]:
    return [key for key in keys if key in kv.view.all]


def _pieces(a: Sequence[str], b: Sequence[str], size: int) -> Iterator[list[str]]:
    """The keys of both, sorted, each once, so many at a time."""
    keys = (key for key, _ in groupby(merge(a, b)))
    while piece := list(islice(keys, size)):
        yield piece


def _at_once(kv: KeyValueSession) -> int:
    """So many that their values are no burden, if they are like the average one."""
    state = kv.bucket.info.get("state") or {} if kv.bucket else {}
    average = int(state.get("bytes") or 0) // max(1, int(state.get("messages") or 0))
    return max(1, min(MOST_AT_ONCE, BYTES_AT_ONCE // max(1, average)))


def _alive(entry: KeyEntry | None) -> KeyEntry | None:
    return None if entry is None or entry.is_deleted else entry


def _side(entry: KeyEntry | None) -> Revision | None:
    return None if entry is None else Revision(entry.revision, entry.at, len(entry.value))


def _value(entry: KeyEntry | None) -> bytes:
    return b"" if entry is None or entry.is_deleted else entry.value
