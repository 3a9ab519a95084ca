"""A new bucket in one line, as a person types it: `sessions history=5 ttl=1h storage=memory`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from natstui.client.js.errors import InvalidBucketNameError
from natstui.client.js.kv_names import check_bucket
from natstui.model.durations import parse_duration

_SIZE = re.compile(r"(\d+)\s*(k|m|g)?(i?b)?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3}
_STORAGES = ("file", "memory")


def _number(most: int, text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise ValueError(f"is a number from 1 to {most}")
    return int(text)


def _storage(text: str) -> str:
    if text not in _STORAGES:
        raise ValueError(f"is one of {', '.join(_STORAGES)}")
    return text


def _size(text: str) -> int:
    found = _SIZE.fullmatch(text)
    if not found:
        raise ValueError(f": {text!r} is not a size; write it like 64MiB")
    return int(found[1]) * int(1024 ** _POWERS[(found[2] or "").lower()])


def _duration(text: str) -> float:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ValueError(f": {error}") from None


Options = Mapping[str, tuple[str, Callable[[str], Any]]]
"""What may stand behind the name: the field that it is, and who reads its value."""

COMMON: Options = {
    "ttl": ("ttl", _duration),
    "max": ("max_bytes", _size),
    "storage": ("storage", _storage),
    "replicas": ("replicas", partial(_number, 5)),
}
KV_OPTIONS: Options = {
    "history": ("history", partial(_number, 64)),
    "ttl": COMMON["ttl"],
    "marker": ("limit_marker_ttl", _duration),
    **COMMON,
}


def parse_bucket(text: str, options: Options = KV_OPTIONS) -> dict[str, Any]:
    """The fields of a configuration; ValueError, saying what is wrong."""
    name, *given = text.split() or [""]
    try:
        fields: dict[str, Any] = {"bucket": check_bucket(name)}
    except InvalidBucketNameError:
        raise ValueError("a bucket's name is letters, digits, - and _") from None
    for each in given:
        key, _, value = each.partition("=")
        if key not in options:
            raise ValueError(f"{key}? {' '.join(options)}")
        field, read = options[key]
        try:
            fields[field] = read(value)
        except ValueError as error:
            raise ValueError(f"{key}{'' if str(error)[0] == ':' else ' '}{error}") from None
    return fields
