"""A message with its headers: as bytes until somebody reads them, and as somebody changed them."""

from __future__ import annotations

import pytest

from natstui.client.protocol.events import Delivery
from natstui.client.protocol.headers import Headers
from natstui.client.protocol.message import Message
from tests.client.protocol.transcripts import HEAD, hmsg, msg, parser_of

STATUS = b"NATS/1.0 503 No Responders\r\nNats-Subject: a\r\n\r\n"


def received(data: bytes) -> Message:
    (run,) = parser_of(1).feed(data)
    assert isinstance(run, Delivery)
    (message,) = run.messages
    return message


def test_a_message_without_headers() -> None:
    message = received(msg("a", 1, b"hello"))
    assert message.headers is None
    assert message.raw_headers == b""
    assert message.status is None
    assert message.size == 5


def test_headers_are_parsed_once_and_kept() -> None:
    message = received(hmsg("a", 1, b"hello"))
    headers = message.headers
    assert headers == {"Trace": "7f"}
    assert message.headers is headers


@pytest.mark.parametrize("read_first", [False, True])
def test_the_block_is_given_as_it_came(read_first: bool) -> None:
    block = b"NATS/1.0\r\ntrace:7f\r\nno colon\r\nTag:  a \r\nTag: b\r\n\r\n"
    message = received(hmsg("a", 1, b"hello", head=block))
    if read_first:
        assert message.headers is not None
        assert message.headers.get_all("Tag") == ["a", "b"]
        message.headers["Mine"] = "x"
    assert message.raw_headers == block
    assert message.size == len(block) + 5


@pytest.mark.parametrize("read_first", [False, True])
@pytest.mark.parametrize(
    ("block", "status", "headers"),
    [
        (STATUS, 503, {"Status": "503", "Description": "No Responders", "Nats-Subject": "a"}),
        (b"NATS/1.0 503\r\n\r\n", 503, {"Status": "503"}),
        (b"NATS/1.0 100 Wait\r\n\r\n", 100, {"Status": "100", "Description": "Wait"}),
        (b"NATS/1.0 what\r\n\r\n", None, {}),
        (HEAD, None, {"Trace": "7f"}),
        (b"NATS/1.0\r\nStatus: 503\r\n\r\n", None, {"Status": "503"}),
    ],
)
def test_the_status_is_what_the_server_said(
    read_first: bool, block: bytes, status: int | None, headers: dict[str, str]
) -> None:
    message = received(hmsg("a", 1, head=block))
    if read_first:
        assert message.headers == headers
    assert message.status == status
    assert message.headers == headers


def test_headers_can_be_given_to_a_message() -> None:
    message = received(hmsg("a", 1, b"hello", head=STATUS))
    message.headers = {"Tag": ["a", "b"]}
    assert isinstance(message.headers, Headers)
    assert message.headers.get_all("Tag") == ["a", "b"]
    assert message.raw_headers == b"NATS/1.0\r\nTag: a\r\nTag: b\r\n\r\n"
    assert message.size == len(message.raw_headers) + 5
    assert message.status is None


def test_headers_can_be_taken_from_a_message() -> None:
    message = received(hmsg("a", 1, b"hello", head=STATUS))
    assert message.headers is not None
    message.headers = None
    assert message.headers is None
    assert message.raw_headers == b""
    assert message.status is None
    assert message.size == 5


def test_a_message_has_room_for_nothing_else() -> None:
    with pytest.raises(AttributeError):
        received(msg("a", 1)).colour = "red"  # type: ignore[attr-defined]
