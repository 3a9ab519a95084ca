"""Watching what a stream holds: first what is there, then what comes.

Between the two stands one mark. Where it belongs is counted: the server says how many messages a
new consumer has to give, and so many have to arrive. (What each message says is still to come is
not a count to build on: it passes zero too early while others publish.) Messages that are removed
before they were sent never arrive; then it is a heartbeat that says that nothing is left.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

from natstui.client.aio.msg import Msg
from natstui.client.errors import BadSubscriptionError, ConnectionClosedError
from natstui.client.js.api import DeliverPolicy, Header
from natstui.client.js.errors import NotFoundError
from natstui.client.js.ordered import OrderedSubscription, ordered_config
from natstui.client.js.push import total_size
from natstui.client.js.status import header

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable
    from types import TracebackType
    from typing import Self

    from natstui.client.js import api
    from natstui.client.js.client import JetStreamContext

T = TypeVar("T")

PENDING_MSGS_LIMIT = 512 * 1024
PENDING_BYTES_LIMIT = 64 * 1024 * 1024

#: Stands in the queue where the initial set ends.
MARK = Msg(None)


class WatchSubscription(OrderedSubscription):
    """An ordered subscription with a MARK behind what its consumer had to give when it was made.

    With `DeliverPolicy.NEW` the mark comes first. `once`: for readers who only want what is there;
    they get an error when the stream is gone, where others wait for it to come back.
    """

    def __init__(
        self, js: JetStreamContext, stream: str, config: api.ConsumerConfig, *, once: bool = False
    ) -> None:
        super().__init__(
            js, stream, ordered_config(config), None, PENDING_MSGS_LIMIT, PENDING_BYTES_LIMIT
        )
        self._once = once
        self._complete = False
        self._expected: int | None = None  # messages of the initial set; None: not known yet
        self._early: list[tuple[list[Msg], int]] = []  # what came before that was known
        if config.deliver_policy == DeliverPolicy.NEW:
            self._mark()

    async def open(self) -> Self:
        """Subscribe and create the consumer. Raises what `add_consumer` does."""
        self._conn._open(self)
        try:
            await self.begin()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End it, if it has not ended, and forget what was not taken."""
        if not self._closed:
            self._conn._unsubscribe(self, 0)
        self._runs.clear()
        self._run = iter(())
        self._queued_msgs = self._queued_bytes = 0

    async def initial(self) -> AsyncGenerator[list[Msg], None]:
        """The initial set, in the runs that it arrives in; stops the subscription at its end.

        A message may come twice when the consumer had to be replaced. Raises ConnectionClosedError
        and, with `once`, NotFoundError.
        """
        try:
            while True:
                run = list(self._run)
                if run and run[-1] is MARK:
                    return
                if run:
                    yield run
                elif not self._advance():
                    if self._finished():
                        self._check_usable()
                    await self._arrival()
        finally:
            self.stop()

    # Where the mark belongs.

    async def _create(self) -> api.ConsumerInfo:
        self._expected = None
        self._early.clear()
        info = await super()._create()
        given = info.delivered.consumer_seq if info.delivered else 0
        self._expected = given + (info.num_pending or 0)
        early, self._early = self._early, []
        for messages, size in early:
            self._accept(messages, size)
        self._check_complete()
        return info

    def _accept(self, messages: list[Msg], size: int) -> None:
        if not self._consumer or not messages:
            return
        if self._complete:
            super()._accept(messages, size)
        elif self._expected is None:
            self._early.append((messages, size))
        else:
            missing = self._expected - self._consumer_seq
            initial, rest = messages[:missing], messages[missing:]
            super()._accept(initial, total_size(initial) if rest else size)
            self._check_complete()
            self._accept(rest, total_size(rest))

    def _check_complete(self) -> None:
        if self._consumer and not self._complete and self._consumer_seq == self._expected:
            self._mark()

    def _mark(self) -> None:
        self._complete = True
        self._runs.append(([MARK], 0))
        self._queued_msgs += 1
        self._wake()

    def _on_heartbeat(self, message: Msg) -> None:
        super()._on_heartbeat(message)
        if self._complete or self._expected is None or header(message, Header.CONSUMER_STALLED):
            return
        if header(message, Header.LAST_CONSUMER) == str(self._consumer_seq):
            self._mark()

    def _compare(self, sent: int) -> None:
        if not self._early:
            super()._compare(sent)

    # Replacements.

    def _next_config(self) -> api.ConsumerConfig:
        if self.info is None:
            return self._config
        if not self._complete and self._config.deliver_policy == DeliverPolicy.LAST_PER_SUBJECT:
            # From the start: in the middle, not every message is the last of its subject.
            return self._config
        if self._config.deliver_policy == DeliverPolicy.BY_START_SEQUENCE and not self._stream_seq:
            return self._config
        return self._config_behind(self._stream_seq)

    def _not_replaced(self, error: Exception) -> None:
        if self._once and isinstance(error, NotFoundError):
            self._error = error
            self._conn._unsubscribe(self, 0)
        else:
            super()._not_replaced(error)


class Watcher(Generic[T]):
    """Gives what is there, then one None, then what comes, until it is stopped.

    Iterate over it with `async for`, also several times in a row, each going on where the one
    before has ended; or await `updates`. It goes on after the connection was lost, and after its
    consumer was: nothing is left out, nothing comes twice.
    """

    def __init__(self, sub: WatchSubscription, read: Callable[[Msg], T | None]) -> None:
        self._sub = sub
        self._read = read  # None: not for this watcher

    async def updates(self, timeout: float | None = 5.0) -> T | None:
        """The next update; None where everything that was there has been given.

        Waits `timeout` seconds (None: for ever), then raises TimeoutError. Raises
        ConnectionClosedError, BadSubscriptionError when the watcher was stopped.
        """
        loop = asyncio.get_running_loop()
        deadline = None if timeout is None else loop.time() + timeout
        while True:
            left = None if deadline is None else max(deadline - loop.time(), 0)
            message = await self._sub.next_msg(left)
            if message is MARK:
                return None
            if (update := self._read(message)) is not None:
                return update

    async def stop(self) -> None:
        """End it: iterating ends, and what was not taken is forgotten. Does nothing if it has."""
        self._sub.stop()

    def __aiter__(self) -> AsyncIterator[T | None]:
        return self._iterate()

    async def _iterate(self) -> AsyncIterator[T | None]:
        async for message in self._sub.messages:
            if message is MARK:
                yield None
            elif (update := self._read(message)) is not None:
                yield update

    async def __anext__(self) -> T | None:
        try:
            return await self.updates(None)
        except (BadSubscriptionError, ConnectionClosedError):
            raise StopAsyncIteration from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._sub.stop()
