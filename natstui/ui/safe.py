"""The one door for text that we did not write ourselves.

Two dangers. Textual's markup: `[@click=app.quit]` in a payload must stay six words of payload, so
nothing foreign is given to a widget that reads markup. And the terminal: it obeys escape sequences
whoever sent them, so every character that it would act on, or that would make a line longer or
shorter than we think, is shown as a picture of itself. Everything else is drawn as it is.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from rich.cells import cell_len
from rich.segment import Segment
from textual.content import Content
from textual.filter import LineFilter
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.app import App
    from textual.color import Color

Severity = Literal["information", "warning", "error"]

STRANGE = "\N{SYMBOL FOR SUBSTITUTE FORM TWO}"
_FIRST_PICTURE = 0x2400
_DELETE_PICTURE = 0x2421
# A letter carries one or two marks; a tower of them runs over the lines above.
_MAX_MARKS = 3
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)
# Letters by category, and nothing to see.
_FILLERS = frozenset({0x115F, 0x1160, 0x3164, 0xFFA0, 0x034F, 0x17B4, 0x17B5})
# Control, format, surrogate, private use, unassigned, line and paragraph separator.
_UNDRAWABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class _Pictures(dict[int, str]):
    """What `str.translate` puts for a code point, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = shown = _shown(code)
        return shown


def _shown(code: int) -> str:
    if code < 0x20:
        return chr(_FIRST_PICTURE + code)
    if code == 0x7F:
        return chr(_DELETE_PICTURE)
    if code in _VARIATION_SELECTORS:
        # They only choose between two drawings, and terminals disagree on the width of one.
        return ""
    category = unicodedata.category(chr(code))
    if category in _UNDRAWABLE or code in _FILLERS or code in _SKIN_TONES:
        return STRANGE
    return " " if category == "Zs" else chr(code)


_pictures = _Pictures()


def clean(text: str) -> str:
    """`text` for one line of the terminal, every control character as a picture."""
    if text.isascii() and text.isprintable():
        return text
    return _clean_short(text) if len(text) < 512 else _clean(text)


def _clean(text: str) -> str:
    shown = text.translate(_pictures)
    return shown if shown.isascii() else _without_towers(shown)


# For words of ours, which are drawn again and again. Of what flows by, nothing comes twice: a
# larger cache would only fill with it.
_clean_short = lru_cache(256)(_clean)


def _without_towers(text: str) -> str:
    marks = 0
    kept = []
    for char in text:
        marks = marks + 1 if char > "\u02ff" and unicodedata.combining(char) else 0
        if marks <= _MAX_MARKS:
            kept.append(char)
        elif marks == _MAX_MARKS + 1:
            kept.append(STRANGE)
    return "".join(kept)


def content(text: str) -> Content:
    """Foreign text for a widget that takes Content: no markup, no control characters."""
    return Content(clean(text))


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
