"""Rates of growing totals, for people: steady to read and exactly zero when nothing moves."""

from __future__ import annotations

from collections import deque

WINDOW = 3.0
HISTORY = 30


class Rate:
    """Growth per second of one total, over the last few seconds.

    `sample` wants times that never go back (a monotonic clock, seconds).
    """

    def __init__(self, window: float = WINDOW) -> None:
        self.per_second = 0.0
        self._window = window
        self._samples: deque[tuple[float, int]] = deque()

    @property
    def is_known(self) -> bool:
        """Whether there are two samples at least: 0 is no rate before."""
        return len(self._samples) > 1

    def sample(self, now: float, total: int) -> None:
        """Take the total as it is at `now`; a total that shrank (a new connection) starts over."""
        samples = self._samples
        if samples and total < samples[-1][1]:
            samples.clear()
        samples.append((now, total))
        while len(samples) > 2 and samples[1][0] <= now - self._window:
            samples.popleft()
        began, before = samples[0]
        self.per_second = (total - before) / (now - began) if now > began else 0.0


class Steady:
    """A number that jitters, as people are told it: `shown` stays until it is clearly wrong.

    Who says the same again writes nothing to the terminal.
    """

    def __init__(self) -> None:
        self.shown = 0.0

    def take(self, value: float, slack: float) -> float:
        """What to show, now that it is `value`.

        From nothing to something, and back, is news; else what is off by more than `slack`.
        """
        if bool(value) != bool(self.shown) or abs(value - self.shown) > slack:
            self.shown = value
        return self.shown


class CalmRate(Rate):
    """A rate as people are told it: `shown` stays until it is off by more than looking itself
    moves. `per_second` is what it is.
    """

    def __init__(self, window: float = WINDOW) -> None:
        super().__init__(window)
        self._steady = Steady()

    @property
    def shown(self) -> float:
        """From nothing to something, and back, is news; else what is more than the slack."""
        return self._steady.shown

    def sample(self, now: float, total: int, slack: float = 0.0) -> None:
        super().sample(now, total)
        self._steady.take(self.per_second, slack)


def held(shown: float, value: float, slack: float) -> float:
    """What to show of a value that trembles: what is shown, unless it is off by more."""
    return value if abs(value - shown) > slack else shown


class History:
    """How much a total grew in each of the last seconds, oldest first."""

    def __init__(self, seconds: int = HISTORY) -> None:
        self.seconds = seconds
        self.bars: deque[int] = deque([0] * seconds, maxlen=seconds)
        self._second: int | None = None
        self._total = 0

    def sample(self, now: float, total: int) -> None:
        """Take the total as it is at `now`; a second's growth counts once the second is over."""
        second = int(now)
        if self._second is None or total < self._total:
            self._second, self._total = second, total
            return
        elapsed = second - self._second
        if elapsed <= 0:
            return
        share, rest = divmod(total - self._total, min(elapsed, self.seconds))
        for _ in range(min(elapsed, self.seconds) - 1):
            self.bars.append(share)
        self.bars.append(share + rest)
        self._second, self._total = second, total
