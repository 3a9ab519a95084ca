"""Lines of recordings: what is written is read back to the byte, and what is broken is said."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natstui.model.export import ndjson_line
from natstui.model.recording_lines import (
    BrokenLineError,
    Head,
    note_line,
    parse_head,
    parse_line,
    stored_at,
)
from natstui.model.tail import Record
from tests.support.hostile import MESSAGES, Hostile

AT = 1767355267.123456


def record(
    payload: bytes = b"x", headers: bytes = b"", subject: str = "s", reply: str = ""
) -> Record:
    return Record(3, AT, subject, reply, headers, payload, len(payload) + len(headers))


@pytest.mark.parametrize(
    "headers",
    [
        b"",
        b"NATS/1.0\r\nA: b\r\n\r\n",
        b"NATS/1.0 503 No Responders\r\n\r\n",
        b"NATS/1.0\r\nA: 1\r\nB: 2\r\nA: 3\r\n\r\n",  # an order that JSON does not keep
        b"NATS/1.0\r\nA:b\r\nC:  d \r\n\r\n",
        b"NATS/1.0\r\nA: \xff\r\n\r\n",
        b"NATS/1.0\r\nno colon\r\n\r\n",
        b"NATS/1.0\r\n\r\n",
    ],
)
def test_headers_come_back_to_the_byte(headers: bytes) -> None:
    message = record(headers=headers)
    assert parse_line(ndjson_line(message).encode(), 3) == message


@given(st.binary(), st.binary(max_size=200), st.text(min_size=1), st.text())
def test_anything_comes_back_to_the_byte(
    payload: bytes, block: bytes, subject: str, reply: str
) -> None:
    headers = b"NATS/1.0\r\n" + block + b"\r\n\r\n" if block else b""
    message = record(payload, headers, subject, reply)
    assert parse_line(ndjson_line(message).encode("ascii"), 3) == message


@pytest.mark.parametrize("hostile", MESSAGES, ids=str)
def test_hostile_messages_come_back(hostile: Hostile) -> None:
    message = record(hostile.payload, hostile.headers, hostile.subject, hostile.reply)
    assert parse_line(ndjson_line(message).encode(), 3) == message


def test_usual_headers_are_written_once() -> None:
    line = ndjson_line(record(headers=b"NATS/1.0\r\nA: 1\r\nA: 2\r\nB: 3\r\n\r\n"))
    assert "headers_base64" not in line


def test_a_head_says_what_was_recorded() -> None:
    head = Head(AT, "n2 2.15.1", "prod", ("orders.>", "b"), "fail")
    assert parse_head(head.line().encode()) == head
    note = parse_line(head.line().encode())
    assert note.is_note
    assert note.payload == b"recorded from prod: orders.> b, what fail lets through"


def test_a_note_stays_a_note() -> None:
    note = parse_line(note_line(AT, "disconnected", lost=3).encode(), 5)
    assert (note.is_note, note.seq, note.at, note.payload) == (True, 5, AT, b"disconnected")


@pytest.mark.parametrize(
    "line", [b"", b"{", b"[1]", b'{"subject": "a"}', b'{"natstui_recording": "x"}']
)
def test_other_lines_are_no_head(line: bytes) -> None:
    assert parse_head(line) is None


# What the nats tool writes


def dumped(**fields: object) -> bytes:
    return json.dumps(
        {"Subject": "a.b", "Reply": "", "Header": None, "Data": None, "Sub": None, **fields}
    ).encode()


def test_what_the_nats_tool_dumped() -> None:
    data = base64.b64encode(b"\xff1").decode()
    line = dumped(Data=data, Header={"A": ["1", "2"]}, Reply="_INBOX.x")
    message = parse_line(line, 7, at=12.5)
    headers = b"NATS/1.0\r\nA: 1\r\nA: 2\r\n\r\n"
    assert message == Record(7, 12.5, "a.b", "_INBOX.x", headers, b"\xff1", len(headers) + 2)
    assert parse_line(dumped()).payload == b""


@pytest.mark.parametrize(
    ("reply", "at"),
    [
        ("$JS.ACK.ORDERS.c.1.17.3.1767355267123456000.0", AT),
        ("$JS.ACK._.hash.ORDERS.c.1.17.3.1767355267123456000.0.random", AT),
        ("$JS.ACK.ORDERS.c", None),
        ("$JS.ACK.ORDERS.c.1.17.3.x.0", None),
        ("$JS.ACK.ORDERS.c.1.17.3." + "9" * 400 + ".0", None),
        ("_INBOX.a", None),
    ],
)
def test_a_message_of_a_stream_says_when_it_was_stored(reply: str, at: float | None) -> None:
    assert stored_at(reply) == at
    assert parse_line(dumped(Reply=reply), at=5.0).at == (at or 5.0)


# What is broken


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"", "it is empty"),
        (b'{"subject": "a", "da', "it is no JSON"),
        (b"\xff\xfe{", "it is no JSON"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'["a"]', "it is no JSON object"),
        (b'{"a": 1}', "it is JSON, but no message"),
        (b'{"subject": 7}', "it is JSON, but no message"),
        (b'{"subject": ""}', "its subject is empty"),
        (b'{"subject": "a", "data": []}', "it is JSON, but no message"),
        (b'{"subject": "a", "data": "\\ud800"}', "it is JSON, but no message"),
        (b'{"subject": "a", "data_base64": "?"}', "it is JSON, but no message"),
        (b'{"subject": "a", "headers": {"A": 1}}', "it is JSON, but no message"),
        (b'{"subject": "a", "headers": [1]}', "it is JSON, but no message"),
        (b'{"subject": "a", "ts": "yesterday"}', "its time cannot be read"),
        (b'{"subject": "a", "ts": "0001-01-01T00:00:00Z"}', "its time cannot be"),
        (b'{"Subject": "a", "Data": 5}', "it is JSON, but no message"),
        (b'{"Subject": "a", "Header": {"A": [1]}}', "it is JSON, but no message"),
    ],
)
def test_what_is_no_message_is_said(line: bytes, problem: str) -> None:
    with pytest.raises(BrokenLineError) as raised:
        parse_line(line)
    assert str(raised.value) == problem
