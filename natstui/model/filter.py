"""The filter grammar: what to show of what arrived.

    fail                 text, anywhere in subject, headers or payload; upper case in it: exact case
    "not found"          text with spaces
    /time(out|d out)/i   a regular expression (^ and $ are the ends of a line; /i: any case)
    subject:orders.*     a subject, with NATS wildcards
    header:Trace-Id      a header that is there; header:Trace-Id=ab12 has this value
    json:order.total>10  a JSON path: = != < <= > >= or nothing (it exists); * is any key or index
    -health              a minus in front excludes

All of them, separated by spaces, must hold.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from natstui.client.protocol.subjects import subject_matches
from natstui.model.contents import SEARCH_LIMIT, NotWholeError, payload_document
from natstui.model.cpu_limit import SearchExpiredError, search
from natstui.model.header_block import header_lines
from natstui.model.json_path import Json, JsonPathError, parse_json_test
from natstui.model.tail import Record
from natstui.model.wildcards import pattern_problem

_MISSING = object()


class FilterError(ValueError):
    """The filter cannot be read; `at` is the offset of the character to look at."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(f"at {at + 1}: {message}")
        self.at = at


# A verdict: SHOW or HIDE, with PARTIAL added if the part of the message that was searched does not
# settle it. Plain integers, because IntFlag's operators cost more than the search itself.
HIDE, SHOW, PARTIAL = 0, 1, 2


class Candidate:
    """A record under the filter: what several terms need of it is made once."""

    __slots__ = ("_document", "_lower", "_problem", "_text", "cut", "record")

    def __init__(self, record: Record) -> None:
        self.record = record
        self.cut = len(record.payload) > SEARCH_LIMIT
        self._text: str | None = None
        self._lower: str | None = None
        self._document: object = _MISSING
        self._problem: type[ValueError] | None = None

    @property
    def text(self) -> str:
        """Subject, headers and the payload's beginning, a line end between them."""
        if self._text is None:
            payload = self.record.payload[:SEARCH_LIMIT].decode("utf-8", "surrogateescape")
            headers = self.record.headers[:SEARCH_LIMIT].decode("utf-8", "surrogateescape")
            self._text = f"{self.record.subject}\n{headers}\n{payload}"
        return self._text

    @property
    def lower(self) -> str:
        if self._lower is None:
            self._lower = self.text.lower()
        return self._lower

    def document(self) -> Json:
        """The payload as JSON; ValueError if it is none, NotWholeError if nobody knows."""
        if self._document is _MISSING:
            try:
                self._document = payload_document(self.record.payload)
            except ValueError as error:
                # Only what kind it is: the error itself would hold on to us, in a circle.
                unknown = isinstance(error, NotWholeError)
                self._document, self._problem = None, NotWholeError if unknown else ValueError
        if self._problem is not None:
            raise self._problem
        return cast(Json, self._document)


