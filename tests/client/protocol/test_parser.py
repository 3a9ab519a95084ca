from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from natstui.client.errors import ProtocolError
from natstui.client.protocol import parser as module
from natstui.client.protocol.events import OK, PING, PONG, Delivery, Err, Event, Info, Malformed
from natstui.client.protocol.message import Message
from natstui.client.protocol.parser import Parser
from tests.client.protocol.transcripts import HEAD, feed_all, flat, hmsg, msg, parser_of

Make = Callable[..., bytes]


def parse(data: bytes) -> list[object]:
    """What comes of these bytes, read at once by somebody subscribed with the ids 1 and 2."""
    return flat(parser_of(1, 2).feed(data))


def any_case(line: bytes) -> list[bytes]:
    op, _, rest = line.partition(b" ")
    return [line, op.lower() + b" " + rest, op.capitalize() + b" " + rest]


# Lines without a payload


@pytest.mark.parametrize(
    ("line", "event"),
    [
        (b"PING", PING),
        (b"ping", PING),
        (b"PoNg", PONG),
        (b"PONG", PONG),
        (b"+OK", OK),
        (b"+ok", OK),
        (b"PING ", PING),
        (b" \tPING\t", PING),
    ],
)
def test_an_op_that_stands_alone(line: bytes, event: Event) -> None:
    assert parse(line + b"\r\n") == [event]


@pytest.mark.parametrize(
    "line",
    [
        b'INFO {"proto":1}',
        b'info {"proto":1}',
        b'INFO {"proto":1} ',  # as nats-server sends it
        b'INFO\t{"proto":1}\t',
        b' INFO  {"proto":1}',
    ],
)
def test_info_gives_its_json(line: bytes) -> None:
    assert parse(line + b"\r\n") == [Info(b'{"proto":1}')]


def test_the_json_of_info_is_passed_on_as_it_is() -> None:
    text = json.dumps({"server_name": "a  b\tc 'd'", "go": "go1.25"}).encode()
    assert parse(b"INFO " + text + b"\r\n") == [Info(text)]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"-ERR 'Stale Connection'", "Stale Connection"),
        (b"-err 'Stale Connection'", "Stale Connection"),
        (b"-ERR\t'Stale Connection' ", "Stale Connection"),
        (b"-ERR Stale Connection", "Stale Connection"),
        (b"-ERR", ""),
        (b"-ERR ''", ""),
        (
            b"-ERR 'Permissions Violation for Publish to \"it's\"'",
            'Permissions Violation for Publish to "it\'s"',
        ),
        (b"-ERR 'a\tb  c'", "a\tb  c"),
        (b"-ERR 'caf\xc3\xa9 \xff'", "café \ufffd"),
    ],
)
def test_an_error_gives_the_words_of_the_server(line: bytes, text: str) -> None:
    assert parse(line + b"\r\n") == [Err(text)]


def test_a_line_may_end_without_a_carriage_return() -> None:
    assert parse(b"PING\nMSG a 1 2\nhi\r\nPONG\n") == [PING, ("sub 1", "a", "", b"", b"hi"), PONG]


# Messages


@pytest.mark.parametrize("line", any_case(b"MSG orders.new 1 5"))
def test_a_message(line: bytes) -> None:
    assert parse(line + b"\r\nhello\r\n") == [("sub 1", "orders.new", "", b"", b"hello")]


@pytest.mark.parametrize("line", any_case(b"MSG orders.new 1 _INBOX.7 5"))
def test_a_message_with_a_reply_subject(line: bytes) -> None:
    assert parse(line + b"\r\nhello\r\n") == [("sub 1", "orders.new", "_INBOX.7", b"", b"hello")]


@pytest.mark.parametrize("line", any_case(b"HMSG orders.new 1 %d %d" % (len(HEAD), len(HEAD) + 5)))
def test_a_message_with_headers(line: bytes) -> None:
    assert parse(line + b"\r\n" + HEAD + b"hello\r\n") == [
        ("sub 1", "orders.new", "", HEAD, b"hello")
    ]


def test_a_message_with_headers_and_a_reply_subject() -> None:
    assert parse(hmsg("orders.new", 1, b"hello", reply="_INBOX.7")) == [
        ("sub 1", "orders.new", "_INBOX.7", HEAD, b"hello")
    ]


