"""Conditions on what is known of a thing: `pending==0`, `messages>=10k and not state==stuck`.

    condition  = both ("or" both)*
    both       = single ("and" single)*
    single     = "not" single | "(" condition ")" | operand [comparison operand]
    comparison = "==" | "!=" | "<" | "<=" | ">" | ">=" | "~"     (~: has this in it, in any case)
    operand    = a field, a number, a text in quotes, a word, true, false, null

`=`, `&&`, `||` and `!` mean what one expects. A number may have a unit: 30s, 5m, 2h, 1d (seconds),
10k, 2M (thousands), 64KiB, 1GiB (bytes). A word that is no field is a text. What has no value
(null) is equal to null only, and neither less nor more than anything.

A condition is read here and never by Python itself.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from natstui.model.durations import SECONDS
from natstui.model.fields import Field, Kind, Value

_DEEPEST = 50
_UNITS: dict[str, float] = {
    **{unit: SECONDS[unit] for unit in ("ns", "us", "µs", "ms", "s", "m", "h", "d", "w")},
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
}
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<number>-?(?:\d[\d_]*(?:\.\d+)?|\.\d+)[A-Za-zµ]*)
      | (?P<sign>==|!=|<=|>=|&&|\|\||[<>=~!()])
      | (?P<word>[^\s'"<>=~!()&|]+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_SPELLINGS = {"=": "==", "&&": "and", "||": "or", "!": "not"}
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_COMPARISONS = ("==", "!=", "~", *_ORDERS)

Values = Mapping[str, Value]
Test = Callable[[Values], bool]


class ConditionError(ValueError):
    """The condition cannot be read; the message is one line."""


@dataclass(frozen=True)
class Condition:
    """`text` as it was typed; `fields` are those that it asks for."""

    text: str
    fields: frozenset[str]
    holds: Test


def parse_condition(text: str, fields: Iterable[Field[Any]]) -> Condition:
    """The condition that `text` says of things with these fields. ConditionError if it is none."""
    return _Parser(text, {field.name: field for field in fields}).parse()


class _Token(NamedTuple):
    kind: str  # text, number, sign, word or end
    text: str
    at: int


class _Operand(NamedTuple):
    """`kind` is None for null, which can be compared with everything."""

    kind: Kind | None
    get: Callable[[Values], Value]
    token: _Token
    field: Field[Any] | None = None

    @property
    def name(self) -> str:
        return self.token.text


class _Parser:
    def __init__(self, text: str, fields: Mapping[str, Field[Any]]) -> None:
        self.text = text
        self.fields = fields
        self.used: set[str] = set()
        self.depth = 0
        self.tokens = self._split()
        self.place = 0

    def parse(self) -> Condition:
        if self.next.kind == "end":
            raise ConditionError("the condition is empty; write it like pending==0")
        test = self._either()
        if self.next.kind != "end":
            raise self._error(self.next, f"'and' or 'or' is missing before {self.next.text!r}")
        return Condition(self.text.strip(), frozenset(self.used), test)

    # Words

    def _split(self) -> list[_Token]:
        tokens: list[_Token] = []
        place, text = 0, self.text.rstrip()
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                at = place + len(text[place:]) - len(text[place:].lstrip())
                raise self._error(_Token("", "", at), f"{text[at]!r} makes no sense here")
            kind = found.lastgroup or ""
            word = found.group(kind)
            if kind in ("word", "sign"):
                word = _SPELLINGS.get(word, word)
            tokens.append(_Token(kind, word, found.start(kind)))
            place = found.end()
        return [*tokens, _Token("end", "the end", len(text))]

    @property
    def next(self) -> _Token:
        return self.tokens[self.place]

    def _take(self, *words: str) -> str:
        """The next word if it is one of these, else ""."""
        token = self.next
        if token.kind not in ("word", "sign") or token.text not in words:
            return ""
        self.place += 1
        return token.text

    def _error(self, token: _Token, problem: str) -> ConditionError:
        return ConditionError(f"at {token.at + 1}: {problem}")

    # Sentences

    def _either(self) -> Test:
        tests = [self._both()]
        while self._take("or"):
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda values: any(test(values) for test in tests)

    def _both(self) -> Test:
        tests = [self._single()]
        while self._take("and"):
            tests.append(self._single())
        return tests[0] if len(tests) == 1 else lambda values: all(test(values) for test in tests)

    def _single(self) -> Test:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self._error(self.next, "nested too deeply")
        try:
            if self._take("not"):
                test = self._single()
                return lambda values: not test(values)
            opening = self.next
            if self._take("("):
                test = self._either()
                if not self._take(")"):
                    raise self._error(opening, "( is never closed")
                return test
            return self._comparison()
        finally:
            self.depth -= 1

    def _comparison(self) -> Test:
        left = self._operand()
        sign = self._take(*_COMPARISONS)
        if not sign:
            return self._flag(left)
        right = self._operand()
        left, right = _as_text(left, right), _as_text(right, left)
        if left.field is None and right.field is None:
            raise self._unknown(left)
        self.used |= {each.field.name for each in (left, right) if each.field is not None}
        self._check(left, sign, right)
        return _test(left.get, sign, right.get)

    def _flag(self, operand: _Operand) -> Test:
        field = operand.field
        if field is None:
            raise self._unknown(operand)
        if field.kind != "flag":
            example = f"{field.name}==0" if field.kind == "number" else f"{field.name}=='…'"
            problem = f"{field.name} is a {field.kind}: compare it, as in {example}"
            raise self._error(operand.token, problem)
        self.used.add(field.name)
        return lambda values: operand.get(values) is True

    def _operand(self) -> _Operand:
        token = self.next
        self.place += 1
        match token.kind:
            case "number":
                number = self._number(token)
                return _Operand("number", lambda _: number, token)
            case "text":
                text = re.sub(r"\\(.)", r"\1", token.text[1:-1], flags=re.DOTALL)
                return _Operand("text", lambda _: text, token)
            case "word" if token.text not in ("and", "or", "not"):
                return self._word(token)
        raise self._error(token, f"a field or a value is missing before {token.text!r}")

    def _word(self, token: _Token) -> _Operand:
        word = token.text
        if (field := self.fields.get(word)) is not None:
            return _Operand(field.kind, lambda values: values.get(word), token, field)
        if word in _CONSTANTS:
            constant = _CONSTANTS[word]
            return _Operand(None if constant is None else "flag", lambda _: constant, token)
        return _Operand("text", lambda _: word, token)

    def _number(self, token: _Token) -> float:
        digits = re.match(r"-?[\d_.]+", token.text)
        assert digits is not None, "a number begins with digits"
        unit = token.text[digits.end() :]
        if unit and unit not in _UNITS:
            problem = f"{token.text!r}: there is no unit {unit!r}; there are {', '.join(_UNITS)}"
            raise self._error(token, problem)
        number = float(digits.group().replace("_", ""))
        return number * _UNITS[unit] if unit else number

    # What cannot be

    def _unknown(self, operand: _Operand) -> ConditionError:
        there_are = ", ".join(self.fields)
        return self._error(
            operand.token, f"there is no field {operand.name!r}; there are: {there_are}"
        )

    def _check(self, left: _Operand, sign: str, right: _Operand) -> None:
        """A comparison that can never be true was meant otherwise."""
        field, other = (left, right) if left.field is not None else (right, left)
        assert field.field is not None, "one of them is"
        self._check_kinds(field, sign, other)
        wanted = other.get({}) if other.field is None else None
        choices = field.field.choices
        if choices and sign in ("==", "!=") and isinstance(wanted, str) and wanted not in choices:
            problem = f"{field.name} is never {wanted!r}; it is one of: {', '.join(choices)}"
            raise self._error(other.token, problem)

    def _check_kinds(self, field: _Operand, sign: str, other: _Operand) -> None:
        if other.kind is None and sign in ("==", "!="):
            return
        if field.kind == "list" and sign == "~" and other.kind == "text":
            return
        if field.kind != other.kind:
            problem = f"{field.name} is a {field.kind}, and {other.name} is none"
            raise self._error(other.token, problem)
        orders = {"number": ("==", "!=", *_ORDERS), "text": ("==", "!=", "~")}
        if sign not in orders.get(str(field.kind), ("==", "!=")):
            problem = f"{field.name} is a {field.kind}, which cannot be compared with {sign}"
            raise self._error(other.token, problem)


def _as_text(operand: _Operand, other: _Operand) -> _Operand:
    """What was typed without quotes is a text beside a field that is one."""
    if other.field is None or other.kind not in ("text", "list"):
        return operand
    # A word that is a field is what it says where it could be meant: state==paused.
    is_meant = operand.field is None or operand.name in other.field.choices
    if not is_meant or operand.kind is None or operand.token.kind == "text":
        return operand
    return operand._replace(kind="text", get=lambda _: operand.token.text, field=None)


def _test(left: Callable[[Values], Value], sign: str, right: Callable[[Values], Value]) -> Test:
    if sign == "==":
        return lambda values: left(values) == right(values)
    if sign == "!=":
        return lambda values: left(values) != right(values)
    if sign == "~":
        return lambda values: _has(left(values), right(values))
    order = _ORDERS[sign]

    def test(values: Values) -> bool:
        one, other = left(values), right(values)
        return one is not None and other is not None and order(one, other)

    return test


def _has(whole: Value, part: Value) -> bool:
    texts = whole if isinstance(whole, list) else [whole]
    return part is not None and any(str(part).lower() in str(text).lower() for text in texts)
