"""Fields by their names, and the filters that show the messages of a value."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natstui.model.contents import Contents
from natstui.model.field import Field, FieldError, parse_field, text_of
from natstui.model.field_filter import added_to, bin_filter, there_filter, value_filter
from natstui.model.filter import SHOW, parse_filter
from natstui.model.spread import Bin
from natstui.model.tail import Record


def record(payload: bytes = b"", subject: str = "orders.eu.paid", headers: bytes = b"") -> Record:
    return Record(0, 0.0, subject, "", headers, payload, len(payload) + len(headers))


def shows(text: str | None, message: Record) -> bool:
    assert text is not None
    wanted = parse_filter(text)
    assert wanted is not None
    return wanted.verdict(message) == SHOW


def values(name: str, message: Record) -> list[Any]:
    return list(parse_field(name).values(Contents(message)))


MESSAGE = record(
    b'{"id": 7, "order": {"total": "12.90", "items": [{"sku": "cup"}, {"sku": "tin"}]}, "x": {}}',
    headers=b"NATS/1.0\r\nTrace: a\r\nTrace: b\r\nOther: c\r\n\r\n",
)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("subject", ["orders.eu.paid"]),
        ("token:1", ["orders"]),
        ("token:3", ["paid"]),
        ("token:4", []),
        ("header:Trace", ["a", "b"]),
        ("header:trace", []),
        ("json:id", [7]),
        ("order.total", ["12.90"]),
        ("order.items.*.sku", ["cup", "tin"]),
        ("order.items.1.sku", ["tin"]),
        ("json:order", []),
        ("json:missing", []),
        ("payload", []),
        ("size", [MESSAGE.size]),
    ],
)
def test_values_of_a_field(name: str, found: list[Any]) -> None:
    assert values(name, MESSAGE) == found


def test_a_document_is_found_in_what_is_compressed_or_encoded() -> None:
    packed = base64.b64encode(gzip.compress(b'{"status": "paid"}'))
    assert values("status", record(packed)) == ["paid"]
    assert shows("json:status=paid", record(packed))
    assert not shows("json:status=open", record(packed))


def test_a_payload_that_is_no_document_is_a_value_itself() -> None:
    assert values("payload", record(b"21.5")) == ["21.5"]
    assert values("payload", record(b"\x00\xff")) == []
    assert values("payload", record(b"")) == []


@pytest.mark.parametrize(
    "name", ["", "token:0", "token:x", "header:", "json:", "json:a=5", "a>7", "token:-1"]
)
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(FieldError):
        parse_field(name)


KEYS = st.text(min_size=0, max_size=6)
SCALARS = st.one_of(
    st.text(max_size=12), st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False)
)


@given(st.lists(KEYS, min_size=1, max_size=3), SCALARS)
def test_a_filter_finds_the_message_of_every_json_value(keys: list[str], value: Any) -> None:
    document: Any = value
    for key in reversed(keys):
        document = {key: document, "other": 1} if key != "other" else {key: document}
    message = record(json.dumps(document).encode())
    field = Field("json", tuple(keys))
    text = value_filter(field, text_of(value))
    assert shows(text, message)
    assert not shows(text, record(b'{"other": {}}'))
    assert parse_field(field.name) == field
    assert shows(there_filter(field), message)


@pytest.mark.parametrize(
    "value", ["a", "with space", 'a "quote"', "=", "back\\slash", "\x1b[2J", ""]
)
def test_a_filter_finds_the_message_of_a_header(value: str) -> None:
    headers = b"NATS/1.0\r\nTrace: %s\r\n\r\n" % value.encode()
    text = value_filter(Field("header", ("Trace",)), value)
    assert shows(text, record(headers=headers))
    assert not shows(text, record(headers=b"NATS/1.0\r\nTrace: else\r\n\r\n"))


@pytest.mark.parametrize("value", ["21.5", "a/b c", "[x]", "two\nlines", "\x1b[2J", "\\"])
def test_a_filter_finds_the_message_of_a_plain_payload(value: str) -> None:
    text = value_filter(parse_field("payload"), value)
    assert shows(text, record(value.encode()))
    assert shows(text, record(value.encode(), headers=b"NATS/1.0\r\nA: b\r\n\r\n"))
    assert not shows(text, record(b"x" + value.encode()))


@pytest.mark.parametrize(
    ("place", "tokens", "text"),
    [
        (2, range(3, 4), "subject:*.eu.*"),
        (1, range(1, 2), "subject:eu"),
        (2, range(3, 6), "subject:*.eu.>"),
    ],
)
def test_a_token_is_a_subject_with_wildcards(place: int, tokens: range, text: str) -> None:
    assert value_filter(Field("token", (str(place),)), "eu", tokens) == text


def test_a_token_of_subjects_of_any_length() -> None:
    text = value_filter(parse_field("token:2"), "eu", range(1, 5))
    for subject in ("orders.eu", "orders.eu.paid"):
        assert shows(text, record(b"\nx.eu", subject))
    for subject in ("eu", "orders.eux", "orders.paid.eu"):
        assert not shows(text, record(b"\nx.eu", subject))


def test_ranges() -> None:
    text = bin_filter(Field("json", ("total",)), Bin(10, 20, 3))
    assert text == "json:total>=10 json:total<20"
    assert bin_filter(parse_field("size"), Bin(10, 20, 3)) is None


@pytest.mark.parametrize(
    ("name", "value"), [("subject", "a b"), ("subject", ""), ("size", "5"), ("payload", "x" * 300)]
)
def test_what_no_filter_can_say(name: str, value: str) -> None:
    assert value_filter(parse_field(name), text_of(value)) is None


def test_a_filter_is_added_once() -> None:
    assert added_to("", "a") == "a"
    assert added_to("fail", "json:a=1") == "fail json:a=1"
    assert added_to("fail json:a=1", "json:a=1") == "fail json:a=1"
