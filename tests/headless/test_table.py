"""Tables: aligned whatever is in them, and harmless."""

from __future__ import annotations

import pytest

from natstui.headless.table import Heading, cells, table
from tests.support.hostile import MESSAGES, Hostile


def test_columns_are_aligned_and_end_without_spaces() -> None:
    text = table(
        [Heading("name"), Heading("count", right=True), Heading("why")],
        [["a", "1", "x y"], ["longer", "1,000", ""]],
    )
    assert text == "name    count  why\na           1  x y\nlonger  1,000\n"


def test_no_rows_leave_the_headings() -> None:
    assert table([Heading("name"), Heading("n", right=True)], []) == "name  n\n"


def test_wide_characters_take_two_cells() -> None:
    text = table([Heading("a"), Heading("b")], [["中文", "x"], ["abcd", "y"]])
    assert text == "a     b\n中文  x\nabcd  y\n"
    assert cells("e\u0301中") == 3


@pytest.mark.parametrize("hostile", MESSAGES, ids=str)
def test_nothing_reaches_the_terminal(hostile: Hostile) -> None:
    payload = hostile.payload.decode("utf-8", "replace")
    text = table([Heading("a"), Heading("b")], [[payload, payload], ["x", "y"]])
    assert len(text.splitlines()) == text.count("\n") == 3
    assert text.replace("\n", "").isprintable()


def test_what_is_too_long_is_cut_but_for_the_last_column() -> None:
    text = table([Heading("a"), Heading("b")], [["x" * 100, "y" * 200]])
    line = text.splitlines()[1]
    assert line == f"{'x' * 59}…  {'y' * 200}"
