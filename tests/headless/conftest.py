from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from natstui.client import connect
from natstui.client.aio.client import Client
from tests.support.server import NatsServer


@pytest.fixture
async def client(js_server: NatsServer) -> AsyncIterator[Client]:
    client = await connect(js_server.url)
    yield client
    await client.close()
