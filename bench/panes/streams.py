"""Streams: the first page, turning pages, and a search through all of it."""

from __future__ import annotations

import random
import re
from argparse import Namespace
from collections.abc import Iterator
from functools import partial
from statistics import median

from bench.panes.explored import (
    ENTER,
    ESC,
    HELP,
    PAGE_DOWN,
    PAGE_UP,
    Explored,
    explored,
    growth_figure,
    loop_figure,
)
from bench.panes.stored import FEW, MANY, NEEDLE, store_streams
from bench.terminal.figure import Figure, keys, ms

_FEW = 1_000
_OPENINGS = 9
_TURNS = 100
_JUMPS = 30


def measure(given: Namespace) -> Iterator[Figure]:
    """A stream of a thousand beside one of `given.messages`."""
    few, many = _FEW, given.messages
    with explored(partial(store_streams, few=few, many=many)) as seen:
        seen.press(b"2", MANY.encode())
        seen.help_keys(0.1)  # what it takes is no stream's
        yield from _first_pages(seen, few, many)
        before = seen.memory()
        began = seen.now()
        yield from _pages(seen, many)
        yield loop_figure("paging", seen.since(began))
        paged = seen.memory()
        yield growth_figure("memory before and after paging", before, paged, 10)
        yield from _search(seen, many)
        yield growth_figure("memory before and after the search", paged, seen.memory(), 10)


def _first_pages(seen: Explored, few: int, many: int) -> Iterator[Figure]:
    """They take turns; the cursor is on the first stream, which holds few."""
    times: dict[str, list[float]] = {FEW: [], MANY: []}
    to_few, to_many = (b"k", b"\x8cFEW "), (b"j", b"\x8cMANY ")
    for _ in range(_OPENINGS):
        for name, size, back in ((FEW, few, to_many), (MANY, many, to_few)):
            times[name].append(seen.time_of(ENTER, b" %d  " % size))
            seen.press(ESC, b"open")
            seen.screen.read(0.2)
            seen.press(*back)
    opened = {name: median(each) for name, each in times.items()}
    for name, size in ((FEW, few), (MANY, many)):
        value = f"{ms(opened[name])}, {ms(max(times[name]))}"
        yield Figure(f"first page of {size:,} messages: median, max", value)
    ratio = opened[MANY] / opened[FEW]
    yield Figure("  ratio of the medians", f"{ratio:.2f}", "<= 1.5", ratio <= 1.5)
    seen.press(*to_many)
    seen.press(ENTER, b" %d  " % many)


def _pages(seen: Explored, many: int) -> Iterator[Figure]:
    """From the end up and down, then to both ends and anywhere."""
    yield keys("page up", _turn(seen, PAGE_UP, many, _TURNS))
    yield keys("page down", _turn(seen, PAGE_DOWN, many, _TURNS // 2))
    first = b"[^\\d,]1 of 1\\.\\."
    last = b"[^\\d,]%s of 1\\.\\." % f"{many:,}".encode()
    ends = [
        seen.time_of(*each) for _ in range(_JUMPS // 2) for each in ((b"g", first), (b"G", last))
    ]
    yield keys("g, G", ends)
    yield keys("# sequence", [_jump(seen, many) for _ in range(_JUMPS)])


def _turn(seen: Explored, key: bytes, many: int, times: int) -> list[float]:
    """Each key must take the cursor to another sequence."""
    place = re.compile(rb"([\d,]+) of 1\.\.")
    at = b""
    delays = []

    def moved(found: re.Match[bytes]) -> bool:
        return found[1] != at

    for _ in range(times):
        delay, found = seen.press(key, place.pattern, moved)
        at = found[1]
        delays.append(delay)
    return delays


def _jump(seen: Explored, many: int) -> float:
    seq = random.randrange(1, many)
    seen.press(b"#", b"sequence")
    seen.press(b"%d" % seq, b"%d" % (seq % 10))
    return seen.time_of(ENTER, b"[^\\d,]%s of 1\\.\\." % f"{seq:,}".encode())


def _search(seen: Explored, many: int) -> Iterator[Figure]:
    """All of it for something rare, while keys are pressed."""
    seen.press(b"/", b"newest first")
    seen.press(NEEDLE.encode(), NEEDLE.encode())
    began = seen.now()
    seen.press(ENTER, b"search ")
    # What the last line says, which is written anew when the help is closed.
    state, complete = rb"ends it|[\d,]+ searched", f"{many:,} searched".encode()
    delays: list[float] = []
    said = b""
    while said != complete:
        delays.append(seen.time_of(b"?", HELP))
        delay, found = seen.press(b"?", state)
        said = found[0]
        delays.append(delay)
    took = seen.now() - began
    yield Figure("search: messages a second", f"{many / took:,.0f}")
    yield keys("search: help", delays)
    yield loop_figure("search", seen.since(began))
