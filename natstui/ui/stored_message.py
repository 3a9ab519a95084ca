"""One stored message by its sequence, as somebody else spoke of it; it may be gone."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from natstui.model.polling import Poll
from natstui.model.stream_reader import StreamReader
from natstui.model.tail import Record
from natstui.ui.clipboard import copy_payload
from natstui.ui.desk import Desk
from natstui.ui.detail import MessageView
from natstui.ui.drawing import Span
from natstui.ui.pane import Level
from natstui.ui.polled import poll_hint

# What is stored does not change: only whether it is there still.
LOOK_EVERY = 10.0


class StoredMessageLevel(Level):
    """Read from the stream; `said` is what is known of it besides."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "copy", tooltip="Copy the payload", id="stored-one.copy"),
    ]

    def __init__(self, desk: Desk, stream: str, seq: int, said: str) -> None:
        self.stream, self.seq, self.said = stream, seq, said
        self.reader = StreamReader(desk.session, stream)
        self.poll = Poll(desk.session, self._look, every=LOOK_EVERY)
        super().__init__(desk, self.poll)
        self.view = MessageView()
        self.message: Record | None = None
        self._is_gone = False

    def compose(self) -> ComposeResult:
        yield self.view

    @property
    def crumb(self) -> str:
        return f"{self.stream} {self.seq:,}"

    def target(self) -> Widget:
        return self.view

    async def _look(self) -> None:
        found = await self.reader.get(self.seq)
        self._is_gone = found is None
        if found is not None and self.message is None:
            self.message = found

    def frame(self) -> None:
        gone: list[list[Span]] = [
            [("strong", f"Message {self.seq:,} of {self.stream} is not there any more.")],
            [("muted", self.said)],
        ]
        self.view.say_while_empty(poll_hint(self.poll, gone))
        if self.message is not None:
            where = f"sequence {self.seq:,} of {self.stream}"
            self.view.show_record(self.message, f"{where}, {self.said}" if self.said else where)
        self.view.advance()

    def about(self) -> list[Span]:
        return [("warn", "gone from the stream")] if self._is_gone else []

    def trouble(self) -> str:
        problem = self.poll.problem
        return problem.what if problem is not None and self.message is not None else ""

    def action_copy(self) -> None:
        """The payload, to the clipboard of the terminal."""
        if self.message is not None:
            self.pane.say(copy_payload(self.app, self.message.payload))
