"""Numbers that go up and down: how fast, and how they stood in the last seconds."""

from __future__ import annotations

from collections import deque

WINDOW = 20.0


class Slope:
    """The change per second of a number, over the last seconds: below zero while it shrinks.

    `sample` wants times that never go back. `span` is how many seconds the samples cover.
    """

    def __init__(self, window: float = WINDOW) -> None:
        self.per_second = 0.0
        self.span = 0.0
        self._window = window
        self._samples: deque[tuple[float, int]] = deque()

    def sample(self, now: float, value: int) -> None:
        """Take the number as it is at `now`."""
        samples = self._samples
        samples.append((now, value))
        while len(samples) > 2 and samples[1][0] <= now - self._window:
            samples.popleft()
        began, before = samples[0]
        self.span = now - began
        self.per_second = (value - before) / self.span if self.span > 0 else 0.0


class Levels:
    """Where a number stood at the end of each of the last seconds, oldest first."""

    def __init__(self, seconds: int) -> None:
        self.bars: deque[int] = deque([0] * seconds, maxlen=seconds)
        self._second: int | None = None

    def sample(self, now: float, value: int) -> None:
        """Take the number as it is at `now`; between two samples it stood where it was."""
        second = int(now)
        before = self._second
        self._second = second
        if before is None:
            self.bars[-1] = value
            return
        for _ in range(min(second - before, len(self.bars))):
            self.bars.append(self.bars[-1])
        self.bars[-1] = value
