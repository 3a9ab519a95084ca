"""What to purge, said in a line: `orders.eu.> before:1200` or `keep:100`, or nothing for all."""

from __future__ import annotations

from natstui.model.stream_purge import Purge
from natstui.model.stream_reader import ALL
from natstui.model.wildcards import pattern_problem


def parse_purge(text: str) -> Purge:
    """The purge that `text` says; ValueError says why it is none."""
    subject, numbers = ALL, dict[str, int]()
    for word in text.split():
        name, colon, number = word.partition(":")
        if colon and name in ("before", "keep"):
            numbers[name] = _number(name, number)
        elif subject == ALL:
            if problem := pattern_problem(word):
                raise ValueError(problem)
            subject = word
        else:
            raise ValueError("one subject only")
    if len(numbers) > 1:
        raise ValueError("before: or keep:, not both")
    return Purge(subject, seq=numbers.get("before"), keep=numbers.get("keep"))


def _number(name: str, text: str) -> int:
    cleaned = text.replace(",", "")
    if not cleaned.isdecimal() or int(cleaned) < 1:
        raise ValueError(f"{name}: wants a number from 1 on")
    return int(cleaned)


def purge_problem(text: str) -> str | None:
    """Why `text` says no purge, or None."""
    try:
        parse_purge(text)
    except ValueError as error:
        return str(error)
    return None
