"""What all panes work with: the session, what writes and remembers, and the one who asks back."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from natstui.model.dead_letters import DeadLetters
from natstui.model.object_transfers import Transfers
from natstui.model.session import Session
from natstui.model.watching import Watching
from natstui.model.work import Work
from natstui.model.writing import Writer
from natstui.ui.confirm import ConfirmDialog, Question
from natstui.ui.context_chooser import ContextChooser

if TYPE_CHECKING:
    from natstui.ui.app import NatsTui


class Desk:
    """Made by the app, given to each pane."""

    def __init__(self, app: NatsTui, session: Session, writer: Writer) -> None:
        self.session = session
        self.writer = writer
        self.transfers = Transfers(session.settings)
        self.dead_letters = DeadLetters(session)
        self._works: list[Work] = []
        self.watching = Watching(session)
        self._app = app

    def begin(self, work: Work, doing: Coroutine[Any, Any, str]) -> None:
        """Start a piece of work that goes on until its end, wherever one looks meanwhile."""
        self._works = [*self._running_works(), work]
        work.start(doing)

    @property
    def running(self) -> list[str]:
        """What is under way over this connection, each by its name."""
        works = [*self._running_works(), *self.transfers.running]
        return [*(work.name for work in works), *self.writer.running]

    async def finished(self) -> None:
        """Return when nothing is under way any more."""
        while self.running:
            works = [*self._running_works(), *self.transfers.running]
            await asyncio.gather(*(work.wait() for work in works), self.writer.finished())

    def _running_works(self) -> list[Work]:
        return [work for work in self._works if work.is_running]

    async def choose_session(self) -> Session | None:
        """Let a context be chosen: a connected session to look at beside ours, or None.

        In a worker only, like a question. It may change nothing; whoever got it closes it.
        """
        chooser = ContextChooser(self._app.contexts, self._app.view, to_compare=True)
        session: Session | None = await self._app.push_screen_wait(chooser)
        return session

    async def ask_whether(self, question: Question) -> bool:
        """Ask in a dialog and wait for the answer; in a worker only (`tui.start`)."""
        answer: bool = await self._app.push_screen_wait(ConfirmDialog(question))
        return answer
