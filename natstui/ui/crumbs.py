"""Where one is in a pane: the names on the way down, and what this level says of itself."""

from __future__ import annotations

from textual.strip import Strip

from natstui.ui.drawing import Span, cut, spread, width_of
from natstui.ui.lines import Inked
from natstui.ui.safe import clean

_LONGEST_NAME = 32
_BETWEEN = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "


class CrumbLine(Inked):
    """One line: the names from the pane down, and at its right end a few words."""

    def __init__(self) -> None:
        super().__init__(classes="crumbs")
        self._names: list[str] = []
        self._about: list[Span] = []

    def say(self, names: list[str], about: list[Span]) -> None:
        """The names from the top down, and what there is to say; call it each frame."""
        if (names, about) != (self._names, self._about):
            self._names, self._about = names, about
            self.refresh()

    def render_line(self, y: int) -> Strip:
        return self.one_line(spread(self._path(), self._about, self.size.width - 1))

    def _path(self) -> list[Span]:
        line: list[Span] = [("plain", " ")]
        room = self.size.width - 1 - width_of(self._about)
        for place, name in enumerate(self._names):
            last = place == len(self._names) - 1
            shown = clean(name)
            most = max(8, room - width_of(line)) if last else _LONGEST_NAME
            line.append(("title" if last else "muted", _shortened(shown, most)))
            if not last:
                line.append(("faint", _BETWEEN))
        return line


def _shortened(name: str, cells: int) -> str:
    return name if len(name) <= cells else cut(name, cells - 1) + "…"
