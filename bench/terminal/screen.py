"""A terminal that only counts and searches what is written to it; emulating one would cost more
than the app that is measured."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType

#: Colours and places. What stands on one line of the screen is one line without them.
_CONTROL = re.compile(rb"\x1b\[[0-9;?<=>]*[ -/]*[@-~]")
_KEPT = 4096


class ProgramEnded(Exception):
    """The program is gone."""

    def __str__(self) -> str:
        return "the explorer ended; run it by hand to see why"


class Screen:
    """A program in a pty; what it writes is read when one of the methods is called."""

    def __init__(self, command: Sequence[str], columns: int = 120, rows: int = 40) -> None:
        self.written = 0
        self._command = list(command)
        self._size = struct.pack("HHHH", rows, columns, 0, 0)
        self._pid = self._master = -1

    def __enter__(self) -> Screen:
        self._pid, self._master = pty.fork()
        if self._pid == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
            os.environ.pop("SSH_CONNECTION", None)
            os.execvp(self._command[0], self._command)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, self._size)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.kill(self._pid, signal.SIGTERM)
        deadline = time.monotonic() + 5
        while os.waitpid(self._pid, os.WNOHANG)[0] == 0:
            with suppress(ProgramEnded):  # it must not block on a full terminal
                self.read(0.05)
            if time.monotonic() > deadline:
                os.kill(self._pid, signal.SIGKILL)
        os.close(self._master)

    def press(self, key: bytes) -> None:
        """Type."""
        os.write(self._master, key)

    def read(self, seconds: float) -> bytes:
        """Everything that is written within so many seconds."""
        deadline, seen = time.monotonic() + seconds, bytearray()
        while (left := deadline - time.monotonic()) > 0:
            seen += self._read_once(left)
        return bytes(seen)

    def read_until(self, text: bytes, seconds: float) -> float:
        """Seconds until `text` is written. Raises TimeoutError."""
        return self.find(re.escape(text), seconds)[0]

    def find(
        self,
        pattern: bytes,
        seconds: float,
        wanted: Callable[[re.Match[bytes]], bool] = lambda _: True,
    ) -> tuple[float, re.Match[bytes]]:
        """Seconds until something `wanted` is written that matches, and what that was.

        Colours and the like are left out of what is searched. Raises TimeoutError.
        """
        began, seen = time.monotonic(), b""
        while (left := began + seconds - time.monotonic()) > 0:
            # An escape sequence may come in two pieces: those are put together first.
            seen = seen[-_KEPT:] + self._read_once(left)
            found = next(filter(wanted, re.finditer(pattern, _CONTROL.sub(b"", seen))), None)
            if found:
                return time.monotonic() - began, found
        raise TimeoutError(f"{pattern!r} was not written within {seconds} s")

    def _read_once(self, seconds: float) -> bytes:
        if not select.select([self._master], [], [], seconds)[0]:
            return b""
        try:
            data = os.read(self._master, 65536)
        except OSError:
            raise ProgramEnded from None
        self.written += len(data)
        return data
