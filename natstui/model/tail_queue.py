"""Messages on their way through: appended inside the read, taken out a little later.

Unlike a `TailBuffer` it keeps nothing that was taken, and what it has no room for is dropped and
counted: whoever writes slower than messages come loses some, and is told how many.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from natstui.model.tail import Record

MAX_MESSAGES = 500_000
MAX_BYTES = 128 * 1024 * 1024
# What a message takes besides its bytes: the tuple, its numbers, and the headers of its strings.
_OVERHEAD = 350


class TailQueue:
    """A bounded first-in, first-out; `seen` messages came, of which `dropped` found no room."""

    def __init__(
        self,
        max_messages: int = MAX_MESSAGES,
        max_bytes: int = MAX_BYTES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.max_messages = max_messages
        self.max_bytes = max_bytes
        self.seen = 0
        self.dropped = 0
        self._bytes = 0
        self._clock = clock
        self._arrived = asyncio.Event()
        self._records: deque[tuple[int, float, str, str, bytes, bytes, int]] = deque()

    def __len__(self) -> int:
        return len(self._records)

    def append(self, subject: str, payload: bytes, reply: str = "", headers: bytes = b"") -> None:
        """Take one message, if there is room."""
        records = self._records
        seq = self.seen
        self.seen = seq + 1
        if len(records) >= self.max_messages or self._bytes > self.max_bytes:
            self.dropped += 1
            return
        size = len(payload) + len(headers)
        self._bytes += size + _OVERHEAD
        if not records:
            self._arrived.set()
        records.append((seq, self._clock(), subject, reply, headers, payload, size))

    def note(self, text: str) -> None:
        """A line of ours between the messages, for which there is always room."""
        self._records.append((self.seen, self._clock(), "", "", b"", text.encode(), 0))
        self._bytes += _OVERHEAD
        self._arrived.set()

    def take(self) -> Record:
        """The oldest one; IndexError if there is none."""
        fields = self._records.popleft()
        self._bytes -= fields[-1] + _OVERHEAD
        return tuple.__new__(Record, fields)

    async def arrival(self) -> None:
        """Return when there is something to take."""
        while not self._records:
            self._arrived.clear()
            await self._arrived.wait()
