"""The tailed subjects as chips, the filter, and how much is flowing."""

from __future__ import annotations

from typing import Literal

from textual import events
from textual.message import Message
from textual.strip import Strip

from natstui.model.subjects import TailSubject
from natstui.model.tailing import Tail
from natstui.ui import words
from natstui.ui.drawing import Span, cut, spread, width_of
from natstui.ui.lines import Inked
from natstui.ui.safe import clean

_LONGEST_CHIP = 40
_ADD = "+ add"
_REMOVE = "\N{MULTIPLICATION SIGN}"
_SPARK_FROM_WIDTH = 100
_SPARK_SECONDS = 20

ClickKind = Literal["add", "remove", "filter"]


class SubjectBar(Inked):
    """One line, repainted when its words change. What removes, adds and filters can be clicked."""

    class Clicked(Message):
        """`remove` with the subject's pattern, or `add` or `filter`."""

        def __init__(self, kind: ClickKind, pattern: str = "") -> None:
            super().__init__()
            self.kind = kind
            self.pattern = pattern

    def __init__(self, tail: Tail) -> None:
        super().__init__(id="subjects")
        self.tail = tail
        self._line: list[Span] = []
        self._places: list[tuple[int, int, SubjectBar.Clicked]] = []

    def sync(self) -> None:
        """Look at the tail again; call it each frame."""
        line = self._spans(self.size.width)
        if line != self._line:
            self._line = line
            self.refresh()

    def render_line(self, y: int) -> Strip:
        return self.one_line(self._line)

    def on_resize(self) -> None:
        self.sync()

    def on_click(self, event: events.Click) -> None:
        for start, end, clicked in self._places:
            if start <= event.x < end:
                self.post_message(clicked)

    def _spans(self, width: int) -> list[Span]:
        self._places = []
        right = self._flow(width)
        filtered = self._filter(width // 2)
        room = width - width_of(right) - width_of(filtered) - 4
        chips = self._chips(room)
        if filtered:
            start = width - width_of(right) - width_of(filtered) - 2
            self._places.append((start, start + width_of(filtered), self.Clicked("filter")))
        return spread(chips, [*filtered, ("plain", "  "), *right], width - 1)

    def _chips(self, room: int) -> list[Span]:
        line: list[Span] = [("plain", " ")]
        subjects = self.tail.subjects.subjects
        for place, subject in enumerate(subjects):
            chip = _chip(subject)
            left = len(subjects) - place
            needed = width_of(chip) + (len(f"+{left - 1}  ") if left > 1 else 0) + len(_ADD)
            if place and width_of(line) + needed > room:
                line.append(("muted", f"+{left}  "))
                break
            line.extend(chip)
            end = width_of(line) - 2
            self._places.append((end - 1, end, self.Clicked("remove", subject.pattern)))
        start = width_of(line)
        self._places.append((start, start + len(_ADD), self.Clicked("add")))
        return [*line, ("faint" if subjects else "accent", _ADD)]

    def _filter(self, width: int) -> list[Span]:
        view = self.tail.view
        if view.filter is None:
            return []
        found = f"{view.end - view.first:,} of {view.window.end - view.window.first:,}"
        if view.searching:
            found += f" · {view.progress:.0%} searched"
        if view.partial:
            found += f" · {view.partial:,} partially searched"
        if view.unsearched:
            found += f" · {view.unsearched:,} evicted unsearched"
        text = clean(view.filter.text)
        room = max(8, width - len(found) - len("filter   "))
        shown = text if len(text) <= room else cut(text, room - 1) + "…"
        return [("warn", f"filter {shown}"), ("muted", f"  {found}")]

    def _flow(self, width: int) -> list[Span]:
        if width < _SPARK_FROM_WIDTH:
            return []
        bars = list(self.tail.history.bars)[-_SPARK_SECONDS:]
        rate = words.rate(self.tail.rate.per_second)
        return [("accent", f"{words.bars(bars)} "), ("plain", rate)]


def _chip(subject: TailSubject) -> list[Span]:
    pattern = clean(subject.pattern[: _LONGEST_CHIP + 1])
    if len(pattern) > _LONGEST_CHIP:
        pattern = cut(pattern, _LONGEST_CHIP - 1) + "…"
    if subject.problem:
        about = ("bad", f" {clean(subject.problem)}")
    else:
        rate = words.rate(subject.rate.per_second)
        about = ("plain", f" {rate}")
    total = ("muted", f" {words.count(subject.messages)} ")
    return [("title", pattern), about, total, ("faint", _REMOVE), ("plain", "  ")]
