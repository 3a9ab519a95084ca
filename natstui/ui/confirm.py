"""The dialog before a change: it says what will happen, and no is what happens by itself."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Input

from natstui.ui.drawing import Span, fold
from natstui.ui.guarded import Guarded
from natstui.ui.keyline import KeyLine
from natstui.ui.lines import LineView
from natstui.ui.prompt import QuietInput
from natstui.ui.safe import Words


@dataclass(frozen=True)
class Question:
    """`title` is what will be done ("Purge ORDERS"), `lines` what that means.

    `name`: what has to be typed before it is done, for what cannot be undone; "" where `y` is
    enough. `verb` is what `y` and enter do.
    """

    title: str
    lines: list[list[Span]]
    verb: str = "do it"
    name: str = ""
    facts: dict[str, str] = field(default_factory=dict)


class TextLines:
    """Spans as the lines of a document of one width; a line source."""

    first = 0

    def __init__(self, lines: list[list[Span]], width: int) -> None:
        self.width = width
        self._lines = [
            [("plain", " "), *part] for line in lines for part in fold(line, max(20, width - 2))
        ]

    @property
    def end(self) -> int:
        return len(self._lines)

    def key(self, row: int) -> Hashable:
        return row

    def line(self, row: int, width: int) -> list[Span]:
        return self._lines[row]


class TextView(LineView):
    """Lines of spans, wrapped to the width there is."""

    def __init__(self, lines: list[list[Span]], *, id: str | None = None) -> None:
        super().__init__(TextLines(lines, 80), id=id)
        self.lines = lines

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as there are, where the height is left to the text."""
        return TextLines(self.lines, width).end

    def set_lines(self, lines: list[list[Span]]) -> None:
        """Show these lines; the place is kept, and what is the same is not drawn again."""
        if lines == self.lines:
            return
        self.lines = lines
        before, after = self.source, TextLines(lines, self.size.width)
        self.source = after
        if before.end != after.end:
            self.redraw()
            return
        self._strips.clear()
        for row in range(after.end):
            if before.line(row, 0) != after.line(row, 0):
                self._refresh_rows(row, row + 1)

    def on_resize(self) -> None:
        self._lay_out()
        super().on_resize()

    def sync(self) -> None:
        # Between two layouts a widget may have no size for a moment, without being told of it.
        laid_out = self.source.width if isinstance(self.source, TextLines) else 0
        if self.size.width not in (0, laid_out):
            self._lay_out()
        super().sync()

    def _lay_out(self) -> None:
        top = self.top
        self.show(TextLines(self.lines, self.size.width))
        self._put_top(top)


class ConfirmDialog(Guarded, ModalScreen[bool]):
    """Answers True only if it was said so; leaving it is no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer(False)", "no", id="confirm.no"),
        Binding("y", "answer(True)", "yes", id="confirm.yes"),
        Binding("n", "answer(False)", "no", show=False, id="confirm.n"),
        Binding("pagedown", "page(1)", "more", id="confirm.page-down"),
        Binding("pageup", "page(-1)", "back", show=False, id="confirm.page-up"),
    ]

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question
        self._text = TextView(_all_lines(question), id="confirm-text")
        self._text.set_class(bool(question.name), "-named")
        self._typed = QuietInput(id="confirm-name", compact=True)
        self._problem = Words(classes="prompt-problem")

    def compose(self) -> ComposeResult:
        with Vertical(id="confirm-dialog"):
            yield Words(self.question.title, classes="dialog-title")
            yield self._text
            if self.question.name:
                yield Words(f"type {self.question.name} to {self.question.verb}", classes="asked")
                with Horizontal(classes="field"):
                    yield self._typed
                    yield self._problem
            yield KeyLine()

    def on_mount(self) -> None:
        (self._typed if self.question.name else self._text).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where a name has to be typed, y is a letter of it; not always is there more to read."""
        if action == "page":
            return self._text.source.end > self._text.page
        return not (action == "answer" and parameters == (True,) and self.question.name)

    def action_answer(self, yes: bool) -> None:
        """Answer and close."""
        self.dismiss(yes)

    def action_page(self, pages: int) -> None:
        """Read on, or back, while the name is being typed."""
        self._text.scroll_by(pages * self._text.page)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value == self.question.name:
            self.dismiss(True)
        else:
            self._problem.say("that is not the name" if event.value else "esc leaves it as it is")


def _all_lines(question: Question) -> list[list[Span]]:
    cells = max((len(name) for name in question.facts), default=0)
    facts: list[list[Span]] = [
        [("muted", f"{name:<{cells}}  "), ("plain", value)]
        for name, value in question.facts.items()
    ]
    between: list[list[Span]] = [[]] if facts and question.lines else []
    return [*question.lines, *between, *facts]
