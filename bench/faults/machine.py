"""Whether the machine itself stood still: a virtual one may, for half a minute."""

from __future__ import annotations

import threading
import time

INTERVAL = 0.1  # seconds
NOTICED_AFTER = 2 * INTERVAL
UNUSUAL = 1.0  # seconds more than it should have slept


class Machine:
    """A thread that sleeps, and notes when it slept for much longer than it wanted to.

    Not the event loop, which a client could block.
    """

    def __init__(self) -> None:
        self._stood_still = 0.0
        threading.Thread(target=self._watch, name="machine", daemon=True).start()

    @property
    def stood_still(self) -> float:
        """For how many seconds, so far. It may take `NOTICED_AFTER` until one is counted."""
        return self._stood_still

    def _watch(self) -> None:
        while True:
            begun = time.monotonic()
            time.sleep(INTERVAL)
            too_long = time.monotonic() - begun - INTERVAL
            if too_long > UNUSUAL:
                self._stood_still += too_long


MACHINE = Machine()
