"""A recording in front of everything else: its own first line, the pane, the keys."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.strip import Strip

from natstui.model.context_choices import ContextChoices
from natstui.model.recording import Recording
from natstui.model.recording_tail import RecordingTail
from natstui.ui import words
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span, fit, spread, width_of
from natstui.ui.guarded import Guarded
from natstui.ui.keyline import KeyLine
from natstui.ui.lines import Inked
from natstui.ui.recording_pane import RecordingPane
from natstui.ui.replay import ReplayDialog

_WORK_SECONDS = 0.01
_SHORTEST_NAME = 16


class RecordingScreen(Guarded, ModalScreen[None]):
    """What `natstui open` shows. It closes the recording when it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "close", "close", tooltip="Close the recording", id="recording.close"),
        Binding("escape", "close", "close", show=False, id="recording.leave"),
        Binding("P", "replay", "replay", tooltip="Send it again", id="recording.replay"),
        Binding(
            "r", "app.redraw", "refresh", show=False, tooltip="Draw anew", id="recording.redraw"
        ),
        Binding(
            "colon",
            "app.command_palette",
            "commands",
            key_display=":",
            tooltip="All commands by name",
            id="recording.palette",
        ),
        Binding(
            "question_mark",
            "app.help",
            "help",
            key_display="?",
            tooltip="This help",
            id="recording.help",
        ),
        Binding("ctrl+p", "app.command_palette", "commands", show=False, id="recording.commands"),
        Binding("f1", "app.help", "help", show=False, id="recording.f1"),
    ]

    def __init__(self, desk: Desk, recording: Recording, contexts: ContextChoices) -> None:
        super().__init__()
        self.desk = desk
        self.recording = recording
        self.contexts = contexts
        self.tail = RecordingTail(desk.session, recording)
        self.status = RecordingStatus(self.tail)
        self.pane = RecordingPane(self.tail, desk)
        self._is_reading = False
        self._is_closed = False

    def compose(self) -> ComposeResult:
        yield self.status
        yield self.pane
        yield KeyLine()

    def on_mount(self) -> None:
        self.pane.open()

    def on_unmount(self) -> None:
        self._is_closed = True
        self.recording.close()

    def help_text(self) -> str:
        """What `?` says beyond the keys."""
        return self.pane.help_text()

    def frame(self) -> None:
        """Draw what changed; called each frame."""
        if not self._is_reading and self._is_work_left():
            self._is_reading = True
            self.tui.start(self._read())
        self.pane.frame()
        self.status.sync(self.pane.state())

    async def _read(self) -> None:
        """Read and search on, in slices between which the loop has its turn."""
        try:
            # Nobody could tell when the loop has had its turn.
            while not self._is_closed and self.tail.work(_WORK_SECONDS):  # noqa: ASYNC110
                await asyncio.sleep(0)
        finally:
            self._is_reading = False

    def _is_work_left(self) -> bool:
        return not self.tail.survey.is_done or self.tail.view.searching

    def action_replay(self) -> None:
        """Open the dialog to send it again."""
        self.app.push_screen(ReplayDialog(self.desk, self.recording, self.contexts))

    def action_close(self) -> None:
        """Close the recording."""
        self.dismiss()


class RecordingStatus(Inked):
    """One line: which recording this is, from when to when, and how it is played."""

    def __init__(self, tail: RecordingTail) -> None:
        super().__init__(id="status")
        self.tail = tail
        self._line: list[Span] = []

    def sync(self, state: list[Span]) -> None:
        """Look again; call it each frame."""
        line = self._spans(state, self.size.width - 2)
        if line != self._line:
            self._line = line
            self.refresh()

    def render_line(self, y: int) -> Strip:
        stripe = Strip([Segment("▌", self.inks["warn"])]).apply_style(self.ground)
        return Strip.join([stripe, self.one_line(self._line)]).crop(0, self.size.width)

    def _spans(self, state: list[Span], width: int) -> list[Span]:
        when = self._when()
        kind: Span = ("warn", "recording  ")
        room = max(_SHORTEST_NAME, width - width_of([kind, ("plain", when), *state]) - 3)
        name = self.tail.recording.name
        shown = fit(name, room) if len(name) > room else name
        return spread([("strong", f"{shown}  "), kind, ("plain", when)], state, width)

    def _when(self) -> str:
        survey = self.tail.survey
        if survey.began is None or survey.ended is None:
            return ""
        began, ended = words.day_and_time(survey.began)[:19], words.day_and_time(survey.ended)[:19]
        # While it is played there is more to say, and the day is known.
        day, first = began[:10], began[11:] if not self.tail.is_whole else began
        return f"{first}-{ended[11:] if day == ended[:10] else ended}"
