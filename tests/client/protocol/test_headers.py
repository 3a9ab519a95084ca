from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natstui.client.errors import BadHeaderError
from natstui.client.protocol import headers as module
from natstui.client.protocol.headers import (
    Headers,
    ParsedBlock,
    encode_headers,
    parse_headers,
    read_headers,
)

Pairs = list[tuple[str, str]]

KEYS = st.text("AaBb-", min_size=1, max_size=2)
VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=5).map(
    lambda text: text.strip(" \t")
)
PAIRS = st.lists(st.tuples(KEYS, VALUES), max_size=6)


class Name(str, Enum):  # noqa: UP042 - as the header names of the published API are
    MSG_ID = "Nats-Msg-Id"


# The mapping


def test_a_key_gives_its_first_value() -> None:
    headers = Headers({"Tag": ["new", "urgent"], "Trace": "7f"})
    assert headers["Tag"] == "new"
    assert dict(headers) == {"Tag": "new", "Trace": "7f"}
    assert headers.get("Absent") is None


def test_all_values_are_kept_in_order() -> None:
    headers = Headers([("A", "1"), ("B", "2"), ("A", "3")])
    assert headers.get_all("A") == ["1", "3"]
    assert headers.get_all("B") == ["2"]
    assert headers.get_all("C") == []
    assert headers.pairs() == [("A", "1"), ("B", "2"), ("A", "3")]


def test_keys_keep_their_case_and_differ_by_it() -> None:
    assert Headers({"trace-ID": "1", "Trace-Id": "2"}).pairs() == [
        ("trace-ID", "1"),
        ("Trace-Id", "2"),
    ]


def test_values_of_a_key_without_further_ones() -> None:
    headers = Headers({"A": "1"})
    assert headers.get_all("A") == ["1"]
    assert headers.get_all("B") == []


def test_assigning_replaces_all_values_where_the_first_one_was() -> None:
    headers = Headers([("A", "1"), ("B", "2"), ("A", "3"), ("C", "4")])
    headers["A"] = "9"
    assert headers.pairs() == [("A", "9"), ("B", "2"), ("C", "4")]
    headers["B"] = ["x", "y"]
    assert headers.pairs() == [("A", "9"), ("B", "x"), ("B", "y"), ("C", "4")]
    headers["D"] = ("z",)
    assert headers["D"] == "z"
    headers["B"] = []
    assert "B" not in headers


def test_what_is_no_value_is_refused() -> None:
    headers = Headers()
    for value in (5, None, b"bytes", b"", [1], {"a": "b"}):
        with pytest.raises(BadHeaderError, match="must be a str or a list of str"):
            headers["A"] = value  # type: ignore[assignment]
    assert headers == {}


def test_a_copy_is_independent_and_complete() -> None:
    headers = Headers({"A": ["1", "2"]})
    copies = [headers.copy(), copy.copy(headers), copy.deepcopy(headers), Headers(headers)]
    copies.append(pickle.loads(pickle.dumps(headers)))
    headers.append("A", "3")
    for each in copies:
        assert isinstance(each, Headers)
        assert each.get_all("A") == ["1", "2"]


def test_merging_replaces_keys_and_keeps_all_values() -> None:
    left = Headers([("A", "1"), ("A", "2"), ("B", "3")])
    right = Headers([("B", "4"), ("B", "5")])
    merged = left | right
    assert isinstance(merged, Headers)
    assert merged.pairs() == [("A", "1"), ("A", "2"), ("B", "4"), ("B", "5")]
    assert left.get_all("B") == ["3"]
    from_plain = {"A": ["7", "8"]} | left
    assert isinstance(from_plain, Headers)
    assert from_plain == {"A": ["1", "2"], "B": "3"}
    left |= {"B": ["6"]}
    assert left.get_all("B") == ["6"]


def test_equal_means_all_values_in_any_order_of_keys() -> None:
    assert Headers([("A", "1"), ("B", "2")]) == Headers([("B", "2"), ("A", "1")])
    assert Headers({"A": "1"}) == {"A": "1"}
    assert Headers({"A": ["1", "2"]}) == {"A": ["1", "2"]}
    assert Headers({"A": ["1", "2"]}) != {"A": "1"}
    assert Headers({"A": ["1", "2"]}) != Headers({"A": "1"})
    assert Headers({"A": "1"}) != Headers({"A": ["1", "2"]})
    assert Headers({"A": ["1", "2"]}) != Headers({"A": ["2", "1"]})
    assert Headers() != []
    with pytest.raises(TypeError):
        hash(Headers())


