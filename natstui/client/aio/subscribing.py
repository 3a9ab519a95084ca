"""The part of the client that subscribes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any

from ..errors import ConnectionDrainingError, Error
from ..notifier import Notifier
from ..nuid import NUID
from ..options import is_coroutine_callable
from ..protocol.headers import HeadersLike
from ..protocol.subjects import check_queue, check_subscribe_subject
from .msg import Msg
from .publishing import Publishing
from .subscription import (
    DEFAULT_SUB_PENDING_BYTES_LIMIT,
    DEFAULT_SUB_PENDING_MSGS_LIMIT,
    Hook,
    MsgCallback,
    Subscription,
)


class Subscribing(Publishing):
    """Keeps the subscriptions, tells the server of them, and runs their callbacks."""

    _nuid: NUID
    _inbox_prefix: str
    _notifier: Notifier
    _subs: dict[int, Subscription]
    _next_sid: int
    # What runs the callback of a subscription, or waits for such (None): ends with the client.
    _tasks: dict[asyncio.Task[None], Subscription | None]

    async def subscribe(
        self,
        subject: str,
        queue: str = "",
        cb: MsgCallback | None = None,
        future: asyncio.Future[Msg] | None = None,
        max_msgs: int = 0,
        pending_msgs_limit: int = DEFAULT_SUB_PENDING_MSGS_LIMIT,
        pending_bytes_limit: int = DEFAULT_SUB_PENDING_BYTES_LIMIT,
        *,
        hook: Hook | None = None,
        concurrency: int = 1,
    ) -> Subscription:
        """Register interest in a subject, wildcards allowed.

        With `cb`, a coroutine function, messages are given to it one after another, in order;
        with `concurrency`, so many at once, each as soon as one before it is done with.
        With `hook`, a plain function, they are given to it inside the read, at the rate they
        arrive: it must do next to nothing, such as append to a list. With `future`, the first
        message is its result. With none of them, iterate over `Subscription.messages` or await
        `next_msg`. An exception of `cb` or `hook` goes to `error_cb`.

        `max_msgs` ends it after so many messages. Messages beyond one of the pending limits
        (0 or less: no limit; not for hooks, where nothing is pending) are dropped, counted in
        `Subscription.dropped`, and reported as SlowConsumerError once an episode.

        Raises BadSubjectError, ConnectionClosedError, ConnectionDrainingError, Error when `cb` is
        not a coroutine function.
        """
        check_subscribe_subject(subject)
        if queue:
            check_queue(queue)
        if cb is not None and not is_coroutine_callable(cb):
            raise Error("nats: must use coroutine for subscriptions (async def)")
        if hook is not None and is_coroutine_callable(hook):
            raise Error("nats: a hook is a plain function; pass coroutine functions as cb")
        if sum(taker is not None for taker in (cb, future, hook)) > 1:
            raise Error("nats: cb, future and hook exclude each other")
        if concurrency < 1 or (concurrency > 1 and cb is None):
            raise Error(f"nats: a concurrency of {concurrency}: it is how often cb may run at once")
        sub = Subscription(
            self,
            0,
            subject,
            queue,
            cb,
            future,
            max_msgs,
            pending_msgs_limit,
            pending_bytes_limit,
            hook=hook,
            concurrency=concurrency,
        )
        self._open(sub)
        return sub

    def _open(self, sub: Subscription) -> None:
        """Begin a subscription: give it an id, and tell the server of it."""
        self._live()
        if self.is_draining:
            raise ConnectionDrainingError()
        self._register(sub)
        sub._start()

    def _register(self, sub: Subscription) -> None:
        sub._id = self._next_sid
        self._next_sid += 1
        self._subs[sub._id] = sub
        self._write_sub(sub)

    def _write_sub(self, sub: Subscription) -> None:
        connection = self._connection
        if connection is None or sub._silent:
            return  # `resume` will, or `_announce`
        connection.parser.add_route(sub._id, sub, repeats=sub._repeats)
        self._outbox.command(self._sub_line(sub._subject, sub._queue, sub._id))
        if sub._max_msgs:
            self._write_unsub(sub, sub._max_msgs)

    def _announce(self, sub: Subscription) -> None:
        """Tell the server of a subscription, if it does not know of it."""
        if sub._silent:
            sub._silent = False
            self._write_sub(sub)

    async def _publish_for(
        self,
        sub: Subscription,
        subject: str,
        payload: bytes,
        reply: str,
        headers: HeadersLike | None = None,
    ) -> None:
        """Publish what is answered to `sub`, which begins with it if it has not begun."""
        self._send(subject, payload, reply, headers, partial(self._announce, sub))
        if self._outbox.full:
            await self._outbox.relieve()

    def _write_unsub(self, sub: Subscription, limit: int) -> None:
        if sub._silent:
            return
        line = f"UNSUB {sub._id} {limit}" if limit else f"UNSUB {sub._id}"
        self._outbox.command(line.encode())

    def _unsubscribe(self, sub: Subscription, limit: int) -> None:
        """End the subscription now, or once it has received `limit` messages in total."""
        if limit > sub._received:
            sub._max_msgs = limit
            self._write_unsub(sub, limit)
            return
        self._write_unsub(sub, 0)
        self._forget(sub)
        sub._end()

    def _forget(self, sub: Subscription) -> None:
        self._subs.pop(sub._id, None)
        if self._connection is not None:
            self._connection.parser.remove_route(sub._id)

    @staticmethod
    def _sub_line(subject: str, queue: str, sid: int) -> bytes:
        return f"SUB {subject} {queue} {sid}".encode() if queue else f"SUB {subject} {sid}".encode()

    def new_inbox(self) -> str:
        """A subject that nobody else uses: `<inbox_prefix>.<22 characters>`."""
        return f"{self._inbox_prefix}.{self._nuid.next().decode()}"

    # Callbacks.

    def _own(
        self, work: Coroutine[Any, Any, None], name: str, sub: Subscription | None = None
    ) -> asyncio.Task[None]:
        """Run it in a task that ends with the client."""
        task = self._loop.create_task(work, name=name)
        self._tasks[task] = sub
        task.add_done_callback(self._tasks.pop)
        return task

    def is_own_task(self) -> bool:
        """Whether the caller is one of the client's callbacks."""
        task = asyncio.current_task()
        return task in self._tasks or self._notifier.is_running_in(task)

    def _report(self, error: Exception) -> None:
        if self._life is not None:
            self._life.report(error)
