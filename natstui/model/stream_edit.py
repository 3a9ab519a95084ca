"""A stream's configuration as text to edit: everything in it, known to us or not.

It is the server's own JSON, with durations as people write them ("1d12h" for nanoseconds). What is
not edited goes back as it came.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from natstui.client.js.api.base import NANOSECONDS, SERVER_METADATA
from natstui.model.durations import parse_nanoseconds

Config = dict[str, Any]

Paths = tuple[tuple[str, ...], ...]

# Where the API has nanoseconds.
DURATIONS: Paths = (
    ("max_age",),
    ("duplicate_window",),
    ("subject_delete_marker_ttl",),
    ("consumer_limits", "inactive_threshold"),
)
_DURATION_NAMES = frozenset(path[-1] for path in DURATIONS)
_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
_NS_UNITS = (("ms", 1_000_000), ("us", 1_000))

NEW_STREAM: Config = {
    "name": "",
    "description": "",
    "subjects": [],
    "retention": "limits",
    "storage": "file",
    "num_replicas": 1,
    "max_msgs": -1,
    "max_bytes": -1,
    "max_age": 0,
    "max_msgs_per_subject": -1,
    "max_msg_size": -1,
    "discard": "old",
    "duplicate_window": 0,
    "allow_direct": True,
}


class ConfigError(ValueError):
    """The text is no configuration; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Change:
    """A field that differs; None on the side where it is not there."""

    field: str
    before: Any
    after: Any


def to_text(config: Config, durations: Paths = DURATIONS) -> str:
    """The configuration as text, in the order in which the server gave it."""
    shown = json.loads(json.dumps(config))
    for path in durations:
        _replace(shown, path, duration_text)
    return json.dumps(shown, indent=2, ensure_ascii=False)


def from_text(text: str, durations: Paths = DURATIONS) -> Config:
    """The configuration that the text says; ConfigError if it says none."""
    try:
        config = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(f"line {error.lineno}: {error.msg}") from None
    except RecursionError:
        raise ConfigError("nested too deeply") from None
    if not isinstance(config, dict):
        raise ConfigError("an object is needed: { … }")
    for path in durations:
        _replace(config, path, lambda value, path=path: _nanoseconds(value, path[-1]))
    if not isinstance(config.get("name"), str) or not config["name"]:
        raise ConfigError("a name is needed")
    return config


def _replace(config: Config, path: tuple[str, ...], change: Any) -> None:
    place: Any = config
    for key in path[:-1]:
        place = place.get(key)
        if not isinstance(place, dict):
            return
    if path[-1] in place:
        value = place[path[-1]]
        place[path[-1]] = (
            [change(each) for each in value] if isinstance(value, list) else change(value)
        )


def duration_text(nanoseconds: Any) -> Any:
    """A duration as text that says exactly the same; what is none, or zero, stays."""
    if not isinstance(nanoseconds, int) or nanoseconds <= 0:
        return nanoseconds
    seconds, rest = divmod(nanoseconds, NANOSECONDS)
    parts = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    for unit, size in _NS_UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    # Every microsecond has its words; where there is more, the number says it better.
    return nanoseconds if rest else "".join(parts)


def _nanoseconds(value: Any, field: str) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return parse_nanoseconds(value)
    except ValueError as error:
        raise ConfigError(f"{field}: {error}") from None


def changes(before: Config, after: Config) -> list[Change]:
    """The fields that differ, by their path; what the server writes by itself is left out."""
    old, new = dict(_flat(before)), dict(_flat(after))
    return [
        Change(field, old.get(field), new.get(field))
        for field in sorted({*old, *new})
        if old.get(field) != new.get(field) and SERVER_METADATA not in field
    ]


def shown(change: Change) -> tuple[str, str]:
    """Both values as one writes them; "" where there is none."""
    convert = duration_text if change.field.rpartition(".")[2] in _DURATION_NAMES else _same
    before, after = (
        "" if value is None else _written(convert(value)) for value in (change.before, change.after)
    )
    return before, after


def _same(value: Any) -> Any:
    return value


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _flat(config: Config, path: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in config.items():
        where = f"{path}.{key}" if path else key
        if isinstance(value, dict) and value:
            found += _flat(value, where)
        else:
            found.append((where, value))
    return found
