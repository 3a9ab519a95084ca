"""Consumers to read from: `fetch`, `next`, `messages` and `consume` (ADR-37)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from natstui.client.errors import TimeoutError
from natstui.client.js.errors import Error
from natstui.client.js.fetch import Fetch
from natstui.client.js.messages import EXPIRES, Messages
from natstui.client.js.ordered_source import OrderedSource
from natstui.client.js.pull_source import PullSource
from natstui.client.js.push import check_callback
from natstui.client.js.requester import checked_name
from natstui.client.js.share import WHOLE, Share

if TYPE_CHECKING:
    from natstui.client.aio.msg import Msg
    from natstui.client.aio.subscription import MsgCallback
    from natstui.client.js import api
    from natstui.client.js.client import JetStreamContext


class Readable:
    """What plain and ordered consumers have in common: the ways to read from them.

    Everywhere: `expires` is how long a pull lives, in seconds, `heartbeat` the seconds between
    signs of life of an idle one (at most half of `expires`), `share` what part of the messages is
    wanted of a consumer with priority groups.
    """

    def __init__(self, source: PullSource) -> None:
        self._source = source

    def fetch(
        self,
        max_messages: int | None = None,
        *,
        max_bytes: int | None = None,
        expires: float = EXPIRES,
        heartbeat: float | None = None,
        share: Share = WHOLE,
    ) -> Fetch:
        """Up to `max_messages` messages, or `max_bytes` bytes of them, that come in time.

        `await` it for a list; `async for` gives each as it comes. Bytes are those of subjects,
        reply subjects, headers and payloads. See `Fetch` for what it raises.
        """
        return Fetch(self._source, max_messages, max_bytes, expires, heartbeat, share)

    def fetch_no_wait(
        self,
        max_messages: int | None = None,
        *,
        max_bytes: int | None = None,
        share: Share = WHOLE,
    ) -> Fetch:
        """The same, of what is there already."""
        timeout = self._source.js._timeout
        return Fetch(self._source, max_messages, max_bytes, timeout, None, share, no_wait=True)

    async def next(
        self, expires: float = EXPIRES, *, heartbeat: float | None = None, share: Share = WHOLE
    ) -> Msg:
        """The next message. Raises TimeoutError if there is none in time, and what `fetch` does."""
        got = await self.fetch(1, expires=expires, heartbeat=heartbeat, share=share)
        if not got:
            raise TimeoutError(f"nats: no message within {expires:g} s")
        return got[0]

    def messages(
        self,
        *,
        max_messages: int | None = None,
        max_bytes: int | None = None,
        threshold: int | None = None,
        expires: float = EXPIRES,
        heartbeat: float | None = None,
        share: Share = WHOLE,
    ) -> Messages:
        """Messages without end, to iterate over: `async with consumer.messages() as messages`.

        At most `max_messages` (500), or `max_bytes`, are asked for ahead of who takes them; more
        are asked for when `threshold` (half of that) is left.
        """
        return self._messages(
            Messages(self._source, max_messages, max_bytes, threshold, expires, heartbeat, share)
        )

    def consume(
        self,
        cb: MsgCallback,
        *,
        max_messages: int | None = None,
        max_bytes: int | None = None,
        threshold: int | None = None,
        expires: float = EXPIRES,
        heartbeat: float | None = None,
        share: Share = WHOLE,
    ) -> Messages:
        """`messages`, given to a coroutine function one after the other, as they come.

        It acknowledges. An exception in it goes to the client's error callback.
        """
        if cb is None:
            raise Error("consume needs a callback; messages is for iterating")
        check_callback(cb)
        return self._messages(
            Messages(
                self._source, max_messages, max_bytes, threshold, expires, heartbeat, share, cb
            )
        )

    def _messages(self, messages: Messages) -> Messages:
        messages._open()
        return messages


class Consumer(Readable):
    """A pull consumer; made by `JetStreamContext.consumer`, or from two names that are not checked.

    `info` asks the server, `cached_info` is the last answer, if any.
    """

    def __init__(
        self,
        js: JetStreamContext,
        stream: str,
        name: str,
        info: api.ConsumerInfo | None = None,
    ) -> None:
        if info is not None and info.config.deliver_subject:
            raise Error(f"cannot pull from push consumer {name!r}")
        super().__init__(PullSource(js, stream, name, info.config if info else None))
        self.stream_name = stream
        self.name = name
        self.cached_info = info

    def __repr__(self) -> str:
        return f"<Consumer {self.name!r} of stream {self.stream_name!r}>"

    async def info(self) -> api.ConsumerInfo:
        """Where the consumer is. Raises NotFoundError."""
        self.cached_info = await self._source.js.consumer_info(self.stream_name, self.name)
        self._source.config = self.cached_info.config
        return self.cached_info

    async def delete(self) -> bool:
        """Delete it. Raises NotFoundError."""
        return await self._source.js.delete_consumer(self.stream_name, self.name)


class OrderedConsumer(Readable):
    """Every message of a stream once and in order, without acknowledging; one reader at a time.

    Made by `JetStreamContext.ordered_consumer`. It continues where the last message came from,
    whichever way it was read. The consumers on the server are its own, named differently every
    time; `resets` counts those that it had to replace or has left. Between two reads the last one
    waits there, for a minute, or until `delete`. Raises ValueError for what no stream is called.
    """

    def __init__(self, js: JetStreamContext, stream: str, config: api.ConsumerConfig) -> None:
        self._ordered = OrderedSource(js, checked_name("stream", stream), config)
        super().__init__(self._ordered)
        self.stream_name = stream

    def __repr__(self) -> str:
        return f"<OrderedConsumer of stream {self.stream_name!r}>"

    @property
    def resets(self) -> int:
        return self._ordered.resets

    async def delete(self) -> None:
        """Have no consumer wait on the server for the next read, which makes another one then.

        Raises Error while somebody reads.
        """
        if self._ordered.reader is not None and not self._ordered.reader.give_way():
            raise Error("an ordered consumer is not deleted while it is read")
        self._ordered.leave()

    @property
    def last_seq(self) -> int | None:
        """Stream sequence of the last message that came; None before the first."""
        return self._ordered.stream_seq
