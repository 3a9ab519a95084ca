"""What is not an answer: said on standard error, where it mixes with no data."""

from __future__ import annotations

import sys


def complain(message: str) -> None:
    """Say it, a line for each of its own; control characters in what came from outside stay
    harmless."""
    for line in message.splitlines():
        shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in line)
        print(f"natstui: {shown}", file=sys.stderr, flush=True)
