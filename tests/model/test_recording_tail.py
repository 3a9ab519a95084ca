"""A recording under the tools of the tail: all of it, filtered, and played as it came."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from natstui.model.export import ndjson_line
from natstui.model.filter import parse_filter
from natstui.model.recording import Recording
from natstui.model.recording_tail import RecordingTail, moment_in
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.tail import Record

BEGAN = datetime(2026, 1, 2, 12, 1, 7).timestamp()


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tail(tmp_path: Path, clock: Clock) -> Iterator[RecordingTail]:
    """Eight messages, at 0, 1, 2, 3, 4, 5, 6 and 100 seconds."""
    path = tmp_path / "out.ndjson"
    times = [*range(7), 100]
    records = [Record(0, BEGAN + at, f"orders.{at % 2}", "", b"", b"%d" % at, 1) for at in times]
    path.write_text("".join(ndjson_line(record) + "\n" for record in records))
    with Recording([path]) as recording:
        tail = RecordingTail(Session(Settings()), recording, clock)
        while tail.work(1.0):
            pass
        yield tail


def shown(tail: RecordingTail) -> list[str]:
    view = tail.view
    return [view.record(row).payload.decode() for row in range(view.first, view.end)]


ALL = ["0", "1", "2", "3", "4", "5", "6", "100"]


def test_all_of_it_is_shown_at_first(tail: RecordingTail) -> None:
    assert shown(tail) == ALL
    assert (tail.buffer.kept, tail.buffer.evicted, tail.is_whole) == (8, 0, True)
    assert not tail.session.listeners


def test_a_filter_goes_through_all_of_it_from_where_one_is(tail: RecordingTail) -> None:
    tail.view.set_filter(parse_filter("subject:orders.0"), 3)
    assert tail.view.searching
    found = []
    while tail.work(0):
        found.append(shown(tail))
    assert found[1] == ["4"]
    assert found[-1] == ["0", "2", "4", "6", "100"]


def test_it_is_played_as_it_came(tail: RecordingTail, clock: Clock) -> None:
    tail.play(1)
    assert shown(tail) == ["0", "1"]
    for after, last in ((0.5, "1"), (0.6, "2"), (2.0, "4")):
        clock.now += after
        assert tail.advance() is (last != "1")
        assert shown(tail)[-1] == last
    assert tail.at == pytest.approx(BEGAN + 4.1)
    tail.pause()
    clock.now += 50
    assert not tail.advance()
    assert shown(tail)[-1] == "4"
    tail.play(4)
    clock.now += 1.1
    tail.advance()
    assert shown(tail)[-1] == "5"


def test_it_is_played_faster(tail: RecordingTail, clock: Clock) -> None:
    tail.faster(100)
    assert tail.speed == 600
    tail.faster(-3)
    assert tail.speed == 5
    tail.play(6)
    assert tail.next_in == pytest.approx(94 / 5)
    clock.now += 18
    assert not tail.advance()
    clock.now += 1
    assert tail.advance()
    # At its end all of it is there, and it plays no more.
    assert (shown(tail), tail.is_whole, tail.is_playing) == (ALL, True, False)


def test_it_is_played_through_a_filter(tail: RecordingTail, clock: Clock) -> None:
    tail.view.set_filter(parse_filter("subject:orders.0"), 0)
    while tail.work(1.0):
        pass
    tail.play(2)
    assert shown(tail) == ["0", "2"]
    clock.now += 2.5
    tail.advance()
    tail.work(1.0)
    assert shown(tail) == ["0", "2", "4"]
    tail.show_all()
    tail.work(1.0)
    assert shown(tail) == ["0", "2", "4", "6", "100"]


def test_one_step_shows_the_next_that_the_filter_lets_through(tail: RecordingTail) -> None:
    tail.play(1)
    assert tail.step()
    assert shown(tail) == ["0", "1", "2"]
    assert not tail.is_playing
    tail.view.set_filter(parse_filter("subject:orders.0"), 0)
    tail.step()
    tail.work(1.0)
    assert shown(tail) == ["0", "2", "4"]
    while tail.step():
        pass
    assert tail.recorded.end == 8


def test_what_is_in_view_is_exported(tail: RecordingTail) -> None:
    tail.view.set_filter(parse_filter("subject:orders.1"), 0)
    while tail.work(1.0):
        pass
    assert [record.payload for record in tail.in_view()] == [b"1", b"3", b"5"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("12:01:10", 3),
        ("12:01", 0),
        ("2s", 2),
        ("+5s", 5),
        ("1m", 7),
        ("1h", 8),
        ("2026-01-02 12:01:08", 1),
        ("#3", 2),
        ("#1,000", 999),
    ],
)
def test_places_by_name(tail: RecordingTail, text: str, place: int) -> None:
    assert tail.place_of(text) == place


@pytest.mark.parametrize("text", ["", "#", "#0", "noon", "25:00", "#-1"])
def test_what_names_no_place(tail: RecordingTail, text: str) -> None:
    with pytest.raises(ValueError, match=r"like 12:30|from 1 on"):
        tail.place_of(text)


def test_a_date_may_be_another_day() -> None:
    assert moment_in("2026-01-03 12:01:07", BEGAN) == BEGAN + 86_400
