"""What every pane writes to the terminal: while nothing changes, while something does, paging."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack

from bench.panes.explored import ENTER, PAGE_DOWN, PAGE_UP, Explored, explored
from bench.panes.living import ASKED, OBJECTS, living
from bench.panes.stored import BUCKET, store_bucket, store_consumers
from bench.terminal.figure import Figure
from bench.terminal.publishing import publishing

_KEYS = 2_000
_RATE = 20  # messages a second
_OBJECTS_RATE = 5
_SECONDS = 4.0
_TURNS = 10
_TURN_SECONDS = 0.15
# Ages are counted in seconds for a minute: until then something does change.
_OLD = 62.0
# A rate that is shown remembers the seconds before; what is asked at the beginning is in it.
_SETTLED = 6.0
#: A name, the key that leads to it from the one before, and what is to be seen then.
_PANES = (
    ("streams", b"2", b"ORDERS-00"),
    ("messages of a stream", ENTER, b"DIRECT.GET|MSG.GET"),
    ("consumers", b"3", rb"[1-9][\d,]* consumers?"),
    ("buckets", b"4", BUCKET.encode()),
    ("keys of a bucket", ENTER, b"keys \xc2\xb7"),
    ("object buckets", b"5", OBJECTS.encode()),
    ("objects of a bucket", ENTER, b"file-001"),
    ("services", b"6", b"service-01"),
    ("endpoints of a service", ENTER, rb"answers\.>"),
    ("servers", b"7", b"1 server"),
    ("connections", b"n", rb"\d connections"),
    ("accounts", b"a", rb"\d accounts?"),
    ("own account", b"m", b"PERMISSIONS"),
)


def measure_idle(given: Namespace) -> Iterator[Figure]:
    """Each pane, one after another, when everything has been as it is for a minute."""
    with _panes(given) as seen, living(seen.url, 0):
        stored = seen.now()
        yield _idle(seen, "tail")
        seen.screen.read(stored + _OLD - seen.now())
        for name, key, text in _PANES:
            seen.press(key, text)
            yield _idle(seen, name)


def _idle(seen: Explored, name: str) -> Figure:
    written = _in(seen, _SETTLED, _SECONDS)
    if written:
        # An age may have become another minute, which it does once in so many seconds.
        written = _in(seen, 0, _SECONDS)
    return Figure(f"{name}: idle, bytes in {_SECONDS:.0f} s", f"{written:,}", "0", written == 0)


def measure_changing(given: Namespace) -> Iterator[Figure]:
    """Each pane, while messages are published, keys and objects put, services asked."""
    with _panes(given) as seen, ExitStack() as both:
        both.enter_context(living(seen.url, _OBJECTS_RATE))
        for prefix in ("orders", f"$KV.{BUCKET}", ASKED):
            both.enter_context(publishing(seen.url, _RATE, prefix))
        yield from _changing(seen, "tail")
        for name, key, text in _PANES:
            seen.press(key, text)
            yield from _changing(seen, name)


def _changing(seen: Explored, name: str) -> Iterator[Figure]:
    written = _in(seen, 1.0, _SECONDS) / _SECONDS
    yield Figure(f"{name}: refreshing, bytes a second", f"{written:,.0f}")
    before = seen.screen.written
    for key in [PAGE_UP] * _TURNS + [PAGE_DOWN] * _TURNS:
        seen.screen.press(key)
        seen.screen.read(_TURN_SECONDS)
    # What is written all the time is not the page's.
    page = (seen.screen.written - before) / (2 * _TURNS) - written * _TURN_SECONDS
    yield Figure(f"{name}: a page, bytes above that", f"{max(0.0, page):,.0f}")


def _in(seen: Explored, after: float, seconds: float) -> int:
    seen.screen.read(after)
    before = seen.screen.written
    seen.screen.read(seconds)
    return seen.screen.written - before


def _panes(given: Namespace) -> AbstractContextManager[Explored]:
    async def store(url: str) -> None:
        await asyncio.gather(store_consumers(url, given.consumers // 10), store_bucket(url, _KEYS))

    return explored(store, "orders.>")
