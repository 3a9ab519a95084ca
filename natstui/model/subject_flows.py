"""What comes on each subject, and below each prefix: how much, how fast, since when no more.

All times are those of the messages, in seconds, so that a recording says the same as it did live.
"""

from __future__ import annotations

from collections.abc import Iterable

from natstui.model.key_index import KeyIndex, KeyView
from natstui.model.tail import Record

MOST_SUBJECTS = 20_000
WINDOW = 10  # seconds that a rate is of
# Silent is who came often enough to be expected, and is overdue by far.
EXPECTED_FROM = 5  # messages
OVERDUE = 5.0  # times the usual gap, and seconds at least


class Flow:
    """The messages of one subject. `bytes` are those of payloads and headers."""

    __slots__ = ("_recent", "_second", "bytes", "first", "last", "messages")

    def __init__(self, at: float) -> None:
        self.messages = 0
        self.bytes = 0
        self.first = self.last = at
        self._second = int(at)
        self._recent = [0] * WINDOW

    def take(self, at: float, size: int) -> None:
        """One more, at this time."""
        self.messages += 1
        self.bytes += size
        self.first, self.last = min(self.first, at), max(self.last, at)
        self._turn_to(int(at))
        if self._second - int(at) < WINDOW:
            self._recent[int(at) % WINDOW] += 1

    def rate(self, now: float) -> float:
        """Messages a second, over the last ten seconds."""
        self._turn_to(int(now))
        covered = WINDOW - 1 + now % 1
        return sum(self._recent) / max(1.0, min(covered, now - self.first))

    def silent_for(self, now: float) -> float:
        """For how many seconds it has been silent though it used to come; 0 if it has not."""
        if self.messages < EXPECTED_FROM:
            return 0.0
        gap = (self.last - self.first) / (self.messages - 1)
        since = now - self.last
        return since if since > max(OVERDUE, OVERDUE * gap) else 0.0

    def _turn_to(self, second: int) -> None:
        for passed in range(max(self._second + 1, second - WINDOW + 1), second + 1):
            self._recent[passed % WINDOW] = 0
        self._second = max(self._second, second)


class Summary:
    """Several flows as one; `silent` is how many of the `subjects` are."""

    def __init__(self, flows: Iterable[Flow], now: float) -> None:
        self.subjects = self.messages = self.bytes = self.silent = 0
        self.rate = self.last = 0.0
        for flow in flows:
            self.subjects += 1
            self.messages += flow.messages
            self.bytes += flow.bytes
            self.rate += flow.rate(now)
            self.last = max(self.last, flow.last)
            self.silent += flow.silent_for(now) > 0


class SubjectFlows:
    """All of them; `version` grows with every message.

    No more than `most` subjects are told apart; messages of others are only counted, as `others`.
    `keys` are the subjects, sorted. `newest` is the time of the newest message.
    """

    def __init__(self, most: int = MOST_SUBJECTS) -> None:
        self.version = 0
        self.messages = 0
        self.others = 0
        self.newest = 0.0
        self.keys = KeyView(KeyIndex())
        self._flows: dict[str, Flow] = {}
        self._most = most

    def take(self, record: Record) -> None:
        """Count one message; notes of ours are none."""
        if record.is_note:
            return
        self.version += 1
        self.messages += 1
        self.newest = max(self.newest, record.at)
        flow = self._flows.get(record.subject) or self._begin(record)
        if flow is None:
            self.others += 1
        else:
            flow.take(record.at, record.size)

    def flow(self, subject: str) -> Flow | None:
        """What came on this subject, None if nothing did or it is one of the others."""
        return self._flows.get(subject)

    def below(self, prefix: str, now: float) -> Summary:
        """What came on all subjects that begin with `prefix`; "" is all of them."""
        first, end = self.keys.all.below(prefix)
        return Summary((self._flows[self.keys.all[row]] for row in range(first, end)), now)

    def _begin(self, record: Record) -> Flow | None:
        if len(self._flows) >= self._most:
            return None
        self.keys.add(record.subject)
        return self._flows.setdefault(record.subject, Flow(record.at))
