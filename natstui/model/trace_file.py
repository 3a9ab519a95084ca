"""Where a trace goes when the terminal is taken: a file of its own, for the user's eyes only."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from os import getpid
from typing import TextIO

from natstui.model.state_folder import open_private, private_folder

MOST_WRITTEN = 64 * 1024 * 1024


class TraceFile:
    """Call it with a line. The file, `path`, is in the state folder, mode 0600, and begins with the
    day and time.

    It ends at 64 MiB, and when the disk is full. OSError when it cannot be made.
    """

    def __init__(self) -> None:
        self.path = private_folder() / f"trace-{getpid()}.log"
        self._file: TextIO | None = open_private(self.path, "a")
        self._left = MOST_WRITTEN
        self._write(datetime.now().astimezone().isoformat(" ", "seconds"))

    def __call__(self, line: str) -> None:
        # The file is ASCII, as the journal's are: it survives whatever shows it.
        text = line.encode("ascii", "backslashreplace").decode()
        self._left -= len(text) + 1
        if self._left > 0:
            self._write(text)
        elif self._left > -len(text) - 1:
            self._write("the trace ends here: the file is as long as it may be")

    def close(self) -> None:
        """Let go of it; the next line opens it again."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None

    def _write(self, text: str) -> None:
        try:
            self._file = self._file or open_private(self.path, "a")
            self._file.write(f"{text}\n")
            self._file.flush()
        except OSError:
            self.close()
            self._left = 0
