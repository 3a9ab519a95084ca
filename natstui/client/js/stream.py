"""Streams by their name: the consumers and messages of one (ADR-37)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from natstui.client.js import api
from natstui.client.js.batch_get import BatchGet
from natstui.client.js.consumer import Consumer, OrderedConsumer
from natstui.client.js.errors import Error

if TYPE_CHECKING:
    from datetime import datetime

    from natstui.client.js.client import JetStreamContext


class Stream(BatchGet):
    """A stream; made by `JetStreamContext.stream`, or from a name that is not checked.

    `info` asks the server, `cached_info` is the last answer, if any. All methods raise what those
    of `JetStreamManager` do that are called with the stream's name.
    """

    def __init__(self, js: JetStreamContext, name: str, info: api.StreamInfo | None = None) -> None:
        super().__init__(js, name)
        self._context = js
        self.cached_info = info

    def __repr__(self) -> str:
        return f"<Stream {self.name!r}>"

    async def info(self, subjects_filter: str | None = None) -> api.StreamInfo:
        """What it is and holds; with a filter (">" for all), the messages of each subject."""
        self.cached_info = await self._js.stream_info(self.name, subjects_filter)
        return self.cached_info

    # Consumers.

    async def consumer(self, name: str) -> Consumer:
        """A pull consumer, to read from."""
        return await self._context.consumer(self.name, name)

    async def add_consumer(
        self, config: api.ConsumerConfig | None = None, *, action: str = "", **params: Any
    ) -> Consumer:
        """Create a pull consumer, or update the one of that name.

        Raises Error for what would be a push consumer.
        """
        config = (config or api.ConsumerConfig()).evolve(**params)
        if config.deliver_subject:
            raise Error(
                "a consumer with a deliver subject is a push consumer: use add_consumer "
                "and subscribe of the context"
            )
        info = await self._js.add_consumer(self.name, config, action=action)
        return Consumer(self._context, self.name, info.name, info)

    async def update_consumer(
        self, config: api.ConsumerConfig | None = None, **params: Any
    ) -> Consumer:
        """Change a pull consumer that is there."""
        return await self.add_consumer(config, action="update", **params)

    def ordered_consumer(
        self, config: api.ConsumerConfig | None = None, **params: Any
    ) -> OrderedConsumer:
        """Reads the stream once and in order; fields of `config` say where from."""
        return self._context.ordered_consumer(self.name, config, **params)

    async def consumers_info(self) -> list[api.ConsumerInfo]:
        """All of them."""
        return await self._js.consumers_info(self.name)

    async def delete_consumer(self, name: str) -> bool:
        """Delete one."""
        return await self._js.delete_consumer(self.name, name)

    # Messages.

    async def get_msg(
        self,
        seq: int | None = None,
        subject: str | None = None,
        direct: bool | None = False,
        next: bool | None = False,
        *,
        start_time: datetime | str | None = None,
    ) -> api.RawStreamMsg:
        """A stored message, by sequence, subject or time; see `JetStreamManager.get_msg`."""
        return await self._js.get_msg(self.name, seq, subject, direct, next, start_time=start_time)

    async def get_last_msg(self, subject: str, direct: bool | None = False) -> api.RawStreamMsg:
        """The last one of a subject."""
        return await self._js.get_last_msg(self.name, subject, direct)

    async def delete_msg(self, seq: int, *, no_erase: bool = False) -> bool:
        """Delete one."""
        return await self._js.delete_msg(self.name, seq, no_erase=no_erase)

    async def purge(
        self, seq: int | None = None, subject: str | None = None, keep: int | None = None
    ) -> bool:
        """Delete all of them, those before `seq`, or all but the last `keep`; of `subject`."""
        return await self._js.purge_stream(self.name, seq, subject, keep)
