"""The line that says that a recording is running: to where, how much of it, and what was lost."""

from __future__ import annotations

from textual.strip import Strip

from natstui.model.recorder import Recorder
from natstui.ui import words
from natstui.ui.drawing import Span, fit, spread, width_of
from natstui.ui.lines import Inked

_NARROWEST_NAME = 12


class RecordingLine(Inked):
    """There only while something is recorded."""

    def __init__(self) -> None:
        super().__init__(id="recording")
        self.display = False
        self._line: list[Span] = []

    def sync(self, recorder: Recorder | None) -> None:
        """Look at the recorder again; call it each frame."""
        self.display = recorder is not None
        if recorder is None:
            return
        line = _spans(recorder, self.size.width - 1)
        if line != self._line:
            self._line = line
            self.refresh()

    def render_line(self, y: int) -> Strip:
        return self.one_line(self._line)


def _spans(recorder: Recorder, width: int) -> list[Span]:
    which = "filtered" if recorder.wanted else "all"
    head: list[Span] = [("alarm", " ● REC "), ("plain", f" {which} "), ("muted", "to ")]
    lost = recorder.lost
    right: list[Span] = [
        ("plain", f"{recorder.messages:,}"),
        ("muted", " messages "),
        ("plain", words.size(recorder.size)),
        ("muted", " lost "),
        ("bad" if lost else "plain", f"{lost:,}"),
        ("accent", "  ^r"),
        ("muted", " stops"),
    ]
    room = max(_NARROWEST_NAME, width - width_of(head) - width_of(right) - 1)
    name = str(recorder.path)
    shown = fit(name, room) if len(name) > room else name
    return spread([*head, ("strong", shown)], right, width)
