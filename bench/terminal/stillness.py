"""How long the machine itself keeps somebody waiting who does nothing but sleep."""

from __future__ import annotations

import threading
import time
from types import TracebackType

_EVERY = 0.01


class Stillness:
    """A thread that sleeps 10 ms at a time; `worst` is how much too late it woke, in seconds.

    What it sees, no program on this machine could have avoided.
    """

    def __init__(self) -> None:
        self.worst = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="stillness", daemon=True)

    def __enter__(self) -> Stillness:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        asleep = time.monotonic()
        while not self._ended.wait(_EVERY):
            awake = time.monotonic()
            self.worst = max(self.worst, awake - asleep - _EVERY)
            asleep = awake
