"""What was on the screen leaves nothing behind."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator

import pytest
from textual.strip import Strip
from textual.widget import Widget

from natstui.ui import upkeep
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer, explorer


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def alive() -> Counter[str]:
    """Widgets and drawn lines, garbage included."""
    kinds = ("widgets" if isinstance(one, Widget) else "lines" for one in _drawn())
    return Counter(kinds)


def _drawn() -> Iterator[object]:
    return (one for one in gc.get_objects() if isinstance(one, Widget | Strip))


async def flow(seen: Explorer, frames: int) -> None:
    for _ in range(frames):
        seen.feed(*(f"message {number}" for number in range(30)))
        await seen.frame()


async def test_lines_that_flowed_by_are_gone_without_the_collector(no_collector: None) -> None:
    async with explorer(subjects=("orders.>",)) as seen:
        await flow(seen, 10)
        before = alive()["lines"]
        await flow(seen, 10)
        assert alive()["lines"] < before + 100


@pytest.mark.parametrize("opens", ["question_mark", "p", "colon"])
async def test_a_dialog_that_was_closed_leaves_nothing(opens: str) -> None:
    async with explorer(subjects=("orders.>",)) as seen:

        def left() -> Counter[str]:
            upkeep.forget_what_is_gone()
            gc.collect()
            return alive()

        await seen.press(*[opens, "escape"] * 2)
        before = left()
        await seen.press(*[opens, "escape"] * 4)
        await eventually(
            lambda: left()["widgets"] <= before["widgets"], "the widgets are gone", last_seen=left
        )
        assert left()["lines"] < before["lines"] + 60
