"""Servers with a system account, and those who look at them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from natstui.model.session import Session
from natstui.model.settings import Settings
from tests.support.waiting import eventually

SYSTEM = {"user": "sys", "password": "sys"}
LIMITED = """
accounts {
  APP {
    jetstream: { max_mem: 1M, max_file: 10K, max_streams: 2 }
    users: [
      { user: app, password: app }
      { user: part, password: part, permissions: {
          publish: { allow: ["orders.>", "$SYS.>", "$JS.API.>"], deny: ["orders.secret.>"] }
          subscribe: { allow: ["orders.>", "_INBOX.>"] } } }
      { user: blind, password: blind, permissions: { publish: { deny: ["$SYS.>", "$JS.>"] } } }
    ]
  }
  SYS { users: [ { user: sys, password: sys } ] }
}
system_account: SYS
no_auth_user: app
"""


class Board(Protocol):
    """What can be looked at again and again."""

    async def load(self) -> None: ...


@asynccontextmanager
async def looking(*urls: str, read_only: bool = True, **who: str) -> AsyncIterator[Session]:
    """A session with a connection, of the system user unless another one is named."""
    options = {**(who or SYSTEM), "reconnect_time_wait": 0.1}
    settings = Settings(servers=urls, timeout=20, read_only=read_only, connect_options=options)
    async with opened(settings) as session:
        yield session


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Session]:
    """A session that is connected."""
    session = Session(settings)
    session.open()
    try:
        await eventually(lambda: session.is_connected, "connected")
        yield session
    finally:
        await session.close()


class Clock:
    """The time as a test sets it."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def look_until(
    met: Callable[[], object], what: str, *boards: Board, timeout: float = 20
) -> None:
    """Look at the boards again and again, until it is so."""

    async def look() -> bool:
        for board in boards:
            await board.load()
        return bool(met())

    is_so: Callable[[], bool | Awaitable[bool]] = look
    await eventually(is_so, what, timeout=timeout)
