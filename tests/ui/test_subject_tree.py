"""The subjects of a tail: as a tree and flat, who went silent, and from there to the messages."""

from __future__ import annotations

import time

from tests.support.hostile import MESSAGES
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer, explorer
from tests.ui.test_fields import is_shown
from tests.ui.test_hostile_streams import check

SUBJECTS = ("orders.eu.paid", "orders.eu.paid", "orders.us.paid", "payments")


def feed(seen: Explorer, *subjects: str, ago: float = 0.0) -> None:
    buffer = seen.tail.buffer
    clock, buffer._clock = buffer._clock, lambda: time.time() - ago
    for subject in subjects:
        buffer.append(subject, b"x" * 10)
    buffer._clock = clock


async def test_subjects_as_a_tree_and_flat_live() -> None:
    async with explorer(size=(100, 24)) as seen:
        feed(seen, *SUBJECTS)
        await seen.press("t")
        await is_shown(seen, "3 subjects", "▾ orders.", "eu.paid", "us.paid")
        assert seen.line_with("▾ orders.").split()[3:5] == ["3", "30"]
        feed(seen, "orders.us.sent")
        await is_shown(seen, "4 subjects", "▾ us.")
        await seen.press("left")
        await is_shown(seen, "▸ orders.  3 subjects")
        await seen.press("f")
        await is_shown(seen, "msg/s↓", "orders.us.sent")
        assert "▸" not in seen.text.partition("msg/s")[2]
        await seen.press("f", "g", "right")
        await is_shown(seen, "▾ orders.", "▾ us.")


async def test_who_came_often_and_stays_away_is_marked() -> None:
    async with explorer(size=(100, 24)) as seen:
        for ago in range(120, 60, -5):
            feed(seen, "iot.dev-1.temp", "iot.dev-2.temp", ago=ago)
        feed(seen, "iot.dev-2.temp")
        await seen.press("t")
        await is_shown(seen, "2 subjects · 1 silent", "1 silent")
        assert "silent 1m" in seen.line_with("dev-1")
        assert "silent" not in seen.line_with("dev-2")
        feed(seen, "iot.dev-1.temp")
        await eventually(lambda: "silent" not in seen.text, "it is back")


async def test_enter_shows_the_messages_of_a_subject() -> None:
    async with explorer() as seen:
        feed(seen, *SUBJECTS)
        await seen.press("t")
        await is_shown(seen, "3 subjects")
        await seen.press("slash")
        await seen.type("pay")
        await seen.press("enter")
        await is_shown(seen, "filter pay  1 of 3")
        await seen.press("enter")
        await is_shown(seen, "filter subject:payments", "1 of 4")


async def test_hostile_subjects_are_drawn_and_nothing_more() -> None:
    async with explorer(size=(120, 60)) as seen:
        for message in MESSAGES:
            seen.tail.buffer.append(message.subject, message.payload)
        await seen.press("t")
        await is_shown(seen, "subjects")
        check(seen)
        await seen.press("f")
        check(seen)
