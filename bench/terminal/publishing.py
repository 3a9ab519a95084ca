"""A publisher beside the explorer, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def publishing(url: str, rate: int, prefix: str = "orders") -> Iterator[Callable[[], int]]:
    """Publish so many messages a second below `prefix`; see `bench.terminal.flood`.

    Yields what ends it and says how many it has sent.
    """
    command = [sys.executable, "-m", "bench.terminal.flood", url, str(rate), prefix]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as publisher:
        try:
            yield lambda: int(publisher.communicate()[0])
        finally:
            publisher.kill()
