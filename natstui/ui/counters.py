"""What happened to every message, and the proof that looking changed nothing."""

from __future__ import annotations

from collections.abc import Callable

from textual.strip import Strip

from natstui.model.publish_guard import PublishGuard
from natstui.model.rates import Steady
from natstui.model.session import Session
from natstui.model.tailing import Tail
from natstui.model.work import Work
from natstui.ui import words
from natstui.ui.drawing import Span, fit, spread, width_of
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


class ProofLine(Inked):
    """The last line of a pane: what it says, or how far its work is; and what went out for it.

    `api` says how many requests to JetStream there are in a second: looking is not free for the
    server. Consumers created, acks sent and writes are zero for as long as one only looks.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(classes="proof")
        self.session = session
        self._asked = Steady()
        self._line: list[Span] = []

    def say(self, *ways: list[Span]) -> None:
        """Show the first of these ways to say it that fits, the last cut if none does, and the
        numbers as they are; call it each frame."""
        width = self.size.width - 1
        asked = self.session.api_requests.per_second
        right = proof(self.session, self._asked.take(asked, _SLACK + self._asked.shown / 2))
        room = width - width_of(right) - 1
        shown = next((way for way in ways if width_of(way) < room), fitting(ways[-1], room))
        line = spread([("plain", " "), *shown], right, width)
        if line != self._line:
            self._line = line
            self.refresh()

    def render_line(self, y: int) -> Strip:
        return self.one_line(self._line)


# Requests a second that two looks may be apart.
_SLACK = 0.2


def proof(session: Session, asked: float) -> list[Span]:
    """What is asked of the server, and that nothing was changed by it."""
    guard = session.guard
    spans: list[Span] = [
        ("muted", "api "),
        ("plain", words.rate(asked) if asked else "0"),
        ("faint", " · "),
    ]
    for name, number in (("consumers", guard.consumers), ("acks", guard.acks)):
        spans += _count(name, number, "warn" if number else "good")
    return [*spans, *_count("writes", guard.writes, "warn" if guard.writes else "good")[:-1]]


def fitting(spans: list[Span], cells: int) -> list[Span]:
    """As much as fits, the last of it cut."""
    shown: list[Span] = []
    for ink, text in spans:
        room = cells - width_of(shown)
        if width_of([(ink, text)]) > room:
            return [*shown, (ink, fit(text, room))] if room > 1 else shown
        shown.append((ink, text))
    return shown


def progress(work: Work) -> list[Span]:
    """How far a piece of work is, in few words; the key that ends it comes last."""
    say = _sayer(work)
    share = f"{work.share:.0%} " if work.share is not None else ""
    of = f"{say(work.done)} of {say(work.total)}" if work.total else say(work.done)
    return [("accent", f"{work.name} {share}"), ("plain", of), *_pace(work)]


def brief_progress(work: Work) -> list[Span]:
    """The same, where there is no room even for few words."""
    say = _sayer(work)
    if work.share is None:
        return [("accent", say(work.done)), *_pace(work)]
    return [("accent", f"{work.share:.0%}"), ("plain", f" of {say(work.total)}"), *_pace(work)]


def _sayer(work: Work) -> Callable[[float], str]:
    return words.short_size if work.unit == "B" else words.count


def _pace(work: Work) -> list[Span]:
    return [("muted", f" {_sayer(work)(work.per_second)}/s"), ("muted", "  ^x ends it")]
