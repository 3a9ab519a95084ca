"""Regular expressions that cannot run away.

`re` offers no limit, and a pattern such as `(a+)+$` needs years on forty characters. But the engine
looks for signals while it matches, so a timer's signal handler that raises ends the search. The
timer counts this process's CPU time (SIGVTALRM), which nothing else here uses.
"""

from __future__ import annotations

import re
import signal
import threading
from types import FrameType

MATCH_SECONDS = 0.005


class SearchExpiredError(Exception):
    """A search used up the time it was given; what it would have found is unknown."""


class _Clock:
    """The process-wide timer: armed for the length of one search."""

    def __init__(self) -> None:
        self._armed = False
        self._installed = False

    def arm(self, seconds: float) -> None:
        if not self._installed:
            signal.signal(signal.SIGVTALRM, self._expire)
            self._installed = True
        self._armed = True
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)

    def disarm(self) -> None:
        self._armed = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    def _expire(self, _signal: int, _frame: FrameType | None) -> None:
        # A signal that comes late must not hit whoever runs by then.
        if self._armed:
            self._armed = False
            raise SearchExpiredError


_clock = _Clock()


def can_limit() -> bool:
    """Signals reach the main thread only, and Windows has no such timer."""
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


def search(pattern: re.Pattern[str], text: str, seconds: float = MATCH_SECONDS) -> bool:
    """Whether `pattern` is found in `text`; SearchExpiredError after `seconds` of CPU time.

    Where no timer can be had the search is not limited.
    """
    if not can_limit():
        return pattern.search(text) is not None
    try:
        _clock.arm(seconds)
        return pattern.search(text) is not None
    finally:
        _clock.disarm()
