"""An alarm fires once and recovers once, whatever trembles in between."""

from __future__ import annotations

from natstui.model.alarm import BLIND, CALM, GROWING, Alarm, Growth


def said(alarm: Alarm, looks: list[tuple[float, bool]]) -> list[tuple[float, str]]:
    changes = [(now, alarm.look(now, holds)) for now, holds in looks]
    return [(now, change) for now, change in changes if change]


def test_it_fires_when_it_held_for_so_long_and_recovers_when_it_did_not() -> None:
    looks = [(now, 10 <= now < 50) for now in map(float, range(0, 100, 2))]
    assert said(Alarm(30), looks) == [(40.0, "fired"), (80.0, "recovered")]


def test_without_a_duration_it_fires_at_once_and_recovers_when_it_is_calm() -> None:
    looks = [(now, now == 4) for now in map(float, range(0, 20, 2))]
    assert said(Alarm(), looks) == [(4.0, "fired"), (6.0 + CALM + 1, "recovered")]


def test_a_break_begins_the_time_anew() -> None:
    looks = [(now, now != 20) for now in map(float, range(0, 60, 2))]
    assert said(Alarm(30), looks) == [(52.0, "fired")]


def test_what_trembles_is_said_once() -> None:
    looks = [(float(now), now % 4 < 2) for now in range(0, 100, 2)]
    assert said(Alarm(), looks) == [(0.0, "fired")]


def test_what_nobody_saw_does_not_count() -> None:
    away = BLIND + 1
    assert said(Alarm(10), [(0, True), (away, True), (away + 2, True)]) == []
    assert said(Alarm(10), [(0, True), (5, True), (12, True)]) == [(12, "fired")]


def test_a_number_rises_for_a_while_after_it_grew() -> None:
    growth = Growth()
    assert not growth.look(0, 7)
    assert growth.look(2, 8)
    assert growth.look(2 + GROWING - 1, 8)
    assert not growth.look(2 + GROWING, 8)
    assert not growth.look(50, 3)
    assert not growth.look(52, None)
    assert growth.look(54, 4)