@pytest.mark.parametrize(
    "line",
    [
        b"MSG\torders.new\t1\t5",
        b"MSG  orders.new \t 1   5",
        b" MSG orders.new 1 5",
        b"MSG orders.new 1 5 ",
        b"\tmsg orders.new 1\t5\t",
        b"MSG orders.new 1 005",
        b"MSG \torders.new 1 5",
        b"MSG orders.new\t 1 5",
        b"MSG orders.new 1  5",
    ],
)
def test_fields_stand_apart_by_blanks_and_tabs(line: bytes) -> None:
    assert parse(line + b"\r\nhello\r\n") == [("sub 1", "orders.new", "", b"", b"hello")]


def test_blanks_between_the_fields_of_a_message_with_headers() -> None:
    line = b"hmsg\ta  1 \t r %d\t%d " % (len(HEAD), len(HEAD))
    assert parse(line + b"\r\n" + HEAD + b"\r\n") == [("sub 1", "a", "r", HEAD, b"")]


def test_a_message_may_be_empty() -> None:
    assert parse(msg("a", 1) + msg("a", 1)) == [("sub 1", "a", "", b"", b"")] * 2


def test_a_message_may_be_headers_alone() -> None:
    status = b"NATS/1.0 503\r\n\r\n"
    assert parse(hmsg("a", 1, head=status)) == [("sub 1", "a", "", status, b"")]


@pytest.mark.parametrize(
    "payload",
    [
        b"\r\n",
        b"\r\n\r\n",
        b"\r",
        b"\n",
        b"a\r\nb",
        b"\r\na",
        b"a\r\n",
        b"PING\r\n",
        b"MSG a 1 5\r\nhello\r\n",
        b"\r\nMSG a 1 0\r\n\r\n",
        b"+OK\r\n-ERR 'no'\r\n",
        bytes(range(256)),
    ],
)
def test_a_payload_is_bytes_whatever_it_looks_like(payload: bytes) -> None:
    around = ("sub 1", "a", "", b"", b"before")
    assert parse(
        msg("a", 1, b"before")
        + msg("a", 1, payload)
        + hmsg("a", 1, payload)
        + msg("a", 1, b"before")
    ) == [around, ("sub 1", "a", "", b"", payload), ("sub 1", "a", "", HEAD, payload), around]


def test_a_header_block_is_bytes_whatever_it_looks_like() -> None:
    head = b"NATS/1.0\r\nMSG a 1 0\r\n\r\n\r\n"
    assert parse(hmsg("a", 1, b"x", head=head)) == [("sub 1", "a", "", head, b"x")]


def test_subjects_keep_bytes_that_are_not_utf_8() -> None:
    assert parse(b"MSG caf\xc3\xa9.\xff 1 \xfe 0\r\n\r\n") == [
        ("sub 1", "café.\udcff", "\udcfe", b"", b"")
    ]


def test_messages_and_other_lines_keep_their_order() -> None:
    data = (
        b"PING\r\n" + msg("a", 1, b"1") + b"PONG\r\n" + msg("a", 1, b"2") + msg("b", 2, b"3")
        + b"-ERR 'x'\r\nPING\r\n" + msg("a", 1, b"4") + b"+OK\r\n"
    )  # fmt: skip
    assert parse(data) == [
        PING,
        ("sub 1", "a", "", b"", b"1"),
        PONG,
        ("sub 1", "a", "", b"", b"2"),
        ("sub 2", "b", "", b"", b"3"),
        Err("x"),
        PING,
        ("sub 1", "a", "", b"", b"4"),
        OK,
    ]


@pytest.mark.parametrize("first", [b"", b"PING\r\n"])
def test_consecutive_messages_of_a_subscription_are_one_run(first: bytes) -> None:
    parser = parser_of(1, 2)
    data = msg("a", 1, b"12") + msg("b", 1, b"345") + msg("c", 2) + msg("a", 1) + msg("a", 1)
    runs = [event for event in parser.feed(first + data) if isinstance(event, Delivery)]
    assert [(run.origin, len(run.messages), run.size) for run in runs] == [
        ("sub 1", 2, 5),
        ("sub 2", 1, 0),
        ("sub 1", 2, 0),
    ]


def test_the_size_of_a_run_counts_headers_and_payloads() -> None:
    _, run = parser_of(1).feed(b"PING\r\n" + msg("a", 1, b"12") + hmsg("a", 1, b"345"))
    assert isinstance(run, Delivery)
    assert (len(run.messages), run.size) == (2, 2 + len(HEAD) + 3)


