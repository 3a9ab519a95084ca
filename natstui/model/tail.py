"""The tail's memory: the latest messages, bounded, with nothing lost unsaid."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable
from typing import Final, NamedTuple

MAX_MESSAGES = 50_000
MAX_BYTES = 64 * 1024 * 1024


class Record(NamedTuple):
    """One message as it arrived; decoding waits until somebody looks.

    `seq` counts from 0 in the order of arrival and never repeats within a buffer. `at` is the wall
    clock in seconds. `headers` is the whole `NATS/1.0` block, or b"". `size` is headers plus
    payload in bytes. A record without a subject is a note of ours, its text the payload.
    """

    seq: int
    at: float
    subject: str
    reply: str
    headers: bytes
    payload: bytes
    size: int

    @property
    def is_note(self) -> bool:
        """True for a line that natstui wrote itself: no message has an empty subject."""
        return not self.subject


class Window(NamedTuple):
    """The records `first <= seq < end` that a reader may ask for by sequence."""

    first: int
    end: int
    get: Callable[[int], Record]


# What the ring holds: the fields of a Record in a plain tuple. The garbage collector lets go of
# plain tuples of plain values, and never of an instance of a class: with 50,000 of those in the
# ring, each collection of the oldest generation took 30 to 60 ms in a flood.
_Fields = tuple[int, float, str, str, bytes, bytes, int]
_SIZE: Final = 6


def _as_record(fields: _Fields) -> Record:
    # The NamedTuple's own constructor is a Python function: three times the price of this one.
    return tuple.__new__(Record, fields)


class TailBuffer:
    """A ring of records, bounded by messages and by bytes, whichever is reached first.

    `append` is all that a subscription's synchronous hook does. The newest record is always kept,
    however large. Counters: `seen` messages were appended, of which `kept` are still here and
    `evicted` made room for newer ones; `dropped` reached us and could not be recorded.
    """

    def __init__(
        self,
        max_messages: int = MAX_MESSAGES,
        max_bytes: int = MAX_BYTES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if max_messages < 1:
            raise ValueError("a buffer holds at least one message")
        self.max_messages = max_messages
        self.max_bytes = max_bytes
        self.first = 0
        self.end = 0
        self.bytes = 0
        self.dropped = 0
        self._notes: list[int] = []
        self._notes_evicted = 0
        self._clock = clock
        self._ring: list[_Fields | None] = [None] * max_messages

    @property
    def version(self) -> int:
        """Grows with everything that a reader could notice."""
        return self.end + self.dropped

    @property
    def seen(self) -> int:
        """Messages appended since the start."""
        return self.end - len(self._notes) - self._notes_evicted

    @property
    def evicted(self) -> int:
        """Messages that made room for newer ones."""
        return self.first - bisect_left(self._notes, self.first) - self._notes_evicted

    @property
    def kept(self) -> int:
        """Messages that can still be looked at."""
        return self.seen - self.evicted

    def append(self, subject: str, payload: bytes, reply: str = "", headers: bytes = b"") -> None:
        """Remember one message, evicting older ones if there is no room."""
        seq = self.end
        slot = seq % self.max_messages
        ring = self._ring
        size = len(payload) + len(headers)
        oldest = ring[slot]
        if oldest is not None:
            self.first += 1
            self.bytes -= oldest[_SIZE]
        ring[slot] = (seq, self._clock(), subject, reply, headers, payload, size)
        self.end = seq + 1
        self.bytes += size
        if self.bytes > self.max_bytes:
            self._make_room()

    def note(self, text: str) -> None:
        """Put a line of ours between the messages: where a connection was lost, for one."""
        gone = bisect_left(self._notes, self.first)
        del self._notes[:gone]
        self._notes_evicted += gone
        self._notes.append(self.end)
        self.append("", text.encode())

    def get(self, seq: int) -> Record:
        """The record with this sequence; LookupError if it was evicted or never was."""
        fields = self._ring[seq % self.max_messages]
        if fields is None or fields[0] != seq:
            raise LookupError(seq)
        return _as_record(fields)

    def window(self) -> Window:
        """What is here now; reading it later may meet LookupError."""
        return Window(self.first, self.end, self.get)

    def freeze(self) -> Window:
        """What is here now, held whatever arrives later (at most one more buffer of memory)."""
        cut = self.first % self.max_messages
        turned = self._ring[cut:] + self._ring[:cut]
        kept = [fields for fields in turned if fields is not None]
        first = self.first
        return Window(first, self.end, lambda seq: _as_record(kept[seq - first]))

    def _make_room(self) -> None:
        while self.bytes > self.max_bytes and self.first < self.end - 1:
            slot = self.first % self.max_messages
            oldest = self._ring[slot]
            assert oldest is not None, "first always points at a record"
            self._ring[slot] = None
            self.first += 1
            self.bytes -= oldest[_SIZE]
