"""One message in full, as a level."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from natstui.model.decoders import Steps
from natstui.model.tail import Record
from natstui.ui.clipboard import copy_payload, copy_text
from natstui.ui.desk import Desk
from natstui.ui.detail import MessageView
from natstui.ui.pane import Level


class PageView(MessageView):
    """Reads a payload as the configuration says."""

    def steps_of(self, record: Record) -> Steps:
        return self.tui.session.settings.config.decoders.of(record.subject)


class MessagePage(Level):
    """A message; `about` says more of where it came from."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "copy", tooltip="Copy the payload", id="page.copy"),
        Binding(
            "Y",
            "copy_subject",
            "copy subject",
            show=False,
            tooltip="Copy the subject",
            id="page.copy-subject",
        ),
    ]

    def __init__(self, desk: Desk, record: Record, about: str) -> None:
        super().__init__(desk)
        self.record = record
        self.about_it = about
        self.view = PageView()

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        self.view.show_record(self.record, self.about_it)

    @property
    def crumb(self) -> str:
        return self.record.subject

    def target(self) -> Widget:
        return self.view

    def frame(self) -> None:
        self.view.advance()

    def action_copy(self) -> None:
        """The payload, to the clipboard of the terminal, wherever it is."""
        self.pane.say(copy_payload(self.app, self.record.payload))

    def action_copy_subject(self) -> None:
        """The subject, to the clipboard of the terminal."""
        self.pane.say(copy_text(self.app, self.record.subject))
