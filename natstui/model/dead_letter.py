"""A message that a consumer will not get again, as its server advised.

`$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.<stream>.<consumer>`: delivered as often as
`max_deliver` allows, and never acknowledged. `…MSG_TERMINATED.<stream>.<consumer>`: a client ended
it (`+TERM`), perhaps with a reason.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from natstui.model.gathering import read_object
from natstui.model.system_answer import moment

Kind = Literal["gave up", "terminated", "counted"]

PREFIX = "$JS.EVENT.ADVISORY.CONSUMER."
_KINDS: dict[str, Kind] = {"MAX_DELIVERIES": "gave up", "MSG_TERMINATED": "terminated"}
_MOST_REASON = 1_024


def advisory_subjects(stream: str = "*") -> tuple[str, ...]:
    """Where it is advised, for one stream or for all."""
    return tuple(f"{PREFIX}{name}.{stream}.*" for name in _KINDS)


class DeadLetter(NamedTuple):
    """`seq` is its sequence in the stream, `at` when it was advised, in seconds since the epoch.

    Of the kind "counted" nothing is known but how many there are, at least: `number` of them, and
    no sequence, time or reason.
    """

    stream: str
    consumer: str
    seq: int
    kind: Kind
    deliveries: int
    reason: str
    at: float
    number: int = 1

    @property
    def key(self) -> tuple[str, str, int]:
        return self.stream, self.consumer, self.seq

    @property
    def words(self) -> str:
        """What a filter searches."""
        return f"{self.stream} {self.consumer} {self.seq or ''} {self.kind} {self.reason}"


def dead_letter(subject: str, payload: bytes, heard_at: float) -> DeadLetter | None:
    """What an advisory says, None if it is no such advisory. Anybody may have published it."""
    what, _, rest = subject.removeprefix(PREFIX).partition(".")
    said = read_object(payload)
    if said is None or what not in _KINDS or rest.count(".") != 1:
        return None
    stream, consumer = rest.split(".")
    seq, deliveries = said.get("stream_seq"), said.get("deliveries")
    if not isinstance(seq, int) or not 0 < seq < 2**64:
        return None
    return DeadLetter(
        stream,
        consumer,
        seq,
        _KINDS[what],
        deliveries if isinstance(deliveries, int) else 0,
        str(said.get("reason") or "")[:_MOST_REASON],
        moment(said, "timestamp") or heard_at,
    )
