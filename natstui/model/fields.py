"""What is known of a thing, by name: what scripts are given, and what conditions may ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from natstui.model.rates import Rate

T = TypeVar("T")

Value = int | float | str | bool | list[str] | None
Kind = Literal["number", "text", "flag", "list"]


@dataclass(frozen=True)
class Field(Generic[T]):
    """`name` in JSON and in conditions, `value` of a thing, None where there is none.

    `choices` are all that a text can be, if they are known. `moves`: the value is worked out of two
    answers at least, some time apart, and None before. `rank` is what it is sorted by, the largest
    first, if that is not the value.
    """

    name: str
    kind: Kind
    value: Callable[[T], Value]
    choices: tuple[str, ...] = ()
    moves: bool = False
    rank: Callable[[T], Any] | None = None

    def order(self, *, descending: bool) -> Callable[[T], Any]:
        """The key to sort by; what has no value comes last, whichever way it is sorted."""
        if self.rank is not None:
            return self.rank

        def key(thing: T) -> tuple[bool, Any]:
            value = self.value(thing)
            if value is None:
                return (not descending, 0)
            return (descending, value.lower() if isinstance(value, str) else value)

        return key

    @property
    def is_descending(self) -> bool:
        """Whether one wants to see the largest first."""
        return self.rank is not None or self.kind in ("number", "flag")


def known_rate(rate: Rate) -> float | None:
    """A rate per second, None before there were two answers to work it out of."""
    return round(rate.per_second, 3) if rate.is_known else None


def values(fields: Iterable[Field[T]], thing: T) -> dict[str, Value]:
    """What there is to say of `thing`, in the order of the fields."""
    return {field.name: field.value(thing) for field in fields}