def test_messages_are_of_the_type_that_was_asked_for() -> None:
    class Mine(Message):
        __slots__ = ()

    parser = Parser(Mine)
    parser.add_route(1, "sub 1")
    for data in (msg("a", 1), hmsg("a", 1), b"PING\r\n" + msg("a", 1)):
        (run,) = [event for event in parser.feed(data) if isinstance(event, Delivery)]
        assert type(run.messages[0]) is Mine


# Who gets a message


def test_a_message_that_nobody_is_subscribed_to_is_counted_and_skipped() -> None:
    parser = parser_of(1)
    data = msg("a", 9, b"x") + msg("a", 1) + hmsg("a", 9) + b"PING\r\n" + msg("a", 9, b"a\r\nb")
    assert flat(parser.feed(data)) == [("sub 1", "a", "", b"", b""), PING]
    assert parser.orphans == 3


def test_the_subscription_id_is_compared_as_the_server_writes_it() -> None:
    parser = parser_of(1)
    assert parser.feed(msg("a", 11) + b"MSG a one 0\r\n\r\n") == []
    assert parser.orphans == 2


def test_a_route_that_was_removed_gets_nothing_more() -> None:
    parser = parser_of(1, 2)
    assert len(parser.feed(msg("a", 1) + msg("b", 2))) == 2
    parser.remove_route(1)
    assert flat(parser.feed(msg("a", 1) + msg("b", 2))) == [("sub 2", "b", "", b"", b"")]
    assert parser.orphans == 1


def test_a_route_that_was_never_there_can_be_removed() -> None:
    parser = parser_of(1)
    parser.remove_route(7)
    assert flat(parser.feed(msg("a", 1))) == [("sub 1", "a", "", b"", b"")]


def test_a_route_added_late_gets_what_comes_from_then_on() -> None:
    parser = parser_of()
    assert parser.feed(msg("a", 1)) == []
    parser.add_route(1, "sub 1")
    assert flat(parser.feed(msg("a", 1))) == [("sub 1", "a", "", b"", b"")]


def test_a_route_can_be_given_to_another() -> None:
    parser = parser_of(1)
    parser.feed(msg("a", 1))
    parser.add_route(1, "heir")
    assert flat(parser.feed(msg("a", 1))) == [("heir", "a", "", b"", b"")]


def test_routes_count_when_a_message_is_complete() -> None:
    parser = parser_of(1)
    data = msg("a", 1, b"hello")
    assert parser.feed(data[:-3]) == []
    parser.remove_route(1)
    assert parser.feed(data[-3:]) == []
    assert parser.orphans == 1


# What is not the protocol

MALFORMED_LINES = [
    b"",
    b" ",
    b"HELLO",
    b"PUB a 1",
    b"PINGPONG",
    b"+OKAY",
    b"MSG",
    b"MSG a",
    b"MSG a 1",
    b"MSG a 1 b c 5",
    b"MSG a 1 -5",
    b"MSG a 1 +5",
    b"MSG a 1 5.0",
    b"MSG a 1 5_0",
    b"MSG a 1 0x5",
    b"MSG a 1 \xd9\xa5",  # a digit, though not to NATS
    b"MSG a 1 12345678901",
    b"HMSG a 1 12",
    b"HMSG a 1 0 5",
    b"HMSG a 1 13 12",
    b"HMSG a 1 x 12",
    b"HMSG a 1 12 x",
    b"HMSG a 1 b c 12 12",
    b"MSG\0a 1 5",
    b"\xff\xfe",
]


@pytest.mark.parametrize("line", MALFORMED_LINES)
@pytest.mark.parametrize("before", [b"", msg("a", 1, b"x") * 2, b"PING\r\n", hmsg("a", 1)])
@pytest.mark.parametrize("after", [b"PING\r\n", b"hello\r\n", b"NATS/1.0\r\n\r\n\r\n"])
def test_what_is_not_the_protocol_is_said_once_after_all_that_came_before(
    line: bytes, before: bytes, after: bytes
) -> None:
    parser = parser_of(1)
    *good, last = parser.feed(before + line + b"\r\n" + after)
    assert isinstance(last, Malformed)
    assert isinstance(last.error, ProtocolError)
    assert flat(good) == parse(before)
    assert parser.feed(b"PING\r\n") == []
    assert parser.feed(msg("a", 1)) == []


