"""A client that serves, and one that asks."""

from __future__ import annotations

import pytest

from natstui.client import Client
from tests.client.conftest import Connect
from tests.support.callbacks import Callbacks
from tests.support.server import NatsServer


@pytest.fixture
async def nc(server: NatsServer, connect: Connect, callbacks: Callbacks) -> Client:
    """For services; what goes wrong unseen is in `callbacks`."""
    return await connect(server.url, **callbacks.options)


@pytest.fixture
async def asker(server: NatsServer, connect: Connect) -> Client:
    return await connect(server.url)
