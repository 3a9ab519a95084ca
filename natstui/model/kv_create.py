"""A new bucket in one line, as a person types it: `sessions history=5 ttl=1h storage=memory`."""

from __future__ import annotations

import re
from typing import Any

from natstui.client.js.errors import InvalidBucketNameError
from natstui.client.js.kv_names import check_bucket
from natstui.model.durations import parse_duration

_SIZE = re.compile(r"(\d+)\s*(k|m|g)?(i?b)?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3}
_STORAGES = ("file", "memory")
_NAMES = "history ttl marker max storage replicas"


def parse_bucket(text: str) -> dict[str, Any]:
    """The fields of a KeyValueConfig; ValueError, saying what is wrong."""
    name, *options = text.split() or [""]
    try:
        fields: dict[str, Any] = {"bucket": check_bucket(name)}
    except InvalidBucketNameError:
        raise ValueError("a bucket's name is letters, digits, - and _") from None
    for option in options:
        key, _, value = option.partition("=")
        match key:
            case "history":
                fields["history"] = _number(key, value, 64)
            case "replicas":
                fields["replicas"] = _number(key, value, 5)
            case "ttl":
                fields["ttl"] = parse_duration(value)
            case "marker":
                fields["limit_marker_ttl"] = parse_duration(value)
            case "storage" if value in _STORAGES:
                fields["storage"] = value
            case "max":
                fields["max_bytes"] = _size(value)
            case _:
                raise ValueError(f"{key}? {_NAMES}")
    return fields


def _number(name: str, text: str, most: int) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise ValueError(f"{name} is a number from 1 to {most}")
    return int(text)


def _size(text: str) -> int:
    found = _SIZE.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not a size; write it like 64MiB")
    return int(found[1]) * int(1024 ** _POWERS[(found[2] or "").lower()])
