"""The messages of one conversation, each where it is in time."""

from __future__ import annotations

from collections.abc import Hashable

from natstui.model.conversations import Conversation, Step
from natstui.ui import words
from natstui.ui.drawing import Span, fit

_TIME = 9
_SIZE = 7
_BAR_SHARE = 0.34
_NARROWEST_BAR = 16
_DOT = "\N{BLACK CIRCLE}"
_WAIT = "\N{BOX DRAWINGS HEAVY HORIZONTAL}"


class Waterfall:
    """A line source: since the start, since the message before, a bar, subject, size."""

    first = 0

    def __init__(self) -> None:
        self.conversation: Conversation | None = None
        self._slowest: Step | None = None
        self._open: set[Step] = set()

    @property
    def end(self) -> int:
        return 0 if self.conversation is None else len(self.conversation.steps)

    def show(self, conversation: Conversation | None, *, judges: bool) -> None:
        """Show this one as it is now; `judges`: say which requests have no answer."""
        self.conversation = conversation
        if conversation is not None:
            self._slowest = conversation.slowest[1]
            self._open = set(conversation.unanswered) if judges else set()

    def key(self, row: int) -> Hashable:
        conversation = self.conversation
        assert conversation is not None, "there are no rows without one"
        step = conversation.steps[row]
        times = conversation.first_at, conversation.last_at, conversation.steps[max(0, row - 1)].at
        return conversation.id, step, times, step is self._slowest, step in self._open

    def line(self, row: int, width: int) -> list[Span]:
        conversation = self.conversation
        assert conversation is not None, "there are no rows without one"
        step, before = conversation.steps[row], conversation.steps[max(0, row - 1)]
        cells = max(_NARROWEST_BAR, int(width * _BAR_SHARE))
        ink = "warn" if step is self._slowest else "accent"
        mark = "?" if step in self._open else " "
        used = 2 * (_TIME + 1) + cells + _SIZE + 6
        since = lapse(step.at - conversation.first_at)
        waited = lapse(step.at - before.at) if row else ""
        return [
            ("plain", f" +{since:<{_TIME}}"),
            (ink if ink == "warn" else "muted", f"{waited:>{_TIME}} "),
            *_bar(conversation, before, step, cells, ink),
            ("plain", f" {fit(step.subject, max(0, width - used))}"),
            ("bad", f" {mark}"),
            ("muted", f"{words.short_size(step.size):>{_SIZE}}"),
        ]


def _bar(conversation: Conversation, before: Step, step: Step, cells: int, ink: str) -> list[Span]:
    """A line from the message before to this one, at scale."""
    start, at = _place(conversation, before, cells), _place(conversation, step, cells)
    return [
        ("plain", " " * start),
        ("warn" if ink == "warn" else "faint", _WAIT * (at - start)),
        (ink, _DOT),
        ("plain", " " * (cells - at - 1)),
    ]


def _place(conversation: Conversation, step: Step, cells: int) -> int:
    if not conversation.span:
        return 0
    share = (step.at - conversation.first_at) / conversation.span
    return min(cells - 1, max(0, round(share * (cells - 1))))


def lapse(seconds: float) -> str:
    """A duration in at most eight cells: 0, 840 µs, 340 ms, 2.1 s, 3m 20s, 2h 05m, 3d 4h."""
    if seconds <= 0:
        return "0"
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 100:
        return words.seconds(seconds)
    for size, small, unit, lower in (
        (86_400, 3_600, "d", "h"),
        (3_600, 60, "h", "m"),
        (60, 1, "m", "s"),
    ):
        if seconds >= size:
            return f"{int(seconds // size)}{unit} {int(seconds % size // small):02}{lower}"
    raise AssertionError("a hundred seconds are more than a minute")
