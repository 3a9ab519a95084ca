"""A page of the Server pane that is a text: what topology, one's own account, one stream share."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widget import Widget

from natstui.model.polling import Poll
from natstui.model.system_board import SystemBoard
from natstui.model.system_boards import SystemBoards
from natstui.ui.confirm import TextView
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.polled import poll_hint
from natstui.ui.server_keys import ServerKeys
from natstui.ui.system_words import load_words, trouble_words

LOAD_EVERY = 5.0


class TextPage(ServerKeys):
    """One page; scrolls. `base` is what is looked at, every five seconds."""

    def __init__(self, desk: Desk, boards: SystemBoards, base: SystemBoard) -> None:
        self.base = base
        self.poll = Poll(desk.session, base.load, every=LOAD_EVERY, took=lambda: base.took)
        super().__init__(desk, boards, self.poll)
        self.text = TextView([])
        self._drawn = -1

    def lines(self) -> list[list[Span]]:
        """What there is to say, as of the last look."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        yield self.text

    def target(self) -> Widget:
        return self.text

    def frame(self) -> None:
        self.text.say_while_empty(poll_hint(self.poll, []))
        if self.base.version != self._drawn:
            self._drawn = self.base.version
            self.text.set_lines(self.lines())
        self.text.sync()

    def counts(self) -> list[Span]:
        return load_words(self.base, self.poll)

    def trouble(self) -> str:
        return trouble_words(self.base, self.poll)
