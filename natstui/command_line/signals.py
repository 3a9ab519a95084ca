"""Signals that ask us to end: all of them end us as ctrl-c does, tidily."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(Exception):
    """We were asked to end; `code` is what a shell reports then, 128 and the signal's number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.code = 128 + number


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGINT, SIGTERM and SIGHUP unwind what is inside, and raise Terminated.

    Without, the last two would end the process on the spot: the terminal would stay as the
    explorer had set it, and the connection would not be drained.
    """
    received: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        received.append(number)
        # An event loop that runs has its own way to be interrupted; this takes it.
        handler = signal.getsignal(signal.SIGINT)
        if not callable(handler):  # ignored, as shells have it for what runs in the background
            raise KeyboardInterrupt
        handler(signal.SIGINT, frame)

    numbers = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
        if received:  # what was inside took it as a wish to quit
            raise Terminated(received[0])
    except KeyboardInterrupt:
        raise Terminated(received[0] if received else signal.SIGINT) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
