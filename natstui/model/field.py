"""A field of messages: a token of the subject, a header, a JSON path; and its values in a message.

Fields are named as the filter names them: `subject`, `token:2` (the second word of the subject),
`header:Trace-Id`, `json:order.total` (`*` is any key or index), `payload` (one that is text and no
document), `size` (bytes of headers and payload). `order.total` alone is a JSON path, too.

Two values are the same where the filter takes them for the same: the number 5 and the text "5".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from natstui.model.contents import Contents
from natstui.model.json_path import Json, JsonPathError, parse_json_test, walk

Kind = Literal["subject", "token", "header", "json", "payload", "size"]
Scalar = None | bool | int | float | str

MOST_CHARS = 200
ANY_NUMBER = range(1, 10**6)  # of tokens
_PLAIN_STEP = re.compile(r'[^.\[\]"<>=!\s]+')
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_LONGEST_NUMBER = 40


class FieldError(ValueError):
    """There can be no field of that name; the message says why."""


@dataclass(frozen=True, slots=True)
class Field:
    """`steps`: the path in a document, or the header's name, or the token's number from 1 on."""

    kind: Kind
    steps: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As it is written behind `--group-by`, and mostly behind `/`; it may hold anything."""
        match self.kind:
            case "json":
                return "json:" + path_text(self.steps)
            case "header" | "token":
                return f"{self.kind}:{self.steps[0]}"
        return self.kind

    def values(self, contents: Contents) -> Iterable[Scalar]:
        """Its values in a message: none, one, or several (a header repeated, a path with `*`)."""
        record = contents.record
        match self.kind:
            case "json":
                document = contents.document
                found = () if document is None else walk(document, self.steps)
                return (value for value in found if not isinstance(value, dict | list))
            case "header":
                return (value for key, value in contents.headers if key == self.steps[0])
            case "subject":
                return (record.subject,)
            case "token":
                tokens, place = record.subject.split("."), int(self.steps[0]) - 1
                return tokens[place : place + 1]
            case "size":
                return (record.size,)
        return () if contents.text is None else (contents.text,)


SUBJECT = Field("subject")
SIZE = Field("size")
PAYLOAD = Field("payload")


def parse_field(text: str) -> Field:
    """The field of that name; FieldError if there can be none."""
    text = text.strip()
    kind, colon, rest = text.partition(":")
    match kind:
        case "subject" | "payload" | "size" if not colon:
            return Field(kind)
        case "token" if colon:
            if not (rest.isascii() and rest.isdigit() and int(rest[:9])):
                raise FieldError("tokens are counted from 1 on, as in token:2")
            return Field("token", (str(int(rest[:9])),))
        case "header" if colon:
            if not rest.strip():
                raise FieldError("the header's name is missing")
            return Field("header", (rest.strip(),))
    return _json_field(rest if colon and kind == "json" else text)


def _json_field(path: str) -> Field:
    try:
        test = parse_json_test(path)
    except JsonPathError as error:
        raise FieldError(str(error)) from None
    if test.test:
        raise FieldError(f"a path is asked for, without {test.test}")
    return Field("json", test.steps)


def path_text(steps: tuple[str, ...]) -> str:
    """A path as the filter reads it."""
    return ".".join(step if _PLAIN_STEP.fullmatch(step) else quoted(step) for step in steps)


def quoted(text: str) -> str:
    """In quotes, for the filter."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def text_of(value: Scalar) -> str:
    """What a value is grouped by, cut if it is long: see `is_cut`."""
    if isinstance(value, str):
        return value if len(value) <= MOST_CHARS else value[:MOST_CHARS] + "…"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return json.dumps(value)


def is_cut(text: str) -> bool:
    """Whether the text of a value is not all of it."""
    return len(text) > MOST_CHARS


def number_of(value: Json) -> float | None:
    """The number that a value is, or says as a text; None if it is none, or not finite."""
    if isinstance(value, str):
        if len(value) > _LONGEST_NUMBER or not _NUMBER.fullmatch(value):
            return None
    elif isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if number - number == 0 else None
