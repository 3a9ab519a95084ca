"""What a payload says, unwrapped, and never larger than asked for."""

from __future__ import annotations

import base64
import gzip
import importlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natstui.model.decode import (
    SHOW_LIMIT,
    decode,
    hex_line,
    hex_rows,
    lines,
    preview,
    text_lines,
)
from natstui.model.json_lines import Line, json_lines

JSON = b'{"id":"o-7","total":12.90}'


def shown(rows: list[Line]) -> list[str]:
    return ["".join(text for _, text in row) for row in rows]


@pytest.mark.parametrize(
    ("payload", "layers", "kind"),
    [
        (JSON, (), "json"),
        (b"[1, 2]", (), "json"),
        (b"plain words", (), "text"),
        (b'{"cut', (), "text"),
        (b"12.90", (), "text"),
        (b"", (), "empty"),
        (b"\x00\x01\xff", (), "binary"),
        (b"caf\xe9", (), "binary"),
        (gzip.compress(JSON, mtime=0), ("gzip",), "json"),
        (zlib.compress(JSON), ("zlib",), "json"),
        (base64.b64encode(JSON), ("base64",), "json"),
        (base64.urlsafe_b64encode("¿ûÿ? straße".encode() * 2), ("base64",), "text"),
        (base64.b64encode(JSON).rstrip(b"="), ("base64",), "json"),
        (base64.encodebytes(b"long words " * 20), ("base64",), "text"),
        (base64.b64encode(gzip.compress(JSON, mtime=0)), ("base64", "gzip"), "json"),
        (gzip.compress(b"\x00\x01\x02", mtime=0), ("gzip",), "binary"),
    ],
)
def test_payloads_are_unwrapped_and_recognised(
    payload: bytes, layers: tuple[str, ...], kind: str
) -> None:
    decoded = decode(payload)
    assert (decoded.layers, decoded.kind, decoded.whole) == (layers, kind, True)


@pytest.mark.parametrize(
    "payload",
    [
        b"d41d8cd98f00b204e9800998ecf8427e",
        b"helloworldhello1",
        b"orders-are-not-base64-at-all",
        b"1234567890123456",
        b"short",
        b"\x1f\x8b\x08 but no gzip",
        b"x\x9c but no zlib",
    ],
)
def test_what_only_looks_wrapped_stays_as_it_is(payload: bytes) -> None:
    decoded = decode(payload)
    assert (decoded.layers, decoded.data) == ((), payload)


def test_unwrapping_can_be_left_out() -> None:
    packed = gzip.compress(JSON, mtime=0)
    assert decode(packed, unwrap=False).data == packed


def test_a_decompression_bomb_is_cut_at_the_limit() -> None:
    bomb = gzip.compress(b"\0" * 200_000_000, mtime=0)
    decoded = decode(bomb)
    assert (len(decoded.data), decoded.whole) == (SHOW_LIMIT, False)
    nested = decode(gzip.compress(bomb, mtime=0), limit=1000)
    assert (nested.layers, len(nested.data), nested.whole) == (("gzip", "gzip"), 1000, False)


def test_only_a_few_layers_are_taken_off() -> None:
    payload = JSON
    for _ in range(6):
        payload = gzip.compress(payload, mtime=0)
    assert decode(payload).layers == ("gzip",) * 4


def test_a_large_payload_is_cut_between_characters() -> None:
    decoded = decode(("ß" * 100).encode(), limit=101)
    assert (decoded.text, decoded.kind, decoded.whole) == ("ß" * 50, "text", False)


def test_a_compressed_payload_that_ends_early_shows_what_is_there() -> None:
    decoded = decode(gzip.compress(b"words " * 1000, mtime=0)[:-12])
    assert decoded.text.startswith("words words")
    assert decoded.problem == "the gzip stream ends early"
    assert not decoded.whole


def test_bytes_after_the_compressed_ones_are_mentioned() -> None:
    assert (
        decode(gzip.compress(JSON, mtime=0) + b"more").problem == "4 bytes follow the gzip stream"
    )


def test_zstd_is_undone_where_python_can_and_recognised_everywhere() -> None:
    try:
        zstd = importlib.import_module("compression.zstd")
    except ImportError:
        decoded = decode(b"\x28\xb5\x2f\xfd\x00\x01")
        assert (decoded.layers, decoded.kind) == ((), "binary")
        assert decoded.problem.startswith("zstd")
    else:
        assert decode(zstd.compress(JSON)).layers == ("zstd",)


def test_a_preview_is_one_line() -> None:
    assert preview(b'{\n  "a": 1\r\n}') == ("json", '{ "a": 1 }')
    assert preview(gzip.compress(JSON, mtime=0)) == ("json", 'gzip ▸ {"id":"o-7","total":12.90}')
    assert preview(b"\x00\xff") == ("binary", "00 ff")


def test_json_is_laid_out_with_every_literal_as_it_was_sent() -> None:
    text = '{"total":12.90,"n":1E400,"s":"a\\u00e9\\"","e":{},"l":[],"x":[1,{"y":null}],"x":true}'
    assert shown(list(json_lines(text))) == [
        "{",
        '  "total": 12.90,',
        '  "n": 1E400,',
        '  "s": "a\\u00e9\\"",',
        '  "e": {},',
        '  "l": [],',
        '  "x": [',
        "    1,",
        "    {",
        '      "y": null',
        "    }",
        "  ],",
        '  "x": true',
        "}",
    ]


def test_json_knows_keys_from_strings() -> None:
    [_, row, _] = json_lines('{"a" : "a"}')
    assert [span for span in row if span[0] in ("key", "string")] == [
        ("key", '"a"'),
        ("string", '"a"'),
    ]


def test_json_that_was_cut_is_laid_out_as_far_as_it_goes() -> None:
    text = '{"a": [1, 2, {"b": "' + "x" * 300_000
    decoded = decode(text.encode())
    assert decoded.kind == "json"
    rows = shown(list(lines(decoded, "json")))
    assert rows[:5] == ["{", '  "a": [', "    1,", "    2,", "    {"]
    assert rows[-1].startswith('"xxx')


def test_json_nested_beyond_reason_is_shown_all_the_same() -> None:
    """As text, where Python's own parser gives up; from 3.14 on that may take it."""
    decoded = decode(b"[" * 30_000 + b"]" * 30_000)
    assert decoded.kind in ("text", "json")
    assert len(list(json_lines(decoded.text))) == 60_000 - 1


@given(st.text(max_size=200))
def test_laying_out_loses_nothing_but_space(text: str) -> None:
    laid_out = "".join(shown(list(json_lines(text))))
    spaces = str.maketrans("", "", " \t\r\n")
    assert laid_out.translate(spaces) == text.translate(spaces)


def test_text_is_split_at_every_kind_of_line_end() -> None:
    assert shown(list(text_lines("a\r\nb\rc\n\n\td"))) == ["a", "b", "c", "", "    d"]
    assert shown(list(text_lines(""))) == [""]


def test_hex_shows_offset_bytes_and_characters() -> None:
    data = bytes(range(0x41, 0x41 + 20)) + b"\x00\xff"
    assert hex_rows(data) == 2
    assert shown([hex_line(data, 1)]) == [
        "00000010  51 52 53 54 00 ff                                 QRST.."
    ]
    assert hex_rows(b"") == 0


@given(st.binary(max_size=300))
def test_no_payload_is_too_strange(payload: bytes) -> None:
    decoded = decode(payload, limit=100)
    assert len(decoded.data) <= 100
    assert preview(payload, 64)[0] in ("empty", "json", "text", "binary")
