"""Recording a tail: what its subjects bring goes to a new file, as it comes, with nothing left out.

The hook inside the read only appends to a queue. A task makes lines of it in slices of a few
milliseconds, and a thread writes them: a disk that is too slow loses messages, which are counted in
the file and on the screen, but never stops the loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from natstui.model import words
from natstui.model.export import ndjson_line
from natstui.model.filter import PARTIAL, SHOW, Filter
from natstui.model.recording_lines import Head, note_line
from natstui.model.session import Session
from natstui.model.slow_file import SlowFile
from natstui.model.tail import Record
from natstui.model.tail_queue import TailQueue

_SLICE_SECONDS = 0.005
_CLOCK_EVERY = 64  # messages
_STOP_SECONDS = 5.0
_TOO_SLOW = "the disk is too slow"


def head_of(session: Session, subjects: Sequence[str], filter: str = "") -> Head:
    """What a recording says of a session, now."""
    return Head(time.time(), session.server, session.name, tuple(subjects), filter)


class Recorder:
    """A sink that writes to a file; `append` and `note` are all that a subscription does.

    With a filter only what it lets through is written, and what is too large to be searched to its
    end. It ends by itself after `count` messages, at `max_bytes`, or when the disk is full, and
    `outcome` says which. `messages` were written, `size` is that of the file in bytes, and `lost`
    messages came and were not written, because the disk was too slow or could not take them.

    Make it within a running loop; OSError if the file exists (nothing is overwritten) or cannot be
    made.
    """

    def __init__(
        self,
        path: Path,
        head: Head,
        wanted: Filter | None = None,
        *,
        count: int | None = None,
        max_bytes: int | None = None,
        queue: TailQueue | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.path = path
        self.head = head
        self.wanted = wanted
        self.count = count
        self.max_bytes = max_bytes
        self.messages = 0
        self.outcome = ""
        self.problem: OSError | None = None
        self.queue = TailQueue(clock=clock) if queue is None else queue
        self.append = self.queue.append
        self._clock = clock
        self._taken = 0
        self._unwritten = 0
        self._bytes = 0
        self._is_full = False
        self._next = 0  # of the queue's sequences: a gap is what it dropped
        self._said_lost = 0
        self._is_stopping = False
        self._file = SlowFile(path)
        self._task = asyncio.create_task(self._run(), name="record")

    @property
    def dropped(self) -> int:
        """Messages for which there was no room."""
        return self.queue.dropped

    @dropped.setter
    def dropped(self, count: int) -> None:
        self.queue.dropped = count

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return self._file.bytes

    @property
    def lost(self) -> int:
        """Messages that came while it ran and are not in the file."""
        return self.queue.dropped + self._unwritten

    @property
    def is_running(self) -> bool:
        return not self._task.done()

    def note(self, text: str) -> None:
        """A line of ours between the messages."""
        self.queue.note(text)

    async def stop(self) -> None:
        """Write what has come, say how it ended, and close the file. Does not raise.

        A disk that takes nothing is waited for a few seconds.
        """
        if self.is_running:
            self._is_stopping = True
            self.queue.note("")  # wakes the task
        await asyncio.wait([self._task], timeout=_STOP_SECONDS)
        if self.is_running:
            self._task.cancel()
            self.outcome = "the recording stopped: the disk does not answer"

    async def ended(self) -> None:
        """Return when it has ended, by itself or because it was stopped."""
        await asyncio.wait([self._task])

    # The task

    async def _run(self) -> None:
        try:
            await self._file.write(self._begin())
            while not self._is_done():
                await self.queue.arrival()
                if text := self._slice():
                    await self._file.write(text.encode("ascii"))
                    self.messages = self._taken
                else:
                    await asyncio.sleep(0)
            await self._file.write(self._end().encode("ascii"))
            self.outcome = self._why()
        except OSError as error:
            self.problem = error
            self._unwritten = self._taken - self.messages + len(self.queue)
            self.outcome = f"the recording stopped: {error.strerror or error}"
        finally:
            await self._file.close()

    def _begin(self) -> bytes:
        line = (self.head.line() + "\n").encode("ascii")
        self._bytes = len(line)
        return line

    def _is_done(self) -> bool:
        return self._is_full or self._taken == self.count or (self._is_stopping and not self.queue)

    def _slice(self) -> str:
        """The lines of some of what waits."""
        deadline = time.perf_counter() + _SLICE_SECONDS
        lines: list[str] = []
        taken = 0
        while self.queue and not self._is_full and self._taken != self.count:
            self._take(self.queue.take(), lines)
            taken += 1
            if not taken % _CLOCK_EVERY and time.perf_counter() > deadline:
                break
        return "".join(lines)

    def _take(self, record: Record, lines: list[str]) -> None:
        if record.seq > self._next:
            lines.append(self._lost_line(record.at, record.seq - self._next))
        if record.is_note:
            self._next = record.seq
            if record.payload:
                lines.append(note_line(record.at, record.payload.decode()) + "\n")
            return
        self._next = record.seq + 1
        if self.wanted is not None and not self.wanted.verdict(record) & (SHOW | PARTIAL):
            return
        line = ndjson_line(record) + "\n"
        if self.max_bytes is not None and self._bytes + len(line) > self.max_bytes:
            self._is_full = True
            return
        self._bytes += len(line)
        self._taken += 1
        lines.append(line)

    def _lost_line(self, at: float, count: int) -> str:
        self._said_lost += count
        text = f"{words.plural(count, 'message')} lost here: {_TOO_SLOW}"
        return note_line(at, text, lost=count) + "\n"

    def _end(self) -> str:
        now = self._clock()
        text = f"the recording ended: {words.plural(self.messages, 'message')}"
        unsaid = 0 if self._ended_itself() else self.queue.dropped - self._said_lost
        lost = self._lost_line(now, unsaid) if unsaid else ""
        return lost + note_line(now, text, messages=self.messages, lost=self._said_lost) + "\n"

    def _ended_itself(self) -> bool:
        """What came after that is not lost: nobody asked for it."""
        return self._is_full or self.messages == self.count

    def _why(self) -> str:
        written = f"{words.plural(self.messages, 'message')}, {words.size(self.size)}"
        return f"{written}, no more than asked for" if self._is_full else written
