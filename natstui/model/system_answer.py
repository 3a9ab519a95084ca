"""What servers tell of themselves, read so that nothing in it can surprise us: it is JSON from
somewhere else, of any version.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from natstui.client.js.api import Timestamp
from natstui.client.js.api.base import ZERO_TIME
from natstui.model.durations import parse_duration

Json = dict[str, Any]

# What a signed -1 becomes on its way through an unsigned field.
_UNLIMITED = 2**64 - 1
_MOST = 2**64


class Told(NamedTuple):
    """What one server answered: who it is, and the data."""

    server: Json
    data: Json

    @property
    def id(self) -> str:
        return text(self.server, "id")

    @property
    def name(self) -> str:
        return text(self.server, "name") or self.id[:8]


def at(data: Any, *path: str) -> Any:
    """What is there, None if there is nothing."""
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    return data


def text(data: Any, *path: str) -> str:
    """The text that is there, "" if there is none."""
    said = at(data, *path)
    return said if isinstance(said, str) else ""


def number(data: Any, *path: str) -> int:
    """The whole number that is there, 0 if there is none; one that can be counted with."""
    said = at(data, *path)
    if not isinstance(said, int) or isinstance(said, bool):
        return 0
    return max(-_MOST, min(said, _MOST))


def limit(data: Any, *path: str) -> int:
    """The limit that is there, -1 if there is none."""
    said = at(data, *path)
    return -1 if type(said) is not int or said == _UNLIMITED else number(said)


def objects(data: Any, *path: str) -> list[Json]:
    """The objects in the list that is there."""
    said = at(data, *path)
    return [each for each in said if isinstance(each, dict)] if isinstance(said, list) else []


def texts(data: Any, *path: str) -> list[str]:
    """The texts in the list that is there."""
    said = at(data, *path)
    return [each for each in said if isinstance(each, str)] if isinstance(said, list) else []


def seconds(data: Any, *path: str) -> float | None:
    """The seconds of a duration as Go writes it (`1.23ms`, `1h2m3s`), None if there is none."""
    try:
        return parse_duration(text(data, *path))
    except ValueError:
        return None


def moment(data: Any, *path: str) -> float:
    """The wall clock of a time, in seconds, 0 if there is none."""
    said = text(data, *path)
    try:
        return Timestamp.parse(said).timestamp() if said and said != ZERO_TIME else 0.0
    except (ValueError, OverflowError):
        return 0.0
