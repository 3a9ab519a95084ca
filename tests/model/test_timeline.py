"""Events of a connection: bounded, folded, counted."""

from __future__ import annotations

import pytest

from natstui.model.timeline import Timeline


def test_events_come_in_order_with_their_numbers() -> None:
    timeline = Timeline(clock=lambda: 7.0)
    timeline.add("connecting", "a")
    timeline.add("connected", "b")
    assert [(each.kind, each.text, each.at) for each in timeline.events] == [
        ("connecting", "a", 7.0),
        ("connected", "b", 7.0),
    ]
    assert timeline.get(1).text == "b"


def test_repetitions_are_folded() -> None:
    times = iter([1.0, 2.0, 3.0, 4.0])
    timeline = Timeline(clock=lambda: next(times))
    for _ in range(3):
        timeline.add("error", "refused")
    timeline.add("error", "other")
    first, second = timeline.events
    assert (first.times, first.at, first.last) == (3, 1.0, 3.0)
    assert second.times == 1
    assert timeline.counts["error"] == 4


def test_only_the_latest_are_kept_and_all_are_counted() -> None:
    timeline = Timeline(max_events=3)
    for number in range(10):
        timeline.add("error", str(number))
    assert (timeline.first, timeline.end) == (7, 10)
    assert timeline.get(7).text == "7"
    for number in (6, 10):
        with pytest.raises(LookupError):
            timeline.get(number)
    assert timeline.counts["error"] == 10


def test_trouble_is_unseen_until_somebody_looks() -> None:
    timeline = Timeline()
    timeline.add("connected", "")
    timeline.add("disconnected", "")
    timeline.add("error", "")
    assert timeline.unseen_trouble == 2
    timeline.looked()
    assert timeline.unseen_trouble == 0


def test_the_version_grows_with_every_change() -> None:
    timeline = Timeline()
    versions = [timeline.version]
    timeline.add("error", "x")
    versions.append(timeline.version)
    timeline.add("error", "x")
    versions.append(timeline.version)
    timeline.looked()
    versions.append(timeline.version)
    assert versions == sorted(set(versions))
