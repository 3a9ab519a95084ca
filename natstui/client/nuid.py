"""NUID: unique identifiers that are cheap to make, for inboxes and message ids."""

from __future__ import annotations

import secrets

__all__ = ["NUID"]

DIGITS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BASE = len(DIGITS)
PREFIX_LENGTH = 12
SEQUENCE_LENGTH = 10
SEQUENCE_END = BASE**SEQUENCE_LENGTH
MIN_STEP = 33
MAX_STEP = 333

# The sequence is written two digits at a time, and its upper six change once in a long while only.
PAIRS = [bytes((high, low)) for high in DIGITS for low in DIGITS]
PAIR = BASE**2
TAIL = BASE**4


class NUID:
    """A source of identifiers: 12 random characters, then 10 that count up in a random step.

    Characters are 0-9, A-Z, a-z. When the counter is used up, all of it is drawn again. Two
    sources, in one process or in many, do not meet: 62¹² prefixes from the system's random source.
    """

    __slots__ = ("_head", "_step", "_tail", "_upper")

    def __init__(self) -> None:
        self._head: bytes
        self._tail: int
        self._reset()

    def next(self) -> bytearray:
        """The next identifier: 22 ASCII characters."""
        tail = self._tail + self._step
        if tail >= TAIL:
            tail = self._carry(tail)
        self._tail = tail
        high, low = divmod(tail, PAIR)
        return bytearray(self._head + PAIRS[high] + PAIRS[low])

    def _reset(self) -> None:
        prefix = bytes(secrets.choice(DIGITS) for _ in range(PREFIX_LENGTH))
        self._step = MIN_STEP + secrets.randbelow(MAX_STEP - MIN_STEP)
        self._set_sequence(prefix, secrets.randbelow(SEQUENCE_END))

    def _set_sequence(self, prefix: bytes, sequence: int) -> None:
        self._upper, self._tail = divmod(sequence, TAIL)
        rest, low = divmod(self._upper, PAIR)
        high, middle = divmod(rest, PAIR)
        self._head = prefix + PAIRS[high] + PAIRS[middle] + PAIRS[low]

    def _carry(self, tail: int) -> int:
        sequence = self._upper * TAIL + tail
        if sequence < SEQUENCE_END:
            self._set_sequence(self._head[:PREFIX_LENGTH], sequence)
        else:
            self._reset()
        return self._tail