@pytest.mark.parametrize("behind", [b"x\r\n", b"\n\n", b"\r\r", b"\0\0"])
@pytest.mark.parametrize("make", [msg, hmsg])
@pytest.mark.parametrize("before", [b"", msg("a", 1, b"x"), b"PING\r\n"])
def test_a_payload_that_is_longer_than_announced(behind: bytes, make: Make, before: bytes) -> None:
    parser = parser_of(1)
    message = make("a", 1, b"hello")
    *good, last = parser.feed(before + message[:-2] + behind + b"PING\r\n")
    assert isinstance(last, Malformed)
    assert flat(good) == parse(before)
    assert parser.feed(b"PING\r\n") == []


def test_a_payload_that_is_shorter_than_announced() -> None:
    parser = parser_of(1)
    (last,) = parser.feed(b"MSG a 1 5\r\nhell\r\n" + msg("a", 1))
    assert isinstance(last, Malformed)


def test_the_words_of_a_fault_quote_the_line_in_part() -> None:
    line = b"BOGUS " + b"x" * 1000
    (last,) = parser_of().feed(line + b"\r\n")
    assert isinstance(last, Malformed)
    assert "BOGUS" in str(last.error)
    assert len(str(last.error)) < 150


# Limits


def test_a_line_without_an_end_is_refused_once_it_is_too_long() -> None:
    parser = parser_of(1)
    pieces = [msg("a", 1) + b"INFO {", *[b"x" * 65536] * 15]
    assert flat(feed_all(parser, pieces)) == [("sub 1", "a", "", b"", b"")]
    (last,) = feed_all(parser, [b"x" * 65536] * 3)
    assert isinstance(last, Malformed)
    assert parser.feed(b"\r\nPING\r\n") == []


def test_an_info_of_a_large_cluster_is_read() -> None:
    text = b"[" + b'"10.0.0.1:4222",' * 60_000 + b'""]'
    data = b"INFO " + text + b"\r\n"
    pieces = [data[at : at + 65536] for at in range(0, len(data), 65536)]
    assert feed_all(parser_of(), pieces) == [Info(text)]


@pytest.mark.parametrize("make", [msg, hmsg])
def test_a_message_that_is_larger_than_any_server_allows_is_refused_at_its_first_bytes(
    make: Make,
) -> None:
    parser = Parser(max_message=1000)
    parser.add_route(1, "sub 1")
    largest = make("a", 1, b"x" * (1000 - (len(HEAD) if make is hmsg else 0)))
    too_large = make("a", 1, b"x" * 1001)
    assert len(feed_all(parser, [largest[:50], largest[50:]])) == 1
    *good, last = parser.feed(msg("a", 1) + too_large[:50])
    assert len(good) == 1
    assert isinstance(last, Malformed)
    assert parser.feed(too_large[50:]) == []


def test_the_most_that_a_message_may_hold_can_be_raised() -> None:
    parser = Parser(max_message=10)
    parser.add_route(1, "sub 1")
    parser.max_message = 100
    data = msg("a", 1, b"x" * 50)
    assert len(feed_all(parser, [data[:20], data[20:]])) == 1


def test_how_large_the_message_is_that_came_in_part() -> None:
    parser = parser_of(1)
    data = msg("a", 1, b"x" * 1000)
    for place in (len(data) - 1, 100, 14):
        parser.feed(data[:place])
        assert parser.incomplete == len(data)
        parser.feed(data[place:] + b"PIN")
        assert parser.incomplete == 0
        parser.feed(b"G\r\n")


# What is remembered of subjects


def test_messages_of_one_subject_share_it() -> None:
    parser = parser_of(1)
    shared = {
        id(message.subject)
        for number in range(5)
        for delivery in parser.feed(msg("a.b", 1, b"x" * number) + msg("c", 1))
        if isinstance(delivery, Delivery)
        for message in delivery.messages
    }
    assert len(shared) == 2


def test_a_bounded_number_of_subjects_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SUBJECTS_KEPT", 8)
    parser = parser_of(1)
    for number in range(100):
        assert parse_with(parser, msg(f"a.{number}", 1)) == [f"a.{number}"]
        assert len(parser._subjects) <= 8


def parse_with(parser: Parser, data: bytes) -> list[object]:
    """The subjects of these messages."""
    return [entry[1] for entry in flat(parser.feed(data)) if isinstance(entry, tuple)]


def test_replies_of_requests_do_not_push_out_what_repeats() -> None:
    parser = parser_of(1)
    parser.add_route(2, "replies", repeats=False)
    for number in range(10):
        assert parse_with(parser, msg(f"_INBOX.x.{number}", 2)) == [f"_INBOX.x.{number}"]
    assert not parser._subjects
