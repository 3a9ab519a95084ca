"""What the server did not permit, read out of its words."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

_VIOLATION = re.compile(
    r'permissions violation for (publish|subscription)(?: with reply of)? to "([^"]*)"',
    re.IGNORECASE,
)


class Denied(NamedTuple):
    """A subject that this user may not publish or subscribe to."""

    kind: Literal["publish", "subscription"]
    subject: str


def denied(error: Exception) -> Denied | None:
    """The denial that `error` reports, None if it reports something else."""
    found = _VIOLATION.search(str(error))
    if found is None:
        return None
    kind: Literal["publish", "subscription"] = (
        "publish" if found.group(1).lower() == "publish" else "subscription"
    )
    return Denied(kind, found.group(2))
