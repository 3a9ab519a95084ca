"""What is typed in the Streams pane: times, sequences, purges."""

from __future__ import annotations

from datetime import datetime

import pytest

from natstui.model.moments import parse_moment
from natstui.model.stream_purge import Purge
from natstui.ui.purge_form import parse_purge, purge_problem
from natstui.ui.stored_rows import moment

NOW = datetime(2026, 6, 1, 12, 0).timestamp()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("11:30", datetime(2026, 6, 1, 11, 30)),
        ("11:30:05.5", datetime(2026, 6, 1, 11, 30, 5, 500_000)),
        ("2026-01-31 08:00", datetime(2026, 1, 31, 8, 0)),
        ("2026-01-31", datetime(2026, 1, 31)),
        ("2026-01-31T08:00:00+00:00", datetime.fromisoformat("2026-01-31T08:00:00+00:00")),
        ("15m", datetime(2026, 6, 1, 11, 45)),
        (" 1h30m ", datetime(2026, 6, 1, 10, 30)),
    ],
)
def test_a_time_is_a_time_or_how_long_ago(text: str, meant: datetime) -> None:
    assert parse_moment(text, NOW) == meant.timestamp()


@pytest.mark.parametrize("text", ["", "soon", "25:00", "2026-13-01", "-5m"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_moment(text, NOW)


@pytest.mark.parametrize(
    ("text", "purge"),
    [
        ("", Purge()),
        ("orders.eu.>", Purge("orders.eu.>")),
        ("before:1,200", Purge(seq=1200)),
        ("keep:100 orders.*", Purge("orders.*", keep=100)),
    ],
)
def test_a_purge_is_said_in_a_line(text: str, purge: Purge) -> None:
    assert parse_purge(text) == purge


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("keep:0", "keep: wants a number from 1 on"),
        ("before:", "before: wants a number from 1 on"),
        ("before:1 keep:1", "before: or keep:, not both"),
        ("a b", "one subject only"),
        ("a..b", "a..b"),
    ],
)
def test_what_is_no_purge_is_refused(text: str, problem: str) -> None:
    assert problem in (purge_problem(text) or "")


def test_times_in_a_list_are_as_wide_whenever_they_were() -> None:
    assert {len(moment(at)) for at in (0.0, NOW, datetime.now().timestamp())} == {14}
