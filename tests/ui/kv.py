"""The KV pane over a real server, and somebody else who writes to its bucket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from natstui.client import connect
from natstui.client.js.client import JetStreamContext
from natstui.client.js.kv import KeyValue
from natstui.model.settings import Settings
from tests.support.server import NatsServer
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer, explorer

Condition = Callable[[], bool | Awaitable[bool]]


def path(*names: str) -> str:
    """A breadcrumb, or the end of one that begins with ""."""
    return " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} ".join(names)


class KvExplorer:
    """`seen` is the app; `bucket` is `config`, as another program has it."""

    def __init__(self, seen: Explorer, js: JetStreamContext, bucket: KeyValue) -> None:
        self.seen = seen
        self.js = js
        self.bucket = bucket

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
        await self.seen.press("4")
        await self.until("config")
        await self.seen.press("enter")
        await self.until(path("KV", "config"))
        await self.seen.press(*keys)

    async def open_key(self, key: str) -> None:
        """Go to the only key that a filter leaves."""
        await self.open("f", "slash")
        await self.until("filter")
        await self.seen.type(key)
        await self.until(f"filter {key}")
        await self.seen.press("enter", "enter")
        await self.until(path("config", key), "revision ")

    async def value(self, key: str) -> bytes | None:
        return (await self.bucket.get(key)).value


@asynccontextmanager
async def kv_explorer(
    server: NatsServer,
    *,
    size: tuple[int, int] = (80, 24),
    read_only: bool = False,
    history: int = 5,
) -> AsyncIterator[KvExplorer]:
    """The app, connected; the bucket `config` is there and empty."""
    client = await connect(server.url)
    js = client.jetstream()
    bucket = await js.create_key_value(bucket="config", history=history, limit_marker_ttl=60)
    settings = Settings(servers=(server.url,), read_only=read_only)
    async with explorer(settings=settings, size=size, notifications=True) as seen:
        # Every message is to be seen, not one in a second.
        seen.app.notifier.EVERY = 0.0
        session = seen.app.session
        session.open()
        await eventually(lambda: session.is_connected, "connected")
        try:
            yield KvExplorer(seen, js, bucket)
        finally:
            await session.close()
    await client.close()
