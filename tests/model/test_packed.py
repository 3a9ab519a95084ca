"""MessagePack and CBOR, the examples of whose specifications are taken here."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natstui.model.decode import decode, preview
from natstui.model.packed import (
    DEEPEST,
    NotPackedError,
    Reader,
    as_json,
    read_cbor,
    read_msgpack,
)

CBOR = [
    ("00", "0"),
    ("1818", "24"),
    ("1bffffffffffffffff", "18446744073709551615"),
    ("3903e7", "-1000"),
    ("f93e00", "1.5"),
    ("fa47c35000", "100000.0"),
    ("fb7e37e43c8800759c", "1e+300"),
    ("f97e00", '"nan"'),
    ("f4", "false"),
    ("f6", "null"),
    ("f7", '"undefined"'),
    ("f8ff", '"simple(255)"'),
    ("c11a514b67b0", '{"tag 1": 1363896240}'),
    ("d74401020304", """{"tag 23": "h'01020304'"}"""),
    ("62c3bc", '"ü"'),
    ("83010203", "[1, 2, 3]"),
    ("80", "[]"),
    ("a201020304", '{"1": 2, "3": 4}'),
    ("a26161016162820203", '{"a": 1, "b": [2, 3]}'),
    ("9f018202039f0405ffff", "[1, [2, 3], [4, 5]]"),
    ("bf61610161629f0203ffff", '{"a": 1, "b": [2, 3]}'),
    ("7f657374726561646d696e67ff", '"streaming"'),
    ("5f42010243030405ff", """"h'0102030405'\""""),
]
MSGPACK = [
    ("00", "0"),
    ("ff", "-1"),
    ("cd03e8", "1000"),
    ("d1fc18", "-1000"),
    ("cb3ff8000000000000", "1.5"),
    ("c0", "null"),
    ("c3", "true"),
    ("a2c3bc", '"ü"'),
    ("d903616263", '"abc"'),
    ("c4020a0b", """"h'0a0b'\""""),
    ("93010203", "[1, 2, 3]"),
    ("82a7636f6d70616374c3a6736368656d6100", '{"compact": true, "schema": 0}'),
    ("dc00020102", "[1, 2]"),
    ("de0001a16101", '{"a": 1}'),
    ("d6ff5d2b3c4d", """{"ext -1": "h'5d2b3c4d'"}"""),
    ("c7030501020380"[:12], """{"ext 5": "h'010203'"}"""),
]


@pytest.mark.parametrize(("packed", "text"), CBOR)
def test_cbor_is_read(packed: str, text: str) -> None:
    assert as_json(bytes.fromhex(packed), read_cbor, 1_000) == (text, True)
    json.loads(text)


@pytest.mark.parametrize(("packed", "text"), MSGPACK)
def test_messagepack_is_read(packed: str, text: str) -> None:
    assert as_json(bytes.fromhex(packed), read_msgpack, 1_000) == (text, True)
    json.loads(text)


@pytest.mark.parametrize(
    ("packed", "read", "says"),
    [
        ("c1", read_msgpack, "byte 0 is never used in MessagePack"),
        ("0102", read_msgpack, "1 bytes follow the value, from byte 1 on"),
        ("", read_msgpack, "it ends before the first value does"),
        ("8190c0", read_msgpack, "a key at byte 2 is no simple value"),
        ("1c", read_cbor, "byte 0 is reserved in CBOR"),
        ("ff", read_cbor, "an end at byte 1 where nothing can end"),
        ("bf6161ff", read_cbor, "an end at byte 4 where nothing can end"),
        ("7f4101ff", read_cbor, "a piece at byte 1 is of another type"),
        ("81" * (DEEPEST + 1), read_cbor, f"deeper than {DEEPEST} levels at byte 201"),
    ],
)
def test_what_is_none_says_why(packed: str, read: Reader, says: str) -> None:
    with pytest.raises(NotPackedError, match=says):
        as_json(bytes.fromhex(packed), read, 1_000)


def test_what_is_cut_is_shown_as_far_as_it_goes() -> None:
    packed = bytes.fromhex("9a7fffffff" + "01" * 10)  # two billion members are announced
    text, whole = as_json(packed, read_cbor, 1_000)
    assert (text, whole) == ("[1, 1, 1, 1, 1, 1, 1, 1, 1, 1", False)
    text, whole = as_json(bytes.fromhex("dcffff") + b"\x01" * 65_535, read_msgpack, 100)
    assert (len(text) < 200, whole) == (True, False)


@given(st.binary(max_size=200))
def test_any_bytes_end_in_text_or_a_reason(data: bytes) -> None:
    for read in (read_cbor, read_msgpack):
        try:
            text, whole = as_json(data, read, 500)
        except NotPackedError:
            continue
        if whole:
            json.loads(text)


def test_objects_are_recognised_without_being_told() -> None:
    decoded = decode(bytes.fromhex("82a7636f6d70616374c3a6736368656d61ff"))
    assert (decoded.layers, decoded.kind, decoded.whole) == (("msgpack",), "json", True)
    assert decoded.text == '{"compact": true, "schema": -1}'
    assert decode(bytes.fromhex("a101c240")).layers == ()  # no text for a key
    assert decode(bytes.fromhex("a16161f6")).layers == ("cbor",)


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\x83\xff\xfe", b"\x91\x05\xff"]
)
def test_other_bytes_are_not_taken_for_it(data: bytes) -> None:
    assert decode(data).kind == "binary"


def test_what_was_told_is_done_and_nothing_else() -> None:
    packed = bytes.fromhex("93010203")
    assert decode(packed, steps=("msgpack",)).text == "[1, 2, 3]"
    assert preview(packed, steps=("msgpack",)) == ("json", "msgpack ▸ [1, 2, 3]")
    assert decode(b'{"a": 1}', steps=("text",)).kind == "text"
    assert decode(b'{"a": 1}', steps=("hex",)).kind == "binary"
    assert decode(b"eyJhIjogMX0=", steps=("text",)).text == "eyJhIjogMX0="
    assert decode(b"aGk=", steps=("base64",)).text == "hi"  # too short to be recognised
    assert decode(b"aGk=", steps=("base64",), unwrap=False).text == "aGk="


def test_what_was_told_and_is_not_so_is_said() -> None:
    assert decode(b"plain", steps=("gzip", "json")).problem == "this is no gzip"
    decoded = decode(b"\xc1", steps=("msgpack",))
    assert decoded.problem == "this is no msgpack: byte 0 is never used in MessagePack"
    assert decoded.kind == "binary"
