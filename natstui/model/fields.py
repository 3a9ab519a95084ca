"""What is known of a thing, by name: what scripts are given, and what conditions may ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

T = TypeVar("T")

Value = int | float | str | bool | list[str] | None
Kind = Literal["number", "text", "flag", "list"]


@dataclass(frozen=True)
class Field(Generic[T]):
    """`name` in JSON and in conditions, `value` of a thing, None where there is none.

    `choices` are all that a text can be, if they are known. `moves`: the value is worked out of two
    answers at least, some time apart, and None before.
    """

    name: str
    kind: Kind
    value: Callable[[T], Value]
    choices: tuple[str, ...] = ()
    moves: bool = False


def values(fields: Iterable[Field[T]], thing: T) -> dict[str, Value]:
    """What there is to say of `thing`, in the order of the fields."""
    return {field.name: field.value(thing) for field in fields}
