"""What happened to every message, and the proof that looking changed nothing."""

from __future__ import annotations

from textual.strip import Strip

from natstui.model.publish_guard import PublishGuard
from natstui.model.tailing import Tail
from natstui.ui.drawing import Span, spread
from natstui.ui.lines import Inked


class CounterLine(Inked):
    """One line: what was seen, kept, evicted and dropped; what was created and acknowledged."""

    def __init__(self, tail: Tail, guard: PublishGuard) -> None:
        super().__init__(id="counters")
        self.tail = tail
        self.guard = guard
        self._line: list[Span] = []

    def sync(self) -> None:
        """Look at the numbers again; call it each frame."""
        buffer, dropped = self.tail.buffer, self.tail.dropped
        left = [
            *_count("seen", buffer.seen),
            *_count("kept", buffer.kept),
            *_count("evicted", buffer.evicted),
            *_count("dropped", dropped, "bad" if dropped else "plain"),
        ]
        right = [
            *_count("consumers", self.guard.consumers),
            *_count("acks", self.guard.acks),
        ]
        line = spread([("plain", " "), *left[:-1]], right[:-1], self.size.width - 1)
        if line != self._line:
            self._line = line
            self.refresh()

    def render_line(self, y: int) -> Strip:
        return self.one_line(self._line)

    def on_resize(self) -> None:
        self.sync()


def _count(name: str, number: int, ink: str = "plain") -> list[Span]:
    return [("muted", f"{name} "), (ink, f"{number:,}"), ("faint", " · ")]
