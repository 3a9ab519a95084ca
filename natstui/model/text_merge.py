"""Three texts, line by line: what only one side changed is taken, the rest is a conflict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from natstui.model.line_matcher import LineMatcher

MOST_LINES = 20_000


class _Match(NamedTuple):
    """Lines of the base that both sides have."""

    base: int
    mine: int
    theirs: int
    length: int


@dataclass(frozen=True)
class Part:
    """A stretch of text. `merged` is what became of it, None if the sides disagree."""

    base: str
    mine: str
    theirs: str
    merged: str | None
    line: int


def merge_lines(base: str, mine: str, theirs: str) -> list[Part]:
    """The parts, in order; those that are merged and those that are not."""
    olds, ours, others = (_lines(text) for text in (base, mine, theirs))
    if max(len(olds), len(ours), len(others)) > MOST_LINES:
        return [_part(base, mine, theirs, 1)]
    parts: list[Part] = []
    at_base = at_mine = at_theirs = 0
    for match in _agreed(olds, ours, others):
        texts = (
            "".join(olds[at_base : match.base]),
            "".join(ours[at_mine : match.mine]),
            "".join(others[at_theirs : match.theirs]),
        )
        if any(texts):
            parts.append(_part(*texts, at_base + 1))
        same = "".join(olds[match.base : match.base + match.length])
        if same:
            parts.append(Part(same, same, same, same, match.base + 1))
        at_base, at_mine, at_theirs = (place + match.length for place in match[:3])
    return parts


def _lines(text: str) -> list[str]:
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _part(base: str, mine: str, theirs: str, line: int) -> Part:
    merged: str | None = None
    if mine in (theirs, base):
        merged = theirs
    elif theirs == base:
        merged = mine
    return Part(base, mine, theirs, merged, line)


def _agreed(base: list[str], mine: list[str], theirs: list[str]) -> Iterator[_Match]:
    """Where both sides still have lines of the base; last the end of all three."""
    ours, others = _matches(base, mine), _matches(base, theirs)
    left = right = 0
    while left < len(ours) and right < len(others):
        (our_base, our_place, our_length) = ours[left]
        (other_base, other_place, other_length) = others[right]
        start = max(our_base, other_base)
        end = min(our_base + our_length, other_base + other_length)
        if start < end:
            yield _Match(
                start, our_place + start - our_base, other_place + start - other_base, end - start
            )
        if our_base + our_length < other_base + other_length:
            left += 1
        else:
            right += 1
    yield _Match(len(base), len(mine), len(theirs), 0)


def _matches(base: list[str], other: list[str]) -> list[tuple[int, int, int]]:
    blocks = LineMatcher(base, other).get_matching_blocks()
    return [(block.a, block.b, block.size) for block in blocks if block.size]
