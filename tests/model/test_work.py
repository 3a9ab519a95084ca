"""A piece of work: how far it is, and every way in which it can end."""

from __future__ import annotations

import asyncio

import pytest

from natstui.model.work import Work


async def test_it_says_how_far_it_is() -> None:
    now = 10.0
    work = Work("search", total=1_000, clock=lambda: now)
    assert (work.share, work.per_second) == (0.0, 0.0)
    now = 12.0
    work.advance(500, found=3)
    assert (work.share, work.per_second, work.found) == (0.5, 250.0, 3)
    assert Work("count").share is None
    work.before = 100
    assert work.per_second == 200.0


async def test_what_it_returns_is_the_outcome() -> None:
    work = Work("search")

    async def do() -> str:
        work.advance(7)
        return "7 found"

    work.start(do())
    await work.wait()
    assert (work.state, work.outcome, work.error) == ("done", "7 found", None)


async def test_it_can_be_cancelled_even_before_it_began() -> None:
    work = Work("search")

    async def endless() -> str:
        await asyncio.Event().wait()
        return ""

    work.start(endless())
    work.cancel()
    await work.wait()
    assert not work.is_running


async def test_what_goes_wrong_is_kept_for_who_looks() -> None:
    async def fail() -> str:
        raise ValueError("no")

    work = Work("search")
    work.start(fail())
    await work.wait()
    assert work.state == "failed"
    with pytest.raises(ValueError, match="no"):
        raise work.error or AssertionError


async def test_its_time_stands_still_in_the_end() -> None:
    now = 0.0
    work = Work("search", clock=lambda: now)

    async def do() -> str:
        return ""

    now = 2.0
    work.start(do())
    await work.wait()
    now = 50.0
    assert work.seconds == 2.0