def test_the_repr_shows_all_values_and_can_be_evaluated() -> None:
    headers = Headers([("A", "1"), ("B", "2"), ("A", "3")])
    assert repr(headers) == "Headers({'A': ['1', '3'], 'B': '2'})"
    assert eval(repr(headers)) == headers


def test_what_is_taken_out_takes_all_its_values_along() -> None:
    headers = Headers({"A": ["1", "2"], "B": "3", "C": ["4", "5"]})
    del headers["B"]
    assert headers.pop("A") == "1"
    assert headers.pop("A", None) is None
    with pytest.raises(KeyError):
        del headers["A"]
    assert headers.pairs() == [("C", "4"), ("C", "5")]
    assert headers.popitem() == ("C", "4")
    assert (headers, headers.pairs()) == ({}, [])
    single = Headers({"A": "1", "B": "2"})
    del single["A"]
    assert single.pairs() == [("B", "2")]


def test_a_default_is_set_only_where_there_is_nothing() -> None:
    headers = Headers({"A": ["1", "2"]})
    assert headers.setdefault("A", "3") == "1"
    assert headers.setdefault("B", ["4", "5"]) == "4"
    assert headers.get_all("A") == ["1", "2"]
    assert headers.get_all("B") == ["4", "5"]


def test_made_from_keys() -> None:
    assert Headers.fromkeys(["A", "B"], "x") == {"A": "x", "B": "x"}


class Model:
    """Headers as a plain list of pairs."""

    def __init__(self, pairs: Pairs) -> None:
        self.pairs = list(pairs)

    def assign(self, key: str, values: list[str]) -> None:
        place = next((i for i, (name, _) in enumerate(self.pairs) if name == key), len(self.pairs))
        before = self.pairs[:place]
        after = [pair for pair in self.pairs[place:] if pair[0] != key]
        self.pairs = before + [(key, value) for value in values] + after

    def remove(self, key: str) -> None:
        self.pairs = [pair for pair in self.pairs if pair[0] != key]

    def last_key(self) -> str:
        return list(dict.fromkeys(key for key, _ in self.pairs))[-1]


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "append",
                "assign",
                "list",
                "delete",
                "pop",
                "popitem",
                "setdefault",
                "update",
                "clear",
            ]
        ),
        KEYS,
        VALUES,
    ),
    max_size=12,
)


@given(PAIRS, CHANGES)
def test_any_series_of_changes_does_what_it_would_do_to_a_list_of_pairs(
    pairs: Pairs, changes: list[tuple[str, str, str]]
) -> None:
    headers, model = Headers(pairs), Model(pairs)
    for change, key, value in changes:
        apply(headers, model, change, key, value)
        assert sorted(headers.pairs()) == sorted(model.pairs)
        assert [pair for pair in headers.pairs() if pair[0] == key] == [
            pair for pair in model.pairs if pair[0] == key
        ]
        assert headers.pairs() == model.pairs
        assert list(headers) == list(dict.fromkeys(key for key, _ in model.pairs))
        assert all(headers[key] == headers.get_all(key)[0] for key in headers)
        assert len(headers) == len({key for key, _ in model.pairs})


def apply(headers: Headers, model: Model, change: str, key: str, value: str) -> None:
    present = key in headers
    match change:
        case "append":
            headers.append(key, value)
            model.pairs.append((key, value))
        case "assign":
            headers[key] = value
            model.assign(key, [value])
        case "list":
            headers[key] = [value, "second"]
            model.assign(key, [value, "second"])
        case "delete" if present:
            del headers[key]
            model.remove(key)
        case "delete":
            with pytest.raises(KeyError):
                del headers[key]
        case "pop":
            expected = headers.get(key, "nothing")
            assert headers.pop(key, "nothing") == expected
            model.remove(key)
        case "popitem" if headers:
            last = model.last_key()
            assert headers.popitem() == (last, Headers(model.pairs)[last])
            model.remove(last)
        case "setdefault":
            headers.setdefault(key, value)
            if not present:
                model.assign(key, [value])
        case "update":
            headers.update({key: [value, value]})
            model.assign(key, [value, value])
        case "clear":
            headers.clear()
            model.pairs = []


# From the wire


def test_a_block_without_status() -> None:
    assert parse_headers(b"NATS/1.0\r\nA: 1\r\nb:2\r\n\r\n") == ParsedBlock(
        None, "", Headers({"A": "1", "b": "2"})
    )


