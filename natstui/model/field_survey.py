"""Which fields there are in messages: how often, of what type, with which values.

All of it is bounded, and what did not fit is counted: fields, values of a field, values of all
fields, and values of one message.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import NamedTuple

from natstui.model.contents import Contents
from natstui.model.field import (
    ANY_NUMBER,
    PAYLOAD,
    SIZE,
    SUBJECT,
    Field,
    Scalar,
    number_of,
    text_of,
)
from natstui.model.json_path import Json
from natstui.model.spread import Spread
from natstui.model.tail import Record

MOST_FIELDS = 1_000
MOST_VALUES = 1_000  # of a field
MOST_VALUES_IN_ALL = 100_000
MOST_IN_A_MESSAGE = 500
MOST_TOKENS = 16
MOST_DEPTH = 32
_SAMPLES = 500
_SAMPLE_EVERY = 16


class Group(NamedTuple):
    """The messages in which a field has a value; `share` of those that were looked at."""

    text: str
    messages: int
    share: float


class FieldStats:
    """What is known of one field: in how many `messages` it is, of what `types` its values are.

    `values` says in how many messages each value is: the first ones that came, until there was no
    room; `others` counts messages with values beyond those. `numbers` has every value that is a
    number or says one.
    """

    def __init__(self, field: Field) -> None:
        self.field = field
        self.name = field.name
        self.messages = 0
        self.others = 0
        self.types: Counter[str] = Counter()
        self.values: dict[str, int] = {}
        self.numbers = Spread()
        self._message = -1
        self._seen: list[str] = []

    @property
    def type(self) -> str:
        """The JSON types of its values, the most frequent first."""
        return " | ".join(name for name, _ in self.types.most_common())

    @property
    def is_numeric(self) -> bool:
        """Whether most of its values are numbers."""
        return self.numbers.count * 2 > self.types.total()

    @property
    def distinct(self) -> str:
        """How many values there are, with a + if there may be more."""
        return f"{len(self.values):,}{'+' if self.others else ''}"

    def take(self, value: Scalar, message: int, room: bool) -> bool:
        """Count a value in a message; whether it is a new one that was kept. `room`: it may be."""
        self.types[_TYPES[type(value)]] += 1
        number = number_of(value)
        if number is not None:
            self.numbers.add(number)
        text = text_of(value)
        if self._message != message:
            self._message = message
            self.messages += 1
            self._seen = [text]
        elif text in self._seen:
            return False  # a list may hold a value twice
        else:
            self._seen.append(text)
        if text in self.values:
            self.values[text] += 1
        elif room and len(self.values) < MOST_VALUES:
            self.values[text] = 1
            return True
        else:
            self.others += 1
        return False

    def groups(self, of: int) -> list[Group]:
        """Its values, the most frequent first; `of` is how many messages there are."""
        most = sorted(self.values.items(), key=lambda each: -each[1])
        return [Group(text, count, count / of if of else 0.0) for text, count in most]

    def top(self) -> tuple[str, int] | None:
        """The value that is in most messages, None if there is none."""
        return max(self.values.items(), key=lambda each: each[1], default=None)


_TYPES: dict[type, str] = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
}


class _Node:
    """A place in documents: what is found there, and below it."""

    __slots__ = ("children", "stats")

    def __init__(self) -> None:
        self.stats: FieldStats | None = None
        self.children: dict[str, _Node] = {}


class FieldSurvey:
    """Takes messages; `fields` are those that were found, in the order in which they first came.

    `documents` of the messages were JSON objects or arrays. What was left out: `too_large` payloads
    that were not looked into, `cut` messages with more values than are looked at or nested too
    deeply, and `fields_left_out`, how often a further field was met when there was no room for it.
    """

    def __init__(self) -> None:
        self.messages = 0
        self.documents = 0
        self.too_large = 0
        self.cut = 0
        self.fields_left_out = 0
        self.fields: dict[Field, FieldStats] = {}
        self._values = 0
        self._left = 0
        self._root = _Node()
        self._headers: dict[str, FieldStats | None] = {}
        self._tokens: list[FieldStats] = []
        self._samples: deque[list[Field]] = deque(maxlen=_SAMPLES)
        self._sample: list[Field] | None = None

    @property
    def version(self) -> int:
        """Grows with every message."""
        return self.messages

    def stats(self, field: Field) -> FieldStats | None:
        """What is known of a field, None if it was not met."""
        return self.fields.get(field)

    def together(self, field: Field) -> Counter[Field]:
        """Which fields are in messages that have `field`, in some of them: a sample."""
        found: Counter[Field] = Counter()
        for fields in self._samples:
            if field in fields:
                found.update(set(fields))
        return found

    def tokens_of(self, field: Field, value: str) -> range:
        """How many tokens the subjects have in which the token `field` is `value`.

        Of other fields, and where there are too many subjects to tell: from one on.
        """
        subjects = self.fields.get(SUBJECT)
        if field.kind != "token" or subjects is None or subjects.others:
            return ANY_NUMBER
        place = int(field.steps[0]) - 1
        words = (subject.split(".") for subject in subjects.values)
        lengths = [len(each) for each in words if each[place : place + 1] == [value]]
        return range(min(lengths), max(lengths) + 1) if lengths else ANY_NUMBER

    def take(self, record: Record) -> None:
        """Look at one message."""
        self.messages += 1
        self._begin_sample()
        self._left = MOST_IN_A_MESSAGE
        contents = Contents(record)
        self._take_subject(record.subject)
        self._take_known(SIZE, record.size)
        self._take_headers(contents)
        document = contents.document
        if document is not None:
            self.documents += 1
            self._walk(document, self._root, ())
        elif (text := contents.text) is not None:
            self._take_known(PAYLOAD, text)
        self.too_large += contents.is_too_large
        self.cut += self._left < 0

    # The parts of a message

    def _take_subject(self, subject: str) -> None:
        self._take_known(SUBJECT, subject)
        for place, token in enumerate(subject.split(".")[:MOST_TOKENS]):
            if place == len(self._tokens):
                stats = self._field(Field("token", (str(place + 1),)))
                if stats is None:
                    return
                self._tokens.append(stats)
            self._count(self._tokens[place], token)

    def _take_known(self, field: Field, value: Scalar) -> None:
        if (stats := self.fields.get(field) or self._field(field)) is not None:
            self._count(stats, value)

    def _take_headers(self, contents: Contents) -> None:
        for key, value in contents.headers:
            if not self._has_room():
                return
            stats = self._headers.get(key)
            if stats is None:
                stats = self._field(Field("header", (key,)))
                if stats is None:
                    continue
                self._headers[key] = stats
            self._count(stats, value)

    def _walk(self, value: Json, node: _Node, path: tuple[str, ...]) -> None:
        if len(path) > MOST_DEPTH:
            self._left = -1
        elif isinstance(value, dict):
            for key, inner in value.items():
                if not self._walk_into(inner, node, key, path):
                    return
        elif isinstance(value, list):
            for inner in value:
                if not self._walk_into(inner, node, "*", path):
                    return

    def _walk_into(self, value: Json, node: _Node, step: str, path: tuple[str, ...]) -> bool:
        """Take what is behind one step; whether there is room for the next one."""
        if not self._has_room():
            return False
        child = node.children.get(step)
        if child is None:
            if len(self.fields) >= MOST_FIELDS:
                self.fields_left_out += 1
                return True
            child = node.children[step] = _Node()
        if isinstance(value, dict | list):
            self._walk(value, child, (*path, step))
            return self._left >= 0
        if child.stats is None:
            child.stats = self._field(Field("json", (*path, step)))
        if child.stats is not None:
            self._count(child.stats, value)
        return True

    # Counting, within bounds

    def _begin_sample(self) -> None:
        self._sample = None
        if self.messages < _SAMPLES // 2 or self.messages % _SAMPLE_EVERY == 0:
            self._sample = []
            self._samples.append(self._sample)

    def _has_room(self) -> bool:
        self._left -= 1
        return self._left >= 0

    def _field(self, field: Field) -> FieldStats | None:
        if len(self.fields) >= MOST_FIELDS:
            self.fields_left_out += 1
            return None
        stats = self.fields[field] = FieldStats(field)
        return stats

    def _count(self, stats: FieldStats, value: Scalar) -> None:
        if self._sample is not None:
            self._sample.append(stats.field)
        room = self._values < MOST_VALUES_IN_ALL
        self._values += stats.take(value, self.messages, room)
