"""Standard output, written by a thread: a reader that is slow must not stop the event loop.

A loop that waits for a pipe answers no PING, and loses its connection. And the descriptor cannot be
made non-blocking, because the shell that started us has the same one.
"""

from __future__ import annotations

import asyncio
import os
import stat
import sys
import threading
from contextlib import suppress
from typing import NoReturn

from natstui.headless.request import FailedError

FULL = 8 * 1024 * 1024
_CLOSE_SECONDS = 2.0


class Output:
    """Takes text at once and writes it in order; `close` waits a moment for the rest of it.

    Use it within a running event loop. When the reader has left, `write` raises BrokenPipeError,
    and FailedError when it could not be written for another reason; `has_ended` is set then.
    """

    def __init__(self, descriptor: int | None = None) -> None:
        self.has_ended = asyncio.Event()
        self._descriptor = _standard_output() if descriptor is None else descriptor
        self._loop = asyncio.get_running_loop()
        self._room = asyncio.Event()
        self._lock = threading.Condition()
        self._waiting = bytearray()
        self._writing = 0
        self._error: OSError | None = None
        self._closing = False
        # A daemon: whoever quits must not wait for a reader that does not read.
        self._thread = threading.Thread(target=self._run, name="output", daemon=True)
        self._thread.start()
        self._watches_reader = self._watch_reader()

    @property
    def is_terminal(self) -> bool:
        return os.isatty(self._descriptor)

    @property
    def is_full(self) -> bool:
        """Whether so much waits that no more should be given."""
        return len(self._waiting) + self._writing > FULL

    def write(self, text: str) -> None:
        """Take a text; what no UTF-8 can hold becomes a question mark."""
        self._complain()
        with self._lock:
            self._waiting += text.encode("utf-8", "replace")
            self._lock.notify()

    def write_bytes(self, data: bytes) -> None:
        """Take bytes as they are."""
        self._complain()
        with self._lock:
            self._waiting += data
            self._lock.notify()

    async def room(self) -> None:
        """Return when more may be given."""
        while self.is_full:
            self._room.clear()
            if self.is_full:
                await self._room.wait()
            self._complain()

    async def drained(self) -> None:
        """Return when everything is written."""
        while self._waiting or self._writing:
            self._room.clear()
            if self._waiting or self._writing:
                await self._room.wait()
        self._complain()

    async def close(self) -> None:
        """Give what waits a moment to be written, and end."""
        if self._watches_reader:
            self._loop.remove_reader(self._descriptor)
        with suppress(TimeoutError, OSError, FailedError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self.drained()
        with self._lock:
            self._closing = True
            self._lock.notify()

    def _complain(self) -> None:
        if isinstance(self._error, BrokenPipeError):
            raise self._error
        if self._error is not None:
            raise FailedError(f"standard output: {self._error.strerror}")

    async def ended(self) -> NoReturn:
        """Raise when nothing can be written any more, and not before."""
        await self.has_ended.wait()
        self._complain()
        raise BrokenPipeError

    # The thread

    def _run(self) -> None:
        while True:
            with self._lock:
                while not self._waiting and not self._closing:
                    self._lock.wait()
                if not self._waiting:
                    return
                data, self._waiting = self._waiting, bytearray()
                self._writing = len(data)
            try:
                self._write_all(memoryview(data))
            except OSError as error:
                self._error = error
                self._waiting.clear()
            self._writing = 0
            with suppress(RuntimeError):  # the loop ended without waiting for us
                self._loop.call_soon_threadsafe(self._written)

    def _write_all(self, data: memoryview) -> None:
        while data:
            data = data[os.write(self._descriptor, data) :]

    def _written(self) -> None:
        self._room.set()
        if self._error is not None:
            self.has_ended.set()

    # The reader

    def _watch_reader(self) -> bool:
        """Notice at once that the reader of a pipe has left, and not with the next thing to say."""
        if sys.platform != "linux" or not stat.S_ISFIFO(os.fstat(self._descriptor).st_mode):
            return False
        try:
            # Nothing can be read from this end; what wakes us is that the other one is closed.
            self._loop.add_reader(self._descriptor, self._reader_left)
        except OSError:
            return False
        return True

    def _reader_left(self) -> None:
        self._loop.remove_reader(self._descriptor)
        self._error = self._error or BrokenPipeError()
        self.has_ended.set()


def _standard_output() -> int:
    if sys.stdout is None:  # natstui streams >&-
        raise FailedError("standard output is closed")
    return sys.stdout.fileno()
