"""One's own account, also where there are servers to be seen."""

from __future__ import annotations

from natstui.model.own_account import OwnAccount
from natstui.model.session import Session
from natstui.model.system_board import SystemBoard


class OwnBoard(SystemBoard):
    """Loads an `OwnAccount` by itself."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.own = OwnAccount(session)

    async def load(self) -> None:
        """Ask for all of it. Raises NotConnectedError, and what `Client.publish` raises."""
        look = self.begin()
        await self.own.load(self, look)
        self.finish(look)
