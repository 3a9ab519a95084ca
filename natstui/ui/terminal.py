"""A terminal that does not keep up, and one that is gone.

Textual writes through a thread with a queue of 30 writes; when the terminal stalls (ctrl+s, a dead
ssh link, a slow pipe) and the queue is full, the next write blocks the event loop, and with it the
PONGs that keep us connected. So nothing is painted while writes are waiting; once they are gone,
everything that changed is painted at once.

The queue is Textual's own affair (8.2.8): this is the only place that looks at it.
"""

from __future__ import annotations

import select
import sys
from contextlib import ExitStack
from queue import Queue
from typing import Any

from textual.app import App

CHECK_EVERY = 0.05
# A frame is three writes. Two frames may wait before the terminal counts as stalled.
_TOO_MANY = 6
# Looks in a row, a quarter of a second: a burst of keys, too, makes many writes, but not for long.
_LASTING = 5


# Before the screen is left: GNU screen and the Linux console may have no second one to leave.
EMPTY = "\x1b[0m\x1b[H\x1b[2J"


def write(app: App[Any], sequence: str) -> None:
    """Something for the terminal itself, made of nothing foreign that was not encoded."""
    if app._driver is not None:
        app._driver.write(sequence)


class Congestion:
    """Holds back all painting while the terminal is behind; `check` it often.

    `stalls`: how often it was behind for longer than a burst of writes takes.
    """

    def __init__(self, app: App[Any]) -> None:
        self.stalls = 0
        self._looks = 0
        self._app = app
        self._held: ExitStack | None = None

    @property
    def is_congested(self) -> bool:
        """Whether painting is held back."""
        return self._held is not None

    def check(self) -> None:
        """Hold back, or let go."""
        waiting = self._backlog()
        if self._held is None and waiting > _TOO_MANY:
            self._looks = 0
            self._held = ExitStack()
            self._held.enter_context(self._app.batch_update())
        elif self._held is not None and waiting == 0:
            self._held.close()
            self._held = None
        elif self._held is not None:
            self._looks += 1
            self.stalls += self._looks == _LASTING

    def _backlog(self) -> int:
        writer = getattr(self._app._driver, "_writer_thread", None)
        queue: Queue[str | None] | None = getattr(writer, "_queue", None)
        return queue.qsize() if queue is not None else 0


class Hangup:
    """Tells when the terminal at our standard input is gone.

    The kernel says so with SIGHUP, but only to who has it as the controlling terminal: not in some
    containers, and not under whatever else gave us a terminal of its own. There Textual would go
    on reading nothing, and drawing for nobody, at full speed and for ever.
    """

    def __init__(self) -> None:
        self._poll = None
        if sys.__stdin__ is not None and sys.__stdin__.isatty() and hasattr(select, "poll"):
            self._poll = select.poll()
            self._poll.register(sys.__stdin__.fileno(), 0)  # POLLHUP is always told

    @property
    def happened(self) -> bool:
        """Whether it is gone."""
        return self._poll is not None and bool(self._poll.poll(0))
