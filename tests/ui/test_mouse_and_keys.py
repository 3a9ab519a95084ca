"""The frame with the mouse, and keys that come faster than they are handled."""

from __future__ import annotations

import pytest
from textual import events

from natstui.ui import typeahead
from natstui.ui.typeahead import KeysInOrder
from tests.support.waiting import eventually
from tests.ui.explorer import explorer


async def test_keys_of_the_last_line_can_be_clicked() -> None:
    async with explorer() as seen:
        at = seen.lines[-1].index("filter")
        await seen.pilot.click("#keys", offset=(at, 0))
        await eventually(lambda: seen.app.tail_pane.prompt.display, "the prompt")


async def test_tabs_can_be_clicked() -> None:
    async with explorer() as seen:
        await seen.press("e")
        assert seen.app.focused is seen.app.events
        await seen.pilot.click("#tabs", offset=(4, 0))
        await eventually(lambda: seen.app.focused is seen.app.tail_pane.list, "the list")


async def test_the_filter_can_be_clicked() -> None:
    async with explorer() as seen:
        seen.feed("fail")
        await seen.press("slash")
        await seen.type("fail")
        await seen.press("enter")
        await seen.pilot.click("#subjects", offset=(seen.lines[2].index("filter") + 2, 0))
        await eventually(lambda: seen.app.tail_pane.prompt.display, "the prompt")


async def test_views_of_a_payload_follow_each_other() -> None:
    async with explorer() as seen:
        seen.feed('{"a":1}')
        await seen.frame()
        await seen.press("enter")
        said = []
        for key in ("v", "v", "v", "x", "t", "J"):
            await seen.press(key)
            said.append(seen.line_with("payload as").split()[3])
        assert said == ["text", "hex", "JSON", "hex", "text", "JSON"]


def send(seen: KeysInOrder, *keys: str) -> None:
    """Keys and pastes all at once, as they come out of a slow link."""
    for key in keys:
        if key.startswith("paste "):
            seen.post_message(events.Paste(key.removeprefix("paste ")))
        else:
            seen.post_message(events.Key(key, key if len(key) == 1 else None))


async def test_keys_that_come_together_take_effect_one_after_another() -> None:
    async with explorer() as seen:
        seen.feed("12.90")
        await seen.frame()
        send(seen.app, "enter", "x", "escape", "slash", "9", "paste 0", "enter", "enter", "x")
        await eventually(
            lambda: (
                seen.tail.view.filter
                and seen.app.focused is seen.app.tail_pane.detail
                and "payload as hex" in seen.text
            ),
            "all of it",
        )
        assert seen.tail.view.filter is not None
        assert seen.tail.view.filter.text == "90"
        assert not seen.app.tail_pane.prompt.display


async def test_a_key_that_gets_lost_does_not_hold_up_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with explorer() as seen:
        with monkeypatch.context() as lost:
            lost.setattr(typeahead, "LOST_AFTER", 0.1)
            lost.setattr(KeysInOrder, "_probe", lambda self: None)
            send(seen.app, "space", "space", "space")
            await eventually(lambda: seen.tail.view.paused, "the first key")
        await eventually(lambda: "PAUSED" not in seen.text, "the second one")
        await eventually(lambda: "PAUSED" in seen.text, "the third one")
