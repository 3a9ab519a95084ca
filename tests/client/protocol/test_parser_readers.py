"""The two readers of the parser against each other, and which of them reads."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from natstui.client.protocol import parser as module
from natstui.client.protocol.events import Event
from natstui.client.protocol.parser import Parser
from tests.client.protocol.test_parser_properties import (
    FLOODS,
    MESSAGES,
    PLACES,
    TRANSCRIPTS,
    Said,
    join,
)
from tests.client.protocol.transcripts import cut, feed_all, flat, msg, parser_of


def exact_parser() -> Parser:
    parser = parser_of(1, 2)
    parser._scans_left = 10**9
    return parser


def both(pieces: list[bytes]) -> None:
    """Feed them to either reader, and have every read give the same."""
    quick, exact = parser_of(1, 2), exact_parser()
    for piece in pieces:
        assert flat(quick.feed(piece)) == flat(exact.feed(piece))
    assert quick.orphans == exact.orphans


@given(TRANSCRIPTS, PLACES)
@settings(deadline=None, max_examples=200)
def test_the_quick_reader_reads_what_the_exact_one_reads(said: Said, places: list[int]) -> None:
    both(cut(said.data, places))


@given(FLOODS, MESSAGES, FLOODS, st.integers(0, 400))
@settings(deadline=None, max_examples=200)
def test_the_quick_reader_hands_over_wherever_something_does_not_fit(
    flood: Said, strange: Said, after: Said, place: int
) -> None:
    both(cut(join([flood, strange, after]).data, [place]))


@given(st.lists(st.sampled_from([b"MSG ", b"a 1 ", b"\r\n", b"0", b"2", b"x"]), max_size=14))
@settings(deadline=None, max_examples=200)
def test_the_quick_reader_finds_the_faults_that_the_exact_one_finds(parts: list[bytes]) -> None:
    both([b"MSG a 1 2\r\nxx\r\n" + b"".join(parts), b"\r\n", b"\r\nMSG a 1 0\r\n\r\n"])


class Observed(Parser):
    """A parser that counts the lines it had to take apart, and the tries of its readers."""

    def __init__(self) -> None:
        super().__init__()
        self.taken_apart = 0
        self.quick_tries = 0
        self.exact_tries = 0
        self.add_route(1, "sub 1")

    def _read_message_line(self, line: bytes) -> module._Line | None:
        self.taken_apart += 1
        return super()._read_message_line(line)

    def _walk(self, data: bytes, out: list[Event]) -> bytes:
        self.quick_tries += 1
        return super()._walk(data, out)

    def _scan(self, data: bytes, out: list[Event]) -> None:
        self.exact_tries += 1
        super()._scan(data, out)


def test_a_large_message_is_looked_at_when_it_starts_and_when_it_is_complete() -> None:
    parser = Observed()
    data = msg("a", 1, b"x" * 10_000)
    feed_all(parser, cut(data, range(100, len(data), 100)))
    assert parser.exact_tries == 2


@pytest.mark.parametrize("first", [b"", b"PING\r\n"])
def test_a_line_that_was_seen_before_is_not_taken_apart_again(first: bytes) -> None:
    parser = Observed()
    parser.feed(first + msg("a", 1, b"1") + msg("b", 1, b"2"))
    seen = parser.taken_apart
    for _ in range(3):
        assert flat(parser.feed(msg("a", 1, b"3") + msg("b", 1, b"4"))) == [
            ("sub 1", "a", "", b"", b"3"),
            ("sub 1", "b", "", b"", b"4"),
        ]
    assert parser.taken_apart == seen


def test_the_quick_reader_rests_after_reads_that_do_not_suit_it() -> None:
    parser = Observed()
    unsuited = msg("a", 1, b"\r\n") + msg("a", 1, b"x") * 10
    expected = flat(parser_of(1).feed(unsuited))
    for _ in range(1 + module._SCANS_AFTER_MISFIT):
        assert flat(parser.feed(unsuited)) == expected
    assert parser.quick_tries == 1
    assert flat(parser.feed(unsuited)) == expected
    assert parser.quick_tries == 2


def test_the_quick_reader_does_not_rest_after_one_strange_message_near_the_end() -> None:
    parser = Observed()
    for _ in range(5):
        parser.feed(msg("a", 1, b"x") * 10 + msg("a", 1, b"\r\n") + b"PING\r\n")
    assert parser.quick_tries == 5
