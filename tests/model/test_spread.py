"""How numbers are spread: exact while there are few, and near enough however many there are."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natstui.model.spread import EXACTLY, MOST_BINS, MOST_BUCKETS, Spread

NUMBERS = st.lists(
    st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1, max_size=60
)


def spread(numbers: list[float]) -> Spread:
    made = Spread()
    for number in numbers:
        made.add(number)
    return made


def nearest_rank(numbers: list[float], share: float) -> float:
    ordered = sorted(numbers)
    return ordered[max(1, math.ceil(share * len(ordered))) - 1]


@given(NUMBERS, st.sampled_from([0.0, 0.25, 0.5, 0.9, 0.99, 1.0]))
def test_few_numbers_are_exact(numbers: list[float], share: float) -> None:
    made = spread(numbers)
    assert made.error == 0
    assert made.quantile(share) == nearest_rank(numbers, share)
    assert (made.low, made.high, made.count) == (min(numbers), max(numbers), len(numbers))


@pytest.mark.parametrize("sign", [1, -1])
def test_many_numbers_are_as_near_as_said(sign: int) -> None:
    random = Random(1)
    numbers = [sign * random.lognormvariate(3, 1.5) for _ in range(5 * EXACTLY)]
    made = spread(numbers)
    assert 0 < made.error < 0.01
    for share in (0.01, 0.5, 0.9, 0.99):
        wanted = nearest_rank(numbers, share)
        assert abs(made.quantile(share) - wanted) <= abs(wanted) * made.error * 1.0001
    assert made.quantile(1) == max(numbers)
    assert made.mean == pytest.approx(sum(numbers) / len(numbers))


def test_numbers_however_far_apart_take_bounded_memory_and_the_error_is_said() -> None:
    random = Random(2)
    numbers = [random.choice((1, -1)) * 10 ** random.uniform(-300, 300) for _ in range(9_000)]
    made = spread([0.0, 5e-324, 1.7e308, *numbers])
    assert len(made.points()) <= MOST_BUCKETS
    assert 0.01 < made.error < 1
    wanted = nearest_rank(numbers, 0.9)
    assert abs(made.quantile(0.9) - wanted) <= wanted * made.error * 1.01
    assert sum(found.count for found in made.bins()) == made.count


@given(NUMBERS)
def test_every_number_is_in_one_bin(numbers: list[float]) -> None:
    bins = spread(numbers).bins()
    assert sum(found.count for found in bins) == len(numbers)
    assert len(bins) <= MOST_BINS + 1
    for found in bins:
        inside = [number for number in numbers if found.low <= number < found.high]
        assert found.count == len(inside)


def test_borders_are_round() -> None:
    bins = spread([float(n) for n in range(3, 98)]).bins()
    assert [(found.low, found.high) for found in bins] == [(n, n + 10) for n in range(0, 100, 10)]
    assert [found.count for found in bins][:2] == [7, 10]


def test_latencies_are_seen_by_factors() -> None:
    bins = spread([1.0] * 50 + [2.0] * 40 + [30.0] * 9 + [9_000.0]).bins()
    assert [(found.low, found.count) for found in bins] == [
        (1, 90),
        (10, 9),
        (100, 0),
        (1000, 1),
    ]


def test_nothing_at_all() -> None:
    assert (Spread().bins(), Spread().quantile(0.5), Spread().mean) == ([], 0, 0)
