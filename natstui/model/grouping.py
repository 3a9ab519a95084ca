"""Messages by the values of one field, with how the numbers of another are spread in each group."""

from __future__ import annotations

from natstui.model.contents import Contents
from natstui.model.field import Field, number_of, text_of
from natstui.model.spread import Spread
from natstui.model.tail import Record

MOST_GROUPS = 200


class GroupStats:
    """One group: `messages` have the value `text`; `numbers` are those of the other field.

    The one without a text is that of all other values, for which there was no room.
    """

    def __init__(self, text: str | None) -> None:
        self.text = text
        self.messages = 0
        self.numbers = Spread()
        self._fewest_tokens = self._most_tokens = 0

    @property
    def tokens(self) -> range:
        """How many tokens the subjects of its messages have: from, and below."""
        return range(self._fewest_tokens, self._most_tokens + 1)

    def take(self, tokens: int, numbers: list[float]) -> None:
        """One more message, with so many tokens in its subject, and these numbers."""
        self.messages += 1
        self._most_tokens = max(self._most_tokens, tokens)
        self._fewest_tokens = min(self._fewest_tokens or tokens, tokens)
        for number in numbers:
            self.numbers.add(number)


class Grouping:
    """Takes messages. `without` of them do not have the field; `others` is the group of those
    whose values came when there were 200 groups, empty before."""

    def __init__(self, by: Field, of: Field | None = None) -> None:
        self.by = by
        self.of = of
        self.messages = 0
        self.without = 0
        self.too_large = 0
        self.groups: dict[str, GroupStats] = {}
        self.others = GroupStats(None)

    @property
    def version(self) -> int:
        """Grows with every message."""
        return self.messages

    def take(self, record: Record) -> None:
        """Look at one message; with several values it is in several groups."""
        self.messages += 1
        contents = Contents(record)
        texts = dict.fromkeys(text_of(value) for value in self.by.values(contents))
        self.without += not texts
        numbers = self._numbers(contents) if texts else []
        for group in dict.fromkeys(map(self._group, texts)):
            group.take(record.subject.count(".") + 1, numbers)
        self.too_large += contents.is_too_large

    def all_groups(self) -> list[GroupStats]:
        """The groups, the largest first, and those of the other values last, if there are any."""
        groups = sorted(self.groups.values(), key=lambda group: -group.messages)
        return [*groups, self.others] if self.others.messages else groups

    def _group(self, text: str) -> GroupStats:
        group = self.groups.get(text)
        if group is not None:
            return group
        if len(self.groups) >= MOST_GROUPS:
            return self.others
        group = self.groups[text] = GroupStats(text)
        return group

    def _numbers(self, contents: Contents) -> list[float]:
        if self.of is None:
            return []
        found = map(number_of, self.of.values(contents))
        return [number for number in found if number is not None]
