"""Why a key, or a pattern for keys, cannot be taken, in words for who typed it (ADR-8)."""

from __future__ import annotations

from natstui.client.js.errors import InvalidKeyError
from natstui.client.js.kv_names import check_filter, check_key

_CHARACTERS = "letters, digits and - _ . = / only"


def key_problem(key: str) -> str | None:
    """None for a key that can be written to."""
    try:
        check_key(key)
    except InvalidKeyError:
        return _why(key, "a key is needed")
    return None


def pattern_problem(pattern: str) -> str | None:
    """None for a pattern that keys can be asked for with."""
    try:
        check_filter(pattern)
    except InvalidKeyError:
        tokens = pattern.split(".")
        if any(token != "*" and "*" in token for token in tokens):
            return "* stands for a whole part: a.*.c"
        if ">" in pattern and (tokens.count(">") != 1 or tokens[-1] != ">"):
            return "> stands at the end: a.>"
        return _why(pattern.replace("*", "x").replace(">", "x"), "a pattern is needed: > for all")
    return None


def _why(name: str, needed: str) -> str:
    if not name:
        return needed
    if name.startswith(".") or name.endswith(".") or ".." in name:
        return "no dot at an end, nor two in a row"
    return _CHARACTERS