@pytest.mark.parametrize(
    ("line", "status", "description"),
    [
        (b"NATS/1.0 503", 503, ""),
        (b"NATS/1.0 503 ", 503, ""),
        (b"NATS/1.0 404 No Messages", 404, "No Messages"),
        (b"NATS/1.0  409  Consumer Deleted ", 409, "Consumer Deleted"),
        (b"NATS/1.0 100 FlowControl Request: now", 100, "FlowControl Request: now"),
        (b"NATS/1.0 odd words", None, "odd words"),
        (b"NATS/1.0 5", None, "5"),
        (b"NATS/1.0 \xd9\xa1\xd9\xa2\xd9\xa3", None, "\u0661\u0662\u0663"),
        (b"NATS/1.0", None, ""),
    ],
)
def test_the_status_line(line: bytes, status: int | None, description: str) -> None:
    block = parse_headers(line + b"\r\nNats-Subject: a\r\n\r\n")
    assert block == (status, description, {"Nats-Subject": "a"})


def test_repeated_keys_keep_every_value_in_order() -> None:
    block = b"NATS/1.0\r\nA: 1\r\nB: 2\r\nA: 3\r\nC: 4\r\nB: 5\r\n\r\n"
    headers = parse_headers(block).headers
    assert headers.pairs() == [("A", "1"), ("B", "2"), ("A", "3"), ("C", "4"), ("B", "5")]
    assert headers == Headers([("A", "1"), ("B", "2"), ("A", "3"), ("C", "4"), ("B", "5")])
    assert headers["B"] == "2"


def test_values_may_be_empty_hold_colons_and_lose_the_blanks_around_them() -> None:
    block = b"NATS/1.0\r\nEmpty:\r\nBlank:   \r\nUrl:nats://h:1\r\nWide: \t x y \t\r\n\r\n"
    assert parse_headers(block).headers == {
        "Empty": "",
        "Blank": "",
        "Url": "nats://h:1",
        "Wide": "x y",
    }


def test_lines_that_say_nothing_are_skipped() -> None:
    block = b"NATS/1.0\r\nno colon here\r\n: no key\r\nA: 1\r\n\r\n"
    assert parse_headers(block).headers == {"A": "1"}


def test_lines_are_not_folded_and_lone_line_ends_belong_to_their_value() -> None:
    block = b"NATS/1.0\r\nA: 1\n2\r3\r\n B: 4\r\n\r\n"
    assert parse_headers(block).headers == {"A": "1\n2\r3", " B": "4"}


def test_no_byte_spoils_the_other_headers() -> None:
    block = b"NATS/1.0\r\nLatin: caf\xe9\r\nUtf: caf\xc3\xa9\r\n\r\n"
    headers = parse_headers(block).headers
    assert headers == {"Latin": "caf\udce9", "Utf": "café"}
    assert encode_headers(headers) == block


@given(st.binary())
def test_nothing_that_arrives_raises(block: bytes) -> None:
    parse_headers(block)


@given(st.lists(st.sampled_from([b"\r\n", b":", b" ", b"A", b"NATS/1.0", b"503", b"\xff", b"\n"])))
def test_nothing_that_looks_like_a_block_raises(pieces: list[bytes]) -> None:
    headers = parse_headers(b"".join(pieces)).headers
    assert {key for key, _ in headers.pairs()} == set(headers)


# To the wire


BLOCKS = st.lists(
    st.sampled_from(
        [
            b"NATS/1.0",
            b"NATS/1.0 503",
            b"A: b",
            b"A:c",
            b"B:  d ",
            b"no colon",
            b": e",
            b"\xff: f",
            b"",
        ]
    ),
    max_size=6,
).map(b"\r\n".join)


@given(BLOCKS, st.sampled_from([b"", b"\r\n", b"\r\n\r\n"]))
def test_the_quick_reading_is_the_exact_one_or_none(start: bytes, end: bytes) -> None:
    headers, exact = read_headers(start + end), parse_headers(start + end)
    if headers is not None:
        assert exact.status is None
        assert headers == exact.headers


def test_usual_blocks_are_read_the_quick_way() -> None:
    assert read_headers(b"NATS/1.0\r\nA: b\r\nC:d\r\n\r\n") == {"A": "b", "C": "d"}
    for unusual in (b"NATS/1.0", b"NATS/1.0\r\n: x\r\n\r\n", b"\xff", b"NATS/1.0\r\nA\r\n\r\n"):
        assert read_headers(unusual) is None


def test_keys_that_were_checked_before_are_encoded_as_the_first_time() -> None:
    headers = {"Again": " b ", "And-Again": "ü"}
    first = encode_headers(headers)
    assert (
        encode_headers(headers) == first == b"NATS/1.0\r\nAgain: b\r\nAnd-Again: \xc3\xbc\r\n\r\n"
    )
    for bad in ("a\r\nB: c", "\n", "\0"):
        with pytest.raises(BadHeaderError):
            encode_headers({"Again": f"x{bad}x"})


