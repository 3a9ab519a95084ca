"""Which fields there are, and groups by them: what is counted, and what is said to be left out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from natstui.model import field_survey
from natstui.model.field import Field, parse_field
from natstui.model.field_survey import FieldStats, FieldSurvey
from natstui.model.grouping import MOST_GROUPS, Grouping
from natstui.model.tail import Record
from tests.support.hostile import MESSAGES

HEADERS = b"NATS/1.0\r\nTrace: %s\r\n\r\n"


def record(document: Any, subject: str = "orders.eu", headers: bytes = b"") -> Record:
    payload = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Record(0, 0.0, subject, "", headers, payload, len(payload))


def survey(*records: Record) -> FieldSurvey:
    made = FieldSurvey()
    for each in records:
        made.take(each)
    return made


def stats(made: FieldSurvey, name: str) -> FieldStats:
    found = made.stats(parse_field(name))
    assert found is not None, name
    return found


def test_fields_with_how_often_they_are_there() -> None:
    made = survey(
        record({"status": "paid", "total": 12.5, "who": {"name": "Ada"}}, "orders.eu.paid"),
        record({"status": "open", "total": "7"}, "orders.us"),
        record({"status": "paid", "total": None}, headers=HEADERS % b"ab"),
        record(b"no document"),
    )
    found = {
        name.name: (each.messages, each.type, each.distinct) for name, each in made.fields.items()
    }
    assert found == {
        "subject": (4, "string", "3"),
        "token:1": (4, "string", "1"),
        "token:2": (4, "string", "2"),
        "token:3": (1, "string", "1"),
        "size": (4, "number", "4"),
        "json:status": (3, "string", "2"),
        "json:total": (3, "number | string | null", "3"),
        "json:who.name": (1, "string", "1"),
        "header:Trace": (1, "string", "1"),
        "payload": (1, "string", "1"),
    }
    assert (made.messages, made.documents) == (4, 3)
    assert stats(made, "status").top() == ("paid", 2)
    assert stats(made, "status").groups(4)[0] == ("paid", 2, 0.5)


def test_numbers_in_quotes_are_numbers_too() -> None:
    total = stats(survey(*(record({"total": text}) for text in ("1.5", "20", "3"))), "total")
    assert total.is_numeric
    assert (total.numbers.low, total.numbers.quantile(0.5), total.numbers.high) == (1.5, 3, 20)
    assert not stats(survey(record({"a": True, "b": "nan", "c": "1_0"})), "a").is_numeric


def test_a_message_is_counted_once_for_a_value_that_it_has_twice() -> None:
    made = survey(record({"items": [{"sku": "cup"}, {"sku": "tin"}, {"sku": "cup"}]}))
    sku = stats(made, "items.*.sku")
    assert (sku.messages, sku.values) == (1, {"cup": 1, "tin": 1})


def test_subjects_of_a_token_and_fields_of_the_same_messages() -> None:
    made = survey(
        record({"a": 1, "b": 2}, "orders.eu.paid"),
        record({"c": 3}, "orders.us"),
        record({"c": 3}, "orders.eu"),
    )
    token = parse_field("token:2")
    assert made.tokens_of(token, "eu") == range(2, 4)
    assert made.tokens_of(token, "us") == range(2, 3)
    together = made.together(parse_field("a"))
    assert (together[parse_field("b")], together[parse_field("c")]) == (1, 0)


def test_values_beyond_the_first_thousand_are_counted_together() -> None:
    made = survey(*(record({"id": f"o-{n % 1_200}"}) for n in range(2_400)))
    assert stats(made, "id").distinct == "1,000+"
    assert (stats(made, "id").messages, stats(made, "id").others) == (2_400, 400)


def test_what_is_left_out_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(field_survey, "MOST_FIELDS", 10)
    deep: Any = "bottom"
    for _ in range(40):
        deep = {"down": deep}
    made = survey(
        record({f"k{n}": n for n in range(600)}),
        record(deep),
        record(b'"' + b"x" * 300_000 + b'"'),
    )
    assert len(made.fields) == 10
    assert made.fields_left_out > 490
    assert (made.cut, made.too_large) == (1, 1)


def test_hostile_messages_are_counted_like_others() -> None:
    made = FieldSurvey()
    for message in MESSAGES:
        size = len(message.payload) + len(message.headers)
        made.take(Record(0, 0.0, message.subject, "", message.headers, message.payload, size))
    assert made.messages == len(MESSAGES)
    assert made.stats(Field("header", ("[/x]",))) is not None
    assert made.stats(Field("json", ("a\x1b[2J",))) is None  # a control character: no JSON


def test_groups_with_the_numbers_of_another_field() -> None:
    made = Grouping(parse_field("token:2"), parse_field("ms"))
    for number in range(100):
        made.take(record({"ms": number}, f"svc.{'ab'[number % 2]}"))
    made.take(record({"ms": 7}, "svc"))
    groups = {group.text: group for group in made.all_groups()}
    assert {text: group.messages for text, group in groups.items()} == {"a": 50, "b": 50}
    assert (groups["a"].numbers.low, groups["a"].numbers.quantile(0.99)) == (0, 98)
    assert (made.messages, made.without, groups["a"].tokens) == (101, 1, range(2, 3))


def test_groups_for_which_there_is_no_room_are_one_group() -> None:
    made = Grouping(parse_field("id"), parse_field("id"))
    for number in range(MOST_GROUPS + 30):
        made.take(record({"id": number}))
    *_, others = made.all_groups()
    assert (others.text, others.messages, others.numbers.low) == (None, 30, MOST_GROUPS)
