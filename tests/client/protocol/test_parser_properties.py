"""What holds for every transcript, however the network cuts it, and for bytes that are none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from natstui.client.protocol import parser as module
from natstui.client.protocol.events import OK, PING, PONG, Err, Info, Malformed
from tests.client.protocol.transcripts import HEAD, cut, feed_all, flat, hmsg, msg, parser_of


class Said(NamedTuple):
    """Bytes of a server, and the entries (see `flat`) that they mean to who has ids 1 and 2."""

    data: bytes
    entries: list[object]


def join(parts: list[Said]) -> Said:
    return Said(
        b"".join(part.data for part in parts), [one for part in parts for one in part.entries]
    )


def message(subject: str, sid: int, payload: bytes, reply: str = "", head: bytes = b"") -> Said:
    data = hmsg(subject, sid, payload, reply, head) if head else msg(subject, sid, payload, reply)
    heard = [(f"sub {sid}", subject, reply, head, payload)] if sid in (1, 2) else []
    return Said(data, list(heard))


CONTROL = st.sampled_from(
    [
        Said(b"PING\r\n", [PING]),
        Said(b"pong\r\n", [PONG]),
        Said(b"+OK\r\n", [OK]),
        Said(b"-ERR 'no'\r\n", [Err("no")]),
        Said(b'INFO {"a":1} \r\n', [Info(b'{"a":1}')]),
    ]
)
SUBJECTS = st.sampled_from(["a", "b.c"])
SIDS = st.sampled_from([1, 2, 9])
PAYLOADS = st.binary(max_size=6) | st.sampled_from(
    [b"\r\n", b"a\r\nb", b"\r", b"PING\r\n", b"MSG a 1 1\r\nx\r\n", b"\r\nMSG a 1 0", b"x" * 300]
)
HEADS = st.sampled_from([b"", HEAD, b"NATS/1.0"])
MESSAGES = st.builds(message, SUBJECTS, SIDS, PAYLOADS, st.sampled_from(["", "r"]), HEADS)
PLAIN = st.builds(message, SUBJECTS, SIDS, st.binary(max_size=3))
FLOODS = st.builds(lambda one, times: join([one] * times), PLAIN, st.integers(2, 40))
TRANSCRIPTS = st.lists(FLOODS | PLAIN | MESSAGES | CONTROL, max_size=12).map(join)
PLACES = st.lists(st.integers(0, 600), max_size=8)

MIXED = join(
    [
        Said(b'INFO {"server_id":"x"} \r\n', [Info(b'{"server_id":"x"}')]),
        Said(b"PONG\r\n", [PONG]),
        message("a", 1, b"hello"),
        message("a", 1, b""),
        Said(b"PING\r\n", [PING]),
        message("b.c", 2, b"a\r\nb\r\n", "r"),
        message("a", 9, b"orphan"),
        message("a", 1, b"", "r", b"NATS/1.0 503\r\n\r\n"),
        message("b.c", 2, b"\r\n", "", HEAD),
        Said(b"-ERR 'Invalid Subject'\r\n+OK\r\n", [Err("Invalid Subject"), OK]),
        message("a", 1, b"hello"),
        Said(b"PING\r\n", [PING]),
    ]
)


# Every fragmentation


def test_a_transcript_means_the_same_wherever_it_is_cut_once() -> None:
    for place in range(len(MIXED.data) + 1):
        pieces = cut(MIXED.data, [place])
        assert flat(feed_all(parser_of(1, 2), pieces)) == MIXED.entries, pieces


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_transcript_means_the_same_in_pieces_of_one_size(size: int) -> None:
    parser = parser_of(1, 2)
    pieces = cut(MIXED.data, range(0, len(MIXED.data), size))
    assert flat(feed_all(parser, pieces)) == MIXED.entries
    assert parser.orphans == 1


@given(TRANSCRIPTS, PLACES)
@settings(deadline=None)
def test_every_transcript_means_the_same_in_all_pieces(said: Said, places: list[int]) -> None:
    assert flat(parser_of(1, 2).feed(said.data)) == said.entries
    assert flat(feed_all(parser_of(1, 2), cut(said.data, places))) == said.entries


@given(TRANSCRIPTS, st.sampled_from([b"HELLO\r\n", b"MSG a 1 x\r\n", b"MSG a 1 1\r\nabc"]), PLACES)
@settings(deadline=None)
def test_a_fault_is_found_behind_everything_that_came_before_it(
    said: Said, fault: bytes, places: list[int]
) -> None:
    *good, last = feed_all(parser_of(1, 2), cut(said.data + fault + said.data, places))
    assert flat(good) == said.entries
    assert isinstance(last, Malformed)


@given(FLOODS, MESSAGES, FLOODS, PLACES)
@settings(deadline=None, max_examples=200)
def test_a_flood_may_end_anywhere_in_anything(
    flood: Said, strange: Said, after: Said, places: list[int]
) -> None:
    said = join([flood, strange, after])
    assert flat(parser_of(1, 2).feed(said.data)) == said.entries
    assert flat(feed_all(parser_of(1, 2), cut(said.data, places))) == said.entries


# Bytes that no server sends

LONGEST = 4000
LARGEST = 50_000


@pytest.fixture(scope="module", autouse=True)
def _lines_that_end_soon() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MAX_LINE", LONGEST)
        yield


MUTATIONS = st.lists(
    st.tuples(
        st.integers(0, 600),
        st.integers(0, 3),
        st.binary(max_size=3) | st.sampled_from([b"\r\n", b" ", b"9", b"MSG ", b"99999999"]),
    ),
    min_size=1,
    max_size=6,
)


def mutate(data: bytes, mutations: list[tuple[int, int, bytes]]) -> bytes:
    for place, removed, added in mutations:
        data = data[:place] + added + data[place + removed :]
    return data


def survives(pieces: list[bytes]) -> list[object]:
    """Feed anything: never an exception, one `Malformed` at most, and a bounded memory."""
    parser = parser_of(1, 2)
    parser.max_message = LARGEST
    heard = []
    for piece in pieces:
        events = parser.feed(piece)
        heard += events
        assert sum(map(len, parser._rest)) <= LARGEST + LONGEST + len(piece)
    faults = [place for place, event in enumerate(heard) if isinstance(event, Malformed)]
    assert faults in ([], [len(heard) - 1])
    if faults:
        assert parser.feed(MIXED.data) == []
    return flat(heard)


@given(TRANSCRIPTS, MUTATIONS, PLACES)
@example(Said(b"HMSG a 1 18 18\r\nNATS/1.0\r\nA: b\r\n\r\n", []), [(34, 2, b"\0")], [34])
@example(Said(b"MSG a 1 1\r\nx\nx", []), [], [12])
@settings(deadline=None, max_examples=300)
def test_damaged_transcripts_do_no_harm(
    said: Said, mutations: list[tuple[int, int, bytes]], places: list[int]
) -> None:
    data = mutate(said.data, mutations)
    assert survives(cut(data, places)) == survives([data])


@given(st.lists(st.binary(max_size=50), max_size=20))
@settings(deadline=None)
def test_noise_does_no_harm(pieces: list[bytes]) -> None:
    assert survives(pieces) == survives([b"".join(pieces)])


@pytest.mark.parametrize("endless", [b"MSG a 1 ", b"x", b"MSG a 1 50001\r\n", b"\r", b" ", b"\t"])
def test_what_never_ends_is_given_up(endless: bytes) -> None:
    *good, last = survives([b"PING\r\n", *[endless * 100] * 200])
    assert good == [PING]
    assert isinstance(last, tuple)
    assert last[0] == "malformed"
