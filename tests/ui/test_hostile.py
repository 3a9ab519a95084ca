"""The worst messages there are, through every part of the tail: drawn, and nothing more."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from natstui.ui.document import View
from tests.support.hostile import FORBIDDEN, MESSAGES, Hostile
from tests.ui.explorer import Explorer, explorer


def append(seen: Explorer, message: Hostile) -> None:
    seen.tail.buffer.append(message.subject, message.payload, message.reply, message.headers)


def check(seen: Explorer) -> None:
    columns, rows = seen.app.size
    lines = seen.lines
    assert len(lines) == rows
    for line in lines:
        assert not FORBIDDEN & set(line), repr(line)
        assert cell_len(line) <= columns
    # The frame around it is where it was: nothing wrapped, nothing scrolled.
    assert lines[0].startswith("▌127.0.0.1:4222")
    assert lines[-1].lstrip()


@pytest.mark.parametrize("view", ["json", "text", "hex", None])
async def test_hostile_messages_are_drawn_and_nothing_more(view: View | None) -> None:
    async with explorer(subjects=("hostile.>",)) as seen:
        for message in MESSAGES:
            append(seen, message)
        await seen.frame()
        await seen.press("enter")
        detail = seen.app.tail_pane.detail
        for message in reversed(MESSAGES):
            assert detail.record is not None
            assert detail.record.payload is message.payload, message.name
            if view is None:
                detail.action_toggle_unwrap()
            else:
                detail.action_view(view)
            detail.action_load_all()
            await seen.frame()
            check(seen)
            detail.action_last()
            detail.action_neighbour(-1)
            await seen.frame()
            check(seen)


async def test_all_of_them_together_keep_their_columns() -> None:
    async with explorer(size=(160, 60)) as seen:
        for message in MESSAGES:
            append(seen, message)
        await seen.frame()
        check(seen)
        await seen.press("slash")
        await seen.type("x")
        await seen.press("enter")
        check(seen)


@pytest.mark.parametrize("text", ["\x1b[2J[/x]", "[@click=app.quit]x", "\u202e\x9b"])
async def test_hostile_words_are_harmless_wherever_they_are_shown(text: str) -> None:
    async with explorer(subjects=(text.replace(" ", ""),), notifications=True) as seen:
        seen.app.session.timeline.add("error", text)
        seen.app.say(text, "error")
        await seen.press("e")
        check(seen)
        await seen.press("escape", "d")
        await seen.type(text.replace("\x1b", ""))
        check(seen)
        await seen.press("escape")
        seen.tail.subjects.denied(text, text)
        await seen.frame()
        check(seen)
