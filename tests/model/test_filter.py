"""The filter grammar: what each term lets through, and what is said about a faulty one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natstui.model.cpu_limit import SearchExpiredError, search
from natstui.model.filter import HIDE, PARTIAL, SHOW, Filter, FilterError, parse_filter
from natstui.model.tail import Record

ORDER = (
    b'{"id": "o-7", "total": 12.90, "status": "paid", "vip": true, "note": null, "a.b": 1,'
    b' "items": [{"sku": "A-1", "qty": 2}, {"sku": "B-9", "qty": 5}]}'
)
HEADERS = b"NATS/1.0\r\nTrace-Id: ab12\r\nTag: one\r\nTag: two\r\n\r\n"


def record(
    payload: bytes = ORDER, subject: str = "orders.eu.paid", headers: bytes = HEADERS
) -> Record:
    return Record(0, 0.0, subject, "", headers, payload, len(payload) + len(headers))


def verdict(text: str, of: Record | None = None) -> int:
    parsed = parse_filter(text)
    assert parsed is not None
    return parsed.verdict(of or record())


@pytest.mark.parametrize(
    "text",
    [
        "paid",
        "-PAID",
        "orders.eu",
        "trace-id",
        '"status": "paid"',
        '"status":',
        r'"\"paid\""',
        "/pa.d/",
        "/PAID/i",
        r"/^orders\.eu/",
        r"/\/|paid/",
        "subject:orders.>",
        "subject:*.eu.*",
        "subject:orders.eu.paid",
        "header:Trace-Id",
        "header:Trace-Id=ab12",
        "header:Tag=two",
        'header:Tag="two"',
        "json:id=o-7",
        "json:total=12.9",
        "json:total>12",
        "json:total>=12.90",
        "json:total<13",
        "json:vip=true",
        "json:note=null",
        "json:note",
        "json:items.1.qty=5",
        "json:items[0].sku=A-1",
        "json:items.*.qty>4",
        'json:"a.b"=1',
        "json:status!=open",
        "json:status>open",
        "-missing",
        "-subject:payments.>",
        "-header:Other",
        "-json:total>13",
        "paid subject:orders.> json:total>5 -/refund/",
    ],
)
def test_lets_through(text: str) -> None:
    assert verdict(text) == SHOW


@pytest.mark.parametrize(
    "text",
    [
        "refund",
        "Paid",
        "/PAID/",
        "subject:orders",
        "subject:orders.*",
        "subject:orders.eu.paid.>",
        "header:trace-id",
        "header:Trace-Id=ab",
        "header:Trace",
        "json:total=12.91",
        "json:total>12.9",
        "json:missing",
        "json:items.2.qty",
        "json:items.qty",
        "json:items.*.qty!=5",
        "json:id>z",
        "json:vip=1",
        "json:items>3",
        "-paid",
        "-subject:orders.>",
        "paid refund",
    ],
)
def test_holds_back(text: str) -> None:
    assert verdict(text) == HIDE


def test_text_in_capitals_means_exactly_that() -> None:
    assert verdict("TIMEOUT", record(b"Timeout")) == HIDE
    assert verdict("timeout", record(b"TimeOut")) == SHOW


def test_text_beyond_ascii_is_found() -> None:
    assert verdict("straße", record("Hauptstraße 7".encode())) == SHOW
    assert verdict("/na.ve/", record("naïve".encode())) == SHOW


def test_a_payload_that_is_no_json_has_no_paths() -> None:
    for payload in (b"", b"plain", b"{", b"\xff\x00", b"[" * 50_000):
        assert verdict("json:a", record(payload)) == HIDE
        assert verdict("-json:a", record(payload)) == SHOW


def test_json_that_is_one_value_has_no_paths() -> None:
    assert verdict("json:a", record(b"12")) == HIDE


def test_numbers_beyond_all_measure_are_compared_too() -> None:
    assert verdict("json:n>1", record(b'{"n": 1e999}')) == SHOW
    assert verdict("json:n>1", record(b'{"n": %s}' % (b"9" * 400))) == HIDE
    assert verdict("json:n=x", record(b'{"n": 5}')) == HIDE


def test_nothing_typed_is_no_filter() -> None:
    assert parse_filter("") is None
    assert parse_filter("   ") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fail /a", "at 6: / is never closed"),
        ("/a(b/", "at 3: missing ), unterminated subpattern"),
        ("//", "at 1: the regular expression is empty"),
        ("/a/x", "at 4: only i may follow a regular expression"),
        ('x "abc', 'at 3: " is never closed'),
        ("x -", "at 3: nothing follows the '-'"),
        ("- x", "at 1: nothing follows the '-'"),
        ("json:", "at 5: nothing follows json:"),
        ("json:=3", "at 6: a path is missing"),
        ("json:.", "at 6: a path is missing"),
        ("json:a>", "at 8: a value is missing after >"),
        ("json:a!3", "at 7: a comparison is one of = != < <= > >="),
        ("subject:a..b", "at 9: "),
        ("subject:>.a", "at 9: "),
        ("header:=x", "at 8: the header's name is missing"),
        ("-subject:", "at 9: nothing follows subject:"),
    ],
)
def test_a_faulty_filter_is_told_where(text: str, said: str) -> None:
    with pytest.raises(FilterError, match=re.escape(said)) as caught:
        parse_filter(text)
    assert caught.value.at == int(said.split()[1].rstrip(":")) - 1


def test_only_so_much_of_a_payload_is_searched_and_that_is_said() -> None:
    large = record(b"x" * 300_000 + b"needle")
    assert verdict("needle", large) == PARTIAL
    assert verdict("xxx", large) == SHOW
    assert verdict("-needle", large) == SHOW | PARTIAL
    assert verdict("json:a", large) == PARTIAL
    assert verdict("/needle/", large) == PARTIAL
    assert verdict("needle subject:other", large) == HIDE


def test_only_so_many_headers_are_searched_and_that_is_said() -> None:
    block = b"NATS/1.0\r\n" + b"K: v\r\n" * 3_000 + b"Last: 1\r\n\r\n"
    assert verdict("header:K=v", record(headers=block)) == SHOW
    assert verdict("header:Last", record(headers=block)) == PARTIAL


def test_a_regular_expression_that_runs_away_is_stopped() -> None:
    assert verdict("/(a+)+$/", record(b"a" * 60 + b"b")) == PARTIAL
    assert verdict("/(a+)+$/", record(b"aaa")) == SHOW


def test_a_search_that_is_stopped_leaves_no_timer_behind() -> None:
    with pytest.raises(SearchExpiredError):
        search(re.compile("(a+)+$"), "a" * 60 + "b")
    assert search(re.compile("x"), "y" * 1_000_000 + "x", seconds=5)


def test_doubts_of_python_about_a_pattern_stay_quiet(recwarn: pytest.WarningsRecorder) -> None:
    assert verdict("/[[a]/") == SHOW
    assert not recwarn.list


def parsed_or_place(text: str) -> Filter | int | None:
    try:
        return parse_filter(text)
    except FilterError as error:
        return error.at


@given(st.text(max_size=40))
def test_anything_typed_is_a_filter_or_told_why_not(text: str) -> None:
    parsed = parsed_or_place(text)
    if isinstance(parsed, int):
        assert 0 <= parsed <= len(text)
    elif parsed is None:
        assert not text.strip()
    else:
        assert parsed.verdict(record()) in (HIDE, SHOW, PARTIAL, SHOW | PARTIAL)
