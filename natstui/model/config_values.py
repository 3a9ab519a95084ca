"""What a value in config.toml may be: what it is called, and how it is read.

Each kind has `words`, for the documentation, and `parse`, which raises ValueError with what is
wrong with what was written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from natstui.model import words
from natstui.model.durations import parse_duration

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "ki": 2**10, "mi": 2**20, "gi": 2**30}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmg]i?)?b?\s*", re.IGNORECASE)


class Kind(Protocol):
    """What may be written for a setting."""

    @property
    def words(self) -> str:
        """What is allowed, as the documentation says it."""

    def parse(self, value: object) -> object:
        """The setting's value; ValueError says what is wrong with what was written."""

    def written(self, value: object) -> str:
        """As one writes it in TOML."""


@dataclass(frozen=True)
class Count:
    """A whole number within bounds."""

    least: int
    most: int

    @property
    def words(self) -> str:
        return f"a number from {self.least:,} to {self.most:,}"

    def parse(self, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"{_shown(value)} is not {self.words}")
        if not self.least <= value <= self.most:
            raise ValueError(f"{value:,} is not {self.words}")
        return value

    def written(self, value: object) -> str:
        return f"{value:_}"


@dataclass(frozen=True)
class Size:
    """Bytes: a number, or a text with a unit (`"64 MiB"`)."""

    least: int
    most: int

    @property
    def words(self) -> str:
        return f"a size from {self.written(self.least)} to {self.written(self.most)}"

    def parse(self, value: object) -> int:
        number = _bytes(value)
        if number is None:
            raise ValueError(f"{_shown(value)} is not {self.words}")
        if not self.least <= number <= self.most:
            raise ValueError(f"{words.size(number)} is not {self.words}")
        return number

    def written(self, value: object) -> str:
        assert isinstance(value, int)
        return f'"{words.size(value).replace(".0 ", " ")}"'


@dataclass(frozen=True)
class Seconds:
    """A time: a number of seconds, or a text with a unit (`"2s"`, `"500ms"`)."""

    least: float
    most: float

    @property
    def words(self) -> str:
        return f'a time from {self.least:g} to {self.most:g} seconds, like 5 or "500ms"'

    def parse(self, value: object) -> float:
        try:
            seconds = parse_duration(str(value))
        except ValueError:
            raise ValueError(f"{_shown(value)} is not {self.words}") from None
        if isinstance(value, bool) or not self.least <= seconds <= self.most:
            raise ValueError(f"{_shown(value)} is not {self.words}")
        return seconds

    def written(self, value: object) -> str:
        return f"{value:g}"


@dataclass(frozen=True)
class Name:
    """A text, of which only the one who uses it knows whether there is such a thing."""

    words: str

    def parse(self, value: object) -> str:
        if not isinstance(value, str):
            raise ValueError(f"{_shown(value)} is not {self.words}")
        return value

    def written(self, value: object) -> str:
        return f'"{value}"'


def _bytes(value: object) -> int | None:
    if isinstance(value, str) and (found := _SIZE.fullmatch(value)):
        return int(float(found[1]) * _UNITS[(found[2] or "").lower()])
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _shown(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
