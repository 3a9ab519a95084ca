"""Sees what reaches a server, whoever published it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import natstui.client as nats
from tests.support.server import NatsServer


class Sniffer:
    """All messages that a server took, in its order, except those of the system."""

    def __init__(self, nc: nats.Client) -> None:
        self._nc = nc
        self._messages: list[nats.Msg] = []

    async def start(self) -> None:
        await self._nc.subscribe(">", hook=self._messages.append)
        await self._nc.flush()

    async def heard(self, nc: nats.Client) -> list[nats.Msg]:
        """Everything until now, `nc` having been heard to the end."""
        await nc.flush()
        await self._nc.flush()
        return self._messages

    async def payloads(self, nc: nats.Client) -> list[bytes]:
        return [msg.data for msg in await self.heard(nc)]


@asynccontextmanager
async def sniffing(server: NatsServer) -> AsyncIterator[Sniffer]:
    async with await nats.connect(server.url, name="sniffer") as nc:
        sniffer = Sniffer(nc)
        await sniffer.start()
        yield sniffer
