"""Three JSON objects, key by key; and JSON that is written as it was found.

Numbers keep their digits (12.90 stays 12.90). What cannot be read and written back without loss,
such as an object with a key twice, is not taken for JSON here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

MAX_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was written."""

    text: str


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""The value of a key that an object does not have."""


@dataclass(frozen=True)
class Change:
    """One place where somebody changed something.

    `path` leads there from the top. `merged` is what became of it, or MISSING; `is_conflict`: both
    sides changed it, each to something else, and `merged` is still the base.
    """

    path: tuple[str, ...]
    base: Any
    mine: Any
    theirs: Any
    merged: Any
    is_conflict: bool


def read_json(text: str) -> Any:
    """The value; ValueError for what is no JSON, or cannot be written back as it was."""
    try:
        value = json.loads(
            text,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_refuse,
            object_pairs_hook=_object,
        )
    except RecursionError:
        raise ValueError("too deep") from None
    if _depth(value) > MAX_DEPTH:
        raise ValueError("too deep")
    return value


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key is there twice")
    return made


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        inside: list[Any] = []
        for each in level:
            inside += each.values() if isinstance(each, dict) else each if _is_list(each) else []
        level = inside
    return depth


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def merge_objects(
    base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]
) -> list[Change]:
    """What changed, in the order of the keys."""
    return list(_changes((), base, mine, theirs))


def _changes(path: tuple[str, ...], base: Any, mine: Any, theirs: Any) -> list[Change]:
    if mine == base and theirs == base:
        return []
    if isinstance(mine, dict) and isinstance(theirs, dict) and (base is MISSING or _is_dict(base)):
        olds = {} if base is MISSING else base
        changes: list[Change] = []
        if base is MISSING:
            changes.append(Change(path, MISSING, {}, {}, {}, is_conflict=False))
        for key in dict.fromkeys([*olds, *theirs, *mine]):
            inside = (each.get(key, MISSING) for each in (olds, mine, theirs))
            changes += _changes((*path, key), *inside)
        return changes
    if mine in (theirs, base):
        return [Change(path, base, mine, theirs, theirs, is_conflict=False)]
    if theirs == base:
        return [Change(path, base, mine, theirs, mine, is_conflict=False)]
    return [Change(path, base, mine, theirs, base, is_conflict=True)]


def _is_dict(value: Any) -> bool:
    return isinstance(value, dict)


def with_changes(base: dict[str, Any], changes: list[tuple[tuple[str, ...], Any]]) -> Any:
    """A copy of `base` with these values at these paths; MISSING takes a key away."""
    made = _copied(base)
    for path, value in changes:
        *way, last = path
        target = made
        for key in way:
            target = target[key]
        if value is MISSING:
            target.pop(last, None)
        else:
            target[last] = _copied(value)
    return made


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


# Writing


@dataclass(frozen=True)
class Style:
    """How JSON is laid out: `indent` "" for all on one line."""

    indent: str = "  "
    comma: str = ","
    colon: str = ": "
    ascii: bool = False
    end: str = ""


_LAYOUTS = [
    *(Style(indent, ",", ": ") for indent in ("  ", "    ", "\t", " ")),
    Style("", ",", ":"),
    Style("", ", ", ": "),
]
STYLES = [
    Style(each.indent, each.comma, each.colon, ascii=ascii, end=end)
    for each in _LAYOUTS
    for ascii in (False, True)
    for end in ("", "\n")
]


def style_of(*texts: str) -> Style:
    """The style that the first text is written in, or the next one; two spaces if none is."""
    for text in texts:
        try:
            value = read_json(text)
        except ValueError:
            continue
        for style in STYLES:
            if write_json(value, style) == text:
                return style
    return STYLES[0]


def write_json(value: Any, style: Style = STYLES[0]) -> str:
    """The value as text."""
    return _written(value, style, "\n" if style.indent else "") + style.end


def _written(value: Any, style: Style, line: str) -> str:
    if isinstance(value, Number):
        return value.text
    if isinstance(value, dict):
        pairs = (
            f"{_quoted(key, style)}{style.colon}{_written(each, style, line + style.indent)}"
            for key, each in value.items()
        )
        return _enclosed("{", "}", list(pairs), style, line)
    if isinstance(value, list):
        items = [_written(each, style, line + style.indent) for each in value]
        return _enclosed("[", "]", items, style, line)
    return _quoted(value, style)


def _enclosed(start: str, end: str, items: list[str], style: Style, line: str) -> str:
    if not items:
        return start + end
    inside = line + style.indent
    return start + inside + (style.comma + inside).join(items) + line + end


def _quoted(value: Any, style: Style) -> str:
    return json.dumps(value, ensure_ascii=style.ascii)
