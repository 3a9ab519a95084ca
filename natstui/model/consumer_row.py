"""One consumer: what the server says of it, and how that moves from one answer to the next."""

from __future__ import annotations

from typing import Any, NamedTuple

from natstui.client.js.api import Timestamp
from natstui.client.js.api.base import ZERO_TIME
from natstui.model.consumer_state import Standing, judge
from natstui.model.rates import History, Rate
from natstui.model.trend import Levels, Slope

RATE_WINDOW = 10.0
BARS = 60  # seconds


class Key(NamedTuple):
    """What a consumer is known by."""

    stream: str
    name: str


class _Marks(NamedTuple):
    """The numbers of an answer from which movement is worked out."""

    delivered: int
    position: int
    outstanding: int
    given_up: int
    advised: int


class ConsumerRow:
    """A consumer; `info` is the server's last answer as it came, the rest is read out of it.

    `deliver_rate` and `ack_rate` are per second over the last ten seconds, from what moved between
    two answers; `deliver_bars`, `ack_bars` and `pending_bars` are the last sixty seconds. `problem`
    says why there is no answer for it ("" if there is one), `advised` how many messages the server
    has advised to be lost since we listen, `gave_up` how many more it gave up while we watched.
    """

    def __init__(self, key: Key) -> None:
        self.key = key
        self.info: dict[str, Any] = {}
        self.problem = ""
        self.advised = 0
        self.standing: Standing = judge(self)
        self._start_over()

    def _start_over(self) -> None:
        self.delivered_total = 0
        self.acked_total = self._acked = 0
        self.gave_up = 0
        self.deliver_rate, self.ack_rate = Rate(RATE_WINDOW), Rate(RATE_WINDOW)
        self.slope = Slope()
        self.deliver_bars, self.ack_bars = History(BARS), History(BARS)
        self.pending_bars = Levels(BARS)
        self._marks: _Marks | None = None

    # What moved

    def take(self, now: float, info: dict[str, Any]) -> None:
        """Take an answer that came at `now`, a time that never goes back."""
        if self.info and info.get("created") != self.info.get("created"):
            self._start_over()  # another one of the same name
        self.info = info
        self.problem = ""
        self._move()
        self.deliver_rate.sample(now, self.delivered_total)
        self.ack_rate.sample(now, self.acked_total)
        self.slope.sample(now, self.lag)
        self.deliver_bars.sample(now, self.delivered_total)
        self.ack_bars.sample(now, self.acked_total)
        self.pending_bars.sample(now, self.pending)
        self.standing = judge(self)

    def fail(self, problem: str) -> None:
        """There is no answer for it."""
        self.problem = problem
        self.standing = judge(self)

    def _move(self) -> None:
        """Count up what was delivered and acknowledged since the last answer.

        The server counts deliveries, but not acknowledgements. What was delivered for the first
        time is at most how many deliveries there were, and at most how far the position in the
        stream moved; of that, what is neither outstanding nor given up was acknowledged. So a
        consumer that only redelivers shows no acks.
        """
        marks = _Marks(
            self.count("delivered", "consumer_seq"),
            self.position,
            self.outstanding,
            self.given_up,
            self.advised,
        )
        before, self._marks = self._marks, marks
        if before is None or marks.delivered < before.delivered:
            return  # the first answer, or it was reset
        deliveries = marks.delivered - before.delivered
        fresh = min(deliveries, max(0, marks.position - before.position))
        gave_up = max(0, marks.given_up - before.given_up, marks.advised - before.advised)
        self.delivered_total += deliveries
        self.gave_up += gave_up
        self._acked += fresh - (marks.outstanding - before.outstanding) - gave_up
        # Advisories and answers come at different times: what was taken back comes again.
        self.acked_total = max(self.acked_total, self._acked)

    # What the server says

    def count(self, *path: str) -> int:
        """A number in the answer, 0 if it is not there."""
        place: Any = self.info
        for name in path:
            place = place.get(name) if isinstance(place, dict) else None
        return place if isinstance(place, int) else 0

    @property
    def stream(self) -> str:
        return self.key.stream

    @property
    def name(self) -> str:
        return self.key.name

    @property
    def config(self) -> dict[str, Any]:
        config: dict[str, Any] = self.info.get("config") or {}
        return config

    @property
    def pending(self) -> int:
        """How many messages it has not delivered yet."""
        return self.count("num_pending")

    @property
    def outstanding(self) -> int:
        """How many it has delivered that are not acknowledged yet."""
        return self.count("num_ack_pending")

    @property
    def lag(self) -> int:
        """How many messages nobody is done with."""
        return self.pending + self.outstanding

    @property
    def ack_limit(self) -> int:
        """How many may be outstanding at once, 0 for any number."""
        return max(0, self.count("config", "max_ack_pending"))

    @property
    def redelivered(self) -> int:
        return self.count("num_redelivered")

    @property
    def waiting(self) -> int:
        """How many pull requests wait for messages."""
        return self.count("num_waiting")

    @property
    def position(self) -> int:
        """The stream sequence up to which it has delivered."""
        return self.count("delivered", "stream_seq")

    @property
    def ack_floor(self) -> int:
        """The stream sequence up to which everything is acknowledged."""
        return self.count("ack_floor", "stream_seq")

    @property
    def given_up(self) -> int:
        """How many messages it delivered for the last time without an acknowledgement, at least.

        The server remembers what it redelivered until that is acknowledged, also of what it will
        not deliver any more: so more redelivered than outstanding ones means that some are lost.
        """
        limited = self.count("config", "max_deliver") > 0
        return max(0, self.redelivered - self.outstanding) if limited else 0

    @property
    def is_push(self) -> bool:
        return bool(self.config.get("deliver_subject"))

    @property
    def is_bound(self) -> bool:
        """Whether somebody listens to what a push consumer delivers."""
        return bool(self.info.get("push_bound"))

    @property
    def acknowledges(self) -> bool:
        return self.config.get("ack_policy") != "none"

    @property
    def paused_until(self) -> str:
        """RFC 3339, "" if it is not paused."""
        return str(self.config.get("pause_until") or "") if self.info.get("paused") else ""

    @property
    def quiet_for(self) -> float:
        """Seconds since it delivered something last, or since it was made, by the server's clock.

        Servers before 2.10 do not say what time it is: 0 there.
        """
        last = (self.info.get("delivered") or {}).get("last_active") or self.info.get("created")
        now = _seconds(self.info.get("ts"))
        return max(0.0, now - _seconds(last)) if now else 0.0

    @property
    def filters(self) -> list[str]:
        """The subjects that it delivers; empty: all of the stream."""
        several = self.config.get("filter_subjects")
        one = self.config.get("filter_subject")
        return [str(each) for each in several] if several else [str(one)] if one else []

    @property
    def leader(self) -> str:
        """The server that leads, "" where there is no cluster."""
        return str((self.info.get("cluster") or {}).get("leader") or "")

    @property
    def drain_seconds(self) -> float | None:
        """How long until nothing is left at this pace; None if it does not get less."""
        if not self.lag:
            return 0.0
        return self.lag / -self.slope.per_second if self.slope.per_second < 0 else None

    @property
    def words(self) -> str:
        """What a filter searches."""
        config = self.config
        kind = "push" if self.is_push else "pull"
        described = str(config.get("description") or "")
        standing = f"{self.standing.badge} {self.standing.reason}"
        group = str(config.get("deliver_group") or "")
        return " ".join(
            [self.stream, self.name, kind, described, group, *self.filters, standing, self.leader]
        )


def _seconds(text: Any) -> float:
    if not isinstance(text, str) or text == ZERO_TIME:
        return 0.0
    try:
        return Timestamp.parse(text).timestamp()
    except ValueError:
        return 0.0
