"""What a replay would send: decided before anything is, and said in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from natstui.model.export import ndjson_line
from natstui.model.recording import Recording
from natstui.model.replay_plan import (
    MappingError,
    ReplayOptions,
    ReplayPlan,
    Schedule,
    parse_mapping,
    parse_prefix,
)
from natstui.model.replay_words import plan_facts, span
from natstui.model.tail import Record

BEGAN = 1767355267.0


def record(subject: str, at: float = 0.0, headers: bytes = b"", reply: str = "") -> Record:
    return Record(0, BEGAN + at, subject, reply, headers, b"x", 1 + len(headers))


Planned = Callable[..., ReplayPlan]


@pytest.fixture
def planned(tmp_path: Path) -> Iterator[Planned]:
    """The plan for some messages; a text is a line as it stands."""
    with ExitStack() as stack:

        def plan(*lines: Record | str, options: ReplayOptions | None = None) -> ReplayPlan:
            path = tmp_path / "out"
            path.write_text(
                "".join(
                    f"{line if isinstance(line, str) else ndjson_line(line)}\n" for line in lines
                )
            )
            recording = stack.enter_context(Recording([path]))
            made = ReplayPlan(recording, options or ReplayOptions())
            while made.work(0):
                pass
            return made

        yield plan


def test_what_goes_where_and_for_how_long(planned: Planned) -> None:
    plan = planned(*(record(f"orders.{n % 2}", n) for n in range(5)), "{broken")
    assert (plan.messages, plan.size, plan.seconds, plan.broken) == (5, 5, 4.0, 1)
    assert plan.subjects == {"orders.0": 3, "orders.1": 2}


def test_what_is_never_sent(planned: Planned) -> None:
    plan = planned(
        record("$JS.API.STREAM.DELETE.ORDERS"),
        record("$SYS.REQ.SERVER.PING"),
        record("_INBOX.abc.1"),
        record("with space"),
        record("lone \ud800".replace(" ", "")),
        record("orders", headers=b"NATS/1.0\r\nbad key: x\r\n\r\n"),
        record("orders"),
    )
    assert plan.messages == 1
    assert plan.left_out == {
        "to subjects of the system ($…)": 2,
        "answers to somebody's inbox": 1,
        "to what is no subject": 2,
        "with headers that cannot be sent": 1,
    }


def test_a_mapping_may_not_lead_to_the_system(planned: Planned) -> None:
    options = ReplayOptions(mappings=(parse_mapping("orders.>=$JS.API.$1"),))
    assert planned(record("orders.STREAM.PURGE.A"), options=options).messages == 0
    with pytest.raises(MappingError):
        parse_prefix("$JS.")


@pytest.mark.parametrize(
    ("options", "subject", "target"),
    [
        (ReplayOptions(), "orders.eu", "orders.eu"),
        (ReplayOptions(prefix="test."), "orders.eu", "test.orders.eu"),
        (ReplayOptions(mappings=(parse_mapping("orders.>=load.$1"),)), "orders.a.b", "load.a.b"),
        (ReplayOptions(mappings=(parse_mapping("a.*.*=$2.$1.c"),)), "a.b.d", "d.b.c"),
        (ReplayOptions(mappings=(parse_mapping("a=b"), parse_mapping("*=c"))), "a", "b"),
        (ReplayOptions("t.", (parse_mapping("a=b"),)), "a", "t.b"),
        (ReplayOptions("t.", (parse_mapping("a=b"),)), "other", "t.other"),
    ],
)
def test_subjects_are_changed(options: ReplayOptions, subject: str, target: str) -> None:
    assert options.target(subject) == target


def test_prefixes_and_mappings_as_they_are_typed() -> None:
    assert [parse_prefix(text) for text in ("", "test", "test.")] == ["", "test.", "test."]
    for text in ("no equals", "=b", "a="):
        with pytest.raises(MappingError):
            parse_mapping(text)
    with pytest.raises(MappingError):
        parse_prefix("with space")


def test_headers_are_kept_but_for_orders_to_servers(planned: Planned) -> None:
    block = b"NATS/1.0\r\nA: 1\r\nNats-Msg-Id: 7\r\nA: 2\r\nNats-TTL: 1s\r\n\r\n"
    message = record("orders", headers=block)
    options = ReplayOptions()
    assert options.headers(message).pairs() == [("A", "1"), ("A", "2")]
    kept = ReplayOptions(control_headers=True).headers(message)
    assert [key for key, _ in kept.pairs()] == ["A", "Nats-Msg-Id", "A", "Nats-TTL"]
    plan = planned(message, message)
    assert plan.dropped_headers == {"Nats-Msg-Id": 2, "Nats-TTL": 2}


def due(options: ReplayOptions, *times: float) -> list[float]:
    schedule = Schedule(options)
    return [schedule.due(at) for at in times]


def test_times_are_kept_scaled_and_capped() -> None:
    assert due(ReplayOptions(rate=None), 5, 6, 10) == [0, 1, 5]
    assert due(ReplayOptions(speed=2, rate=None), 5, 6, 10) == [0, 0.5, 2.5]
    assert due(ReplayOptions(rate=2), 5, 5, 5, 10) == [0, 0.5, 1, 5]
    assert due(ReplayOptions(speed=None, rate=4), 5, 10, 20) == [0, 0.25, 0.5]
    assert due(ReplayOptions(speed=None, rate=None), 5, 10) == [0, 0]
    # A clock that was set back.
    assert due(ReplayOptions(rate=None), 5, 7, 6, 8) == [0, 2, 2, 3]


def test_the_plan_in_words(planned: Planned) -> None:
    lines = [record("orders.new", n / 10, reply="_INBOX.a") for n in range(100)]
    lines.append(record("$SYS.x"))
    plan = planned(*lines, options=ReplayOptions(rate=5))
    assert [(about, text) for _, about, text in plan_facts(plan, "staging")] == [
        ("sends", "100 messages, 100 B, to staging"),
        ("takes", "19.8 s (as it came, no more than 5.0/s, which makes it slower)"),
        ("subject", "orders.new  100"),
        ("left out", "1 message to subjects of the system ($…)"),
        ("replies", "the reply subjects of 100 messages are left out"),
    ]


def test_spans() -> None:
    assert [span(seconds) for seconds in (0, 0.34, 12.34, 370, 7500)] == [
        "no time",
        "340 ms",
        "12.3 s",
        "6m 10s",
        "2h 5m",
    ]
