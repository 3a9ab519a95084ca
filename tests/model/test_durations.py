from __future__ import annotations

import pytest

from natstui.model.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5s", 5),
        ("1m30s", 90),
        ("250ms", 0.25),
        ("1d3h5m2s", 97502),
        ("1.5h", 5400),
        (".5s", 0.5),
        ("2w", 1209600),
        ("1M", 2592000),
        (" 7 ", 7),
        ("0", 0),
    ],
)
def test_durations_are_read_as_nats_reads_them(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "fast", "5 minutes", "-5s", "5s!", "s5"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="write it like 5s"):
        parse_duration(text)
