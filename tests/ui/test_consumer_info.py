"""What is said of a consumer: in the words of the `nats` tool, and whatever a newer server adds."""

from __future__ import annotations

from typing import Any

import pytest

from natstui.model.consumer_row import ConsumerRow, Key
from natstui.ui.consumer_info import info_lines, moment
from natstui.ui.consumer_words import ack_words, drain_words, slope_words


def lines(info: dict[str, Any]) -> list[str]:
    row = ConsumerRow(Key("ORDERS", "billing"))
    row.take(0.0, info)
    return ["".join(text for _, text in line).strip() for line in info_lines(row, [])]


def field(info: dict[str, Any], name: str) -> str:
    found = [line for line in lines(info) if line.startswith(name)]
    return found[0].removeprefix(name).strip() if found else ""


CLUSTER = {
    "name": "east",
    "leader": "n1",
    "replicas": [
        {"name": "n2", "current": True, "active": 12_000_000},
        {"name": "n3", "current": False, "offline": True, "active": 90_000_000_000, "lag": 7},
    ],
}


def test_cluster_and_leader() -> None:
    said = lines({"config": {}, "cluster": CLUSTER})
    assert "Leader                 n1" in said
    assert "Replica                n2, current, seen 12 ms ago" in said
    assert (
        "Replica                n3, outdated, offline, 7 operations behind, seen 90.0 s ago" in said
    )
    assert field({"config": {}, "cluster": {"name": "east"}}, "Leader") == "none"


@pytest.mark.parametrize(
    ("config", "name", "said"),
    [
        ({"ack_policy": "flow_control"}, "Ack Policy", "Flow Control"),
        ({"max_deliver": -1}, "Maximum Deliveries", "unlimited"),
        ({"backoff": [1_000_000_000, 90_000_000_000]}, "Backoff", "1s, 1m30s"),
        ({"filter_subjects": ["a", "b.>"]}, "Filter Subjects", "a, b.>"),
        ({"max_bytes": 2_048}, "Max Pull MaxBytes", "2.0 KiB"),
        ({"headers_only": True}, "Headers Only", "true"),
        ({"of a newer server": {"x": [1]}}, "of a newer server", '{"x": [1]}'),
        ({"opt_start_time": "no time"}, "Start Time", "no time"),
        ({}, "Pull Mode", "true"),
        ({"deliver_subject": "d"}, "Active Interest", "No interest"),
    ],
)
def test_fields(config: dict[str, Any], name: str, said: str) -> None:
    assert field({"config": config}, name) == said


def test_what_a_newer_server_says_is_shown_by_its_name() -> None:
    said = lines({"config": {}, "news": 7})
    assert said[-2:] == ["MORE", "news                   7"]


@pytest.mark.parametrize("strange", [{"cluster": 5}, {"delivered": 5}, {"priority_groups": [5]}])
def test_what_is_not_as_expected_does_no_harm(strange: dict[str, Any]) -> None:
    assert "CONFIGURATION" in lines({"config": {}, **strange})


def test_a_time_that_never_was() -> None:
    assert moment("0001-01-01T00:00:00Z") == "never"
    assert moment("no time") == "no time"


def test_few_words() -> None:
    row = ConsumerRow(Key("ORDERS", "billing"))
    config = {"ack_policy": "explicit", "max_ack_pending": 1_000}
    row.take(0.0, {"config": config, "num_ack_pending": 12, "num_pending": 88})
    assert (ack_words(row), slope_words(row), drain_words(row)) == ("12/1.0k", "", "never")
    row.take(2.0, {"config": {"max_ack_pending": -1}, "num_ack_pending": 12, "num_pending": 48})
    assert (ack_words(row), slope_words(row), drain_words(row)) == ("12/any", "-20/s", "3s")
    row.take(4.0, {"config": {"ack_policy": "none"}})
    assert (ack_words(row), drain_words(row)) == ("", "")
