"""A configuration as text to edit; it is closed only when it was saved or given up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import TextArea

from natstui.model.stream_edit import DURATIONS, Config, ConfigError, Paths, from_text, to_text
from natstui.ui.guarded import Guarded
from natstui.ui.keyline import KeyLine
from natstui.ui.publish import QuietTextArea
from natstui.ui.safe import Words

Save = Callable[[Config], Awaitable[str]]
"""Saves what was written; "" if it did, else why not."""


class ConfigEditor(Guarded, ModalScreen[None]):
    """The text of a configuration; ctrl+s asks and saves, esc gives up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "save", id="editor.save"),
        Binding("escape", "leave", "give up", id="editor.leave"),
    ]

    def __init__(
        self, title: str, config: dict[str, Any], save: Save, durations: Paths = DURATIONS
    ) -> None:
        """`durations` says where in `config` there are nanoseconds."""
        super().__init__()
        self._durations = durations
        self._title = Words(title, classes="dialog-title")
        self._before = to_text(config, durations)
        self._area = QuietTextArea(
            self._before, id="editor-text", compact=True, tab_behavior="focus"
        )
        self._outcome = Words(id="editor-outcome")
        self._save = save
        self._leaving = False

    def compose(self) -> ComposeResult:
        with Vertical(id="editor-dialog"):
            yield self._title
            yield self._area
            yield self._outcome
            yield KeyLine()

    def on_mount(self) -> None:
        self._area.focus()

    @on(TextArea.Changed)
    def _typed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._leaving = False
        try:
            from_text(self._area.text, self._durations)
        except ConfigError as error:
            self._outcome.say(str(error))
        else:
            self._outcome.say("")

    def action_save(self) -> None:
        """Check it, show what will change, and save it."""
        self._leaving = False
        try:
            config = from_text(self._area.text, self._durations)
        except ConfigError as error:
            self._outcome.say(str(error))
            return
        self.tui.start(self._try(config))

    async def _try(self, config: Config) -> None:
        problem = await self._save(config)
        if problem:
            self._outcome.say(problem)
        else:
            self.dismiss()

    def action_leave(self) -> None:
        """Give up what was written; where something was, once more asks for it."""
        if self._area.text != self._before and not self._leaving:
            self._leaving = True
            self._outcome.say("not saved: esc once more gives it up, ctrl+s saves it")
        else:
            self.dismiss()
