"""One session and everything that looks at it: panes, desk, tail. Made anew for each session."""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical

from natstui.model.draft import Draft
from natstui.model.session import Session
from natstui.model.tailing import Tail
from natstui.model.view_state import ViewState
from natstui.model.writing import Writer
from natstui.ui.desk import Desk
from natstui.ui.guarded import Guarded
from natstui.ui.pane import Pane
from natstui.ui.panes import make_panes
from natstui.ui.tail import TailPane

if TYPE_CHECKING:
    from natstui.ui.app import NatsTui

_numbers = count(1)


class SessionView(Guarded, Vertical):
    """Holds the panes. `group` is that of the workers which were started for it."""

    def __init__(self, app: NatsTui, session: Session, tail: Tail) -> None:
        super().__init__(classes="session")
        self.group = f"session-{next(_numbers)}"
        self.session = session
        self.tail = tail
        self.draft = Draft()
        self.writer = Writer(session)
        self.desk = Desk(app, session, self.writer)
        self.desk.watching.listeners.append(partial(app.alarmed, session))
        self.tail_pane = TailPane(tail, self.desk)
        self.panes = make_panes(self.tail_pane, self.desk)
        self.pane: Pane = self.tail_pane

    def compose(self) -> ComposeResult:
        yield self.pane

    async def go_to(self, key: str) -> None:
        """Show the pane that has this key, where it was left."""
        pane = next(pane for pane in self.panes if key == pane.KEY)
        if pane is not self.pane:
            self.pane.leave()
            self.pane = pane
            if not pane.is_attached:
                # Not before: what nobody looks at need not be there when the app starts.
                await self.mount(pane)
        pane.open()

    def remember(self) -> ViewState:
        """What brings one back to all of it, now or after a restart."""
        return ViewState(
            pane=self.pane.NAME,
            tail=self.tail_pane.remember_tail(),
            panes={pane.NAME: states for pane in self.panes if (states := pane.remember())},
        )

    async def come_back(self, state: ViewState, *, with_tail: bool = True) -> None:
        """Be as it was, before it is mounted. Without the tail: another one was asked for."""
        for pane in self.panes:
            pane.come_back(state.panes.get(pane.NAME, ()))
        if with_tail:
            await self.tail_pane.come_back_to(state.tail)
            self.pane = next((each for each in self.panes if state.pane == each.NAME), self.pane)
