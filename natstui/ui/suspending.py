"""ctrl+z: the shell gets its terminal back, and `fg` goes on where one was.

Stopped, nothing runs: no PING is answered, and what arrives waits in the sockets until the server
gives us up. So who comes back has to ask whether the connection is still there. The same goes for
a machine that slept, where nothing but the clock tells.
"""

from __future__ import annotations

import asyncio
import os
import signal
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

from textual.app import App

# The server asks every two minutes, and gives up after a few.
LONG = 30.0


class Absence:
    """How long nobody ran; call `tick` again and again. `stopped` is how long we were, lastly."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock or _clock
        self._last = self._clock()
        self.stopped = 0.0

    def tick(self) -> float:
        """Seconds since it was called last."""
        before, self._last = self._last, self._clock()
        return self._last - before


def _clock() -> float:
    """One that goes on while the machine sleeps, where there is one."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def can_stop() -> bool:
    """Whether somebody would be there to wake us: a shell with job control.

    Without (`ssh -t host natstui`, `tmux new natstui`) we are in the session leader's own group.
    """
    return os.name == "posix" and os.getpgrp() != os.getsid(0)


def stop() -> None:
    """Stop, and whoever was started with us (`make demo`), as the terminal would do by itself."""
    os.killpg(os.getpgrp(), signal.SIGTSTP)


def resume_once(app: App[Any], absence: Absence) -> None:
    """Have the driver start anew only after it ended; call it when the terminal is ours.

    Textual (8.2.8) starts anew at each SIGCONT. One of them comes from `kill -STOP` and `-CONT`,
    too, and from a shell's `fg` for who was not stopped: there it would start a second thread that
    reads the keys, and take our modes for those that the terminal had before.
    """
    driver: Any = app._driver
    restart = getattr(driver, "_sigcont_application", None)
    if restart is None:
        return  # no terminal
    loop = asyncio.get_running_loop()
    raw = termios.tcgetattr(driver.fileno)

    def resumed(number: int, frame: FrameType | None) -> None:
        absence.stopped = absence.tick()
        if driver._must_signal_resume:
            restart(number, frame)
        elif driver._auto_restart:  # not while an editor has the terminal
            _take_back(driver, raw)
            loop.call_soon_threadsafe(app.post_message, driver.SignalResume())

    signal.signal(signal.SIGCONT, resumed)


def _take_back(driver: Any, raw: list[Any]) -> None:
    """The shell may have used the terminal while we were stopped and could not leave it."""
    with suppress(termios.error):
        termios.tcsetattr(driver.fileno, termios.TCSANOW, raw)
    driver.write("\x1b[?1049h\x1b[?25l")
    driver._enable_mouse_support()
    driver._enable_bracketed_paste()
