"""The keys that go from page to page of the Server pane: the same on each of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType

from natstui.model.polling import Poll
from natstui.model.system_boards import SystemBoards
from natstui.model.view_state import LevelState
from natstui.ui.desk import Desk
from natstui.ui.pane import Level


class ServerKeys(Level):
    """A page of the Server pane; `boards` is what all of them look at."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "go('connections')", "connections", tooltip="Connections", id="server.conns"),
        Binding("a", "go('accounts')", "accounts", tooltip="Accounts", id="server.accounts"),
        Binding("J", "go('assets')", "JetStream", tooltip="Streams by server", id="server.assets"),
        Binding(
            "t", "go('topology')", "topology", tooltip="Routes, gateways, leafs", id="server.links"
        ),
        Binding(
            "v", "go('events')", "advisories", tooltip="Events and advisories", id="server.events"
        ),
        Binding("m", "go('own')", "me", tooltip="Own permissions and limits", id="server.own"),
    ]

    def __init__(self, desk: Desk, boards: SystemBoards, *polls: Poll) -> None:
        super().__init__(desk, *polls)
        self.boards = boards

    @property
    def kind(self) -> str:
        """The name of the page."""
        return next((name for name, make in PAGES.items() if make is type(self)), self.KIND)

    def reopen(self, state: LevelState) -> Level | None:
        make = PAGES.get(state.kind)
        return make(self.desk, self.boards) if make is not None and self.KIND else None

    def action_go(self, page: str) -> None:
        """Go to another page."""
        make = PAGES[page]
        if page == "connections":
            self.boards.connections.rows.set_filter("")
        self.tui.start(self._go(make(self.desk, self.boards)))

    async def _go(self, level: Level) -> None:
        pane = self.pane
        while len(pane.levels) > 1:
            await pane.pop()
        await pane.push(level)


Make = Callable[[Desk, SystemBoards], Level]
PAGES: dict[str, Make] = {}
"""The pages by name; each module of a page puts its own in, see `natstui.ui.server`."""
