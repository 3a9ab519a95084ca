"""A question on one line, answered with enter, left with esc."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from natstui.ui.guarded import Guarded
from natstui.ui.safe import Words

_TO_TYPE_IN = 24  # cells, at least

Check = Callable[[str], str | None]
"""Why a text cannot be taken, or None."""


class QuietInput(Input):
    """An input whose cursor does not blink: over ssh that would be traffic for nothing."""

    def on_mount(self) -> None:
        self.cursor_blink = False


class Prompt(Guarded, Horizontal):
    """Hidden until `ask`; then it has the focus until it is answered."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "cancel", id="prompt.leave", priority=True),
    ]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.display = False
        self._label = Words(classes="prompt-label")
        self._input = QuietInput(classes="prompt-input", compact=True, select_on_focus=False)
        self._problem = Words(classes="prompt-problem")
        self._check: Check = lambda _: None
        self._answer: Callable[[str], None] = lambda _: None
        self._left: Callable[[], None] = lambda: None
        self._changed: Callable[[str], None] = lambda _: None
        self._asked = 0

    def compose(self) -> ComposeResult:
        yield self._label
        yield self._input
        yield self._problem

    def ask(
        self,
        label: str,
        text: str,
        check: Check,
        answer: Callable[[str], None],
        left: Callable[[], None],
        changed: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Ask for one line, `text` to begin with; `answer` is called with what `check` lets pass,
        and `left` afterwards in any case. `changed` is called with the text as it is typed.
        """
        self._check, self._answer, self._left = check, answer, left
        self._changed = changed
        self._label.say(label)
        self._asked = len(label)
        self._complain("")
        self._input.value = text
        self._input.cursor_position = len(text)
        self.display = True
        self._input.focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._complain(self._check(event.value) or "" if event.value else "")
        if self.display:
            self._changed(event.value)

    @on(Input.Submitted)
    def _answered(self, event: Input.Submitted) -> None:
        event.stop()
        if problem := self._check(event.value):
            self._complain(problem)
            return
        self._close()
        self._answer(event.value)

    def _complain(self, problem: str) -> None:
        """Say what is wrong; where there is no room for both, instead of what is asked for."""
        self._problem.say(problem)
        taken = self._asked + len(problem) + _TO_TYPE_IN
        self.set_class(bool(problem) and taken >= self.size.width, "-narrow")

    def action_leave(self) -> None:
        """Leave it unanswered."""
        self._close()

    def _close(self) -> None:
        self.display = False
        self._left()
