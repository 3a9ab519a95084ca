"""Clients for the JetStream tests; what they report is kept, and may be looked at."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, Protocol

import pytest

import natstui.client as nats
from natstui.client.aio.client import Client
from natstui.client.js.client import JetStreamContext
from tests.client.conftest import PATIENCE
from tests.support.proxy import FaultyProxy
from tests.support.server import NatsServer
from tests.support.waiting import eventually


class Connect(Protocol):
    async def __call__(self, servers: str | list[str] | None = None, **options: Any) -> Client: ...


@pytest.fixture
def errors() -> list[Exception]:
    """What the clients of the test gave to their error callbacks."""
    return []


@pytest.fixture
async def connect(
    request: pytest.FixtureRequest, errors: list[Exception]
) -> AsyncIterator[Connect]:
    """Connects further clients, to `js_server` if nothing else is named."""

    async def on_error(error: Exception) -> None:
        errors.append(error)

    async with AsyncExitStack() as clients:

        async def start(servers: str | list[str] | None = None, **options: Any) -> Client:
            if servers is None:
                server: NatsServer = request.getfixturevalue("js_server")
                servers = server.url
            options.setdefault("error_cb", on_error)
            options.setdefault("connect_timeout", PATIENCE)
            return await clients.enter_async_context(await nats.connect(servers, **options))

        yield start


@pytest.fixture
async def nc(js_server: NatsServer, connect: Connect) -> Client:
    return await connect(js_server.url)


@pytest.fixture
async def js(nc: Client) -> JetStreamContext:
    return nc.jetstream(timeout=20)


@pytest.fixture
async def old_server(js_server: NatsServer, connect: Connect) -> AsyncIterator[Connect]:
    """Connects clients to a server that says of itself that it has no newer API level."""

    def pretend(data: bytes) -> bytes:
        return re.sub(rb'"api_lvl":\d', b'"api_lvl":0', data)

    async with FaultyProxy("127.0.0.1", js_server.port) as proxy:
        proxy.to_client.alter(pretend)

        async def start(servers: str | list[str] | None = None, **options: Any) -> Client:
            return await connect(proxy.url, **options)

        yield start


async def until(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait until a coroutine function returns True."""
    check: Callable[[], bool | Awaitable[bool]] = condition
    await eventually(check, what, timeout=40)
