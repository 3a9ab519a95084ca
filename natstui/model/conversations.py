"""Messages that belong together: by a header, a JSON path, or the inbox of a request.

Whatever they are put together by, what comes to the inbox of a request belongs to the request. The
messages may be given in any order; a conversation has them by time.
"""

from __future__ import annotations

import re
from bisect import insort
from collections import OrderedDict
from typing import NamedTuple

from natstui.model.contents import Contents
from natstui.model.field import Field, text_of
from natstui.model.tail import Record

MOST = 1_000
MOST_STEPS = 100
_MOST_EARLY = 2_000  # subjects, and so many messages of each
_MOST_EARLY_EACH = 10
_SLACK = 100  # so many more may be there for a while
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)


class Step(NamedTuple):
    """One message: when, which, and how large; `reply` is where an answer is wanted."""

    at: float
    seq: int
    subject: str
    reply: str
    size: int


class Conversation:
    """Messages with the same `id`, in the order of their times.

    Up to 100 are kept in `steps`; `left_out` counts the others, whose times are in `first_at` and
    `last_at` all the same.
    """

    def __init__(self, id: str) -> None:
        self.id = id
        self.steps: list[Step] = []
        self.left_out = 0
        self.first_at = float("inf")
        self.last_at = float("-inf")
        # Worked out when somebody asks, and kept until there is another message.
        self._slowest: tuple[float, Step | None] | None = None
        self._unanswered: list[Step] | None = None

    @property
    def messages(self) -> int:
        return len(self.steps) + self.left_out

    @property
    def span(self) -> float:
        """Seconds from the first message to the last."""
        return max(0.0, self.last_at - self.first_at)

    @property
    def slowest(self) -> tuple[float, Step | None]:
        """The longest time without a message, in seconds, and the message that ended it."""
        if self._slowest is None:
            pairs = zip(self.steps, self.steps[1:], strict=False)
            waits = ((after.at - before.at, after) for before, after in pairs)
            self._slowest = max(waits, key=lambda each: each[0], default=(0.0, None))
        return self._slowest

    @property
    def subjects(self) -> list[str]:
        """Each once, in the order of the messages."""
        return list(dict.fromkeys(step.subject for step in self.steps))

    @property
    def unanswered(self) -> list[Step]:
        """The requests to whose inbox nothing came."""
        if self._unanswered is None:
            said = {step.subject for step in self.steps}
            asked = (step for step in self.steps if step.reply)
            self._unanswered = [step for step in asked if step.reply not in said]
        return self._unanswered

    def add(self, step: Step) -> None:
        """One more message."""
        self.first_at = min(self.first_at, step.at)
        self.last_at = max(self.last_at, step.at)
        self._slowest = self._unanswered = None
        if len(self.steps) < MOST_STEPS:
            insort(self.steps, step)
        else:
            self.left_out += 1


class Conversations:
    """Takes messages; the newest thousand conversations are kept.

    `by` None: by request and reply only. `messages` were taken, of which `without` belong to no
    conversation, and `let_go` to older ones than are kept. `answers` came to the inboxes of
    requests.
    """

    def __init__(self, by: Field | None) -> None:
        self.by = by
        self.messages = 0
        self.without = 0
        self.let_go = 0
        self.answers = 0
        self.all: dict[str, Conversation] = {}
        # The conversation of each inbox at which an answer is awaited.
        self._asked: dict[str, str] = {}
        # What came when nobody was known to have asked: read backwards, answers come first.
        self._early: OrderedDict[str, list[Step]] = OrderedDict()

    @property
    def version(self) -> int:
        """Grows with every message."""
        return self.messages

    def take(self, record: Record) -> None:
        """Put one message to those that it belongs to."""
        self.messages += 1
        step = Step(record.at, record.seq, record.subject, record.reply, record.size)
        key = self._asked.get(record.subject)
        self.answers += key is not None
        if key is None:
            key = self._key(record)
        if key is None:
            self.without += 1
            self._keep_early(step)
            return
        self._add(key, step)
        if record.reply and record.reply not in self._asked:
            self._asked[record.reply] = key
            for early in self._early.pop(record.reply, ()):
                self.without -= 1
                self.answers += 1
                self._add(key, early)
        if len(self.all) > MOST + _SLACK:
            self._let_go()

    def newest(self) -> list[Conversation]:
        """The conversations, the one with the newest message first."""
        found = sorted(self.all.values(), key=lambda each: -each.last_at)
        return found[:MOST]

    def _key(self, record: Record) -> str | None:
        if self.by is None:
            return record.reply or None
        value = next(iter(self.by.values(Contents(record))), None)
        return None if value is None or value == "" else trace_id(text_of(value))

    def _add(self, key: str, step: Step) -> None:
        conversation = self.all.get(key)
        if conversation is None:
            conversation = self.all[key] = Conversation(key)
        conversation.add(step)

    def _keep_early(self, step: Step) -> None:
        if step.reply:
            return
        steps = self._early.setdefault(step.subject, [])
        if len(steps) < _MOST_EARLY_EACH:
            steps.append(step)
        self._early.move_to_end(step.subject)
        if len(self._early) > _MOST_EARLY:
            self._early.popitem(last=False)

    def _let_go(self) -> None:
        for gone in sorted(self.all.values(), key=lambda each: each.last_at)[
            : len(self.all) - MOST
        ]:
            del self.all[gone.id]
            self.let_go += gone.messages
            for step in gone.steps:
                self._asked.pop(step.reply, None)


def trace_id(text: str) -> str:
    """Of a W3C trace context the trace, which all its spans share; anything else as it is."""
    found = _TRACEPARENT.fullmatch(text)
    return found[1] if found else text
