"""Sizes as people type them: `500`, `10k`, `64KiB`, `100MB`, `1GiB`."""

from __future__ import annotations

import re

_UNITS = {"": 1, "B": 1, "k": 1_000, "K": 1_000, "M": 10**6, "G": 10**9, "T": 10**12}
_UNITS |= {f"{unit}B": size for unit, size in _UNITS.items() if size > 1}
_UNITS |= {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def parse_size(text: str) -> int:
    """Bytes in `text`; ValueError if it is no size."""
    found = re.fullmatch(r"(\d{1,18}(?:\.\d{1,3})?) ?([A-Za-z]*)", text.strip(), re.ASCII)
    if found is None or found[2] not in _UNITS:
        raise ValueError(f"{text!r} is not a size; write it like 64KiB, 100MB or 1GiB")
    return round(float(found[1]) * _UNITS[found[2]])
