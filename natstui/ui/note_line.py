"""One line below a table: a sentence about the row under the cursor."""

from __future__ import annotations

from textual.strip import Strip

from natstui.ui.drawing import Span
from natstui.ui.lines import Inked


class NoteLine(Inked):
    """Shown while there is something to say."""

    def __init__(self) -> None:
        super().__init__(classes="reason")
        self._line: list[Span] = []

    def say(self, line: list[Span]) -> None:
        """Show `line` from now on; call it each frame."""
        if line != self._line:
            self._line = line
            self.refresh()
        self.display = bool(line)

    def render_line(self, y: int) -> Strip:
        return self.one_line([("plain", " "), *self._line])
