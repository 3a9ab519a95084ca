"""What was written and read in a round, and what is wrong with it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.faults.machine import MACHINE, NOTICED_AFTER
from natstui.client.js.api import PubAck

# How much later than promised an operation may end: the machine is busy with starting servers.
SLACK = 4.0  # seconds


class Broken(Exception):
    """A promise of the client was not kept."""


@dataclass
class Ledger:
    """One round: `count` messages on each of the subjects, `pace` seconds from one to the next.

    `padding`: bytes that a message has behind its name. `ahead`: messages that a reader asks for.
    """

    count: int
    subjects: list[str]
    pace: float = 0.0
    padding: int = 0
    ahead: int = 25
    retries: int = 0
    redelivered: int = 0
    resets: int = 0
    latest: float = 0.0  # seconds after its deadline that the slowest operation ended
    acks: dict[bytes, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return self.count * len(self.subjects)

    def names(self, subject: str) -> list[bytes]:
        """The messages of a subject: their ids, and the first word of their payload."""
        return [b"%b-%d" % (subject.encode(), number) for number in range(self.count)]

    def payload(self, name: bytes) -> bytes:
        return name + b" " + bytes(self.padding)

    def acknowledged(self, name: bytes, ack: PubAck) -> None:
        self.acks[name] = ack.seq

    @contextmanager
    def deadline(self, what: str, seconds: float) -> Iterator[None]:
        """Raises Broken if that takes much longer, however it ends."""
        start, stood_still = time.monotonic(), MACHINE.stood_still
        try:
            yield
        finally:
            taken = time.monotonic() - start
            if taken - seconds > SLACK:
                time.sleep(NOTICED_AFTER)
                taken -= MACHINE.stood_still - stood_still
            late = taken - seconds
            self.latest = max(self.latest, late)
            if late > SLACK:
                raise Broken(f"{what} took {taken:.1f} s, at most {seconds:g} s was meant")

    def check_stored(self, stored: list[tuple[int, bytes]]) -> None:
        """Raises Broken unless every message is stored once, where its acknowledgement says."""
        expected = {name for subject in self.subjects for name in self.names(subject)}
        times = Counter(name for _, name in stored)
        if missing := expected - times.keys():
            raise Broken(f"acknowledged and not stored: {sorted(missing)[:5]} of {len(missing)}")
        if repeated := [name for name, number in times.items() if number > 1]:
            raise Broken(f"stored more than once: {repeated[:5]} of {len(repeated)}")
        places = {name: seq for seq, name in stored}
        if moved := [name for name, seq in self.acks.items() if places[name] != seq]:
            raise Broken(f"stored elsewhere than acknowledged: {moved[:5]} of {len(moved)}")


class Sequence:
    """What an ordered reader got: every message once, in the order of the stream."""

    def __init__(self, reader: str) -> None:
        self._reader = reader
        self.seen: list[tuple[int, bytes]] = []

    def add(self, seq: int, name: bytes) -> None:
        if self.seen and seq <= self.seen[-1][0]:
            raise Broken(f"{self._reader}: {seq} ({name!r}) came after {self.seen[-1]}")
        self.seen.append((seq, name))

    def check(self, stored: list[tuple[int, bytes]]) -> None:
        """Raises Broken unless it is all that is stored."""
        if self.seen != stored:
            missing = sorted(set(stored) - set(self.seen))
            raise Broken(f"{self._reader} missed {missing[:5]} of {len(missing)}")


def name_of(payload: bytes | None) -> bytes:
    return (payload or b"").partition(b" ")[0]
