"""Paths into JSON, as in `json:order.items.0.price>10`, and what they are compared with."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

_STEP = re.compile(r'"(?:[^"\\]|\\.)*"|[^.\[\]"<>=!]+')
_EXPRESSION = re.compile(r'(?P<path>(?:"(?:[^"\\]|\\.)*"|[^<>=!"])+)(?P<test><=|>=|!=|=|<|>|)')

_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TEXT_ORDERS: dict[str, Callable[[str, str], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class JsonPathError(ValueError):
    """The expression cannot be read; `at` is the offset in it."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True, slots=True)
class JsonTest:
    """`steps` to a value; `test` is "" (the value exists) or a comparison with `value`."""

    steps: tuple[str, ...]
    test: str
    value: str

    def matches(self, document: Json) -> bool:
        """Whether any value on the path passes; `!=` wants every value on it to differ."""
        found = walk(document, self.steps)
        if self.test == "!=":
            values = list(found)
            return bool(values) and not any(_equal(value, self.value) for value in values)
        return any(self._passes(value) for value in found)

    def _passes(self, value: Json) -> bool:
        if not self.test:
            return True
        if self.test == "=":
            return _equal(value, self.value)
        number, wanted = _number(value), _number(self.value)
        if number is not None and wanted is not None:
            return _ORDERS[self.test](number, wanted)
        return isinstance(value, str) and _TEXT_ORDERS[self.test](value, self.value)


def parse_json_test(expression: str) -> JsonTest:
    """Read `a.b.0.c`, `a.*.c`, `"a.b".c` or `a[0]`, alone or with = != < <= > >= and a value."""
    parts = _EXPRESSION.match(expression)
    if parts is None:
        raise JsonPathError("a path is missing", 0)
    path, test = parts.group("path"), parts.group("test")
    value = expression[parts.end() :]
    if not test and value:
        raise JsonPathError("a comparison is one of = != < <= > >=", parts.end())
    if test and not value:
        raise JsonPathError(f"a value is missing after {test}", parts.end())
    steps = tuple(_unquote(step) for step in _STEP.findall(path))
    if not steps:
        raise JsonPathError("a path is missing", 0)
    return JsonTest(steps, test, _unquote(value))


def _unquote(text: str) -> str:
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def walk(value: Json, steps: tuple[str, ...]) -> Iterator[Json]:
    """The values that `steps` lead to: none, one, or with `*` any number."""
    if not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    for inner in _inside(value, step):
        yield from walk(inner, rest)


def _inside(value: Json, step: str) -> Iterator[Json]:
    if isinstance(value, dict):
        if step in value:
            yield value[step]
        elif step == "*":
            yield from value.values()
    elif isinstance(value, list):
        if step == "*":
            yield from value
        elif step.isdecimal() and int(step) < len(value):
            yield value[int(step)]


def _equal(value: Json, wanted: str) -> bool:
    if isinstance(value, str):
        return value == wanted
    if value is None or isinstance(value, bool):
        return json.dumps(value) == wanted
    number = _number(wanted)
    return number is not None and number == value


def _number(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
