"""What a command lists: how it is loaded, what there is to say of each, and how it is shown."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from natstui.headless.request import BadInputError, Request
from natstui.headless.table import Heading, table
from natstui.model.condition import Condition, ConditionError, parse_condition
from natstui.model.fields import Field, Value, values
from natstui.model.rows import Rows

T = TypeVar("T")

COUNT: Field[int] = Field("count", "number", lambda count: count)
_UNKNOWN = "-"


@dataclass(frozen=True)
class Column(Generic[T]):
    """Of the table: `field` is what it is sorted by, `text` what it says."""

    field: str
    name: str
    text: Callable[[T], str]
    right: bool = False


class Listing(ABC, Generic[T]):
    """Things to be listed; a command makes one, loads it once or again and again, and shows it.

    `nouns` is what they are called, one and several. `critical` and `warning` are the conditions
    that `--check` looks for if none are given. Raises BadInputError for what cannot be.
    """

    nouns = ("thing", "things")
    order = ""
    critical = ""
    warning = ""
    fields: Sequence[Field[T]]
    columns: Sequence[Column[T]]
    rows: Rows[T]

    def __init__(self, request: Request) -> None:
        self.request = request

    @abstractmethod
    async def load(self) -> None:
        """Ask; raises what a request can."""

    def took(self) -> float | None:
        """What the last answer cost those who gave it, in seconds; None if that is how long it
        took."""
        return None

    @abstractmethod
    def name(self, thing: T) -> str:
        """What it is called, in a sentence and with `--names`."""

    def problems(self) -> list[str]:
        """What is missing from the list, and why: a line each."""
        return []

    def reason(self, thing: T) -> str:
        """Why it is in a bad way, if that is what `critical` or `warning` say."""
        return ""

    def is_own(self, condition: Condition) -> bool:
        """Whether a condition is `critical` or `warning`."""
        return condition.text in (self.critical, self.warning)

    # What was asked for

    def arrange(self) -> None:
        """Filter and sort as asked for. BadInputError if that cannot be."""
        self.rows.set_filter(_filter(self.request.filter))
        field = self.sorted_by()
        descending = field.is_descending != self.request.reverse
        self.rows.sort(field.order(descending=descending), descending=descending)

    def sorted_by(self) -> Field[T]:
        """The field of `--sort`, which may be the name of a column too."""
        name = self.request.sort or self.order
        headings = {column.name: column.field for column in self.columns}
        by_name = {field.name: field for field in self.fields}
        field = by_name.get(name) or by_name.get(headings.get(name, ""))
        if field is None:
            raise BadInputError(f"--sort: there is no {name!r}; there are: {', '.join(by_name)}")
        return field

    def condition(self, flag: str, text: str) -> Condition:
        """The condition in `text`; BadInputError says which flag it is of."""
        try:
            return parse_condition(text, [*self.fields, COUNT])
        except ConditionError as error:
            raise BadInputError(f"{flag}: {error}") from None

    def shown(self) -> list[T]:
        """What passes the filter, sorted, and no more than was asked for."""
        count = len(self.rows) if self.request.limit is None else self.request.limit
        return [self.rows[row] for row in range(min(count, len(self.rows)))]

    # How it is shown

    def values(self, thing: T) -> dict[str, Value]:
        return values(self.fields, thing)

    def text(self, stamp: str = "") -> str:
        """All that is shown, in the form that was asked for.

        `stamp`: when it was asked, for a list that is one of many.
        """
        things = self.shown()
        match self.request.form:
            case "json":
                return self._json(things, stamp)
            case "ndjson":
                return "".join(f"{_dump(self._stamped(each, stamp))}\n" for each in things)
            case "names":
                return "".join(f"{printable(self.name(each))}\n" for each in things)
        return self._table(things) + ("\n" if stamp else "")

    def _stamped(self, thing: T, stamp: str) -> dict[str, Value]:
        return ({"ts": stamp} if stamp else {}) | self.values(thing)

    def _json(self, things: list[T], stamp: str) -> str:
        lines = [_dump(self._stamped(each, stamp)) for each in things]
        if stamp:  # one list of many: a line each
            return f"[{', '.join(lines)}]\n"
        return "[\n" + ",\n".join(f"  {line}" for line in lines) + "\n]\n" if lines else "[]\n"

    def _table(self, things: list[T]) -> str:
        headings = [Heading(column.name, column.right) for column in self.columns]
        return table(headings, [[column.text(each) for column in self.columns] for each in things])


def unknown(field: Field[T], text: Callable[[T], str]) -> Callable[[T], str]:
    """What a column says: `text`, or a dash where the field has no value."""
    return lambda thing: _UNKNOWN if field.value(thing) is None else text(thing)


def printable(name: str) -> str:
    """A name as it is, unless it holds what a terminal would obey; then as JSON writes it."""
    return name if name.isprintable() else json.dumps(name)


def library_words(error: Exception) -> str:
    """What an error of JetStream says, without its class, which the client puts in front."""
    return str(error).rpartition("Error: ")[2]


def _dump(thing: dict[str, Value]) -> str:
    # Only ASCII, so that a terminal may show it; JSON leaves DEL as it is.
    return json.dumps(thing).replace("\x7f", "\\u007f")


def _filter(text: str) -> str:
    if any(word == "-" for word in text.split()):
        raise BadInputError("--filter: nothing follows the '-'")
    return text
