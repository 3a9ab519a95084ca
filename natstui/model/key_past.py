"""One key at a moment and since: what it held, what it holds, and what of that is known."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from natstui.client.js.api import Header
from natstui.model import words
from natstui.model.header_block import header_lines
from natstui.model.key_entry import KeyEntry
from natstui.model.kv_looks import HEAD_BYTES


class Since(StrEnum):
    """What became of a key since the moment; what one looks for first comes first."""

    CHANGED = "changed"
    DELETED = "deleted"
    ADDED = "added"
    UNKNOWN = "unknown"
    PASSED = "came, went"
    REWRITTEN = "same value"
    SAME = "same"


RANK = {since: place for place, since in enumerate(Since)}


class KeyVersion(NamedTuple):
    """A revision with no more of its value than a line shows; `digest` tells values apart."""

    revision: int
    at: float
    size: int
    operation: str
    head: bytes
    digest: int

    @classmethod
    def of(cls, entry: KeyEntry) -> KeyVersion:
        value = entry.value
        return cls(
            entry.revision,
            entry.at,
            len(value),
            entry.operation,
            value[:HEAD_BYTES],
            hash(value),
        )


class KeyPast:
    """`then` is what it held at the moment, up to the sequence `seq`, as far as that is stored;
    `now` what it holds, None if nothing was written to it since: it holds what it held.

    `first` is the first revision behind the moment that is stored, `expected` the revision that it
    was written over, as its writer said: 0 for none, None if nothing was said.
    """

    __slots__ = ("_is_complete", "expected", "first", "key", "now", "seq", "then")

    def __init__(self, key: str, seq: int) -> None:
        self.key = key
        self.seq = seq
        self.then: KeyVersion | None = None
        self.now: KeyVersion | None = None
        self.first: KeyVersion | None = None
        self.expected: int | None = None
        self._is_complete = False

    def find(self, then: KeyEntry | None, first: KeyEntry, *, is_complete: bool) -> None:
        """What is stored of it on both sides of the moment. `is_complete`: nothing else ever was
        up to the moment."""
        self.then = KeyVersion.of(then) if then is not None else None
        self.first = KeyVersion.of(first)
        self.expected = _expected(first.headers)
        self._is_complete = is_complete

    @property
    def since(self) -> Since:
        if self.now is None:
            return Since.SAME
        if self.then is None and not self._is_complete:
            return Since.UNKNOWN
        had, has = self.then is not None and not self.then.operation, not self.now.operation
        if had and has:
            same = self.then is not None and self.then.digest == self.now.digest
            return Since.REWRITTEN if same else Since.CHANGED
        if not had and not has:
            return Since.PASSED if self.then is None else Since.SAME
        return Since.DELETED if had else Since.ADDED

    @property
    def differs(self) -> bool:
        """Whether it holds something else now, or may do."""
        return self.since not in (Since.SAME, Since.REWRITTEN)

    @property
    def unknown_before(self) -> float | None:
        """Since when it is known, in seconds since the epoch; None if it is known at the moment."""
        return self.first.at if self.since is Since.UNKNOWN and self.first else None

    @property
    def reason(self) -> str:
        """Why it is unknown, and what speaks for what; "" if it is known."""
        if self.since is not Since.UNKNOWN or self.first is None:
            return ""
        when = words.day_and_time(self.first.at)[:19]
        said = f"unknown before revision {self.first.revision:,} of {when}: nothing older is kept"
        if self.expected == 0:
            return f"{said}; it was created there, so it was probably not there before"
        if self.expected and self.expected <= self.seq:
            return f"{said}; it was at revision {self.expected:,}, which is gone"
        return said

    @property
    def words(self) -> str:
        """What a filter searches."""
        return f"{self.key} {self.since}"


def _expected(headers: bytes) -> int | None:
    if not headers:
        return None
    said = dict(header_lines(headers).pairs).get(Header.EXPECTED_LAST_SUBJECT_SEQUENCE, "")
    return int(said) if said.isascii() and said.isdigit() else None
