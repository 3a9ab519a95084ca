"""When a watched thing is worth a word: once when it goes wrong, once when it is over."""

from __future__ import annotations

from typing import Literal

from natstui.model.fields import Value

AlarmState = Literal["fine", "waiting", "firing"]
Change = Literal["", "fired", "recovered"]

CALM = 5.0
"""Seconds that it has to be well again, at least, before that is said: it may tremble."""
BLIND = 15.0
"""Who did not look for so long does not know what was meanwhile."""
GROWING = 30.0
"""Seconds after the last growth in which a number counts as rising."""


class Alarm:
    """One thing. It fires when what it is about held for `duration` seconds without a break, and
    recovers when it did not hold for as long, `calm` at least; `since` is when it fired."""

    def __init__(self, duration: float = 0.0, calm: float = CALM) -> None:
        self.duration = duration
        self.calm = max(calm, duration)
        self.state: AlarmState = "fine"
        self.since = 0.0
        self._begun = 0.0
        self._calm_since: float | None = None
        self._looked: float | None = None

    def look(self, now: float, holds: bool) -> Change:
        """What became of it with this look, at a monotonic time in seconds."""
        blind = self._looked is not None and now - self._looked > BLIND
        self._looked = now
        if self.state == "firing":
            return self._calm_down(now, holds, blind)
        if not holds:
            self.state = "fine"
            return ""
        if self.state == "fine" or blind:
            self.state, self._begun = "waiting", now
        if now - self._begun < self.duration:
            return ""
        self.state, self.since, self._calm_since = "firing", now, None
        return "fired"

    def _calm_down(self, now: float, holds: bool, blind: bool) -> Change:
        if holds:
            self._calm_since = None
            return ""
        if self._calm_since is None or blind:
            self._calm_since = now
        if now - self._calm_since < self.calm:
            return ""
        self.state = "fine"
        return "recovered"


class Growth:
    """Whether a number rises: it has grown of late."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._grew: float | None = None

    def look(self, now: float, value: Value) -> bool:
        """Take the number as it is now, None where it is not known."""
        if not isinstance(value, int | float):
            return False
        if self._last is not None and value > self._last:
            self._grew = now
        self._last = value
        return self._grew is not None and now - self._grew < GROWING
