"""Subject wildcards: `*` stands for one token, a final `>` for one or more."""

from __future__ import annotations

import re
from collections.abc import Callable

from natstui.client.protocol.subjects import valid_subscribe_subject


def subject_matcher(pattern: str) -> Callable[[str], bool]:
    """A function that says whether a literal subject falls under `pattern`."""
    if "*" not in pattern and ">" not in pattern:
        return pattern.__eq__
    tokens = pattern.split(".")
    parts = ["[^.]+" if token == "*" else re.escape(token) for token in tokens]
    if tokens[-1] == ">":
        parts[-1] = ".+"
    matches = re.compile(r"\.".join(parts), re.DOTALL).fullmatch
    return lambda subject: matches(subject) is not None


def overlap(one: str, other: str) -> bool:
    """Whether some subject falls under both patterns, so that a message could arrive twice."""
    ours, theirs = one.split("."), other.split(".")
    for mine, yours in zip(ours, theirs, strict=False):
        if mine == ">" or yours == ">":
            return True
        if mine != yours and "*" not in (mine, yours):
            return False
    return len(ours) == len(theirs)


def pattern_problem(pattern: str) -> str | None:
    """Why the server would refuse a subscription to `pattern`, or None."""
    if not pattern:
        return "a subject is needed"
    if valid_subscribe_subject(pattern):
        return None
    return "words with dots between them; * is one word, > at the end the rest"
