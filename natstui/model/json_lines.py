"""JSON laid out for reading, every literal exactly as it was sent.

A parse and a dump would turn 12.90 into 12.9, drop repeated keys and need the whole document; this
walks the tokens instead, one line at a time, so that only what is looked at costs anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

Span = tuple[str, str]
"""A kind (key, string, number, literal, punct, plain, note) and its text."""
Line = list[Span]

INDENT = "  "
MAX_INDENT = 40
VALIDATE_UP_TO = 64 * 1024

_TOKEN = re.compile(
    r"""[ \t\r\n]*(?:
        (?P<string>"[^"\\]*(?:\\.[^"\\]*)*")
      | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
      | (?P<literal>true|false|null)
      | (?P<punct>[{}\[\],:])
    )""",
    re.VERBOSE | re.DOTALL,
)
_SPACE = re.compile(r"[ \t\r\n]*")


def looks_like_json(text: str) -> bool:
    """Whether `text` is an object or array; a large one is judged by how it begins."""
    if not text.lstrip(" \t\r\n").startswith(("{", "[")):
        return False
    if len(text) > VALIDATE_UP_TO:
        return _begins_like_json(text)
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _begins_like_json(text: str) -> bool:
    position = 0
    for _ in range(64):
        token = _TOKEN.match(text, position)
        if token is None:
            # A string longer than everything that was loaded is JSON still.
            return text[position:].lstrip(" \t\r\n").startswith('"')
        position = token.end()
    return True


def json_lines(text: str) -> Iterator[Line]:
    """The lines of `text` with one member a line; what is no JSON comes last, as it stands."""
    layout = _Layout()
    position = 0
    while token := _TOKEN.match(text, position):
        position = token.end()
        kind = token.lastgroup or "plain"
        value = token.group(kind)
        if kind == "string" and _colon_follows(text, position):
            kind = "key"
        yield from layout.add(kind, value)
    yield from layout.rest()
    if leftover := text[position:].strip(" \t\r\n"):
        yield [("plain", leftover)]


def _colon_follows(text: str, position: int) -> bool:
    space = _SPACE.match(text, position)
    assert space is not None, "the pattern matches nothing, too"
    return text.startswith(":", space.end())


class _Layout:
    """Where lines break: after an opening bracket or a comma, before a closing bracket."""

    def __init__(self) -> None:
        self._line: Line = []
        self._depth = 0
        self._just_opened = False

    def add(self, kind: str, value: str) -> Iterator[Line]:
        opened, self._just_opened = self._just_opened, False
        if value in ("}", "]") and kind == "punct":
            self._depth = max(0, self._depth - 1)
            if not opened:
                yield from self._break()
            self._put("punct", value)
            return
        if opened:
            yield from self._break()
        if kind == "punct" and value in "{[":
            self._put("punct", value)
            self._depth += 1
            self._just_opened = True
        elif value == "," and kind == "punct":
            self._put("punct", ",")
            yield from self._break()
        elif value == ":" and kind == "punct":
            self._put("punct", ": ")
        else:
            self._put(kind, value)

    def rest(self) -> Iterator[Line]:
        if self._line:
            yield self._line

    def _put(self, kind: str, value: str) -> None:
        if not self._line and self._depth:
            self._line.append(("plain", INDENT * min(self._depth, MAX_INDENT)))
        self._line.append((kind, value))

    def _break(self) -> Iterator[Line]:
        if self._line:
            yield self._line
            self._line = []
