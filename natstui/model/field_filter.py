"""From a value of a field to the filter that shows its messages, in the grammar of the tail."""

from __future__ import annotations

import re

from natstui.model.field import ANY_NUMBER, Field, is_cut, path_text, quoted
from natstui.model.filter import FilterError, parse_filter
from natstui.model.spread import Bin


def value_filter(field: Field, value: str, tokens: range = ANY_NUMBER) -> str | None:
    """A filter for the messages in which `field` is `value`; None if none can say it.

    `tokens`: how many tokens the subjects have, for a subject with wildcards that is easier to
    read than a regular expression.
    """
    in_subject = field.kind in ("subject", "token")
    if is_cut(value) or (in_subject and any(char.isspace() for char in value)):
        return None
    return _readable(_term(field, value, tokens))


def bin_filter(field: Field, found: Bin) -> str | None:
    """A filter for the messages whose `field` is in a range of the histogram; None if none is."""
    if field.kind != "json":
        return None
    path = "json:" + path_text(field.steps)
    below = "" if found.high == float("inf") else f" {path}<{found.high:.17g}"
    return _readable(f"{path}>={found.low:.17g}{below}")


def there_filter(field: Field) -> str | None:
    """A filter for the messages that have the field at all; None if none can say it."""
    match field.kind:
        case "json":
            return _readable("json:" + path_text(field.steps))
        case "header":
            return _readable("header:" + _word(field.steps[0]))
    return None


def added_to(text: str, term: str) -> str:
    """The filter `text`, and `term` besides, unless it is in there."""
    return text if f" {term} " in f" {text} " else f"{text} {term}".strip()


def _readable(text: str | None) -> str | None:
    """Some names and values cannot be written down: those with a quote in the wrong place."""
    if text is None:
        return None
    try:
        return text if parse_filter(text) else None
    except FilterError:
        return None


def _term(field: Field, value: str, tokens: range) -> str | None:
    match field.kind:
        case "json":
            return f"json:{path_text(field.steps)}={_word(value)}"
        case "header":
            name = field.steps[0]
            return None if "=" in name else f"header:{_word(name)}={_word(value)}"
        case "subject":
            return f"subject:{value}"
        case "token":
            return _token_term(int(field.steps[0]), value, tokens)
        case "payload":
            # Headers and payload follow the subject, with an empty line between; see Candidate.
            return rf"/\n\n{_pattern(value)}\Z/"
    return None


def _token_term(place: int, value: str, tokens: range) -> str:
    shortest, longest = tokens.start, tokens.stop - 1
    before = "*." * (place - 1)
    if shortest == longest >= place:
        return f"subject:{before}{value}{'.*' * (longest - place)}"
    if shortest > place:
        return f"subject:{before}{value}.>"
    return rf"/\A(?:[^.\n]+\.){{{place - 1}}}{_pattern(value)}(?=[.\n])/"


def _pattern(text: str) -> str:
    return re.escape(text).replace("/", r"\/").replace("\n", r"n")


def _word(text: str) -> str:
    plain = bool(text) and '"' not in text and not any(char.isspace() for char in text)
    return text if plain else quoted(text)
