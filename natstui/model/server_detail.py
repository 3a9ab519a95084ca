"""One server in full: what it says of itself, and whether it finds itself healthy."""

from __future__ import annotations

import time
from collections.abc import Callable

from natstui.model.session import Session
from natstui.model.system_answer import Json
from natstui.model.system_board import SystemBoard


class ServerDetail(SystemBoard):
    """`varz` and `health` as they came, {} before; `load` asks for both."""

    def __init__(
        self,
        session: Session,
        id: str,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(session, clock, wall_clock)
        self.id = id
        self.varz: Json = {}
        self.health: Json = {}

    async def load(self) -> None:
        """Ask for it. Raises NotConnectedError, and what `Client.publish` raises."""
        look = self.begin()
        self._answered = dict.fromkeys((self._subject("VARZ"), self._subject("HEALTHZ")), 1)
        for told in await self.ask_servers(look, self._subject("VARZ")):
            self.varz = told.data
        for told in await self.ask_servers(look, self._subject("HEALTHZ")):
            self.health = told.data
        self.finish(look)

    def _subject(self, what: str) -> str:
        return f"$SYS.REQ.SERVER.{self.id}.{what}"
