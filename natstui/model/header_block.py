"""A raw header block, read leniently for looking at it.

The client parses headers strictly, because programs act on them; a person must be able to see a
malformed block too, in its order and with its repetitions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

VERSION = b"NATS/1.0"
MAX_LINES = 2_000


class HeaderLines(NamedTuple):
    """`status` is what stands after `NATS/1.0`; `hidden` counts the lines beyond the limit."""

    status: str
    pairs: list[tuple[str, str]]
    hidden: int


def header_lines(block: bytes, limit: int = MAX_LINES) -> HeaderLines:
    """Split `block` into keys and values, as they stand; bytes that are no UTF-8 show as \\xNN."""
    text = block.decode("utf-8", "backslashreplace").rstrip("\r\n")
    if not text:
        return HeaderLines("", [], 0)
    status, *lines = text.split("\r\n", limit + 1)
    hidden = 0
    if len(lines) > limit:
        hidden = lines.pop().count("\r\n") + 1
    return HeaderLines(status.removeprefix(VERSION.decode()).strip(), _pairs(lines), hidden)


def _pairs(lines: list[str]) -> list[tuple[str, str]]:
    pairs = (line.partition(":") for line in lines)
    return [(key, value.strip(" \t")) for key, _, value in pairs]


def header_block(headers: Mapping[str, Sequence[str]], status: str = "") -> bytes:
    """The block that says this, written as clients write it: a space behind each colon."""
    first = f"{VERSION.decode()} {status}" if status else VERSION.decode()
    lines = [first, *(f"{key}: {value}" for key, values in headers.items() for value in values)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")
