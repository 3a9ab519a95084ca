"""Rates that a person can read: steady, and zero when nothing moves."""

from __future__ import annotations

from natstui.model.rates import CalmRate, History, Rate, Steady, held


def test_a_rate_is_growth_over_the_last_seconds() -> None:
    rate = Rate(window=3)
    for second, total in enumerate([0, 100, 200, 300, 400]):
        rate.sample(second, total)
    assert rate.per_second == 100


def test_a_rate_forgets_what_is_longer_ago() -> None:
    rate = Rate(window=3)
    for second, total in enumerate([0, 9_000, 9_000, 9_000, 9_000, 9_000]):
        rate.sample(second, total)
    assert rate.per_second == 0


def test_one_sample_is_no_rate() -> None:
    rate = Rate()
    rate.sample(5, 1_000_000)
    assert rate.per_second == 0


def test_a_total_that_starts_over_is_no_negative_rate() -> None:
    rate = Rate()
    for second, total in enumerate([1_000, 2_000, 10, 20]):
        rate.sample(second, total)
    assert rate.per_second == 10


def test_history_has_a_bar_a_second() -> None:
    history = History(seconds=4)
    for now, total in [(0.0, 0), (0.5, 3), (1.1, 10), (2.0, 15), (2.9, 16), (3.0, 16)]:
        history.sample(now, total)
    assert list(history.bars) == [0, 10, 5, 1]


def test_history_spreads_what_came_while_nobody_looked() -> None:
    history = History(seconds=3)
    history.sample(0, 0)
    history.sample(2, 11)
    assert list(history.bars) == [0, 5, 6]
    history.sample(1_000_000, 11)
    assert list(history.bars) == [0, 0, 0]


def test_history_starts_over_with_its_total() -> None:
    history = History(seconds=3)
    for second, total in enumerate([100, 110, 5, 7]):
        history.sample(second, total)
    assert list(history.bars) == [0, 10, 2]


def test_what_jitters_is_said_anew_only_when_it_is_clearly_wrong() -> None:
    steady = Steady()
    values = (10, 11, 9, 12, 13, 12)
    assert [steady.take(value, slack=2) for value in values] == [10, 10, 10, 10, 13, 13]


def test_that_something_begins_or_ends_is_never_too_little_to_be_said() -> None:
    steady = Steady()
    assert [steady.take(value, slack=2) for value in (0.5, 1.5, 0, 0.5)] == [0.5, 0.5, 0, 0.5]


def test_what_looking_moves_itself_is_no_news_of_a_rate() -> None:
    rate = CalmRate(window=1)
    shown = []
    for second, total in enumerate([0, 4, 9, 12, 40, 40]):
        rate.sample(second, total, slack=2)
        shown.append((rate.per_second, rate.shown))
    assert shown == [(0, 0), (4, 4), (5, 4), (3, 4), (28, 28), (0, 0)]


def test_a_value_that_trembles_is_held() -> None:
    assert [held(20, value, slack=1) for value in (20, 21, 19, 22, 0)] == [20, 20, 20, 22, 0]
