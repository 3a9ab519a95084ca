"""Peers that are no NATS servers, for clients that come to the wrong port."""

from __future__ import annotations

import asyncio
from types import TracebackType

from tests.support.ports import Port


class Peer:
    """Accepts connections, sends `greeting` into each, and then closes it or is silent.

    `accepted` counts the connections so far, `open` those that the other side has not ended, and
    `received` is all that came.
    """

    def __init__(self, greeting: bytes = b"", *, closes: bool = False) -> None:
        self._greeting = greeting
        self._closes = closes
        self._port = Port()
        self._listener: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.accepted = 0
        self.received = b""

    @property
    def port(self) -> int:
        return self._port.number

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def open(self) -> int:
        return len(self._tasks)

    async def __aenter__(self) -> Peer:
        self._listener = await asyncio.start_server(self._on_connection, "127.0.0.1", self.port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._listener is not None
        self._listener.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._port.release()

    def _on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(self._greeting)
            while not self._closes and (data := await reader.read(65536)):
                self.received += data
        except ConnectionError:
            pass  # the other side's way to end it
        finally:
            writer.close()
