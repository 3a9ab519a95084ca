"""Subjects with wildcards, beyond what the client needs to know of them."""

from __future__ import annotations

from natstui.client.errors import BadSubjectError
from natstui.client.protocol.subjects import check_subscribe_subject


def overlap(one: str, other: str) -> bool:
    """Whether some subject falls under both patterns, so that a message could arrive twice."""
    ours, theirs = one.split("."), other.split(".")
    for mine, yours in zip(ours, theirs, strict=False):
        if mine == ">" or yours == ">":
            return True
        if mine != yours and "*" not in (mine, yours):
            return False
    return len(ours) == len(theirs)


def covers(wide: str, narrow: str) -> bool:
    """Whether every subject that falls under `narrow` falls under `wide` too."""
    ours, theirs = wide.split("."), narrow.split(".")
    for mine, yours in zip(ours, theirs, strict=False):
        if mine == ">":
            return True
        if yours == ">" or (mine != "*" and mine != yours):
            return False
    return len(ours) == len(theirs)


def pattern_problem(pattern: str) -> str | None:
    """Why there can be no subscription to `pattern`, or None."""
    if not pattern:
        return "a subject is needed"
    try:
        check_subscribe_subject(pattern)
    except BadSubjectError as error:
        return str(error).removeprefix("nats: ")
    return None
