"""A message as a document."""

from __future__ import annotations

import gzip
import time

import pytest

from natstui.model.tail import Record
from natstui.ui.document import MessageDocument, View


def document(
    payload: bytes = b"",
    width: int = 60,
    view: View | None = None,
    *,
    headers: bytes = b"",
    reply: str = "",
    unwrap: bool = True,
    everything: bool = False,
) -> MessageDocument:
    size = len(payload) + len(headers)
    record = Record(0, time.time(), "orders.new", reply, headers, payload, size)
    made = MessageDocument(record, width, view=view, unwrap=unwrap, everything=everything)
    while made.advance():
        pass
    return made


def lines(of: MessageDocument) -> list[str]:
    return ["".join(text for _, text in of.line(row, of.width)) for row in range(of.first, of.end)]


def test_it_has_origin_headers_and_payload() -> None:
    shown = lines(
        document(
            b'{"id":7}', headers=b"NATS/1.0 503\r\nLonger-Key: a\r\nK: b\r\n\r\n", reply="_INBOX.x"
        )
    )
    assert shown[0] == " orders.new"
    assert shown[1].endswith("  45 B")
    assert shown[2] == " reply to  _INBOX.x"
    assert shown[3].startswith("── headers ───")
    assert shown[4:7] == [" 503", " Longer-Key  a", " K           b"]
    assert shown[7].startswith("── payload as JSON · 8 B ──")
    assert shown[8:] == [" {", '   "id": 7', " }"]


@pytest.mark.parametrize(
    ("payload", "view"),
    [(b'{"a":1}', "json"), (b"words", "text"), (b"\0\xff", "hex"), (b"", "text")],
)
def test_the_view_suits_the_payload(payload: bytes, view: View) -> None:
    assert document(payload).view == view


def test_what_was_taken_off_is_named_and_can_be_put_back() -> None:
    packed = gzip.compress(b'{"a":1}')
    shown = lines(document(packed))
    assert any("payload as JSON · unwrapped from gzip" in line for line in shown)
    assert document(packed, unwrap=False).view == "hex"


def test_long_lines_are_wrapped_at_the_width() -> None:
    shown = lines(document(b"x" * 150, width=62))
    assert shown[-3:] == [" " + "x" * 60, " " + "x" * 60, " " + "x" * 30]


def test_hex_is_wide_where_there_is_room() -> None:
    narrow, wide = document(b"\0" * 64, 80, "hex"), document(b"\0" * 64, 160, "hex")
    assert narrow.end - wide.end == 2


def test_a_large_payload_is_cut_and_can_be_loaded() -> None:
    payload = b"words and " * 50_000
    assert any(
        "showing the first 256 KiB, L to load all" in line for line in lines(document(payload))
    )
    whole = document(payload, everything=True)
    assert not any("showing the first" in line for line in lines(whole))
    assert "".join(line[1:] for line in lines(whole)).count("words and ") == 50_000


def test_a_bomb_is_cut_even_when_everything_is_loaded() -> None:
    bomb = gzip.compress(b"\0" * 100_000_000)
    made = document(bomb, view="hex", everything=True)
    assert made.end - 20 <= 32 * 1024 * 1024 / 16
    head = ["".join(text for _, text in made.line(row, 60)) for row in range(6)]
    assert any("more is never loaded" in line for line in head)


def test_a_large_payload_opens_at_once_and_grows() -> None:
    record = Record(0, 0.0, "s", "", b"", b'{"a":' + b"1," * 100_000, 200_000)
    made = MessageDocument(record, 80)
    before = made.end
    assert made.advance(seconds=0)
    assert made.end == before + 1


def test_headers_beyond_reason_are_counted() -> None:
    made = document(headers=b"NATS/1.0\r\n" + b"K: v\r\n" * 100_000 + b"\r\n")
    assert any("98,000 headers more not shown" in line for line in lines(made))


def test_an_empty_payload_says_so() -> None:
    assert " no payload" in lines(document(b""))
