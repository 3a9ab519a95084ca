"""The Objects pane over a real server, and somebody else who writes to its bucket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from natstui.client import connect
from natstui.client.js.client import JetStreamContext
from natstui.client.js.object_store import ObjectStore
from natstui.model.settings import Settings
from natstui.ui.confirm import ConfirmDialog
from tests.support.server import NatsServer
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer, explorer

Condition = Callable[[], bool | Awaitable[bool]]


class ObjectsExplorer:
    """`seen` is the app; `store` is the bucket `assets`, as another program has it."""

    def __init__(self, seen: Explorer, js: JetStreamContext, store: ObjectStore) -> None:
        self.seen = seen
        self.js = js
        self.store = store

    async def until(self, *texts: str) -> None:
        """Draw until all these texts are on the screen."""

        async def drawn() -> bool:
            await self.seen.frame()
            return all(text in self.seen.text for text in texts)

        condition: Condition = drawn
        await eventually(condition, f"{texts} on the screen", last_seen=lambda: self.seen.text)

    async def gone(self, text: str) -> None:
        """Draw until this text is not on the screen any more."""

        async def drawn() -> bool:
            await self.seen.frame()
            return text not in self.seen.text

        condition: Condition = drawn
        await eventually(condition, f"no {text} on the screen", last_seen=lambda: self.seen.text)

    async def open(self, *keys: str) -> None:
        """Go to the bucket, then press keys."""
        await self.seen.press("5")
        await self.until("assets")
        await self.seen.press("enter")
        await self.until("Objects \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} assets")
        await self.until("live")
        await self.seen.press(*keys)

    async def answer(self, label: str, text: str) -> None:
        """Replace what a prompt proposes, and send it."""
        await self.until(label)
        await self.seen.press("ctrl+u", "ctrl+k")
        await self.seen.type(text)
        await self.seen.press("enter")

    async def agree(self, typed: str = "") -> None:
        """Say yes to the question that comes."""
        app = self.seen.app
        await eventually(lambda: isinstance(app.screen, ConfirmDialog), "the question")
        if typed:
            await self.seen.type(typed)
            await self.seen.press("enter")
        else:
            await self.seen.press("y")

    async def data(self, name: str) -> bytes | None:
        return (await self.store.get(name)).data


@asynccontextmanager
async def objects_explorer(
    server: NatsServer, *, size: tuple[int, int] = (80, 24), read_only: bool = False
) -> AsyncIterator[ObjectsExplorer]:
    """The app, connected; the bucket `assets` is there and empty."""
    client = await connect(server.url, max_reconnect_attempts=-1)
    js = client.jetstream()
    store = await js.create_object_store(bucket="assets")
    settings = Settings(servers=(server.url,), read_only=read_only)
    async with explorer(settings=settings, size=size, notifications=True) as seen:
        # Every message is to be seen, not one in a second.
        seen.app.notifier.EVERY = 0.0
        session = seen.app.session
        session.open()
        await eventually(lambda: session.is_connected, "connected")
        try:
            yield ObjectsExplorer(seen, js, store)
        finally:
            await seen.app.desk.transfers.stop()
            await session.close()
    await client.close()


def files(folder: Path) -> list[str]:
    """The names of what is in a folder, hidden ones too."""
    return sorted(each.name for each in folder.iterdir())
