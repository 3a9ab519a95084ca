"""An opened recording: what a person sees of it, and what their keys do, without a server."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from natstui.ui.recording_screen import RecordingScreen
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer, explorer
from tests.ui.recordings import opened, write_hostile, write_recording
from tests.ui.snapshots import check_snapshot

TIMES = "\N{MULTIPLICATION SIGN}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_recording(tmp_path / "orders.ndjson")


def ids(seen: Explorer) -> list[int]:
    """The numbers of the orders on the screen."""
    return [int(line.split('"o-')[1].split('"')[0]) for line in seen.lines if '{"id": "o-' in line]


def under_cursor(seen: Explorer) -> str:
    return next(line for line in seen.lines[2:] if line.startswith("▌"))


async def test_it_says_what_it_is_and_not_that_there_is_no_connection(path: Path) -> None:
    async with opened(path) as seen:
        assert seen.lines[0].startswith("▌orders.ndjson  recording  2026-01-02 12:01:07-12:02:")
        assert "connect" not in seen.text.replace("disconnected: what", "")
        assert "200 messages · " in seen.lines[-2]
        assert "1 line cannot be read" in seen.lines[-2]
        assert "── recorded from prod-eu: orders.> ─" in under_cursor(seen)
        assert "── disconnected: what is published now is missed" in seen.text
        assert "── line 11 cannot be read: it is no JSON" in seen.text
        assert ids(seen) == list(range(17))


async def test_a_filter_searches_all_of_it_and_esc_clears_it(path: Path) -> None:
    async with opened(path) as seen:
        await seen.press("slash")
        await seen.type("json:id=o-150")
        await seen.press("enter")
        await eventually(lambda: ids(seen) == [150], "it is found", last_seen=lambda: seen.text)
        await seen.press("escape")
        assert len(ids(seen)) > 10


async def test_a_message_is_opened_and_closed_where_one_was(path: Path) -> None:
    async with opened(path) as seen:
        await seen.press("j", "enter")
        assert "Trace-Id" in seen.text
        assert '   "total": "12.90"' in seen.text
        await seen.press("right_square_bracket", "escape")
        assert '"o-1"' in under_cursor(seen)


async def test_to_a_time_to_a_line_and_to_both_ends(path: Path) -> None:
    async with opened(path) as seen:
        for place, line in (("#152", '"o-148"'), ("12:01:08", '"o-2"'), ("1h", '"o-199"')):
            await seen.press("t")
            await seen.type(place)
            await seen.press("enter")
            assert line in under_cursor(seen)
        await seen.press("g")
        assert "recorded from" in under_cursor(seen)
        await seen.press("G")
        assert '"o-199"' in under_cursor(seen)
        await seen.press("t")
        await seen.type("noon")
        await seen.frame()
        assert "like 12:30" in seen.text


async def test_it_is_played_from_the_cursor_on(path: Path) -> None:
    async with opened(path) as seen:
        screen = seen.app.screen
        assert isinstance(screen, RecordingScreen)
        await seen.press("j", "plus", "plus", "plus", "minus")
        assert f"space plays {TIMES}5" in seen.lines[0]
        await seen.press("space")
        assert "▶ " in seen.lines[0]
        await eventually(lambda: len(ids(seen)) > 3, "more comes")
        await seen.press("space")
        stopped = screen.tail.recorded.end
        assert "‖ " in seen.lines[0]
        assert f"{TIMES}5" in seen.lines[0]
        await seen.press("n")
        assert screen.tail.recorded.end == stopped + 1
        await seen.press("G")
        assert ids(seen)[-1] == 199
        assert "space plays" in seen.lines[0]


async def test_what_the_filter_lets_through_is_exported(path: Path, tmp_path: Path) -> None:
    async with opened(path) as seen:
        await seen.press("slash")
        await seen.type("o-19")
        await seen.press("enter")
        await eventually(lambda: len(ids(seen)) == 11, "19, and 190 to 199")
        await seen.press("x", "ctrl+u")
        target = tmp_path / "some.ndjson"
        await seen.type(str(target))
        await seen.press("enter")
        await eventually(lambda: "exported 11 messages" in seen.text, "it says so")
        written = [json.loads(line) for line in target.read_text().splitlines()]
        assert [json.loads(each["data"])["id"] for each in written][:2] == ["o-19", "o-190"]


async def test_its_fields_are_looked_into_and_left_again(path: Path) -> None:
    async with opened(path) as seen:
        await seen.press("f")

        async def is_there() -> bool:
            await seen.frame()
            return "total" in seen.text and "recorded from" not in seen.text

        is_so: Callable[[], bool | Awaitable[bool]] = is_there
        await eventually(is_so, "its fields are there", last_seen=lambda: seen.text)
        await seen.press("escape")
        assert "recorded from prod-eu" in seen.text


async def test_what_needs_a_connection_is_not_there(path: Path) -> None:
    async with opened(path) as seen:
        before = seen.text
        await seen.press("a", "d", "p", "2", "ctrl+r", "ctrl+o")
        assert seen.text == before
        await seen.press("question_mark")
        assert "A recording, read from its file" in seen.text or "HERE" in seen.text
        await seen.press("escape", "q")
        await eventually(lambda: seen.app._exit, "q leaves")


async def test_it_is_opened_from_the_tail_and_closed_again(path: Path) -> None:
    async with explorer(notifications=True) as seen:
        seen.feed("live")
        await seen.press("ctrl+o")
        await seen.type("/no/such/file")
        await seen.frame()
        assert "there is no such file" in seen.text
        await seen.press("ctrl+u")
        await seen.type(str(path))
        await seen.press("enter")
        await eventually(lambda: isinstance(seen.app.screen, RecordingScreen), "it is open")
        await seen.frame()
        assert "recorded from prod-eu" in seen.text
        await seen.press("q")
        await eventually(lambda: "live" in seen.text, "the tail is there again")


async def test_hostile_recordings_draw_lines(tmp_path: Path) -> None:
    async with opened(write_hostile(tmp_path / "\x1b[2J[b]x")) as seen:
        for keys in (["G"], ["enter"], ["escape", "pageup"], ["g"], ["j", "enter"]):
            await seen.press(*keys)
            assert all(line.isprintable() for line in seen.lines)


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_the_picture(path: Path, size: tuple[int, int]) -> None:
    async with opened(path, size=size) as seen:
        await seen.press("j", "j", "j")
        await check_snapshot(seen, "recording")
