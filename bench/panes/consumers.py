"""Consumers: a board of very many, and what it costs to keep it up to date."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from functools import partial

from bench.panes.explored import PATIENCE, Explored, explored, growth_figure, loop_figure
from bench.panes.stored import STREAMS, store_consumers
from bench.terminal.figure import Figure, keys, ms
from bench.terminal.publishing import publishing

_RATE = 200  # messages a second, so that there is something new with each look
_SECONDS = 12.0
_MOST_REQUESTS = 50.0


def measure(given: Namespace) -> Iterator[Figure]:
    """A board of `given.consumers`, on twenty streams."""
    size = given.consumers
    with explored(partial(store_consumers, size=size)) as seen:
        seen.help_keys(0.1)  # what it takes is nobody's
        before = seen.memory()
        yield from _open(seen, size)
        opened = seen.memory()
        with publishing(seen.url, _RATE):
            yield from _refresh(seen)
        yield growth_figure("memory after the first board, after all", opened, seen.memory(), 5)
        yield Figure("  and before", f"{before:.1f} MB")


def _open(seen: Explored, size: int) -> Iterator[Figure]:
    began = seen.now()
    first, found = seen.press(b"3", rb"[^\d,]([1-9][\d,]*) consumers?")
    if (whole := f"{size:,}".encode()) != found[1]:
        seen.screen.find(rb"[^\d,]%b consumers?" % whole, PATIENCE)
    took = seen.now() - began
    name = f"{size:,} consumers of {STREAMS} streams: first of them, all"
    yield Figure(name, f"{ms(first)}, {ms(took)}")


def _refresh(seen: Explored) -> Iterator[Figure]:
    began = seen.now()
    asked = seen.report.last()["requests"]
    yield keys("refreshing: help", seen.help_keys(_SECONDS / 2))
    delays = []
    while seen.now() < began + _SECONDS:
        for key in (b"j", b"j", b"k", b"o"):
            delays.append(seen.time_of(key, b"\x8cORDERS"))
    yield keys("refreshing: lines, sorting", delays)
    lines = seen.since(began)
    yield loop_figure("refreshing", lines)
    rate = (lines[-1]["requests"] - asked) / (lines[-1]["time"] - began)
    yield Figure(
        "requests a second to the server",
        f"{rate:.1f}",
        f"<= {_MOST_REQUESTS:.0f}",
        rate <= _MOST_REQUESTS,
    )
