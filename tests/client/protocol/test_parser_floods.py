"""The short cuts of the parser: lines that repeat, and what is only looked at once."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from natstui.client.protocol.events import PING, Event
from natstui.client.protocol.parser import Parser
from tests.client.protocol.test_parser_properties import FLOODS, MESSAGES, Said, join
from tests.client.protocol.transcripts import cut, feed_all, flat, msg, parser_of


@given(FLOODS, MESSAGES, FLOODS, st.integers(0, 400))
@settings(deadline=None, max_examples=200)
def test_a_flood_reads_as_its_messages_do_one_by_one(
    flood: Said, strange: Said, after: Said, place: int
) -> None:
    said = join([flood, strange, after])
    at_once, in_pieces = parser_of(1, 2), parser_of(1, 2)
    expected = flat(feed_all(in_pieces, cut(said.data, range(1, len(said.data)))))
    assert flat(feed_all(at_once, cut(said.data, [place]))) == expected
    assert at_once.orphans == in_pieces.orphans


@pytest.mark.parametrize("size", [0, 1, 5000])
def test_a_flood_ends_where_another_line_a_fault_or_nothing_follows(size: int) -> None:
    line, payload = b"MSG a 1 %d\r\n" % size, b"x" * size
    flood, entry = (line + payload + b"\r\n") * 5, ("sub 1", "a", "", b"", payload)
    assert flat(parser_of(1).feed(flood)) == [entry] * 5
    assert flat(parser_of(1).feed(flood + line + payload)) == [entry] * 5
    expected = [*[entry] * 5, PING, *[entry] * 5]
    assert flat(parser_of(1).feed(flood + b"PING\r\n" + flood)) == expected
    *before, fault = flat(parser_of(1).feed(flood + line + payload + b"xx"))
    assert before == [entry] * 5
    assert f"no line end after the {size} bytes" in str(fault)


def test_a_flood_may_have_headers() -> None:
    head = b"NATS/1.0\r\nA: b\r\n\r\n"
    pieces = [b"%d" % number for number in range(5)]
    line = b"HMSG a 1 r %d %d\r\n" % (len(head), len(head) + 1)
    flood = b"".join(line + head + piece + b"\r\n" for piece in pieces)
    expected = [("sub 1", "a", "r", head, piece) for piece in pieces]
    assert flat(parser_of(1).feed(flood)) == expected


class Observed(Parser):
    """A parser that counts its looks at what came."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0
        self.add_route(1, "sub 1")

    def _read(self, data: bytes, out: list[Event]) -> None:
        self.reads += 1
        super()._read(data, out)


def test_a_large_message_is_looked_at_when_it_starts_and_when_it_is_complete() -> None:
    parser = Observed()
    data = msg("a", 1, b"x" * 10_000)
    feed_all(parser, cut(data, range(100, len(data), 100)))
    assert parser.reads == 2
