"""The frame pump: the one place from which data reaches the screen.

Messages go into models as they arrive; ten times a second the visible pane draws what changed. So
the screen's work does not depend on the message rate, and no Textual message is made per message.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from textual.app import App

from natstui.model.terminal import LOCAL_FPS
from natstui.ui.terminal import CHECK_EVERY, Congestion, Hangup

SAMPLE_EVERY = 1.0
HUNG_UP = 128 + 1  # as SIGHUP ends us where there is one
_SLOWEST = 5
_RECOVERED_AFTER = 100


class FramePump:
    """Calls `draw` for each frame and `sample` each second; slows down when the terminal does."""

    def __init__(
        self,
        app: App[Any],
        draw: Callable[[], None],
        sample: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
        *,
        fps: int = LOCAL_FPS,
    ) -> None:
        self._fps = fps
        self.congestion = Congestion(app)
        self.hangup = Hangup()
        self._app = app
        self._draw = draw
        self._sample = sample
        self._clock = clock
        self._sampled = -SAMPLE_EVERY
        self._every = 1
        self._frame = 0
        self._stalls = 0
        self._smooth = 0

    @property
    def is_slowed(self) -> bool:
        """Whether frames are left out because the terminal was behind."""
        return self._every > 1

    def start(self) -> None:
        """Begin; call it when the app is mounted."""
        self._app.set_interval(1 / self._fps, self.tick)
        self._app.set_interval(CHECK_EVERY, self.congestion.check)

    def tick(self) -> None:
        """One frame, if it is its turn."""
        if self.hangup.happened:
            self._app.exit(return_code=HUNG_UP)
            return
        now = self._clock()
        if now - self._sampled >= SAMPLE_EVERY:
            self._sampled = now
            self._sample(now)
        self._adapt()
        self._frame += 1
        if self._frame % self._every == 0:
            self.draw()

    def draw(self) -> None:
        """Draw now, unless the terminal is behind."""
        if not self.congestion.is_congested:
            self._draw()

    def _adapt(self) -> None:
        if self.congestion.stalls != self._stalls:
            self._stalls = self.congestion.stalls
            self._every = min(_SLOWEST, self._every * 2)
            self._smooth = 0
            return
        self._smooth += 1
        if self._every > 1 and self._smooth >= _RECOVERED_AFTER:
            self._every //= 2
            self._smooth = 0
