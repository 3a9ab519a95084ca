"""Subject wildcards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natstui.client.protocol.subjects import subject_matches
from natstui.model.wildcards import covers, overlap, pattern_problem

TOKEN = st.sampled_from(["a", "b", "*"])
PATTERN = st.tuples(st.lists(TOKEN, min_size=1, max_size=4), st.booleans()).map(
    lambda drawn: ".".join([*drawn[0], ">"] if drawn[1] else drawn[0])
)


@given(PATTERN, PATTERN)
def test_patterns_overlap_if_some_subject_falls_under_both(one: str, other: str) -> None:
    words = ["a", "b", "c"]
    subjects = [f"{x}" for x in words]
    for _ in range(4):
        subjects += [f"{subject}.{x}" for subject in subjects[-27:] for x in words]
    both = [s for s in subjects if subject_matches(one, s) and subject_matches(other, s)]
    if both:
        assert overlap(one, other)
    assert overlap(one, other) == overlap(other, one)


@given(PATTERN, PATTERN)
def test_a_pattern_covers_another_if_it_has_all_of_its_subjects(wide: str, narrow: str) -> None:
    words = ["a", "b", "c"]
    subjects, longest = [*words], [*words]
    for _ in range(5):
        longest = [f"{subject}.{x}" for subject in longest for x in words]
        subjects += longest
    falls = [subject for subject in subjects if subject_matches(narrow, subject)]
    assert covers(wide, narrow) == all(subject_matches(wide, subject) for subject in falls)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("orders.>", "orders.eu.*", True),
        ("orders.*.new", "orders.eu.*", True),
        ("orders.*", "orders.eu.new", False),
        ("orders.eu", "payments.eu", False),
        ("orders", "orders.>", False),
        ("a.b", "a.b", True),
    ],
)
def test_overlaps(one: str, other: str, meet: bool) -> None:
    assert overlap(one, other) is meet


@pytest.mark.parametrize("pattern", ["orders", "orders.*", "orders.>", "*", ">", "$SYS.>"])
def test_patterns_that_can_be_subscribed_to(pattern: str) -> None:
    assert pattern_problem(pattern) is None


@pytest.mark.parametrize("pattern", ["", "a b", "a..b", ".a", "a.", ">.a", "a\tb", "a*.b"])
def test_patterns_that_cannot(pattern: str) -> None:
    assert pattern_problem(pattern)