def test_a_block_is_a_line_for_each_value() -> None:
    assert encode_headers({"A": "1", "B": ["2", "3"]}) == (
        b"NATS/1.0\r\nA: 1\r\nB: 2\r\nB: 3\r\n\r\n"
    )


def test_repeated_headers_leave_in_their_order() -> None:
    headers = Headers([("A", "1"), ("B", "2"), ("A", "3")])
    assert encode_headers(headers) == b"NATS/1.0\r\nA: 1\r\nB: 2\r\nA: 3\r\n\r\n"


def test_a_status_can_be_sent() -> None:
    assert encode_headers({}, 503) == b"NATS/1.0 503\r\n\r\n"
    assert encode_headers({"A": "1"}, 404, "No Messages") == (
        b"NATS/1.0 404 No Messages\r\nA: 1\r\n\r\n"
    )


@pytest.mark.parametrize(("status", "description"), [(7, ""), (1000, ""), (100, "a\r\nB: c")])
def test_a_status_that_would_break_the_block_is_refused(status: int, description: str) -> None:
    with pytest.raises(BadHeaderError):
        encode_headers({}, status, description)


def test_members_of_a_str_enum_are_keys() -> None:
    assert encode_headers({Name.MSG_ID: "1"}) == b"NATS/1.0\r\nNats-Msg-Id: 1\r\n\r\n"
    with pytest.raises(BadHeaderError, match="'Nats-Msg-Id'"):
        encode_headers({Name.MSG_ID: "a\nb"})


def test_white_space_around_keys_and_values_is_dropped() -> None:
    assert encode_headers({" A\t": " 1\r\n", "B": "\n2 3\t"}) == (
        b"NATS/1.0\r\nA: 1\r\nB: 2 3\r\n\r\n"
    )


def test_an_empty_key_is_skipped() -> None:
    assert encode_headers({"": "1", "  ": "2", "A": "3"}) == b"NATS/1.0\r\nA: 3\r\n\r\n"


def test_the_argument_is_not_changed() -> None:
    headers: dict[str, str | list[str]] = {" A ": " 1 ", "B": [" 2 "], "": "3"}
    before = copy.deepcopy(headers)
    encode_headers(headers)
    assert headers == before


@pytest.mark.parametrize(
    "value", ["x\r\nInjected: y", "x\nInjected: y", "x\rInjected: y", "x\r\n\r\nbody", "a\0b"]
)
@pytest.mark.parametrize("shape", [str, lambda value: [value], lambda value: ["fine", value]])
def test_a_value_cannot_bring_in_a_header_of_its_own(value: str, shape: Any) -> None:
    for headers in ({"A": shape(value)}, Headers({"A": shape(value)})):
        with pytest.raises(BadHeaderError, match="header 'A' has a line break or NUL"):
            encode_headers(headers)


@pytest.mark.parametrize(
    "key", ["a b", "a:b", "a\r\nInjected", "x\r\nY: z", "a\0", "é", "a\tb", "(", "a,b", "\ud800"]
)
def test_a_key_that_is_no_token_is_refused_each_time(key: str) -> None:
    for _ in range(2):
        with pytest.raises(BadHeaderError, match="invalid header key") as caught:
            encode_headers({key: "1"})
        assert repr(key) in str(caught.value)


def test_what_is_neither_text_nor_a_list_of_it_is_refused() -> None:
    wrong: list[Mapping[Any, Any]] = [{"A": 1}, {"A": None}, {"A": b"x"}, {"A": ["x", 1]}, {5: "x"}]
    for headers in wrong:
        with pytest.raises(BadHeaderError, match="must be a str"):
            encode_headers(headers)


def test_a_surrogate_that_stands_for_no_byte_is_refused() -> None:
    with pytest.raises(BadHeaderError, match="surrogate"):
        encode_headers({"A": "x\ud800"})


def test_controls_other_than_line_breaks_may_be_sent() -> None:
    assert encode_headers({"A": "x\ty\x1b[0m"}) == b"NATS/1.0\r\nA: x\ty\x1b[0m\r\n\r\n"


def test_any_number_of_different_keys_can_be_sent() -> None:
    for number in range(3 * module.LINE_STARTS_LIMIT):
        key = f"Key-{number}"
        assert encode_headers({key: "v"}) == f"NATS/1.0\r\n{key}: v\r\n\r\n".encode()
    assert len(module._LINE_STARTS) <= module.LINE_STARTS_LIMIT


@given(PAIRS)
def test_what_is_sent_is_what_is_read(pairs: Pairs) -> None:
    sent = Headers([(key, value.strip(" \t\r\n")) for key, value in pairs])
    assert parse_headers(encode_headers(sent)) == (None, "", sent)
    assert parse_headers(encode_headers(sent)).headers.pairs() == sent.pairs()
