"""Lines that two texts have in common: all of it true, and not after minutes."""

from __future__ import annotations

import random
import time

from hypothesis import given
from hypothesis import strategies as st

from natstui.model.line_matcher import LineMatcher

lines = st.lists(st.sampled_from(["{", "}", "a", "b", "c", "d", "e", "f"]), max_size=30)


@given(lines, lines)
def test_what_is_the_same_is_the_same_and_in_order(before: list[str], after: list[str]) -> None:
    matcher = LineMatcher(before, after)
    *blocks, last = matcher.get_matching_blocks()
    assert tuple(last) == (len(before), len(after), 0)
    row = new_row = 0
    for block in blocks:
        assert block.size
        assert block.a >= row
        assert block.b >= new_row
        row, new_row = block.a + block.size, block.b + block.size
        assert before[block.a : row] == after[block.b : new_row]
    rebuilt: list[str] = []
    for what, first, end, new_first, new_end in matcher.get_opcodes():
        rebuilt += before[first:end] if what == "equal" else after[new_first:new_end]
    assert rebuilt == after


def test_one_line_that_differs_is_found_among_many_that_are_alike() -> None:
    before = ["{", "}"] * 5_000
    after = [*before[:5_000], "new", *before[5_000:]]
    codes = [code for code in LineMatcher(before, after).get_opcodes() if code[0] != "equal"]
    assert codes == [("insert", 5_000, 5_000, 5_000, 5_001)]


def test_lines_that_moved_stay_together() -> None:
    before = [f"line {number}" for number in range(100)]
    after = [*before[50:], *before[:50]]
    blocks = LineMatcher(before, after).get_matching_blocks()
    assert max(block.size for block in blocks) == 50


def test_the_worst_texts_are_given_up_in_time() -> None:
    noise = random.Random(1)
    before, after = ([noise.choice("{}ab") for _ in range(20_000)] for _ in range(2))
    started = time.process_time()
    LineMatcher(before, after).get_opcodes()
    # Compared with each other they would take hours.
    assert time.process_time() - started < 20
