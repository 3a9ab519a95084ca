"""Conditions: what they mean, and that what cannot be meant is said in one line."""

from __future__ import annotations

from typing import Any

import pytest

from natstui.model.condition import ConditionError, parse_condition
from natstui.model.fields import Field, Value


def field(name: str, kind: Any, choices: tuple[str, ...] = ()) -> Field[dict[str, Value]]:
    return Field(name, kind, lambda thing: thing[name], choices)


FIELDS = (
    field("pending", "number"),
    field("limit", "number"),
    field("lag", "number"),
    field("state", "text", ("ok", "stuck", "paused", "was hurt")),
    field("reason", "text"),
    field("paused", "flag"),
    field("subjects", "list"),
)
THING: dict[str, Value] = {
    "pending": 12,
    "limit": 100,
    "lag": None,
    "state": "stuck",
    "reason": "nobody pulls; 12 wait",
    "paused": False,
    "subjects": ["orders.>", "jobs.*"],
}


def holds(text: str) -> bool:
    return parse_condition(text, FIELDS).holds(THING)


@pytest.mark.parametrize(
    "text",
    [
        "pending==12",
        "pending = 12",
        "12==pending",
        "pending>=12 and pending<=12",
        "pending>11.5&&pending<1_000",
        "pending!=0",
        "pending<10k and pending<64KiB and pending<1m",
        "pending<limit",
        "pending>-1",
        "state=='stuck'",
        'state == "stuck"',
        "state==stuck",
        "stuck==state",
        "state!='was hurt'",
        "reason~'NOBODY'",
        r"reason!='it\'s'",
        "subjects~orders",
        "not paused",
        "!paused",
        "paused==false",
        "paused != true",
        "lag==null",
        "pending!=null",
        "state==ok or pending==12",
        "state==ok and pending==1 or pending==12",
        "not (state==ok or pending==1)",
        "not not pending==12",
    ],
)
def test_what_holds(text: str) -> None:
    assert holds(text)


@pytest.mark.parametrize(
    "text",
    [
        "pending==0",
        "lag<1",
        "lag>=0",
        "lag==0",
        "paused",
        "pending>limit",
        "state==ok",
        "reason~somebody",
        "subjects~events",
        "state==ok or pending==1 and state==stuck",
        "not pending==12",
        "pending>1h",
    ],
)
def test_what_does_not(text: str) -> None:
    assert not holds(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the condition is empty; write it like pending==0"),
        (" ", "the condition is empty; write it like pending==0"),
        ("pendng==0", "at 1: there is no field 'pendng'; there are: pending, limit, lag,"),
        ("1==1", "at 1: there is no field '1'"),
        ("pending", "at 1: pending is a number: compare it, as in pending==0"),
        ("state", "at 1: state is a text: compare it, as in state=='…'"),
        ("pending==", "at 10: a field or a value is missing before 'the end'"),
        ("pending==0 state==ok", "at 12: 'and' or 'or' is missing before 'state'"),
        ("pending==0 and", "at 15: a field or a value is missing before 'the end'"),
        ("(pending==0", "at 1: ( is never closed"),
        ("pending==0)", "at 11: 'and' or 'or' is missing before ')'"),
        ("pending=='x", 'at 10: "\'" makes no sense here'),
        ("pending=='x'", "at 10: pending is a number, and 'x' is none"),
        ("pending==stuck", "at 10: pending is a number, and stuck is none"),
        ("pending==state", "at 10: pending is a number, and state is none"),
        ("pending~1", "at 9: pending is a number, which cannot be compared with ~"),
        ("state>ok", "at 7: state is a text, which cannot be compared with >"),
        ("state==stcuk", "at 8: state is never 'stcuk'; it is one of: ok, stuck, paused, was hurt"),
        ("paused==1", "at 9: paused is a flag, and 1 is none"),
        ("pending>10x", "at 9: '10x': there is no unit 'x'; there are ns, us,"),
        ("pending>1 & lag==0", "at 11: '&' makes no sense here"),
        ("(" * 60 + "pending==0" + ")" * 60, "at 51: nested too deeply"),
        ("not " * 60 + "paused", "at 201: nested too deeply"),
        ("__import__('os')", "at 1: there is no field '__import__'"),
    ],
)
def test_what_cannot_be(text: str, says: str) -> None:
    with pytest.raises(ConditionError) as error:
        parse_condition(text, FIELDS)
    assert str(error.value).startswith(says)
    assert "\n" not in str(error.value)


def test_it_knows_which_fields_it_asks_for() -> None:
    condition = parse_condition(" pending<limit or state==ok ", FIELDS)
    assert condition.fields == {"pending", "limit", "state"}
    assert condition.text == "pending<limit or state==ok"


def test_numbers_of_a_text_are_compared_as_they_were_typed() -> None:
    values = [field("value", "text")]
    assert parse_condition("value==1.0", values).holds({"value": "1.0"})
    assert parse_condition("value==true", values).holds({"value": "true"})
    assert not parse_condition("value==1.0", values).holds({"value": "1"})
    assert parse_condition("value==null", values).holds({"value": None})


def test_a_word_that_is_a_field_too_is_what_it_says() -> None:
    condition = parse_condition("state==paused and paused", FIELDS)
    assert condition.holds({"state": "paused", "paused": True})
    assert not condition.holds({"state": "ok", "paused": True})
    assert parse_condition("paused!=state", FIELDS).fields == {"state"}
