"""A recording where the tail's memory would be: the same tools, and it is played as it came."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime

from natstui.model.durations import parse_duration
from natstui.model.recording import Recording
from natstui.model.recording_survey import Survey
from natstui.model.session import Session
from natstui.model.tail import Record, TailBuffer, Window
from natstui.model.tailing import Tail

SPEEDS = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 60.0, 600.0)
_PLAY_SECONDS = 0.02  # of work a frame


class RecordedBuffer(TailBuffer):
    """As much of a recording as is shown, `0 <= seq < end`; nothing of it is in memory."""

    def __init__(self, recording: Recording) -> None:
        super().__init__(max_messages=1)
        self.recording = recording
        self.end = recording.count

    @property
    def seen(self) -> int:
        return self.end

    @property
    def evicted(self) -> int:
        return 0

    def get(self, seq: int) -> Record:
        return self.recording.get(seq)

    def freeze(self) -> Window:
        return self.window()


class RecordingTail(Tail):
    """A tail that no subscription feeds. At first all of it is shown.

    While it `is_playing`, what is shown ends where it was played to, and goes on as it came,
    `speed` times as fast: `advance` does that, called each frame. `work` counts what is in it.
    """

    def __init__(
        self,
        session: Session,
        recording: Recording,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.recorded = RecordedBuffer(recording)
        super().__init__(session, self.recorded)
        session.listeners.remove(self._on_event)  # what happens to the connection is not of it
        self.recording = recording
        self.survey = Survey(recording)
        self.speed = 1.0
        self.is_playing = False
        self._is_whole = True
        self._at: float | None = None  # where playing has come to, in the recording's time
        self._clock = clock
        self._looked = clock()

    @property
    def is_whole(self) -> bool:
        """Whether all of it is shown, and not only what was played."""
        return self._is_whole

    @property
    def at(self) -> float | None:
        """The time, in the recording, that was played to; None if it was not."""
        return None if self._is_whole else self._at

    @property
    def next_in(self) -> float | None:
        """Seconds until the next line comes, None if none will."""
        if not self.is_playing or self._at is None or self.recorded.end >= self.recording.count:
            return None
        return max(0.0, self.recording.get(self.recorded.end).at - self._at) / self.speed

    def work(self, seconds: float) -> bool:
        """Read on for about so long, and search on; False when there is nothing left to do."""
        reading = not self.survey.is_done and self.survey.work(seconds)
        if self._is_whole:
            self.recorded.end = self.recording.count
        searching = self.view.searching
        if searching:
            self.view.search(seconds)
        return reading or searching

    # Playing

    def play(self, seq: int) -> None:
        """Go on from the line `seq`, which is shown, as the last one for now."""
        self.is_playing = True
        if self._is_whole or seq + 1 != self.recorded.end:
            self._show_to(seq + 1)
        self._looked = self._clock()

    def pause(self) -> None:
        """Stand still; what was played so far is what is shown."""
        self.is_playing = False

    def show_all(self) -> None:
        """Stop playing, and show all of it."""
        self.is_playing = False
        self._is_whole = True
        self.recorded.end = self.recording.count

    def step(self) -> bool:
        """Show the next message that the filter lets through; False if there is none."""
        self.is_playing = False
        deadline = time.perf_counter() + _PLAY_SECONDS
        while self.recorded.end < self.recording.count:
            record = self.recording.get(self.recorded.end)
            self._show_next(record)
            wanted = self.view.filter
            if not record.is_note and (wanted is None or wanted.verdict(record)):
                return True
            if time.perf_counter() > deadline:
                return True
        return False

    def faster(self, steps: int) -> None:
        """Play at the next higher speed, or at the next lower one for a negative number."""
        place = SPEEDS.index(self.speed) + steps
        self.speed = SPEEDS[max(0, min(place, len(SPEEDS) - 1))]

    def advance(self) -> bool:
        """Show what has come by now; True if that is something. Stops at the end."""
        now = self._clock()
        passed, self._looked = (now - self._looked) * self.speed, now
        if not self.is_playing:
            return False
        if self._at is not None:
            self._at += passed
        before = self.recorded.end
        self._show_due()
        if self.recorded.end >= self.recording.count and self.recording.is_indexed:
            self.show_all()
        return self.recorded.end != before

    def _show_due(self) -> None:
        deadline = time.perf_counter() + _PLAY_SECONDS
        while self.recorded.end < self.recording.count:
            record = self.recording.get(self.recorded.end)
            if self._at is not None and record.at > self._at:
                return
            at = self._at
            self._show_next(record)
            if at is not None and self._at is not None:
                self._at = max(at, self._at)
            if time.perf_counter() > deadline:
                # Faster than it can be shown: what is late does not come all at once.
                self._at = record.at or self._at
                return

    def _show_next(self, record: Record) -> None:
        self.recorded.end += 1
        self._is_whole = False
        if record.at:
            self._at = record.at

    def _show_to(self, end: int) -> None:
        self._is_whole = False
        self.recorded.end = end
        self._at = self.recording.get(end - 1).at or None
        self.view.cut()

    # Going somewhere, exporting

    def place_of(self, text: str) -> int:
        """The line that `text` names: `#17`, a time, or how long after the first message.

        ValueError if it names none.
        """
        text = text.strip()
        if text.startswith("#"):
            return _line_number(text[1:]) - 1
        began = self.survey.began
        if began is None:
            raise ValueError("no message was read yet")
        return self.recording.first_since(moment_in(text, began))

    def in_view(self) -> Iterator[Record]:
        """All that is in view now, oldest first, read as it is asked for."""
        rows = range(self.view.first, self.view.end)
        places = rows if self.view.filter is None else [self.view.seq(row) for row in rows]
        return (self.recording.get(seq) for seq in places)


def moment_in(text: str, began: float) -> float:
    """A local date and time, a time of the day on which a recording began, or a duration since.

    ValueError for anything else.
    """
    for possible in (text, f"{datetime.fromtimestamp(began).date().isoformat()} {text}"):
        with suppress(ValueError, OverflowError):
            return datetime.fromisoformat(possible).timestamp()
    try:
        return began + parse_duration(text.removeprefix("+"))
    except ValueError:
        raise ValueError("like 12:30, 12:30:07, 5m, 2026-01-31 08:00 or #1200") from None


def _line_number(text: str) -> int:
    cleaned = text.replace(",", "")
    if not cleaned.isdecimal() or int(cleaned) < 1:
        raise ValueError("lines are numbered from 1 on")
    return int(cleaned)
