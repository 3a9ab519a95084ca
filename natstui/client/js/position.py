"""Where a message is, read from the reply subject that its consumer gave it (ADR-15).

    $JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>
    $JS.ACK.<domain|_>.<account>.<stream>.<consumer>. … .<pending>[.<token>]

`Msg.metadata` has all of it; this is the part that is needed for every message on hot paths.
"""

from __future__ import annotations

from typing import NamedTuple

SHORT_FORM = 9


class Position(NamedTuple):
    """A message counted by its stream and by its consumer; what the consumer has left to give."""

    consumer: str
    stream_seq: int
    consumer_seq: int
    timestamp_ns: int
    pending: int


NOWHERE = Position("", 0, 0, 0, 0)


def position(reply: str) -> Position:
    """NOWHERE for a message that is not of a consumer."""
    tokens = reply.split(".")
    first = 3 if len(tokens) == SHORT_FORM else 5
    try:
        _, stream_seq, consumer_seq, timestamp, pending = map(int, tokens[first + 1 : first + 6])
    except ValueError:
        return NOWHERE
    return Position(tokens[first], stream_seq, consumer_seq, timestamp, pending)
