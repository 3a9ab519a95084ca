"""What every pane writes to the terminal: while nothing changes, while something does, paging."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack

from bench.panes.explored import ENTER, PAGE_DOWN, PAGE_UP, Explored, explored
from bench.panes.stored import BUCKET, store_bucket, store_consumers
from bench.terminal.figure import Figure
from bench.terminal.publishing import publishing

_KEYS = 2_000
_SETTLED = 5.0  # seconds: as long as a rate remembers what was before, and some more
_SECONDS = 5.0
_RATE = 20  # messages a second
_TURNS = 10
#: A name, the keys that lead to it from the one before, and what is to be seen then.
_PANES = (
    ("streams", b"2", b"ORDERS-00"),
    ("messages of a stream", ENTER, b"DIRECT.GET|MSG.GET"),
    ("consumers", b"3", b"consumers? \xc2\xb7"),
    ("buckets", b"4", BUCKET.encode()),
    ("keys of a bucket", ENTER, b"keys \xc2\xb7"),
)


def measure(given: Namespace) -> Iterator[Figure]:
    """Each pane, one after another; `given` is for panes that have sizes."""

    async def store(url: str) -> None:
        await asyncio.gather(store_consumers(url, given.consumers // 10), store_bucket(url, _KEYS))

    with explored(store, "orders.>") as seen:
        yield from _written(seen, "tail")
        for name, key, text in _PANES:
            seen.press(key, text)
            yield from _written(seen, name)


def _written(seen: Explored, name: str) -> Iterator[Figure]:
    idle = _in(seen, _SETTLED, _SECONDS)
    yield Figure(f"{name}: idle, bytes in {_SECONDS:.0f} s", f"{idle:,}", "0", idle == 0)
    with ExitStack() as both:
        for prefix in ("orders", f"$KV.{BUCKET}"):
            both.enter_context(publishing(seen.url, _RATE, prefix))
        busy = _in(seen, 1.0, _SECONDS) / _SECONDS
    yield Figure(f"{name}: refreshing, bytes a second", f"{busy:,.0f}")
    yield Figure(f"{name}: bytes a page", f"{_page(seen):,.0f}")


def _in(seen: Explored, after: float, seconds: float) -> int:
    seen.screen.read(after)
    before = seen.screen.written
    seen.screen.read(seconds)
    return seen.screen.written - before


def _page(seen: Explored) -> float:
    before = seen.screen.written
    for key in [PAGE_UP] * _TURNS + [PAGE_DOWN] * _TURNS:
        seen.screen.press(key)
        seen.screen.read(0.2)
    return (seen.screen.written - before) / (2 * _TURNS)
