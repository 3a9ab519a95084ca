"""What all panes work with: the session, what writes and remembers, and the one who asks back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from natstui.model.object_transfers import Transfers
from natstui.model.session import Session
from natstui.model.watching import Watching
from natstui.model.writing import Writer
from natstui.ui.confirm import ConfirmDialog, Question

if TYPE_CHECKING:
    from natstui.ui.app import NatsTui


class Desk:
    """Made by the app, given to each pane."""

    def __init__(self, app: NatsTui, session: Session, writer: Writer) -> None:
        self.session = session
        self.writer = writer
        self.transfers = Transfers(session.settings)
        self.watching = Watching(session)
        self._app = app

    async def ask_whether(self, question: Question) -> bool:
        """Ask in a dialog and wait for the answer; in a worker only (`tui.start`)."""
        answer: bool = await self._app.push_screen_wait(ConfirmDialog(question))
        return answer
