"""A number that is shown as it was for as long as it is near that.

What a pane asks by itself is traffic too: a few requests a second, never quite as many. Without
this the numbers of it would tremble while nothing happens, and each tremble would be written to the
terminal.
"""

from __future__ import annotations

_NEAR = 3  # times


class Calm:
    """Small numbers keep still: those below `below`. Nothing, and what is larger, are exact; but
    what comes up from nothing is shown from `floor` on.
    """

    def __init__(self, below: float = 5.0, *, floor: float = 0.0) -> None:
        self.below = below
        self.floor = floor
        self.shown = 0.0

    def show(self, number: float) -> float:
        """What to show for `number`."""
        if not self.is_near(number):
            self.shown = number
        return self.shown

    def is_near(self, number: float) -> bool:
        """Whether `number` is shown well enough by what is shown already."""
        low, high = sorted((number, self.shown))
        if low > 0:
            return high < self.below and high <= low * _NEAR
        return number < self.floor and not self.shown
