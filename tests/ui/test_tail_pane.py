"""The tail pane: what a person sees and what their keys do."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from natstui.model.settings import Settings
from tests.support.small_files import small_files
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer, explorer

REMOVE = "\N{MULTIPLICATION SIGN}"


def numbers(count: int, start: int = 0) -> list[str]:
    return [f"message {number}." for number in range(start, start + count)]


def shown(seen: Explorer) -> list[int]:
    """The numbers of the messages on the screen."""
    words = [word for line in seen.lines for word in line.split("message ")[1:]]
    return [int(word.split(".")[0]) for word in words]


def under_cursor(seen: Explorer) -> str:
    return next(line for line in seen.lines[3:] if line.startswith("▌"))


async def test_messages_are_shown_in_columns() -> None:
    async with explorer(subjects=("orders.>",)) as seen:
        seen.tail.buffer.append(
            "orders.eu.new", b'{"id": 7}', "_INBOX.x", b"NATS/1.0\r\nA: b\r\n\r\n"
        )
        seen.tail.buffer.append("orders.eu", b"\x00\xff")
        await seen.frame()
        first, second = seen.lines[3:5]
        assert first.split()[1:] == ["orders.eu.new", "27", "B", "?h", '{"id":', "7}"]
        assert second.split()[1:] == ["orders.eu", "2", "B", "00", "ff"]
        assert first.index("27 B") + 1 == second.index("2 B")


async def test_the_newest_are_in_view_while_it_is_live() -> None:
    async with explorer() as seen:
        seen.feed(*numbers(100))
        await seen.frame()
        assert shown(seen) == list(range(81, 100))
        assert "message 99." in under_cursor(seen)
        assert "● live" not in seen.text
        seen.feed(*numbers(5, start=100))
        await seen.frame()
        assert shown(seen)[-1] == 104


async def test_a_pause_holds_the_view_and_counts_what_comes() -> None:
    async with explorer(max_messages=30) as seen:
        seen.feed(*numbers(30))
        await seen.frame()
        await seen.press("space")
        before = shown(seen)
        seen.feed(*numbers(50, start=30))
        await seen.frame()
        assert shown(seen) == before
        assert "PAUSED  50 newer · 30 kept only for this view" in seen.text
        assert "seen 80 · kept 30 · evicted 50 · dropped 0" in seen.text
        await seen.press("g")
        assert shown(seen)[0] == 0
        await seen.press("space")
        assert shown(seen)[-1] == 79
        assert "PAUSED" not in seen.text


@pytest.mark.parametrize("key", ["up", "k", "pageup", "ctrl+u", "home", "g"])
async def test_looking_back_pauses(key: str) -> None:
    async with explorer() as seen:
        seen.feed(*numbers(100))
        await seen.frame()
        await seen.press(key)
        seen.feed(*numbers(10, start=100))
        await seen.frame()
        assert "PAUSED" in seen.text
        assert shown(seen)[-1] < 100


@pytest.mark.parametrize("key", ["end", "G", "space"])
async def test_there_is_a_way_back_to_live(key: str) -> None:
    async with explorer() as seen:
        seen.feed(*numbers(100))
        await seen.frame()
        await seen.press("g")
        seen.feed(*numbers(10, start=100))
        await seen.press(key)
        assert shown(seen)[-1] == 109
        seen.feed("message 110.")
        await seen.frame()
        assert shown(seen)[-1] == 110


async def test_the_cursor_moves_by_lines_and_pages() -> None:
    async with explorer() as seen:
        seen.feed(*numbers(100))
        await seen.frame()
        places = []
        for key in ("g", "j", "down", "k", "ctrl+d", "pagedown", "up", "ctrl+u"):
            await seen.press(key)
            places.append(int(under_cursor(seen).split("message ")[1].split(".")[0]))
        assert places == [0, 1, 2, 1, 10, 29, 28, 19]


async def test_enter_opens_the_message_and_esc_goes_back_to_live() -> None:
    async with explorer() as seen:
        seen.feed('{"id": "o-7", "total": 12.90}')
        await seen.frame()
        await seen.press("enter")
        assert '   "total": 12.90' in seen.text
        assert "payload as JSON · 29 B" in seen.text
        seen.feed("later")
        await seen.press("escape")
        assert "later" in under_cursor(seen)
        assert "PAUSED" not in seen.text


async def test_esc_goes_back_to_the_pause_it_came_from() -> None:
    async with explorer() as seen:
        seen.feed(*numbers(50))
        await seen.frame()
        await seen.press("k", "k", "enter", "escape")
        assert "PAUSED" in seen.text
        assert "message 47." in under_cursor(seen)


async def test_neighbours_of_the_open_message() -> None:
    async with explorer() as seen:
        seen.feed(*numbers(50))
        await seen.frame()
        await seen.press("enter", "left_square_bracket", "left_square_bracket")
        assert " message 47." in seen.lines
        await seen.press("right_square_bracket")
        assert " message 48." in seen.lines


async def test_a_wide_screen_has_room_for_list_and_message() -> None:
    async with explorer(size=(160, 45)) as seen:
        seen.feed(*numbers(50))
        await seen.frame()
        await seen.press("enter")
        assert "payload as text" in seen.text
        assert "message 40." in seen.text
        await seen.press("tab")
        await seen.press("k", "k")
        assert any(line.endswith(" message 47.") for line in seen.lines)
        await seen.press("escape")
        assert "payload as text" not in seen.text


async def test_esc_closes_the_message_before_it_clears_the_filter() -> None:
    async with explorer(size=(160, 45)) as seen:
        seen.feed(*numbers(50))
        await seen.press("slash")
        await seen.type("7.")
        await seen.press("enter", "enter", "tab", "escape")
        assert "payload as text" not in seen.text
        assert "filter 7." in seen.text
        await seen.press("escape")
        assert "filter 7." not in seen.text


async def test_a_filter_shows_what_matches_and_what_comes() -> None:
    async with explorer(size=(120, 24)) as seen:
        seen.feed(*numbers(50))
        await seen.press("slash")
        await seen.type("7. -/[14]7/")
        await seen.press("enter")
        assert shown(seen) == [7, 27, 37]
        assert "filter 7. -/[14]7/  3 of 50" in seen.text
        seen.feed("message 107.", "message 108.")
        await seen.frame()
        assert shown(seen) == [7, 27, 37, 107]
        await seen.press("escape")
        assert shown(seen)[-1] == 108
        assert "filter 7." not in seen.text


async def test_a_faulty_filter_is_told_while_it_is_typed() -> None:
    async with explorer() as seen:
        await seen.press("slash")
        await seen.type("/a(/")
        await seen.frame()
        assert "at 3: missing )" in seen.text
        await seen.press("enter")
        assert seen.tail.view.filter is None
        await seen.press("backspace", "backspace", "slash", "enter")
        assert seen.tail.view.filter is not None


async def test_a_filter_keeps_the_place_in_a_pause() -> None:
    async with explorer() as seen:
        seen.feed(*numbers(50))
        await seen.frame()
        await seen.press("g", *["j"] * 7, "slash")
        await seen.type("7.")
        await seen.press("enter")
        assert "message 7." in under_cursor(seen)
        await seen.press("escape")
        assert "message 7." in under_cursor(seen)
        assert shown(seen) != [7, 17, 27, 37, 47]


async def test_no_match_says_so() -> None:
    async with explorer() as seen:
        seen.feed(*numbers(5))
        await seen.press("slash")
        await seen.type("absent")
        await seen.press("enter")
        assert "No message matches the filter." in seen.text


async def test_leaving_a_prompt_changes_nothing() -> None:
    async with explorer() as seen:
        seen.feed(*numbers(5))
        await seen.press("slash")
        await seen.type("absent")
        await seen.press("escape")
        assert shown(seen) == [0, 1, 2, 3, 4]
        assert "seen 5" in seen.lines[-2]
        await seen.press("k")
        assert "message 3." in under_cursor(seen)


async def test_subjects_are_added_and_removed() -> None:
    async with explorer() as seen:
        assert "Nothing is tailed yet." in seen.text
        await seen.press("a")
        await seen.type("orders.> payments.*")
        await seen.press("enter")
        assert seen.lines[2].split(REMOVE)[:2] == [" orders.> 0/s 0 ", "  payments.* 0/s 0 "]
        assert "orders.>, payments.*: the tail begins by itself" in seen.text
        await seen.press("a")
        await seen.type("orders.>")
        await seen.frame()
        assert "orders.> is there already" in seen.text
        await seen.press("escape", "d")
        assert "remove  1 orders.> 2 payments.*" in seen.text
        await seen.type("1")
        await seen.press("enter")
        assert "orders.>" not in seen.lines[2]
        await seen.press("d", "enter")
        assert "Nothing is tailed yet." in seen.text


async def test_many_subjects_are_counted_where_there_is_no_room() -> None:
    patterns = tuple(f"department{number}.orders.>" for number in range(12))
    async with explorer(subjects=patterns) as seen:
        assert seen.lines[2].startswith(f" department0.orders.> 0/s 0 {REMOVE}")
        assert "+10  + add" in seen.lines[2]


async def test_a_chip_is_removed_with_the_mouse() -> None:
    async with explorer(subjects=("orders.>", "payments.*")) as seen:
        at = seen.lines[2].index(REMOVE)
        await seen.pilot.click("#subjects", offset=(at, 0))
        await seen.frame()
        assert [each.pattern for each in seen.tail.subjects.subjects] == ["payments.*"]
        await seen.pilot.click("#subjects", offset=(seen.lines[2].index("+ add"), 0))
        await seen.frame()
        assert "add subject" in seen.lines[-2]


async def test_rows_are_chosen_and_opened_with_the_mouse() -> None:
    async with explorer() as seen:
        seen.feed(*numbers(100))
        await seen.frame()
        await seen.pilot.click("#messages", offset=(5, 2))
        await seen.frame()
        assert "message 83." in under_cursor(seen)
        await seen.pilot.double_click("#messages", offset=(5, 4))
        await seen.frame()
        assert "payload as text" in seen.text
        assert " message 85." in seen.lines


async def test_the_payload_is_copied_as_it_is() -> None:
    async with explorer() as seen:
        seen.feed("a\x1b[2J [/x] b")
        await seen.frame()
        await seen.press("y")
        assert seen.app.clipboard == "a\x1b[2J [/x] b"
        await seen.press("Y")
        assert seen.app.clipboard == "orders.new"
        seen.feed(b"\xff\x00")
        await seen.frame()
        await seen.press("y")
        assert base64.b64decode(seen.app.clipboard) == b"\xff\x00"


async def test_what_terminals_would_not_take_is_not_copied() -> None:
    async with explorer(notifications=True) as seen:
        seen.feed("x" * 200_000)
        await seen.frame()
        await seen.press("y")
        assert seen.app.clipboard == ""
        assert "not copied: 195 KiB is more than" in seen.text


async def test_what_is_in_view_is_exported(tmp_path: Path) -> None:
    async with explorer(notifications=True) as seen:
        seen.feed(*numbers(20))
        await seen.press("slash")
        await seen.type("7.")
        await seen.press("enter", "x")
        assert "export 2 messages to" in seen.text
        await seen.press("ctrl+u")
        path = tmp_path / "out.ndjson"
        await seen.type(str(path))
        await seen.press("enter")
        await eventually(lambda: "exported 2 messages" in seen.text, "it says so")
        written = [json.loads(line)["data"] for line in path.read_text().splitlines()]
        assert written == ["message 7.", "message 17."]
        await seen.press("x", "ctrl+u")
        await seen.type(str(path))
        await seen.frame()
        assert "that file exists" in seen.text
        await seen.press("ctrl+u")
        await seen.type("/no/such/folder/x")
        await seen.frame()
        assert "there is no such folder" in seen.text


async def test_a_recording_is_started_seen_and_stopped(tmp_path: Path) -> None:
    async with explorer(notifications=True, subjects=("orders.>",)) as seen:
        path = tmp_path / "out.ndjson"
        await seen.press("ctrl+r", "ctrl+u")
        assert "record all that comes to" in seen.text
        await seen.type(str(path))
        await seen.press("enter")
        recorder = seen.tail.recorder
        assert recorder is not None
        recorder.append("orders.new", b"recorded")
        await eventually(lambda: recorder.messages == 1, "it is written")
        await seen.frame()
        line = seen.line_with("● REC")
        assert line.endswith(f"1 messages {recorder.size} B lost 0  ^r stops")
        assert " all to /" in line
        await seen.press("ctrl+r")
        await eventually(lambda: "1 message, " in seen.text, "it says how it ended")
        assert "● REC" not in seen.text
        assert [json.loads(each).get("data") for each in path.read_text().splitlines()] == [
            None,
            "recorded",
            None,
        ]


async def test_what_a_filter_lets_through_is_recorded_and_a_full_disk_is_said(
    tmp_path: Path,
) -> None:
    async with explorer(notifications=True) as seen:
        await seen.press("slash")
        await seen.type("fail")
        await seen.press("enter", "ctrl+r")
        assert "record what the filter lets through to" in seen.text
        await seen.press("ctrl+u")
        await seen.type(str(tmp_path / "out.ndjson"))
        await seen.press("enter")
        assert " filtered to " in seen.line_with("● REC")
        recorder = seen.tail.recorder
        assert recorder is not None
        with small_files(1_000):
            for _ in range(20):
                recorder.append("orders.new", b"it failed " * 10)
            await eventually(lambda: not recorder.is_running, "it stops by itself")
        await seen.frame()
        await eventually(lambda: "stopped: File too large" in seen.text, "it is said")
        assert "● REC" not in seen.text
        assert not seen.tail.subjects.also


async def test_counters_prove_that_looking_changes_nothing() -> None:
    async with explorer() as seen:
        assert seen.lines[-2].endswith("consumers 0 · acks 0")


async def test_a_note_stands_between_the_messages() -> None:
    async with explorer() as seen:
        seen.feed("before")
        seen.tail.buffer.note("disconnected: what is published now is missed")
        seen.feed("after")
        await seen.frame()
        assert "── disconnected: what is published now is missed ──" in seen.lines[4]
        await seen.press("k", "enter")
        assert not seen.app.tail_pane.detail.display
        assert "seen 2 · kept 2" in seen.text


async def test_a_subject_that_is_denied_says_so() -> None:
    async with explorer(subjects=("secret.>",)) as seen:
        seen.tail.subjects.denied("secret.>", "no permission")
        await seen.frame()
        assert "secret.> no permission" in seen.lines[2]


async def test_read_only_is_seen_and_publishing_is_greyed_out() -> None:
    async with explorer(settings=Settings(read_only=True, context="prod")) as seen:
        assert seen.lines[0].startswith("▌prod")
        assert seen.lines[0].endswith("READ-ONLY")
        await seen.press("p")
        assert len(seen.app.screen_stack) == 1


@pytest.mark.parametrize("size", [(80, 24), (60, 15), (40, 10), (160, 45), (200, 60)])
async def test_every_size_has_the_whole_frame(size: tuple[int, int]) -> None:
    async with explorer(size=size, subjects=("orders.>", "payments.>")) as seen:
        seen.feed(*numbers(100))
        await seen.frame()
        assert len(seen.lines) == size[1]
        assert "1 Tail" in seen.lines[1]
        assert "orders.>" in seen.lines[2]
        assert "seen 100" in seen.lines[-2]
        assert "? help" in seen.lines[-1]
        await seen.press("enter")
        assert "payload as text" in seen.text


async def test_another_theme_is_drawn_at_once() -> None:
    async with explorer() as seen:
        seen.feed(*numbers(3))
        await seen.frame()
        for theme in ("natstui-light", "ansi-dark", "nord", "natstui-dark"):
            seen.app.theme = theme
            await seen.frame()
            assert shown(seen) == [0, 1, 2]
            colours = {str(segment.style) for segment in seen.app.tail_pane.list.render_line(0)}
            muted = seen.app.inks["muted"].color
            assert muted is not None
            assert muted.name in " ".join(colours)
