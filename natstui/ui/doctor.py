"""What stands between us and each server: the diagnosis, as it grows."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from contextlib import suppress
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from natstui.model.doctor import Doctor
from natstui.model.doctor_text import Line, diagnosis_lines
from natstui.model.settings import Settings
from natstui.ui.drawing import Span
from natstui.ui.guarded import Guarded
from natstui.ui.keyline import KeyLine
from natstui.ui.lines import LineView


class DiagnosisLines:
    """A diagnosis at one width, as a line source."""

    first = 0

    def __init__(self, lines: list[Line]) -> None:
        self._lines = lines

    @property
    def end(self) -> int:
        return len(self._lines)

    def key(self, row: int) -> Hashable:
        return row

    def line(self, row: int, width: int) -> list[Span]:
        return [("plain", " "), *self._lines[row]]


class DoctorScreen(Guarded, ModalScreen[None]):
    """Examines the servers when it opens, and again when asked to; over a connection of its own."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "close", id="doctor.close"),
        Binding("r", "again", "again", tooltip="Examine the servers again", id="doctor.again"),
    ]

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.doctor = Doctor(settings)
        self.lines = LineView(DiagnosisLines([]), id="doctor-lines")
        self._examining: asyncio.Task[object] | None = None
        self._drawn: tuple[Doctor, int, int] | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="doctor-dialog") as dialog:
            dialog.border_title = "Doctor: what stands between us and each server"
            yield self.lines
            yield KeyLine()

    async def on_mount(self) -> None:
        self.lines.focus()
        await self.action_again()

    async def on_unmount(self) -> None:
        await self._stop()

    async def action_again(self) -> None:
        """Examine the servers anew."""
        await self._stop()
        self.doctor = Doctor(self.settings)
        self.lines.top = 0
        self._examining = asyncio.create_task(self.doctor.run(), name="doctor")

    async def _stop(self) -> None:
        task, self._examining = self._examining, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def frame(self) -> None:
        """Draw what was found since the last time; called each frame."""
        width = self.lines.size.width - 2
        seen = (self.doctor, self.doctor.diagnosis.version, width)
        if seen != self._drawn and width > 0:
            self._drawn = seen
            self.lines.source = DiagnosisLines(diagnosis_lines(self.doctor.diagnosis, width))
            self.lines.redraw()
        if self._examining is not None and self._examining.done():
            task, self._examining = self._examining, None
            task.result()  # what it raises is a fault of ours, and the app says so
