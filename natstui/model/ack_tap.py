"""What a consumer's clients answer, overheard: by plain subscriptions, and nothing else.

The consumer is not asked, and nothing is published. Deliveries are not listened to: who subscribes
to where a consumer delivers is somebody to deliver to, and messages would be sent to nobody else.
So how long a client had a message is known only where the server measures it (`sample_freq`).
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from natstui.client.aio.msg import Msg
from natstui.model.ack_event import AckEvent, Kind, ack_event, ack_subjects
from natstui.model.consumer_row import Key
from natstui.model.gathering import read_object
from natstui.model.listening import Listener
from natstui.model.rates import Rate
from natstui.model.session import Session

MOST_EVENTS = 2_000
MOST_AGES = 5_000
METRIC = "$JS.EVENT.METRIC.CONSUMER.ACK."
ADVISORY = "$JS.EVENT.ADVISORY.CONSUMER."
_ADVISED: dict[str, Kind] = {
    "MAX_DELIVERIES": "gave up",
    "MSG_NAKED": "nak",
    "MSG_TERMINATED": "term",
}
_ALREADY_HEARD = ("nak", "term")


class Spread(NamedTuple):
    """How durations are spread, in seconds, of so many."""

    number: int
    p50: float
    p90: float
    p99: float
    most: float


class AckTap:
    """One consumer's acknowledgements from `start` to `stop`; `version` grows with each.

    `events` are the latest, the newest first in `newest`; `counts` by kind is all there were,
    `advised` what servers told by themselves. `took` is, by consumer sequence, how long a client
    had a message, in seconds, where the server said so.
    """

    def __init__(
        self,
        session: Session,
        key: Key,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.key = key
        self.version = 0
        self.counts: Counter[Kind] = Counter()
        self.advised: Counter[Kind] = Counter()
        self.events: deque[AckEvent] = deque(maxlen=MOST_EVENTS)
        self.took: OrderedDict[int, float] = OrderedDict()
        self.rate = Rate()
        self._ages: deque[float] = deque(maxlen=MOST_AGES)
        self._clock = clock
        self._acks = ack_subjects(*key)
        end = f"{key.stream}.{key.name}"
        events = [METRIC + end, *(f"{ADVISORY}{what}.{end}" for what in _ADVISED)]
        self.session = session
        here = map(session.settings.here, events)
        self.listener = Listener(session, (*self._acks, *here), self._heard)

    @property
    def heard(self) -> int:
        """How many acknowledgements there were."""
        return self.counts.total()

    @property
    def hears_acks(self) -> bool:
        """Whether this user may see acknowledgements in either form."""
        return not set(self._acks) <= self.listener.denied

    async def start(self) -> None:
        """Listen; safe to call often."""
        await self.listener.start()

    async def stop(self) -> None:
        """Hear no more; what was heard stays."""
        await self.listener.stop()

    def newest(self) -> list[AckEvent]:
        """The latest, the newest first."""
        return list(reversed(self.events))

    def ages(self) -> Spread | None:
        """From when a message was stored to its ack; None before the first one."""
        return spread(self._ages)

    def durations(self) -> Spread | None:
        """From its delivery to its ack, as the server measured it; None if it does not."""
        return spread(self.took.values())

    # What was heard

    def _heard(self, msg: Msg) -> None:
        if msg.subject.startswith("$JS.ACK."):
            now, confirmed = self._clock(), bool(msg.reply)
            event = ack_event(msg.subject, msg.data, self.version, now, confirmed=confirmed)
            if event is not None:
                self._add(event)
            return
        said = read_object(msg.data) or {}
        subject = self.session.settings.as_published(msg.subject)
        if subject.startswith(METRIC):
            self._measured(said)
        else:
            self._advise(_ADVISED[subject.removeprefix(ADVISORY).split(".")[0]], said)

    def _add(self, event: AckEvent) -> None:
        self.version += 1
        self.counts[event.kind] += 1
        self.events.append(event)
        if event.kind in ("ack", "next") and event.age is not None:
            self._ages.append(event.age)

    def _measured(self, said: dict[str, Any]) -> None:
        took, seq = said.get("ack_time"), said.get("consumer_seq")
        if isinstance(took, int) and isinstance(seq, int):
            self.took[seq] = took / 1e9
            self.version += 1
            if len(self.took) > MOST_AGES:
                self.took.popitem(last=False)

    def _advise(self, kind: Kind, said: dict[str, Any]) -> None:
        self.advised[kind] += 1
        self.version += 1
        if kind in _ALREADY_HEARD and self.hears_acks:
            return
        self._add(
            AckEvent(
                self.version,
                self._clock(),
                kind,
                _number(said, "stream_seq"),
                _number(said, "consumer_seq"),
                _number(said, "deliveries"),
                None,
                None,
                str(said.get("reason") or "advised by the server"),
                confirmed=False,
            )
        )


def _number(said: dict[str, Any], name: str) -> int:
    number = said.get(name)
    return number if isinstance(number, int) else 0


def spread(durations: Iterable[float]) -> Spread | None:
    """How they are spread; None if there are none."""
    ordered = sorted(durations)
    if not ordered:
        return None
    last = len(ordered) - 1
    p50, p90, p99 = (ordered[round(last * share)] for share in (0.5, 0.9, 0.99))
    return Spread(len(ordered), p50, p90, p99, ordered[-1])
