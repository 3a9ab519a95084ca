"""What is in a recording, counted from its first line to its last, a little at a time."""

from __future__ import annotations

import time
from collections import Counter

from natstui.model.recording import Recording, is_broken

_CLOCK_EVERY = 16  # lines
_SUBJECTS = 10_000


class Survey:
    """Of what was read so far: how many messages, of how many bytes, of which subjects, when.

    `others` are messages of further subjects than the first 10,000. `began` and `ended` are the
    times of the earliest and the latest message.
    """

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.read = 0
        self.messages = 0
        self.bytes = 0
        self.broken = 0
        self.began: float | None = None
        self.ended: float | None = None
        self.subjects: Counter[str] = Counter()
        self.others = 0

    @property
    def is_done(self) -> bool:
        return self.recording.is_indexed and self.read == self.recording.count

    @property
    def progress(self) -> float:
        """How much of it was read, 0 to 1."""
        count = self.recording.count
        return self.recording.progress * (self.read / count if count else 1.0)

    def work(self, seconds: float) -> bool:
        """Go on for about so long; False when all of it was read."""
        if self.recording.index(seconds):
            return True
        deadline = time.perf_counter() + seconds
        count = self.recording.count
        while self.read < count:
            self._take(self.read)
            self.read += 1
            if not self.read % _CLOCK_EVERY and time.perf_counter() > deadline:
                break
        return self.read < count

    def _take(self, seq: int) -> None:
        record = self.recording.read(seq)
        if record.is_note:
            self.broken += is_broken(record)
            return
        self.messages += 1
        self.bytes += record.size
        self.began = record.at if self.began is None else min(self.began, record.at)
        self.ended = record.at if self.ended is None else max(self.ended, record.at)
        if record.subject in self.subjects or len(self.subjects) < _SUBJECTS:
            self.subjects[record.subject] += 1
        else:
            self.others += 1
