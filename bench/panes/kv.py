"""KV: listing a bucket with very many keys, and filtering it as one types."""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Iterator
from functools import partial

from bench.panes.explored import (
    ENTER,
    ESC,
    HELP,
    PAGE_DOWN,
    PAGE_UP,
    PATIENCE,
    Explored,
    explored,
    growth_figure,
    loop_figure,
)
from bench.panes.stored import BUCKET, store_bucket
from bench.terminal.figure import Figure, keys, ms

_WORDS = ("cart-77", "eu 0042", "users.us", "CART", "-asia", "users.*.0007.>", "africa 1 2 3")
_TURNS = 50
_LISTING = 4.0  # seconds
_LISTED = rb"[^\d,]([1-9][\d,]*) keys( \xc2\xb7| of)"
_CLEAR = b"\x15"
_CURSOR = rb"\xe2\x96\x8c +(users\.[^ ]+) "
# Of what is known of a key: its text, its place in the list and in the tree.
_BYTES_A_KEY = 300


def measure(given: Namespace) -> Iterator[Figure]:
    """A bucket of `given.keys`."""
    size = given.keys
    with explored(partial(store_bucket, size=size)) as seen:
        seen.press(b"4", BUCKET.encode())
        seen.help_keys(0.1)  # what it takes is nobody's
        before = seen.memory()
        yield from _open(seen, size)
        yield from _filter(seen, size)
        yield from _pages(seen, size)
        most = size * _BYTES_A_KEY / 2**20 + 10
        yield growth_figure("memory before and after", before, seen.memory(), most)


def _open(seen: Explored, size: int) -> Iterator[Figure]:
    """Then it is listed once more, while keys are pressed."""
    began = seen.now()
    first, found = seen.press(ENTER, _LISTED)
    if found[2] == b" of":
        seen.screen.find(_complete(size), PATIENCE)
    whole = seen.now() - began
    yield Figure(f"opening {size:,} keys: first of them, all", f"{ms(first)}, {ms(whole)}")
    began = seen.now()
    seen.press(b"r", b"")
    yield keys("listed anew: help", seen.help_keys(_LISTING))
    seen.press(b"?", HELP)
    _, found = seen.press(b"?", _LISTED)
    while found[2] == b" of":
        seen.press(b"?", HELP)
        _, found = seen.press(b"?", _LISTED)
    yield loop_figure("listed, and listed anew", seen.since(began))


def _complete(size: int) -> bytes:
    return f"[^\\d,]{size:,} keys \N{MIDDLE DOT}".encode()


def _filter(seen: Explored, size: int) -> Iterator[Figure]:
    """Each letter must show how many keys pass."""
    began = seen.now()
    seen.press(b"/", b"filter")
    delays: list[float] = []
    for words in _WORDS:
        for end in range(1, len(words) + 1):
            delays += _letter(seen, words[:end], size)
        delays.append(seen.time_of(_CLEAR, _complete(size)))
    seen.press(ESC, b"api")
    yield keys("filter: a letter", delays)
    yield loop_figure("filter", seen.since(began))


def _letter(seen: Explored, words: str, size: int) -> list[float]:
    letter = words[-1].encode()
    if letter == b" ":
        seen.screen.press(letter)  # that alone asks for nothing else
        return []
    said = rb"filter %b +[\d,]+ of %b" % (re.escape(words.encode()), f"{size:,}".encode())
    return [seen.time_of(letter, said)]


def _pages(seen: Explored, size: int) -> Iterator[Figure]:
    """Flat; the cursor is in the first column of the line that it is on."""
    seen.press(b"f", b"cart-")
    began = seen.now()
    at = b""

    def moved(found: re.Match[bytes]) -> bool:
        return found[1] != at

    delays = []
    for key in [PAGE_DOWN] * _TURNS + [PAGE_UP] * (_TURNS // 2) + [b"G", b"g"] * (_TURNS // 4):
        delay, found = seen.press(key, _CURSOR, moved)
        at = found[1]
        delays.append(delay)
    yield keys("paging", delays)
    yield loop_figure("paging", seen.since(began))
