"""Moments to come, as people write and read them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from natstui.model.moments import parse_until, until_words

NOW = datetime(2026, 6, 1, 12, 0).astimezone()


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("1h", timedelta(hours=1)),
        (" 1d3h ", timedelta(days=1, hours=3)),
        ("90", timedelta(seconds=90)),
        ("2026-06-01 12:30", timedelta(minutes=30)),
        ("2026-06-01 12:30:05", timedelta(minutes=30, seconds=5)),
        ("2026-06-02", timedelta(hours=12)),
    ],
)
def test_a_moment_is_how_long_from_now_or_a_date(text: str, after: timedelta) -> None:
    assert parse_until(text, NOW) - NOW == after


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "9" * 20 + "y"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="like 1h, 1d3h"):
        parse_until(text, NOW)


@pytest.mark.parametrize("text", ["2026-06-01 11:00", "0"])
def test_what_is_over_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not in the future"):
        parse_until(text, NOW)


def test_a_near_moment_is_said_by_its_time_of_day() -> None:
    soon = NOW + timedelta(hours=2, seconds=7)
    assert until_words(soon.isoformat(), NOW) == "14:00:07"
    assert until_words((NOW + timedelta(days=3)).isoformat(), NOW) == "2026-06-04 12:00"
    assert until_words("no moment", NOW) == "no moment"
