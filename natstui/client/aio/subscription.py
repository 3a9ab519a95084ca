"""A subscription: interest in a subject, and the messages that wait to be taken.

Messages arrive in runs (everything for this subscription that one read held, see
`protocol.events.Delivery`) and are kept as runs. Whoever takes them, a callback, an iterator or
`next_msg`, goes through one run after another; so a wake-up is paid once a run, and nothing but
the message itself is touched once a message. A message leaves its run only when it is handed to
somebody who did not go away, so a cancelled wait loses none.
"""

from __future__ import annotations

import asyncio
import builtins
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from copy import copy
from operator import length_hint
from typing import TYPE_CHECKING

from ..errors import (
    BadSubscriptionError,
    ConnectionClosedError,
    ConnectionDrainingError,
    DrainTimeoutError,
    Error,
    SlowConsumerError,
    TimeoutError,
)
from ..tasks import being_cancelled
from .msg import Msg

if TYPE_CHECKING:
    from .subscribing import Subscribing

DEFAULT_SUB_PENDING_MSGS_LIMIT = 512 * 1024
DEFAULT_SUB_PENDING_BYTES_LIMIT = 128 * 1024 * 1024
_TAKEN_BEFORE_YIELD = 2048  # messages; a flood must not keep timers and other tasks waiting

Hook = Callable[[Msg], None]
MsgCallback = Callable[[Msg], Awaitable[None]]


