"""What is not an answer: said on standard error, where it mixes with no data."""

from __future__ import annotations

import sys
from contextlib import suppress


def complain(message: str) -> None:
    """Say it, if anybody listens; what a terminal would obey is written as Python writes it."""
    if sys.stderr is None:  # natstui … 2>&-
        return
    for line in message.splitlines():
        shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in line)
        with suppress(OSError):
            print(f"natstui: {shown}", file=sys.stderr, flush=True)
