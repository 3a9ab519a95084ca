"""One consumer from answer to answer: what moved, and how it stands."""

from __future__ import annotations

from typing import Any

import pytest

from natstui.model.consumer_row import ConsumerRow, Key
from natstui.model.consumer_state import Severity

KEY = Key("ORDERS", "billing")


def answer(
    *,
    delivered: int = 0,
    position: int | None = None,
    outstanding: int = 0,
    redelivered: int = 0,
    pending: int = 0,
    waiting: int = 1,
    created: str = "2026-06-01T12:00:00Z",
    now: str = "2026-06-01T12:00:01Z",
    config: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """What CONSUMER.INFO says."""
    return {
        "name": "billing",
        "created": created,
        "config": {"ack_policy": "explicit", "max_ack_pending": 1_000, **(config or {})},
        "delivered": {
            "consumer_seq": delivered,
            "stream_seq": delivered if position is None else position,
        },
        "ack_floor": {"consumer_seq": 0, "stream_seq": 0},
        "num_ack_pending": outstanding,
        "num_redelivered": redelivered,
        "num_pending": pending,
        "num_waiting": waiting,
        "ts": now,
        **more,
    }


def row_of(*answers: dict[str, Any], every: float = 2.0) -> ConsumerRow:
    row = ConsumerRow(KEY)
    for place, each in enumerate(answers):
        row.take(place * every, each)
    return row


def test_rates_are_what_moved_between_two_answers() -> None:
    row = row_of(
        answer(delivered=10, outstanding=2, pending=100),
        answer(delivered=30, outstanding=4, pending=104),
    )
    assert row.deliver_rate.per_second == 10
    assert row.ack_rate.per_second == 9
    assert row.slope.per_second == 3
    assert (row.pending, row.lag, row.drain_seconds) == (104, 108, None)


def test_how_long_it_takes_to_drain() -> None:
    row = row_of(answer(pending=100), answer(delivered=20, pending=80))
    assert row.drain_seconds == 8
    assert row_of(answer()).drain_seconds == 0


def test_a_consumer_that_only_redelivers_acknowledges_nothing() -> None:
    row = row_of(
        answer(delivered=3, outstanding=3, redelivered=0),
        answer(delivered=9, position=3, outstanding=3, redelivered=3),
    )
    assert row.deliver_rate.per_second == 3
    assert row.ack_rate.per_second == 0


def test_what_was_given_up_is_not_acknowledged() -> None:
    config: dict[str, Any] = {"max_deliver": 2}
    row = row_of(
        answer(delivered=3, outstanding=3, config=config),
        answer(delivered=8, position=5, outstanding=2, redelivered=5, config=config),
    )
    assert row.ack_rate.per_second == 0
    assert row.gave_up == 3


def test_an_advisory_that_comes_before_the_answer_makes_no_acks() -> None:
    row = ConsumerRow(KEY)
    row.take(0, answer(delivered=3, outstanding=3))
    row.advised = 3
    row.take(2, answer(delivered=3, outstanding=3))
    row.take(4, answer(delivered=3, outstanding=0))
    assert row.acked_total == 0


def test_a_reset_is_no_movement() -> None:
    row = row_of(answer(delivered=50), answer(delivered=0), answer(delivered=4))
    assert row.delivered_total == 4
    assert row.acked_total == 4


def test_another_one_of_the_same_name_starts_over() -> None:
    row = row_of(
        answer(delivered=50, created="2026-06-01T12:00:00Z"),
        answer(delivered=60, created="2026-06-02T12:00:00Z"),
    )
    assert (row.delivered_total, row.deliver_rate.per_second, row.slope.span) == (0, 0, 0)


def test_bars_show_the_seconds() -> None:
    row = row_of(answer(pending=4), answer(delivered=4, pending=2), every=1.0)
    row.take(3.0, answer(delivered=10, pending=0))
    assert list(row.deliver_bars.bars)[-3:] == [4, 3, 3]
    assert list(row.pending_bars.bars)[-4:] == [4, 2, 2, 0]


PUSH: dict[str, Any] = {"deliver_subject": "billing.in"}
LIMIT: dict[str, Any] = {"max_ack_pending": 3}
LATER: dict[str, Any] = {"now": "2026-06-01T12:00:30Z"}


@pytest.mark.parametrize(
    ("said", "badge", "severity", "reason"),
    [
        (answer(), "ok", Severity.FINE, "nothing pending"),
        (answer(outstanding=2), "working", Severity.FINE, "2 outstanding"),
        (answer(pending=7), "behind", Severity.BUSY, "7 pending"),
        (
            answer(outstanding=3, pending=7, config=LIMIT),
            "ack limit",
            Severity.STUCK,
            "3 of 3 unacked: nothing new is delivered before one is acked",
        ),
        (
            answer(pending=7, waiting=0, **LATER),
            "nobody pulling",
            Severity.STUCK,
            "7 pending, and no client asks for them",
        ),
        (answer(pending=7, waiting=0), "behind", Severity.BUSY, "7 pending"),
        (
            answer(pending=7, waiting=0, config=PUSH),
            "no subscriber",
            Severity.STUCK,
            "nobody subscribes to its deliver subject billing.in",
        ),
        (
            answer(waiting=0, config=PUSH),
            "no subscriber",
            Severity.CARE,
            "nobody subscribes to its deliver subject billing.in",
        ),
        (answer(config=PUSH, push_bound=True), "ok", Severity.FINE, "nothing pending"),
        (
            answer(
                pending=7, waiting=0, paused=True, config={"pause_until": "2099-01-01T00:00:00Z"}
            ),
            "paused",
            Severity.PAUSED,
            "until 2099-01-01",
        ),
        (
            answer(outstanding=2, redelivered=1),
            "redelivering",
            Severity.CARE,
            "1 redelivered: slower than ack wait, or refused",
        ),
        (
            answer(redelivered=4, config={"max_deliver": 5}),
            "lost messages",
            Severity.WAS_HURT,
            "at least 4 given up after max deliver, before we watched",
        ),
    ],
)
def test_how_it_stands_at_first_sight(
    said: dict[str, Any], badge: str, severity: Severity, reason: str
) -> None:
    standing = row_of(said).standing
    assert (standing.badge, standing.severity) == (badge, severity)
    assert standing.reason.startswith(reason)


def test_a_lag_that_grows_is_said_when_it_is_no_jitter() -> None:
    growing = [answer(pending=100 * step) for step in range(4)]
    assert row_of(*growing[:2]).standing.badge == "behind"
    standing = row_of(*growing).standing
    assert (standing.badge, standing.severity) == ("lag growing", Severity.GROWING)
    assert "by 50.0 a second" in standing.reason
    assert row_of(*growing[::-1]).standing.badge == "ok"


def test_losing_messages_comes_before_everything_else() -> None:
    row = ConsumerRow(KEY)
    row.advised = 2
    row.take(0, answer(outstanding=3, config={"max_deliver": 5, **LIMIT}))
    assert row.standing.badge == "losing messages"
    assert row.standing.reason.startswith("2 given up after 5 deliveries")


def test_no_answer_is_the_worst() -> None:
    row = row_of(answer())
    row.fail("its leader did not answer")
    assert row.standing == (Severity.UNKNOWN, "no answer", "its leader did not answer")
    row.take(2, answer())
    assert row.standing.badge == "ok"
    assert max(Severity) == Severity.UNKNOWN