class Subscription:
    """Interest in a subject; made by `Client.subscribe`.

    Async-iterate `messages`, await `next_msg`, or have a callback called; one of the three.
    `dropped` counts the messages that came when a pending limit was reached.
    """

    _repeats = True  # whether subjects come more than once; replies do not
    # Whether the server is not to be told of it yet, but with the first message that is answered
    # here: before the publish guard was asked for that, nothing may be written.
    _silent = False

    def __init__(
        self,
        conn: Subscribing,
        id: int = 0,
        subject: str = "",
        queue: str = "",
        cb: MsgCallback | None = None,
        future: asyncio.Future[Msg] | None = None,
        max_msgs: int = 0,
        pending_msgs_limit: int = DEFAULT_SUB_PENDING_MSGS_LIMIT,
        pending_bytes_limit: int = DEFAULT_SUB_PENDING_BYTES_LIMIT,
        *,
        hook: Hook | None = None,
        concurrency: int = 1,
    ) -> None:
        self._conn = conn
        self._id = id
        self._subject = subject
        self._queue = queue
        self._cb = cb
        self._future = future
        self._hook = hook
        self._concurrency = concurrency
        self._max_msgs = max_msgs
        self._msgs_limit = pending_msgs_limit if pending_msgs_limit > 0 else sys.maxsize
        self._bytes_limit = pending_bytes_limit if pending_bytes_limit > 0 else sys.maxsize
        self._received = 0
        self.dropped = 0
        self._runs: deque[tuple[list[Msg], int]] = deque()
        self._run: Iterator[Msg] = iter(())  # the run that is being taken from
        self._run_size = 0  # all its bytes, taken or not
        self._queued_msgs = 0  # in the runs behind it
        self._queued_bytes = 0
        self._taken = 0  # by next_msg, since it last let others run
        self._slow = False
        self._closed = False
        self._draining = False
        self._error: Exception | None = None
        self._waiters: list[asyncio.Future[None]] = []
        self._tasks: list[asyncio.Task[None]] = []  # which the callback runs in
        self._drainer: asyncio.Future[None] | None = None  # done when nothing is left to take
        self._taker: asyncio.Task[object] | None = None  # who takes messages, as far as is known
        self._pulled = cb is None and future is None and hook is None
        self.deliver = self._choose_delivery()

    # What a user sees.

    @property
    def subject(self) -> str:
        """The subject, wildcards included."""
        return self._subject

    @property
    def queue(self) -> str:
        """The queue group; `""` when it is in none."""
        return self._queue

    @property
    def pending_msgs(self) -> int:
        """Messages that arrived and were not taken yet."""
        return self._queued_msgs + length_hint(self._run)

    @property
    def pending_bytes(self) -> int:
        """Bytes (headers and payload) that arrived and were not taken yet."""
        return self._queued_bytes + sum(message.size for message in copy(self._run))

    @property
    def delivered(self) -> int:
        """Messages that this subscription got from the server so far."""
        return self._received

    @property
    def messages(self) -> AsyncIterator[Msg]:
        """The messages as an async iterator, which ends when the subscription does.

        A wait for the next one that is cancelled ends nothing; the iterator can be used further.
        Raises Error when the messages go to a callback or a future.
        """
        self._check_pulled("iterate over its messages")
        return _Messages(self)

    def __aiter__(self) -> AsyncIterator[Msg]:
        return self.messages

    async def next_msg(self, timeout: float | None = 1.0) -> Msg:
        """The next message, waiting `timeout` seconds for it; None waits for ever.

        Raises TimeoutError; ConnectionClosedError or BadSubscriptionError when there will be no
        further message; the server's error when it refused the subscription; Error when the
        messages go to a callback.
        """
        if not self._pulled:
            self._check_pulled("wait for its next message")
        message = next(self._run, None)
        if message is None and self._advance():
            self._taken += length_hint(self._run)
            if self._taken > _TAKEN_BEFORE_YIELD:
                self._taken = 0
                await asyncio.sleep(0)
            message = next(self._run, None)
        if message is None:
            message = await self._wait_for_next(timeout)
        if self._drainer is not None:
            self._check_emptied()
        return message

    async def unsubscribe(self, limit: int = 0) -> None:
        """End the interest: at once, or after `limit` messages in total.

        What has arrived already can still be taken. Raises ConnectionClosedError,
        ConnectionDrainingError, BadSubscriptionError when it has ended before.
        """
        self._check_usable()
        if self._conn.is_draining:
            raise ConnectionDrainingError()
        self._conn._unsubscribe(self, limit)

    async def drain(self) -> None:
        """End the interest, and return when everything that had arrived was taken.

        The wait is bounded by the client's `drain_timeout`; running into it reports
        DrainTimeoutError. From within the subscription's own callback, and in the task that
        iterates or awaits `next_msg`, it returns before the messages behind the current one are
        taken; they still can be.
        Raises what `unsubscribe` raises.
        """
        self._check_usable()
        if self._conn.is_draining or self._draining:
            raise ConnectionDrainingError()
        await self._drain(self._conn._options.drain_timeout, asyncio.current_task())

    async def __aenter__(self) -> Subscription:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        if not (self._closed or self._conn.is_closed):
            self._conn._unsubscribe(self, 0)

    def __repr__(self) -> str:
        return f"<Subscription {self._id} {self._subject!r} received={self._received}>"

    def _check_usable(self) -> None:
        if self._conn.is_closed:
            raise ConnectionClosedError()
        if self._closed:
            raise BadSubscriptionError()

    def _check_pulled(self, what: str) -> None:
        if not self._pulled:
            taker = "callback" if self._cb else "future" if self._future else "hook"
            raise Error(f"nats: cannot {what}: the subscription has a {taker}")

    # Arrival: called by the connection, once a run.

    def _choose_delivery(self) -> Callable[[list[Msg], int], None]:
        if self._hook is not None:
            return self._deliver_to_hook
        if self._future is not None:
            return self._deliver_to_future
        return self._deliver

    def _deliver(self, messages: list[Msg], size: int) -> None:
        self._received += len(messages)
        if self._max_msgs and self._received >= self._max_msgs:
            messages, size = self._take_last(messages, size)
        if self._slow and self._caught_up():
            self._slow = False
        if (
            self.pending_msgs + len(messages) > self._msgs_limit
            or self._queued_bytes + self._run_size + size > self._bytes_limit
        ):
            messages, size = self._shed(messages)
        if messages:
            self._runs.append((messages, size))
            self._queued_msgs += len(messages)
            self._queued_bytes += size
        self._wake()

    def _deliver_to_hook(self, messages: list[Msg], size: int) -> None:
        self._received += len(messages)
        if self._max_msgs and self._received >= self._max_msgs:
            messages, _ = self._take_last(messages, size)
        hook = self._hook
        assert hook is not None
        rest = iter(messages)
        while True:
            try:
                for message in rest:
                    hook(message)
            except Exception as error:  # the hook's own; the messages behind it go on
                self._conn._report(error)
            else:
                return

    def _deliver_to_future(self, messages: list[Msg], size: int) -> None:
        self._received += len(messages)
        assert self._future is not None
        if not self._future.done():
            self._future.set_result(messages[0])
        self._conn._unsubscribe(self, 0)

    def _take_last(self, messages: list[Msg], size: int) -> tuple[list[Msg], int]:
        """`max_msgs` is reached: cut off what is beyond it, and end."""
        beyond = self._received - self._max_msgs
        # The server does not count what it says itself ("503 No Responders") and would go on.
        self._conn._write_unsub(self, 0)
        self._conn._forget(self)
        self._end()
        if not beyond:
            return messages, size
        self._received = self._max_msgs
        messages = messages[:-beyond]
        return messages, sum(message.size for message in messages)

    def _caught_up(self) -> bool:
        """Whether so little is pending that the next drop is worth another word."""
        return (
            self.pending_msgs <= self._msgs_limit // 2
            and self.pending_bytes <= self._bytes_limit // 2
        )

    def _shed(self, messages: list[Msg]) -> tuple[list[Msg], int]:
        """Keep what is within the limits, drop the newest, say so once an episode."""
        room_msgs = self._msgs_limit - self.pending_msgs
        room_bytes = self._bytes_limit - self.pending_bytes
        size = kept = 0
        for message in messages[: max(room_msgs, 0)]:
            if size + message.size > room_bytes:
                break
            size += message.size
            kept += 1
        lost = messages[kept:]
        if lost:
            self.dropped += len(lost)
            if not self._slow:
                self._slow = True
                first = lost[0]
                self._conn._report(
                    SlowConsumerError(first.subject, first.reply, sid=self._id, sub=self)
                )
        return messages[:kept], size

    # Taking.

    def _advance(self) -> bool:
        """Go to the next run; False when none is there."""
        if length_hint(self._run):
            return True  # somebody else who takes messages has gone there already
        if not self._runs:
            self._run_size = 0
            return False
        messages, size = self._runs.popleft()
        self._queued_msgs -= len(messages)
        self._queued_bytes -= size
        self._run_size = size
        self._run = iter(messages)
        self._taker = asyncio.current_task()
        return True

    async def _call_back(self) -> None:
        """What the tasks of a subscription with a callback do; usually that is one."""
        cb = self._cb
        assert cb is not None
        taken = 0
        while True:
            for message in self._run:
                try:
                    await cb(message)
                except asyncio.CancelledError:
                    if being_cancelled():
                        raise
                    # Something that the callback awaited was cancelled: its own affair.
                except Exception as error:  # the callback's own; the messages behind it go on
                    self._conn._report(error)
            if not self._advance():
                if self._closed:
                    return
                await self._arrival()
                taken = 0
                continue
            taken += length_hint(self._run)
            if taken > _TAKEN_BEFORE_YIELD:
                taken = 0
                await asyncio.sleep(0)

    def _finished(self) -> bool:
        """Whether no message will come. Raises the server's refusal, if that is why."""
        self._check_emptied()
        if self._error is not None:
            raise self._error
        return self._closed

    async def _wait_for_next(self, timeout: float | None) -> Msg:
        try:
            async with asyncio.timeout(timeout):
                while True:
                    for message in self._run:
                        return message
                    if not self._advance():
                        if self._finished():
                            self._check_usable()
                        await self._arrival()
        except Error:
            raise
        except builtins.TimeoutError:
            raise TimeoutError() from None

    async def _arrival(self) -> None:
        """Wait until something may have changed."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    def _wake(self) -> None:
        if self._waiters:
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    # The end.

    def _start(self) -> None:
        if self._cb is not None:
            self._tasks = [
                self._conn._own(self._call_back(), f"nats-subscription-{self._id}", self)
                for _ in range(self._concurrency)
            ]

    def _resumed(self) -> None:
        """The connection is a new one, and the server knows of this subscription again."""

    def _end(self, error: Error | None = None) -> None:
        """No further message will arrive."""
        self._closed = True
        self._error = self._error or error
        future = self._future
        if future is not None and not future.done():
            closed = ConnectionClosedError if self._conn.is_closed else BadSubscriptionError
            future.set_exception(self._error or closed())
            future.exception()  # whoever waits sees it; nobody may be waiting
        self._wake()

    def _discard(self) -> None:
        """Forget what has arrived and was not taken."""
        self._runs.clear()
        self._queued_msgs = self._queued_bytes = 0
        deque(self._run, maxlen=0)  # the callback's loop goes through this very iterator

    async def _drain(self, timeout: float, by: asyncio.Task[object] | None) -> None:
        """`by`: the task that waits for it, and takes nothing meanwhile."""
        deadline = self._conn._loop.time() + timeout
        self._draining = True
        self._conn._write_unsub(self, 0)
        try:
            await self._conn._flush_link(timeout)
        finally:
            self._conn._forget(self)
            self._end()
        await self._emptied(deadline - self._conn._loop.time(), by)

    async def _emptied(self, timeout: float, by: asyncio.Task[object] | None) -> None:
        """Wait until everything was taken by others than the task `by`."""
        waits_for: Sequence[asyncio.Future[None]]
        if self._tasks:
            if by in self._tasks:
                return
            waits_for = self._tasks
        elif self._pulled and self.pending_msgs and by is not self._taker:
            self._drainer = asyncio.get_running_loop().create_future()
            waits_for = [self._drainer]
        else:
            return
        await asyncio.wait(waits_for, timeout=max(timeout, 0))
        self._drainer = None
        if not all(each.done() for each in waits_for):
            self._conn._report(
                DrainTimeoutError(
                    f"nats: {self.pending_msgs} messages of {self._subject!r} were not taken "
                    "within drain_timeout"
                )
            )

    def _check_emptied(self) -> None:
        if self._drainer is not None and not self._drainer.done() and not self.pending_msgs:
            self._drainer.set_result(None)


class _Messages:
    """Iterates over the messages of a subscription."""

    __slots__ = ("_run", "_sub", "_taken")

    def __init__(self, sub: Subscription) -> None:
        self._sub = sub
        self._run = sub._run  # the same iterator: who else takes from it does so here, too
        self._taken = 0

    def __aiter__(self) -> _Messages:
        return self

    async def __anext__(self) -> Msg:
        for message in self._run:
            return message
        return await self._next()

    async def _next(self) -> Msg:
        sub = self._sub
        while True:
            self._run = sub._run
            for message in self._run:
                return message
            if sub._advance():
                self._taken += length_hint(sub._run)
                if self._taken > _TAKEN_BEFORE_YIELD:
                    self._taken = 0
                    await asyncio.sleep(0)
            elif sub._finished():
                raise StopAsyncIteration
            else:
                await sub._arrival()
                self._taken = 0

    def __del__(self) -> None:
        self._sub._check_emptied()  # who iterates may leave with the last message
