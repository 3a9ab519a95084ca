"""By what messages could belong together: what some of them share, and others do not.

A suggestion, worked out from some messages. What is the same in nearly all of them is a category
and not an identifier; what is different in each says nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from natstui.model.conversations import trace_id
from natstui.model.field import Field
from natstui.model.field_survey import FieldStats, FieldSurvey
from natstui.model.tail import Record

SAMPLE = 2_000
_MOST_MEAN = 20
_KNOWN = re.compile(r"trace|correlation|request.?id|conversation|causation|transaction|txn", re.I)
_IDENTIFIER = re.compile(r"(^|[^a-z])id$|Id$|ID$")


@dataclass(frozen=True)
class Candidate:
    """`messages` of those that were looked at are in `conversations` of two or more.

    `field` None: request and reply; then `messages` are the requests, `conversations` those that
    were answered. `example` is one of the values.
    """

    field: Field | None
    messages: int
    conversations: int
    score: float
    example: str = ""

    @property
    def name(self) -> str:
        return "request and reply" if self.field is None else self.field.name

    @property
    def mean(self) -> float:
        """Messages in a conversation, on average."""
        return self.messages / self.conversations if self.conversations else 0.0


class Suggestions:
    """Takes messages; `candidates` are the best first."""

    def __init__(self) -> None:
        self.survey = FieldSurvey()
        self._replies: set[str] = set()
        self._subjects: set[str] = set()
        self._requests = 0

    @property
    def messages(self) -> int:
        return self.survey.messages

    def take(self, record: Record) -> None:
        """Look at one message; no more than 2,000 are of interest."""
        if self.messages >= SAMPLE:
            return
        self.survey.take(record)
        self._subjects.add(record.subject)
        if record.reply:
            self._requests += 1
            self._replies.add(record.reply)

    def candidates(self) -> list[Candidate]:
        """What may be an identifier, the most likely first."""
        found = [each for each in map(self._candidate, self.survey.fields.values()) if each]
        if self._requests:
            answered = len(self._replies & self._subjects)
            score = self._requests / self.messages * (1.0 if answered else 0.1)
            found.append(Candidate(None, self._requests, answered, score))
        return sorted(found, key=lambda each: -each.score)

    def _candidate(self, stats: FieldStats) -> Candidate | None:
        field = stats.field
        if field.kind not in ("header", "json", "token"):
            return None
        together: Counter[str] = Counter()
        for text, count in stats.values.items():
            together[trace_id(text)] += count
        shared = {text: count for text, count in together.items() if count > 1 and text}
        if len(shared) < 2:
            return None
        messages = sum(shared.values())
        example = max(shared, key=lambda text: shared[text])
        score = messages / self.messages * _likeness(stats, messages / len(shared))
        return Candidate(field, messages, len(shared), score, example)


def _likeness(stats: FieldStats, mean: float) -> float:
    """How much a field is like an identifier, by its name and by its values."""
    name = stats.field.steps[-1]
    is_named = bool(_IDENTIFIER.search(name))
    likeness = 4.0 if _KNOWN.search(name) else 2.0 if is_named else 0.3
    if mean > _MOST_MEAN or len(stats.values) < max(3, stats.messages / _MOST_MEAN):
        likeness *= 0.1
    if stats.is_numeric and not is_named:
        likeness *= 0.2
    return likeness
