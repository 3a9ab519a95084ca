"""Help for whatever has the focus: its keys first, then those that are always there."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical
from textual.dom import DOMNode
from textual.screen import ModalScreen

from natstui.ui.drawing import Span
from natstui.ui.guarded import Guarded
from natstui.ui.lines import LineView
from natstui.ui.palette import is_movement

_KEY_CELLS = 16

# No line longer than what an 80 columns wide terminal shows of it.
TAIL_HELP = """\
Every message is shown once, though several subjects may match it; each
chip counts its own. Marks after the size: ? somebody waits for an answer,
h the message has headers.
A pause freezes what you look at, not the subscription: nothing in view is
lost, newer messages are counted. Moving up pauses, end goes back to live.

ctrl+r records all that comes from then on, or what the filter of that
moment lets through, to a file; ctrl+r again stops. ctrl+o opens one.

FILTER  all terms must hold, separated by spaces
  fail                   text in subject, headers or payload;
                         with capitals: in exactly that case
  "not found"            text with spaces
  /time(out|d out)/i     a regular expression, /i: any case
  subject:orders.*       a subject with wildcards
  header:Trace-Id=ab12   a header with this value, or any without =
  json:order.total>10    a value in a JSON payload: = != < <= > >=,
                         or just there; * is any key or index
  -health                a minus excludes

COUNTERS
  seen       messages that arrived since the start
  kept       of those, how many can still be looked at
  evicted    made room for newer ones
  dropped    arrived and could not be recorded
  consumers  created by this program, and acks it sent:
             looking changes nothing"""


class HelpLines:
    """The help as a line source."""

    first = 0

    def __init__(self, lines: list[list[Span]]) -> None:
        self._lines = lines

    @property
    def end(self) -> int:
        return len(self._lines)

    def key(self, row: int) -> Hashable:
        return row

    def line(self, row: int, width: int) -> list[Span]:
        return [("plain", " "), *self._lines[row]]


class HelpScreen(Guarded, ModalScreen[None]):
    """The help, as long as it takes; any of the usual keys leaves it. Made once, shown often."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "dismiss", "close", id="help.close"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.lines = LineView(HelpLines([]), id="help-lines")

    def compose(self) -> ComposeResult:
        with Vertical(id="help-dialog") as dialog:
            dialog.border_title = "Help"
            yield self.lines

    def be_about(
        self, bindings: Iterable[ActiveBinding], focused: DOMNode | None, text: str
    ) -> None:
        """Describe these keys, those of the widget that has the focus first; then comes `text`.

        A line of it that begins with a word in capitals and two spaces is a heading.
        """
        self.lines.show(HelpLines(self._lines(list(bindings), focused, text)))

    def _lines(
        self, active: list[ActiveBinding], focused: DOMNode | None, more: str
    ) -> list[list[Span]]:
        here = [each for each in active if each.node is focused]
        around = [each for each in active if each.node is not focused]
        lines = [*self._keys("HERE", here), *self._keys("EVERYWHERE", around)]
        for text in more.splitlines():
            head, gap, rest = text.partition("  ")
            titled = head.isupper() and head.isalpha()
            lines.append([("title", head), ("muted", gap + rest)] if titled else [("plain", text)])
        return lines

    def _keys(self, title: str, bindings: list[ActiveBinding]) -> list[list[Span]]:
        by_action: dict[str, tuple[Binding, list[str], bool]] = {}
        for _, binding, enabled, _ in sorted(bindings, key=is_movement):
            _, keys, _ = by_action.setdefault(binding.action, (binding, [], enabled))
            keys.append(self.app.get_key_display(binding))
        lines: list[list[Span]] = [[("title", title)]] if by_action else []
        for binding, keys, enabled in by_action.values():
            if binding.description:
                lines.append(_key_line(" ".join(keys), binding, enabled=enabled))
        return [*lines, []] if lines else []


def _key_line(keys: str, binding: Binding, *, enabled: bool) -> list[Span]:
    words = binding.tooltip or binding.description
    return [
        ("accent" if enabled else "faint", f"  {keys:<{_KEY_CELLS}} "),
        ("plain" if enabled else "faint", words),
        ("faint", f"   {binding.id}" if binding.id else ""),
    ]
