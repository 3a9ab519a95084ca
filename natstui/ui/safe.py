"""The one door for text that we did not write ourselves.

Two dangers. Textual's markup: `[@click=app.quit]` in a payload must stay six words of payload, so
nothing foreign is given to a widget that reads markup. And the terminal: it obeys escape sequences
whoever sent them, so every character that it would act on, or that would make a line longer or
shorter than we think, is shown as a picture of itself. Everything else is drawn as it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from rich.cells import cell_len
from rich.segment import Segment
from textual.content import Content
from textual.filter import LineFilter
from textual.widgets import Static

from natstui.model.safe_text import STRANGE, clean

if TYPE_CHECKING:
    from textual.app import App
    from textual.color import Color
    from textual.widget import Widget

__all__ = ["STRANGE", "Notifier", "Severity", "TerminalSafe", "Words", "clean", "content", "title"]

Severity = Literal["information", "warning", "error"]


def content(text: str) -> Content:
    """Foreign text for a widget that takes Content: no markup, no control characters."""
    return Content(clean(text))


def title(widget: Widget, text: str) -> None:
    """Write `text`, which may hold anything, into the upper border of a widget."""
    widget.border_title = content(text)  # a str would be read as markup


class Words(Static):
    """A line or two of text that may hold anything."""

    def __init__(
        self, text: str = "", *, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(content(text), id=id, classes=classes, markup=False)

    def say(self, text: str) -> None:
        """Show `text` from now on."""
        self.update(content(text))


class TerminalSafe(LineFilter):
    """The backstop: nothing that a widget draws reaches the terminal as a control character."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Replace what slipped through; control segments are Textual's own."""
        return [
            segment if segment.control else Segment(_in_place(segment.text), segment.style)
            for segment in segments
        ]


def _in_place(text: str) -> str:
    """`text` made safe in as many cells as it took: the line around it is laid out already."""
    shown = clean(text)
    if shown == text or cell_len(shown) == cell_len(text):
        return shown
    shown = "".join(_same_cells(char) for char in text)
    return shown + " " * (cell_len(text) - cell_len(shown))


def _same_cells(char: str) -> str:
    shown, cells = clean(char), cell_len(char)
    return shown if cell_len(shown) == cells else STRANGE * cells


class Notifier:
    """Says things in the corner of the screen: one at a time, the rest as a count.

    A toast is a widget; a flood of errors must not become a flood of widgets. What came last is
    said when its time comes, an error before anything else: it may be what became of a write.
    """

    EVERY = 1.0

    def __init__(self, app: App[Any], clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._clock = clock
        self._last = -self.EVERY
        self._unsaid = 0
        self._latest: tuple[str, Severity] | None = None

    def say(self, text: str, severity: Severity = "information") -> None:
        """Show `text` for a few seconds, unless something else was shown just now."""
        now = self._clock()
        if now - self._last < self.EVERY:
            self._unsaid += 1
            if self._latest is None:
                self._app.set_timer(self._last + self.EVERY - now, self._catch_up)
            if severity == "error" or self._latest is None or self._latest[1] != "error":
                self._latest = text, severity
            return
        self._show(text, severity, self._unsaid)

    def _catch_up(self) -> None:
        if self._latest is not None:
            self._show(*self._latest, self._unsaid - 1)

    def _show(self, text: str, severity: Severity, more: int) -> None:
        if more:
            text = f"{text}  (and {more} more)"
        self._last, self._unsaid, self._latest = self._clock(), 0, None
        self._app.notify(clean(text), severity=severity, markup=False)
