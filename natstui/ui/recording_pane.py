"""The tail pane over a recording: the same tools, and instead of pausing what flows, playing it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType

from natstui.model.recording_tail import RecordingTail
from natstui.model.tail import Record
from natstui.ui import words
from natstui.ui.counters import CounterLine
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span, cut, spread, width_of
from natstui.ui.readings import RecordedSource
from natstui.ui.safe import clean
from natstui.ui.subject_bar import SubjectBar
from natstui.ui.tail import TailPane

RECORDING_HELP = """\
A recording, read from its file: no connection is needed, and nothing is
sent. Filters, the open message and export are those of the tail; a filter
goes through the whole file, from the cursor to the end and then back.

space plays from the cursor on, as it came: pauses as long as they were,
times the speed. What has not come yet is not shown meanwhile; G shows all
of it again. n goes on by one message.

P sends it again: to another context, with a prefix, at another speed.
t goes to a time: 12:30, 12:30:07, 5m (after the first message), a date and
time, or a line: #1200.

A line that cannot be read says so in its place, and nothing else is lost.

FILTER  all terms must hold: fail  "not found"  /time(out|d out)/i
        subject:orders.*  header:Trace-Id=ab12  json:order.total>10  -health"""

_SUBJECTS = 8
_TIMES = "\N{MULTIPLICATION SIGN}"


class RecordingPane(TailPane):
    """What was recorded, instead of what flows."""

    NAME, HELP, SOURCE = "Recording", RECORDING_HELP, RecordedSource
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause", "play", tooltip="Play from here, or stop", id="recording.play"),
        Binding("n", "step", "next", tooltip="Show the next message", id="recording.next"),
        Binding("plus", "faster(1)", "faster", key_display="+", id="recording.faster"),
        Binding(
            "minus", "faster(-1)", "slower", key_display="-", show=False, id="recording.slower"
        ),
        Binding("t", "time", "time", tooltip="Go to a time or line", id="recording.time"),
    ]
    # What a tail does with its connection.
    _LIVE_ONLY = frozenset({"add", "remove", "record", "open"})

    def __init__(self, tail: RecordingTail, desk: Desk) -> None:
        super().__init__(tail, desk)
        self.recorded = tail
        self.subject_bar = RecordedSubjects(tail)
        self.counters = RecordedCounters(tail)
        self.list.following = False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return False if action in self._LIVE_ONLY else super().check_action(action, parameters)

    # Drawing

    def frame(self) -> None:
        if self.recorded.advance() and self.list.following:
            self.list.follow()
        super().frame()

    def state(self) -> list[Span]:
        tail = self.recorded
        if tail.is_whole:
            return [("muted", "space plays "), ("accent", self._speed())]
        sign: Span = ("good", "▶ ") if tail.is_playing else ("alarm", "‖ ")
        at = words.clock(tail.at) if tail.at else ""
        state = [sign, ("plain", f"{at}  "), ("accent", self._speed())]
        if (seconds := tail.next_in) is not None and seconds >= 1:
            state.append(("muted", f"  next in {words.age(seconds)}"))
        return [*state, ("muted", "  G shows all")]

    def _hint(self) -> list[list[Span]]:
        if self.tail.view.filter is None:
            return [[("strong", "There is no message in it.")]]
        if self.tail.view.searching:
            return [[("strong", "No message has matched the filter yet.")]]
        return super()._hint()

    # Playing

    @property
    def is_live(self) -> bool:
        return self.recorded.is_playing

    def action_pause(self) -> None:
        """Play from the cursor on, or stop."""
        if self.recorded.is_playing:
            self._freeze()
        else:
            self._play()

    def _play(self) -> None:
        record = self._record(self.list.cursor)
        if record is None:
            return
        self.recorded.play(record.seq)
        self.list.redraw()
        self.list.follow()
        if self.recorded.next_in is None and self.recorded.recording.is_indexed:
            self._say("this is the last line: go to where it should begin")
            self.to_end()

    def _freeze(self) -> None:
        self.recorded.pause()
        self.list.following = False

    def _go_live(self) -> None:
        self._play()

    def to_end(self) -> None:
        """Show all of it, and go to its last line."""
        self._show_all()
        self.tail.view.search()
        self.list.go_to(self.tail.view.end - 1)

    def _show_all(self) -> None:
        self.recorded.show_all()
        self.list.following = False
        self.list.redraw()

    def action_step(self) -> None:
        """Show one message more, while not all is shown; else go to the next one."""
        if self.recorded.is_whole:
            self.list.move(1)
            return
        self.recorded.step()
        self.tail.view.search()
        self.list.following = False
        self.list.move(self.tail.view.end)

    def action_faster(self, steps: int) -> None:
        """Play faster, or slower."""
        self.recorded.faster(steps)

    def _speed(self) -> str:
        return f"{_TIMES}{self.recorded.speed:g}"

    # Going somewhere

    def action_time(self) -> None:
        """Ask for a time or a line, and go there."""
        self._ask("go to a time (12:30, 5m) or a line (#1200)", "", self._no_place, self._go)

    def _no_place(self, text: str) -> str | None:
        try:
            self.recorded.place_of(text)
        except ValueError as error:
            return str(error)
        return None

    def _go(self, text: str) -> None:
        place = self.recorded.place_of(text)
        self._show_all()
        self.list.go_to(self.tail.view.row_of(min(place, self.recorded.recording.count - 1)))

    def search_from(self, record: Record | None) -> int | None:
        return record.seq if record is not None else 0

    def in_view(self) -> tuple[Iterable[Record], str]:
        view = self.tail.view
        return self.recorded.in_view(), words.plural(view.end - view.first, "line")


class RecordedSubjects(SubjectBar):
    """The subjects that there are in it, with how many messages each has."""

    def __init__(self, tail: RecordingTail) -> None:
        super().__init__(tail)
        self._recorded = tail
        self._counted = -1
        self._most: list[tuple[str, int]] = []

    def _chips(self, room: int) -> list[Span]:
        survey = self._recorded.survey
        if survey.read != self._counted:
            self._counted = survey.read
            self._most = survey.subjects.most_common(_SUBJECTS)
        line: list[Span] = [("plain", " ")]
        for place, (subject, number) in enumerate(self._most):
            left = len(survey.subjects) - place
            chip = _chip(subject, number)
            if place and width_of(line) + width_of(chip) + len(f"+{left - 1:,}") > room:
                return [*line, ("muted", f"+{left:,}")]
            line.extend(chip)
        left = len(survey.subjects) - len(self._most)
        return [*line, ("muted", f"+{left:,}")] if left else line

    def _flow(self, width: int) -> list[Span]:
        return []


def _chip(subject: str, number: int) -> list[Span]:
    name = clean(subject[:41])
    shown = cut(name, 39) + "…" if len(name) > 40 else name
    return [("title", shown), ("muted", f" {words.count(number)}  ")]


class RecordedCounters(CounterLine):
    """How much of it was read, and what could not be."""

    def __init__(self, tail: RecordingTail) -> None:
        super().__init__(tail, tail.session.guard)
        self._recorded = tail

    def sync(self) -> None:
        survey = self._recorded.survey
        left: list[Span] = [
            ("plain", f" {survey.messages:,}"),
            ("muted", " messages · "),
            ("plain", words.size(survey.bytes)),
        ]
        if survey.broken:
            left.append(("bad", f" · {words.plural(survey.broken, 'line')} cannot be read"))
        if not survey.is_done:
            left.append(("warn", f" · read {survey.progress:.0%}"))
        right: list[Span] = [("muted", "from a file, nothing is sent")]
        line = spread(left, right, self.size.width - 1)
        if line != self._line:
            self._line = line
            self.refresh()