Check = Callable[[Candidate], int]


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter; `text` is what was typed. Make one with `parse_filter`."""

    text: str
    terms: tuple[Check, ...]

    def verdict(self, record: Record) -> int:
        """SHOW if every term holds; with PARTIAL if a term could not be settled."""
        candidate = Candidate(record)
        partial, shown = HIDE, SHOW
        for term in self.terms:
            verdict = term(candidate)
            if not verdict:
                return HIDE
            partial |= verdict & PARTIAL
            shown &= verdict
        return shown | partial


def parse_filter(text: str) -> Filter | None:
    """The filter that `text` says, None if it says nothing; FilterError if it cannot be read."""
    terms = []
    position = 0
    while (position := _skip_spaces(text, position)) < len(text):
        term, position = _read_term(text, position)
        terms.append(term)
    return Filter(text.strip(), tuple(terms)) if terms else None


def _skip_spaces(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _read_term(text: str, position: int) -> tuple[Check, int]:
    exclude = text[position] == "-"
    start = position + exclude
    if start == len(text) or text[start].isspace():
        raise FilterError("nothing follows the '-'", position)
    if text[start] == "/":
        term, end = _read_regex(text, start)
    else:
        word, end = _read_word(text, start)
        term = _word_term(word, start)
    return (_excluded(term) if exclude else term), end


def _read_word(text: str, start: int) -> tuple[str, int]:
    """Up to a space outside of quotes."""
    position = start
    while position < len(text) and not text[position].isspace():
        if text[position] == '"':
            position = _closing(text, position, '"')
        position += 1
    return text[start:position], position


def _closing(text: str, opening: int, mark: str) -> int:
    position = opening + 1
    while position < len(text):
        if text[position] == "\\":
            position += 1
        elif text[position] == mark:
            return position
        position += 1
    raise FilterError(f"{mark} is never closed", opening)


def _read_regex(text: str, start: int) -> tuple[Check, int]:
    close = _closing(text, start, "/")
    end = close + 1
    flags = re.MULTILINE
    while end < len(text) and not text[end].isspace():
        if text[end] != "i":
            raise FilterError("only i may follow a regular expression", end)
        flags |= re.IGNORECASE
        end += 1
    source = text[start + 1 : close].replace("\\/", "/")
    if not source:
        raise FilterError("the regular expression is empty", start)
    try:
        with warnings.catch_warnings():
            # Python's doubts about a pattern would go to stderr, across the screen.
            warnings.simplefilter("ignore")
            pattern = re.compile(source, flags)
    except (re.error, OverflowError, RecursionError) as error:
        at = getattr(error, "pos", None) or 0
        raise FilterError(getattr(error, "msg", str(error)), start + 1 + at) from None
    return _regex_term(pattern), end


def _word_term(word: str, start: int) -> Check:
    kind, colon, rest = word.partition(":")
    if colon and kind in _FIELDS:
        if not rest:
            raise FilterError(f"nothing follows {kind}:", start + len(kind))
        return _FIELDS[kind](rest, start + len(kind) + 1)
    return _text_term(_unquote(word))


def _unquote(word: str) -> str:
    """What quotes hold; quotes inside a word are meant literally, as in `"status":"paid"`."""
    if len(word) > 1 and word.startswith('"') and _closing(word, 0, '"') == len(word) - 1:
        return re.sub(r"\\(.)", r"\1", word[1:-1], flags=re.DOTALL)
    return word


def _excluded(term: Check) -> Check:
    return lambda candidate: term(candidate) ^ SHOW


def _found(candidate: Candidate, found: bool) -> int:
    if found:
        return SHOW
    return PARTIAL if candidate.cut else HIDE


def _text_term(needle: str) -> Check:
    if needle == needle.lower():
        return lambda candidate: _found(candidate, needle in candidate.lower)
    return lambda candidate: _found(candidate, needle in candidate.text)


def _regex_term(pattern: re.Pattern[str]) -> Check:
    def check(candidate: Candidate) -> int:
        try:
            return _found(candidate, search(pattern, candidate.text))
        except SearchExpiredError:
            return PARTIAL

    return check


def _subject_term(pattern: str, start: int) -> Check:
    if problem := pattern_problem(pattern):
        raise FilterError(problem, start)
    return lambda candidate: int(subject_matches(pattern, candidate.record.subject))


def _header_term(text: str, start: int) -> Check:
    key, equals, value = text.partition("=")
    key, value = _unquote(key), _unquote(value)
    if not key:
        raise FilterError("the header's name is missing", start)
    wanted = key.encode()

    def check(candidate: Candidate) -> int:
        headers = candidate.record.headers
        if wanted not in headers:
            return HIDE
        lines = header_lines(headers)
        values = [found for name, found in lines.pairs if name == key]
        if value in values if equals else values:
            return SHOW
        return PARTIAL if lines.hidden else HIDE

    return check


def _json_term(text: str, start: int) -> Check:
    try:
        test = parse_json_test(text)
    except JsonPathError as error:
        raise FilterError(str(error), start + error.at) from None

    def check(candidate: Candidate) -> int:
        try:
            return int(test.matches(candidate.document()))
        except NotWholeError:
            return PARTIAL
        except ValueError:
            return HIDE

    return check


_FIELDS: dict[str, Callable[[str, int], Check]] = {
    "subject": _subject_term,
    "header": _header_term,
    "json": _json_term,
}
