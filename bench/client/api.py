"""What the workloads use of a client: the part of the API that both modules share."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol, cast


class Message(Protocol):
    """A received message."""

    subject: str
    data: bytes

    @property
    def headers(self) -> dict[str, str] | None: ...

    async def respond(self, data: bytes) -> None: ...


Handler = Callable[[Message], Awaitable[None]]
Hook = Callable[[Message], None]


class Subscription(Protocol):
    """What `Client.subscribe` returns."""

    @property
    def messages(self) -> AsyncIterator[Message]: ...

    async def next_msg(self, timeout: float | None = 1.0) -> Message: ...


class Subscribe(Protocol):
    """`Client.subscribe`; `hook` exists in natstui.client only."""

    async def __call__(
        self, subject: str, *, cb: Handler | None = None, hook: Hook | None = None
    ) -> Subscription: ...


class Client(Protocol):
    """A connected client of either module."""

    @property
    def subscribe(self) -> Subscribe: ...

    @property
    def pending_data_size(self) -> int: ...

    async def publish(
        self, subject: str, payload: bytes = b"", *, headers: dict[str, str] | None = None
    ) -> None: ...

    async def request(
        self, subject: str, payload: bytes = b"", timeout: float = 0.5
    ) -> Message: ...

    async def flush(self) -> None: ...

    async def close(self) -> None: ...


async def connect(module: str, url: str) -> Client:
    """Import `module` ("nats", "natstui.client") and connect with its defaults."""
    opened = await importlib.import_module(module).connect(url)
    return cast("Client", opened)


def has_hook(client: Client) -> bool:
    """Whether `subscribe` takes a synchronous `hook`."""
    return "hook" in inspect.signature(client.subscribe).parameters
