from __future__ import annotations

import pytest

from natstui.model.alert import Alert, Watched
from natstui.model.watch import parse_watch


def test_what_is_watched_for_what_and_for_how_long() -> None:
    watch = parse_watch("consumer ORDERS > billing: pending>1000 for 30s")
    assert (watch.kind, watch.names, watch.duration) == ("consumer", ("ORDERS", "billing"), 30)
    assert watch.asked == ("pending",)
    assert parse_watch("consumers *: redelivered rising").names == ("*", "*")
    assert parse_watch("consumer ORDERS: redelivered rising").names == ("ORDERS", "*")
    rising = parse_watch("consumer *: redelivered rising for 1m")
    assert (rising.rising, rising.duration) == ("redelivered", 60)
    silent = parse_watch("stream ORDERS: silent 1m30s")
    assert silent.condition is not None
    assert silent.condition.holds({"age": 90.0})
    assert not silent.condition.holds({"age": 89.0})
    assert not silent.condition.holds({"age": None})
    matching = parse_watch("subject orders.*: /a for 3/i")
    assert matching.matches is not None
    assert matching.duration == 0
    assert parse_watch("bucket config: keys>10k and age>1h").duration == 0
    assert parse_watch("stream S: description == 'wait for me'").duration == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "a watch is written like: consumer ORDERS > billing: pending>1000 for 30s"),
        ("stream ORDERS", "a watch is written like: "),
        ("streem ORDERS: silent 5s", "'streem' cannot be watched; there are: stream, consumer"),
        ("stream: silent 5s", "which stream\\? \\* for all"),
        ("stream a.b: silent 5s", "invalid stream name 'a.b'"),
        ("consumer A > B > C: pending>1", "'A > B > C': a consumer is written like ORDERS > "),
        ("subject a..b: silent 5s", "'a..b' cannot be watched: "),
        ("stream A: silent soon", "silent soon: 'soon' is not a duration"),
        ("stream A: pending>5", "pending>5: at 1: there is no field 'pending'; there are: stream"),
        ("stream A: leader rising", "leader rising: there is no number 'leader'; there are: "),
        ("subject a: /(/", "/\\(/: "),
        ("subject a: matches", "there is no field 'matches'"),
    ],
)
def test_what_cannot_be_is_one_line(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as problem:
        parse_watch(text)
    assert "\n" not in str(problem.value)


def state(watched: Watched) -> str:
    return watched.state


def look(watched: Watched, now: float, **pending: int) -> list[Alert]:
    things = [(("ORDERS", name), {"pending": count}) for name, count in pending.items()]
    return watched.look(now, things)


def test_each_thing_is_said_for_itself() -> None:
    watched = Watched(parse_watch("consumer ORDERS > *: pending>10 for 4s"))
    assert state(watched) == "unknown"
    assert look(watched, 0, billing=11, fraud=5) == []
    assert state(watched) == "waiting"
    assert [alert.text for alert in look(watched, 4, billing=1_200, fraud=11)] == [
        "consumer ORDERS > billing: pending>10 for 4s (pending 1,200)"
    ]
    assert (state(watched), watched.firing) == ("firing", ["ORDERS > billing"])
    assert look(watched, 6, billing=3, fraud=3) == []
    assert [alert.text for alert in look(watched, 66 - 49, billing=3, fraud=0)] == [
        "consumer ORDERS > billing: pending>10 for 4s is over after 13s (pending 3)"
    ]
    assert state(watched) == "fine"


def test_of_many_at_once_only_some_are_named() -> None:
    watched = Watched(parse_watch("consumer *: pending>0"))
    alerts = look(watched, 0, **{f"c{number}": 1 for number in range(100)})
    assert len(alerts) == 5
    assert alerts[-1].text.endswith("and 95 more")
    assert len(watched.firing) == 100


def test_what_is_not_there_is_a_problem_and_no_alarm() -> None:
    watched = Watched(parse_watch("consumer ORDERS > billing: pending>10"))
    assert look(watched, 0, fraud=99) == []
    assert (state(watched), watched.problem) == ("unknown", "it is not there")
    assert look(watched, 2, billing=99)
    assert watched.problem == ""
