"""A verdict for monitoring systems, as their plugins give it: one line and an exit code.

    CRITICAL: 1 of 9 consumers: ORDERS > fraud state=stuck (ack limit, …) | consumers=9 critical=1

The codes and the form of the line are those of the Monitoring Plugins guidelines.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

from natstui.headless.listing import COUNT, Listing
from natstui.model.condition import Condition
from natstui.model.safe_text import clean

_NAMED = 5


class Status(IntEnum):
    """The exit codes of `--check`."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


class Verdict(NamedTuple):
    """`text` is what stands behind the status, `figures` what a system may draw."""

    status: Status
    text: str
    figures: str = ""

    @property
    def line(self) -> str:
        """The line, whatever is in the text; a bar would begin the figures."""
        text = clean(self.text.replace("|", "¦"))
        figures = f" | {self.figures}" if self.figures else ""
        return f"{self.status.name}: {text}{figures}"


def verdict(
    listing: Listing[Any], critical: Condition | None, warning: Condition | None
) -> Verdict:
    """The worst there is among what is shown; UNKNOWN if not all of it could be seen."""
    things = listing.shown()
    bad = _matching(listing, critical, things)
    poor = [each for each in _matching(listing, warning, things) if each not in bad]
    figures = _figures(listing, len(things), len(bad), len(poor))
    problems = listing.problems()
    if bad:
        return Verdict(Status.CRITICAL, _names(listing, critical, bad, len(things)), figures)
    if problems:
        return Verdict(Status.UNKNOWN, "; ".join(problems), figures)
    if not things and not _counts(critical) and not _counts(warning):
        return Verdict(Status.UNKNOWN, f"there are no {listing.nouns[1]} to check", figures)
    if poor:
        return Verdict(Status.WARNING, _names(listing, warning, poor, len(things)), figures)
    return Verdict(Status.OK, _plural(listing, len(things)), figures)


def _counts(condition: Condition | None) -> bool:
    """Whether it is about how many there are, and can be judged without any."""
    return condition is not None and condition.fields == {COUNT.name}


def _matching(listing: Listing[Any], condition: Condition | None, things: list[Any]) -> list[Any]:
    if condition is None:
        return []
    count = len(things)
    if _counts(condition):
        # Nobody in particular is to blame.
        return [None] if condition.holds({COUNT.name: count}) else []
    return [each for each in things if condition.holds({**listing.values(each), COUNT.name: count})]


def _names(
    listing: Listing[Any], condition: Condition | None, things: list[Any], count: int
) -> str:
    assert condition is not None, "it matched something"
    if _counts(condition):
        return f"{_plural(listing, count)}: {condition.text}"
    said = [_name(listing, condition, each) for each in things[:_NAMED]]
    if len(things) > _NAMED:
        said.append(f"and {len(things) - _NAMED} more")
    return f"{len(things)} of {_plural(listing, count)}: {'; '.join(said)}"


def _name(listing: Listing[Any], condition: Condition, thing: Any) -> str:
    known = listing.values(thing)
    why = [f"{name}={known[name]}" for name in known if name in condition.fields]
    reason = listing.reason(thing) if listing.is_own(condition) else ""
    return " ".join([listing.name(thing), *why, *([f"({reason})"] if reason else [])])


def _plural(listing: Listing[Any], count: int) -> str:
    return f"{count} {listing.nouns[count != 1]}"


def _figures(listing: Listing[Any], count: int, bad: int, poor: int) -> str:
    return f"{listing.nouns[1]}={count} critical={bad} warning={poor}"
