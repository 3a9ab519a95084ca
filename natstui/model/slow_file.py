"""A new file that is written by a thread: a slow disk stops nobody but who waits for it."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue

from natstui.model.state_folder import private_opener

_CLOSE_SECONDS = 2.0


class SlowFile:
    """Made within a running loop; OSError if the file exists or cannot be made. Mode 0600.

    What was written is whole: of a piece for which there was no room nothing stays.
    """

    def __init__(self, path: Path) -> None:
        # Opened here and not on the thread: a wrong path is known at once.
        self._file = open(path, "xb", buffering=0, opener=private_opener)  # noqa: SIM115  # kept open
        self.bytes = 0
        self._loop = asyncio.get_running_loop()
        self._pieces: SimpleQueue[tuple[bytes | None, asyncio.Future[None]]] = SimpleQueue()
        # A daemon: whoever quits must not wait for a disk that hangs.
        threading.Thread(target=self._run, name="recording", daemon=True).start()

    async def write(self, piece: bytes) -> None:
        """Return when it is written; OSError if it could not be."""
        await self._give(piece)

    async def close(self) -> None:
        """Close it, waiting a moment for the disk at most; OSError if the disk complains."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._give(None)

    async def _give(self, piece: bytes | None) -> None:
        done: asyncio.Future[None] = self._loop.create_future()
        self._pieces.put((piece, done))
        await done

    # The thread

    def _run(self) -> None:
        while True:
            piece, done = self._pieces.get()
            error: OSError | None = None
            try:
                if piece is None:
                    self._file.close()
                else:
                    self._write(piece)
            except OSError as complaint:
                error = complaint
            with suppress(RuntimeError):  # the loop ended without waiting for us
                self._loop.call_soon_threadsafe(_settle, done, error)
            if piece is None:
                return

    def _write(self, piece: bytes) -> None:
        rest = memoryview(piece)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError:
            with suppress(OSError):  # a pipe, for one, cannot be cut
                os.ftruncate(self._file.fileno(), self.bytes)
            raise
        self.bytes += len(piece)


def _settle(done: asyncio.Future[None], error: OSError | None) -> None:
    if done.done():  # nobody waits any more
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
