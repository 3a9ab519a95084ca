"""An asyncio client for NATS.

import natstui.client as nats

async with await nats.connect("localhost") as nc:
    await nc.publish("hello", b"world")
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .aio.client import DEFAULT_SERVERS, Client
from .aio.msg import Msg
from .aio.subscription import Subscription
from .auth import RawCredentials
from .pool import Server
from .protocol.headers import Headers
from .protocol.info import ServerInfo
from .state import ConnectionStatus

__all__ = [
    "NATS",
    "Client",
    "ConnectionStatus",
    "Headers",
    "Msg",
    "RawCredentials",
    "Server",
    "ServerInfo",
    "Subscription",
    "connect",
]

NATS = Client


async def connect(servers: str | Sequence[str] = DEFAULT_SERVERS, **options: Any) -> Client:
    """A client that is connected to one of `servers`; the options are those of `Client.connect`.

    Raises what `Client.connect` raises.
    """
    client = Client()
    await client.connect(servers, **options)
    return client
