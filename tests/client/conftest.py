"""What the tests of the client have in common."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Protocol

import pytest

from natstui.client import Client
from tests.support.callbacks import Callbacks
from tests.support.proxy import FaultyProxy
from tests.support.server import NatsServer

PATIENCE = 20  # seconds for a server on a busy machine


class Connect(Protocol):
    async def __call__(self, servers: str | list[str], **options: Any) -> Client: ...


def tasks_of_clients() -> list[asyncio.Task[Any]]:
    return [task for task in asyncio.all_tasks() if task.get_name().startswith("nats-")]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Connects clients, and closes them in the end; not one of their tasks may be left then."""
    clients: list[Client] = []

    async def connect(servers: str | list[str], **options: Any) -> Client:
        client = Client()
        clients.append(client)
        options.setdefault("connect_timeout", PATIENCE)
        await client.connect(servers, **options)
        return client

    yield connect
    for client in clients:
        await client.close()
    assert tasks_of_clients() == []


@pytest.fixture
def callbacks() -> Callbacks:
    return Callbacks()


@pytest.fixture
async def proxy(server: NatsServer) -> AsyncIterator[FaultyProxy]:
    """Between the clients and `server`."""
    async with FaultyProxy("127.0.0.1", server.port) as proxy:
        yield proxy
