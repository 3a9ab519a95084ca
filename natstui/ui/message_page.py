"""One message in full, as a level."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widget import Widget

from natstui.model.tail import Record
from natstui.ui.desk import Desk
from natstui.ui.detail import MessageView
from natstui.ui.pane import Level


class MessagePage(Level):
    """A message; `about` says more of where it came from."""

    def __init__(self, desk: Desk, record: Record, about: str) -> None:
        super().__init__(desk)
        self.record = record
        self.about_it = about
        self.view = MessageView()

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
