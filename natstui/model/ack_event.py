"""What a client answered to a message that a consumer delivered to it, read from the wire.

The subject says which message (ADR-15), in one of two forms:

    $JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>
    $JS.ACK.<domain|_>.<account>.<stream>.<consumer>. … .<pending>[.<token>]

The payload says what: nothing or `+ACK`, `-NAK`, `+WPI`, `+TERM`, `+NXT`. The time is when the
message was stored, and not when it was delivered: that is nowhere on the wire.
"""

from __future__ import annotations

import json
from typing import Any, Literal, NamedTuple

from natstui.model import words

Kind = Literal["ack", "nak", "wpi", "term", "next", "gave up", "other"]

_PREFIX = "$JS.ACK."
_SHORT_FORM, _LONG_FORM = 9, 11
_NANOSECONDS = 1e9
_MOST_DETAIL = 256
# As the server compares them (nats-server: processAck), by how they begin.
_KINDS: tuple[tuple[bytes, Kind], ...] = (
    (b"+ACK", "ack"),
    (b"+NXT", "next"),
    (b"-NAK", "nak"),
    (b"+WPI", "wpi"),
    (b"+TERM", "term"),
)


class AckEvent(NamedTuple):
    """`number` counts what was heard, `at` is when, by our clock; `stored_at` when the message was
    stored, by the server's (None if it was not said). `seq` and `consumer_seq` count it by its
    stream and its consumer, `deliveries` how often it was delivered, `pending` how many came behind
    it. `detail`: a delay, a reason, what else was said. `confirmed`: the client wants an answer.
    """

    number: int
    at: float
    kind: Kind
    seq: int
    consumer_seq: int
    deliveries: int
    stored_at: float | None
    pending: int | None
    detail: str
    confirmed: bool

    @property
    def age(self) -> float | None:
        """Seconds from when the message was stored to the answer, as far as two clocks agree."""
        return None if self.stored_at is None else max(0.0, self.at - self.stored_at)


def ack_event(
    subject: str, payload: bytes, number: int, at: float, *, confirmed: bool = False
) -> AckEvent | None:
    """The answer in a message, None if the subject is none of an acknowledgement."""
    tokens = subject.split(".")
    if len(tokens) != _SHORT_FORM and len(tokens) < _LONG_FORM:
        return None
    first = 2 if len(tokens) == _SHORT_FORM else 4
    try:
        deliveries, seq, consumer_seq, stored, pending = map(int, tokens[first + 2 : first + 7])
    except ValueError:
        return None
    kind, detail = _kind(payload)
    stored_at = stored / _NANOSECONDS
    return AckEvent(
        number,
        at,
        kind,
        seq,
        consumer_seq,
        deliveries,
        stored_at,
        pending,
        detail,
        confirmed,
    )


def ack_subjects(stream: str, consumer: str) -> tuple[str, str]:
    """Where a consumer's acknowledgements go, in both forms."""
    return f"{_PREFIX}{stream}.{consumer}.>", f"{_PREFIX}*.*.{stream}.{consumer}.>"


def _kind(payload: bytes) -> tuple[Kind, str]:
    if not payload:
        return "ack", ""
    for begin, kind in _KINDS:
        if payload.startswith(begin):
            said = payload[len(begin) : len(begin) + _MOST_DETAIL].strip()
            return kind, _detail(kind, said) if said else ""
    return "other", payload[:_MOST_DETAIL].decode("utf-8", "backslashreplace")


def _detail(kind: Kind, said: bytes) -> str:
    if kind == "nak":
        try:
            order: Any = json.loads(said)
            return f"again in {words.seconds(order['delay'] / _NANOSECONDS)}"
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
            pass
    return said.decode("utf-8", "backslashreplace")
