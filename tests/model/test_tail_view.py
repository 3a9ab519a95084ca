"""Looking at a tail: rows that keep their numbers, pauses that lose nothing, bounded searching."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from natstui.model.filter import parse_filter
from natstui.model.tail import TailBuffer
from natstui.model.tail_view import TailView


def payloads(view: TailView) -> list[str]:
    return [view.record(row).payload.decode() for row in range(view.first, view.end)]


def feed(buffer: TailBuffer, *texts: str) -> None:
    for text in texts:
        buffer.append("s", text.encode())


def clock_of(*times: float) -> Callable[[], float]:
    """A clock that says these times, and the last one for ever after."""
    coming: Iterator[float] = iter(times)
    return lambda: next(coming, times[-1])


@pytest.fixture
def buffer() -> TailBuffer:
    return TailBuffer(max_messages=6)


@pytest.fixture
def view(buffer: TailBuffer) -> TailView:
    return TailView(buffer)


def test_without_a_filter_everything_is_in_view(buffer: TailBuffer, view: TailView) -> None:
    feed(buffer, *"abcdefgh")
    assert payloads(view) == list("cdefgh")
    assert (view.first, view.end) == (2, 8)


def test_a_pause_holds_what_is_in_view_whatever_comes(buffer: TailBuffer, view: TailView) -> None:
    feed(buffer, *"abcd")
    view.pause()
    feed(buffer, *"efghijkl")
    assert payloads(view) == list("abcd")
    assert (view.newer, view.overtaken) == (8, 4)
    assert buffer.seen == 12
    view.resume()
    assert payloads(view) == list("ghijkl")
    assert (view.newer, view.overtaken) == (0, 0)


def test_a_pause_while_paused_changes_nothing(buffer: TailBuffer, view: TailView) -> None:
    feed(buffer, *"ab")
    view.pause()
    feed(buffer, *"cd")
    view.pause()
    assert payloads(view) == ["a", "b"]


def test_a_filter_finds_what_was_there_and_what_comes(buffer: TailBuffer, view: TailView) -> None:
    feed(buffer, "fail 1", "ok", "fail 2")
    view.set_filter(parse_filter("fail"))
    view.search()
    assert payloads(view) == ["fail 1", "fail 2"]
    feed(buffer, "ok", "fail 3")
    assert view.searching
    view.search()
    assert payloads(view) == ["fail 1", "fail 2", "fail 3"]
    assert view.progress == 1
    view.set_filter(None)
    assert len(payloads(view)) == 5


def test_rows_keep_their_numbers_in_both_directions(buffer: TailBuffer, view: TailView) -> None:
    feed(buffer, "fail 1", "fail 2")
    view.set_filter(parse_filter("fail"))
    view.search(seconds=0)
    assert payloads(view) == ["fail 2"]
    row = view.first
    feed(buffer, "fail 3")
    view.search()
    assert view.record(row).payload == b"fail 2"
    assert payloads(view) == ["fail 1", "fail 2", "fail 3"]


def test_the_latest_are_found_first_and_the_work_is_bounded(
    buffer: TailBuffer, view: TailView
) -> None:
    feed(buffer, *(f"fail {number}" for number in range(6)))
    view.set_filter(parse_filter("fail"))
    assert view.search(seconds=1, clock=clock_of(0, 0, 2))
    assert payloads(view) == ["fail 4", "fail 5"]
    assert view.searching
    assert view.progress == pytest.approx(2 / 6)
    view.search()
    assert view.progress == 1


def test_matches_leave_with_their_messages(buffer: TailBuffer, view: TailView) -> None:
    view.set_filter(parse_filter("fail"))
    feed(buffer, "fail 1", "fail 2", *"abcde")
    view.search()
    assert payloads(view) == ["fail 2"]
    feed(buffer, *"fgh")
    assert payloads(view) == []


def test_what_was_evicted_before_it_was_searched_is_counted(
    buffer: TailBuffer, view: TailView
) -> None:
    feed(buffer, *"abcdef")
    view.set_filter(parse_filter("x"))
    view.search(seconds=0)
    feed(buffer, *"ghijklmnop")
    view.search()
    assert view.unsearched == 5 + 4


def test_what_is_undecided_is_counted(buffer: TailBuffer, view: TailView) -> None:
    feed(buffer, "x" * 400_000)
    view.set_filter(parse_filter("absent"))
    view.search()
    assert (payloads(view), view.partial) == ([], 1)


def test_a_filter_set_in_a_pause_searches_what_is_frozen(
    buffer: TailBuffer, view: TailView
) -> None:
    feed(buffer, "fail 1", "ok")
    view.pause()
    feed(buffer, *(f"fail {number}" for number in range(2, 9)))
    view.set_filter(parse_filter("fail"))
    view.search()
    assert payloads(view) == ["fail 1"]
    view.resume()
    view.search()
    assert payloads(view) == [f"fail {number}" for number in range(3, 9)]


def test_notes_pass_every_filter(buffer: TailBuffer, view: TailView) -> None:
    feed(buffer, "ok")
    buffer.note("disconnected")
    view.set_filter(parse_filter("fail"))
    view.search()
    assert payloads(view) == ["disconnected"]


def test_a_row_is_found_by_its_message(buffer: TailBuffer, view: TailView) -> None:
    feed(buffer, "fail 1", "ok", "fail 2", "ok", "fail 3")
    assert view.row_of(3) == 3
    view.set_filter(parse_filter("fail"))
    view.search()
    assert view.record(view.row_of(2)).payload == b"fail 2"
    assert view.record(view.row_of(3)).payload == b"fail 3"
    assert view.row_of(99) == view.end


def test_a_row_that_is_not_there_cannot_be_had(buffer: TailBuffer, view: TailView) -> None:
    feed(buffer, "a")
    for row in (-1, 1):
        with pytest.raises(LookupError):
            view.record(row)


def test_all_records_in_view_can_be_had_at_once(buffer: TailBuffer, view: TailView) -> None:
    feed(buffer, "fail 1", "ok", "fail 2")
    view.set_filter(parse_filter("fail"))
    view.search()
    assert [record.payload for record in view.records()] == [b"fail 1", b"fail 2"]
