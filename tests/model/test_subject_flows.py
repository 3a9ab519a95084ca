"""What comes on each subject: numbers, rates, and who went silent."""

from __future__ import annotations

import pytest

from natstui.model.key_tree import KeyTree
from natstui.model.subject_flows import WINDOW, Flow, SubjectFlows
from natstui.model.tail import Record


def record(subject: str, at: float, size: int = 10) -> Record:
    return Record(0, at, subject, "", b"", b"x" * size, size)


def flow(*times: float) -> Flow:
    made = Flow(times[0])
    for at in times:
        made.take(at, 10)
    return made


def test_messages_are_counted_by_subject_and_below_prefixes() -> None:
    flows = SubjectFlows()
    for subject in ("orders.eu.paid", "orders.eu.paid", "orders.us.paid", "payments"):
        flows.take(record(subject, 100.0))
    found = flows.flow("orders.eu.paid")
    assert found is not None
    assert (found.messages, found.bytes) == (2, 20)
    below = flows.below("orders.", 100.0)
    assert (below.subjects, below.messages, below.bytes) == (2, 3, 30)
    everything = flows.below("", 100.0)
    assert (everything.subjects, everything.messages) == (3, 4)
    tree = KeyTree(flows.keys)
    assert [tree[row].key for row in range(len(tree))] == [
        "orders.",
        "orders.eu.paid",
        "orders.us.paid",
        "payments",
    ]


@pytest.mark.parametrize(
    ("now", "rate"),
    [(100.5, 20 / 9.5), (105.5, 10 / 9.5), (111.5, 0.0), (1e9, 0.0)],
)
def test_a_rate_is_of_the_last_seconds(now: float, rate: float) -> None:
    made = flow(*(second + part for second in range(91, 101) for part in (0.0, 0.25)))
    assert made.rate(now) == pytest.approx(rate)


def test_a_rate_is_of_no_more_seconds_than_it_has_lived() -> None:
    assert flow(100.0, 100.5, 101.0, 101.5).rate(102.0) == pytest.approx(2.0)
    assert flow(100.0, 100.0, 100.0).rate(100.1) == pytest.approx(3.0)


def test_what_comes_late_counts_where_it_belongs() -> None:
    made = flow(100.0, 109.0)
    made.take(101.0, 10)
    made.take(50.0, 10)  # of a recording that was put together, say
    assert made.first == 50.0
    assert made.last == 109.0
    assert made.messages == 4
    assert made.rate(109.5) == pytest.approx(3 / (WINDOW - 0.5))


def test_who_came_often_and_stays_away_is_silent() -> None:
    often = flow(*(100 + second * 2 for second in range(10)))  # each 2 s, the last at 118
    assert often.silent_for(127.9) == 0
    assert often.silent_for(128.5) == pytest.approx(10.5)
    seldom = flow(100.0, 110.0, 120.0, 130.0)
    assert seldom.silent_for(10_000.0) == 0, "nobody expects the fifth"
    quick = flow(*(100 + part / 100 for part in range(100)))
    assert quick.silent_for(105.9) == 0, "five seconds at least"
    assert quick.silent_for(106.1) > 5


def test_beyond_so_many_subjects_messages_are_only_counted() -> None:
    flows = SubjectFlows(most=2)
    for subject in ("a", "b", "c", "a", "d"):
        flows.take(record(subject, 1.0))
    assert (flows.messages, flows.others) == (5, 2)
    assert flows.flow("c") is None
    assert list(flows.keys.all) == ["a", "b"]


def test_notes_of_ours_are_no_messages() -> None:
    flows = SubjectFlows()
    flows.take(record("", 1.0))
    assert (flows.messages, flows.version) == (0, 0)
