"""Pull subscriptions: messages come when they are asked for.

A pull is a request to the consumer whose reply subject is a fresh one under the inbox of the
subscription. Messages arrive there under the subject they are stored with, so nothing tells which
pull they belong to, nor does it matter: whoever fetches next takes them. Statuses ("no messages",
"expired") arrive under the reply subject itself, so each ends its own pull and no later one.
"""

from __future__ import annotations

import asyncio
import builtins
import json
import math
from itertools import count, islice
from typing import TYPE_CHECKING, Any

from natstui.client.aio.subscription import Subscription
from natstui.client.errors import Error, TimeoutError
from natstui.client.js import api
from natstui.client.js.api import Header
from natstui.client.js.errors import APIError, FetchTimeoutError, ServiceUnavailableError
from natstui.client.js.requester import checked_count, checked_lifetime, checked_seconds
from natstui.client.js.share import Share
from natstui.client.js.status import description, header, status_error, without_statuses

if TYPE_CHECKING:
    from natstui.client.aio.client import Client
    from natstui.client.aio.msg import Msg
    from natstui.client.js.client import JetStreamContext

# The server ends a pull this much before the caller stops waiting, so that none is left behind.
MARGIN = 0.05  # seconds, at most a tenth of the timeout
PAUSE_BEFORE_REPEAT = 0.1  # seconds, while the consumer has no leader
MOST_REPEATS = 100  # of a pull that nobody answers, though one was answered a moment ago
FEW_REPEATS = 5  # of the first one: in a cluster, a new consumer is not heard of everywhere

# A consumer forgets its pulls when it moves to another server. Who waits for long listens for
# heartbeats, to find out.
PATIENCE = 10.0  # seconds that are waited without
HEARTBEAT = 5.0  # seconds
LONGEST_PULL = 30.0  # seconds, of who waits for ever

# Conflicts that end a pull as it should, or that are no fault of the request.
ENDED = "batch completed"
INTERRUPTED = ("leadership change", "server shutdown")


class Pull:
    """What is known of one pull request."""

    __slots__ = ("ended", "error", "interrupted", "wrong_pin")

    def __init__(self) -> None:
        self.ended = False
        self.interrupted = False  # may be asked again
        self.wrong_pin = False
        self.error: APIError | None = None

    def hear(self, status: Msg) -> None:
        """Take what the server says of this pull."""
        code, words = status.status, description(status).lower()
        if code == 100:
            return
        self.ended = True
        if code == 423:
            self.interrupted = self.wrong_pin = True
        elif code == 409 and words.startswith(INTERRUPTED):
            self.interrupted = True
        elif code not in (404, 408) and words != ENDED:
            self.error = status_error(status)

    def interrupt(self) -> None:
        """The server has forgotten it: the connection is a new one."""
        self.ended = self.interrupted = True


class PullInbox(Subscription):
    """Where the messages and statuses of a pull subscription arrive; begins with the first pull."""

    _silent = True

    def __init__(self, conn: Client, prefix: str, msgs_limit: int, bytes_limit: int) -> None:
        super().__init__(
            conn,
            subject=f"{prefix}.*",
            pending_msgs_limit=msgs_limit,
            pending_bytes_limit=bytes_limit,
        )
        self._prefix = prefix
        self._tokens = count(1)
        self._pulls: dict[str, Pull] = {}

    def open_pull(self) -> tuple[str, Pull]:
        """A new pull and the reply subject to ask with."""
        reply = f"{self._prefix}.{next(self._tokens)}"
        self._pulls[reply] = pull = Pull()
        return reply, pull

    def close_pull(self, reply: str) -> None:
        """Nobody listens to statuses of this pull any more."""
        del self._pulls[reply]

    def take(self, most: int) -> list[Msg]:
        """What has arrived, oldest first."""
        taken = list(islice(self._run, most))
        while len(taken) < most and self._advance():
            taken += islice(self._run, most - len(taken))
        return taken

    def give_back(self, messages: list[Msg]) -> None:
        """Put messages back in front of all others."""
        for run in (list(self._run), messages):
            size = sum(message.size for message in run)
            self._runs.appendleft((run, size))
            self._queued_msgs += len(run)
            self._queued_bytes += size
        self._run, self._run_size = iter(()), 0

    async def arrival(self, timeout: float | None) -> bool:
        """Wait until something has arrived; False if nothing has within `timeout` seconds.

        Raises ConnectionClosedError or BadSubscriptionError if nothing will.
        """
        if self._finished():
            self._check_usable()
        if timeout is None:
            await self._arrival()
            return True
        try:
            async with asyncio.timeout(timeout):
                await self._arrival()
        except builtins.TimeoutError:
            return False
        return True

    def _deliver(self, messages: list[Msg], size: int) -> None:
        messages, statuses = without_statuses(messages)
        for status in statuses:
            size -= status.size
            if pull := self._pulls.get(status.subject):
                pull.hear(status)
        super()._deliver(messages, size)

    def _resumed(self) -> None:
        for pull in self._pulls.values():
            pull.interrupt()
        self._wake()


class PullSubscription:
    """PullSubscription is a subscription that can fetch messages.

    Made by `JetStreamContext.pull_subscribe` and `pull_subscribe_bind`.
    """

    def __init__(
        self, js: JetStreamContext, sub: PullInbox, stream: str, consumer: str, deliver: bytes
    ) -> None:
        self._js = js
        self._sub = sub
        self._stream = stream
        self._consumer = consumer
        self._deliver = deliver
        self._subject = f"{js._prefix}.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self._pins: dict[str, str] = {}

    @property
    def pending_msgs(self) -> int:
        """Number of delivered messages by the NATS Server that are being buffered here."""
        return self._sub.pending_msgs

    @property
    def pending_bytes(self) -> int:
        """Size of data sent by the NATS Server that is being buffered here."""
        return self._sub.pending_bytes

    @property
    def delivered(self) -> int:
        """Number of delivered messages to this subscription so far."""
        return self._sub.delivered

    async def unsubscribe(self) -> None:
        """unsubscribe destroys the inboxes of the pull subscription.

        It cannot receive messages any more; the consumer stays. Raises ValueError the second time.
        """
        if self._sub._closed:
            raise ValueError("nats: invalid pull subscription: it was unsubscribed")
        await self._sub.unsubscribe()

    async def consumer_info(self) -> api.ConsumerInfo:
        """consumer_info gets the current info of the consumer from this subscription."""
        return await self._js.consumer_info(self._stream, self._consumer)

    async def fetch(
        self,
        batch: int = 1,
        timeout: float | None = 5,
        *,
        heartbeat: float | None = None,
        no_wait: bool = False,
        max_bytes: int | None = None,
        group: str | None = None,
        min_pending: int | None = None,
        min_ack_pending: int | None = None,
        priority: int | None = None,
    ) -> list[Msg]:
        """fetch makes a request to JetStream to be delivered a set of messages.

        Up to `batch` messages: those that are there; if there is none, those that arrive within
        `timeout` seconds. With None, it waits for the first one for as long as it takes. With
        `no_wait` it does not wait, and the list may be empty.

        `heartbeat`: seconds between signs of life from the server, at most half of the timeout.
        `max_bytes` ends a batch early. `group`, `min_pending`, `min_ack_pending` and `priority`
        are those of a consumer with priority groups (ADR-42).

        Raises ValueError for what is no number of messages or bytes and no time, TimeoutError if
        there was no message, FetchTimeoutError if heartbeats are missing, ApiLevelError if the
        server is too old for priority groups, NotFoundError and other APIErrors in the server's
        words, ServiceUnavailableError if the consumer is gone.
        """
        checked_count("batch", batch)
        if timeout is not None and checked_seconds("timeout", timeout) == math.inf:
            timeout = None
        if heartbeat:
            checked_lifetime("heartbeat", heartbeat)
        share = Share(group or None, min_pending or None, min_ack_pending or None, priority or None)
        limits = share.body()
        if max_bytes is not None:
            limits["max_bytes"] = checked_count("max_bytes", max_bytes)
        headers = self._js._level_header(share.level)
        got = self._sub.take(batch)
        if len(got) == batch:
            return got
        request = _Request(got, batch, heartbeat, limits, headers)
        try:
            async with asyncio.timeout(timeout):
                await self._fill(request, timeout, no_wait)
        except asyncio.CancelledError:
            self._sub.give_back(got)
            raise
        except Error:
            if not got:
                raise
        except builtins.TimeoutError:
            pass
        if not got and not no_wait:
            raise TimeoutError()
        return got

    async def _fill(self, request: _Request, timeout: float | None, no_wait: bool) -> None:
        if request.batch > 1 or no_wait:
            await self._pull(request)
        if request.got or no_wait:
            return
        now = asyncio.get_running_loop().time
        if timeout is not None:
            await self._pull(request, now() + timeout)
            return
        # One message after all the time it takes, then what else is there.
        while not request.got:
            await self._pull(request.first(), now() + LONGEST_PULL)
        if request.missing:
            await self._pull(request)

    async def _pull(self, request: _Request, deadline: float | None = None) -> None:
        """Ask for what is missing, until the server says that this was it.

        Without a deadline, ask for what is there.
        """
        answered = False
        for repeat in count():
            pull = await self._pull_once(request, deadline)
            self._remember_pin(request, pull)
            # A consumer that was there a moment ago is between two leaders.
            patience = MOST_REPEATS if answered else FEW_REPEATS
            absent = isinstance(pull.error, ServiceUnavailableError) and repeat < patience
            answered = answered or not absent
            if not (request.missing and (pull.interrupted or absent)):
                if pull.error is not None and not request.got:
                    raise pull.error
                return
            if not pull.wrong_pin:
                await asyncio.sleep(PAUSE_BEFORE_REPEAT)

    async def _pull_once(self, request: _Request, deadline: float | None) -> Pull:
        inbox = self._sub
        body = _PullBody(request, deadline, self._pins)
        reply, pull = inbox.open_pull()
        try:
            await self._js._nc._publish_for(
                inbox, self._subject, body.encode(), reply, request.headers
            )
            while True:
                request.got += inbox.take(request.missing)
                if pull.ended or not request.missing:
                    return pull
                if not await inbox.arrival(2 * body.heartbeat if body.heartbeat else None):
                    self._on_silence(request, pull)
        finally:
            inbox.close_pull(reply)

    def _on_silence(self, request: _Request, pull: Pull) -> None:
        if request.heartbeat:
            raise FetchTimeoutError(
                f"nats: consumer {self._consumer!r} sends neither messages nor heartbeats"
            )
        pull.interrupt()

    def _remember_pin(self, request: _Request, pull: Pull) -> None:
        group = request.limits.get("group")
        if group is None:
            return
        if pull.wrong_pin:
            self._pins.pop(group, None)
        for message in request.got:
            if pin := header(message, Header.PIN_ID):
                self._pins[group] = pin


class _Request:
    """A fetch: what it wants and what it has got."""

    __slots__ = ("batch", "got", "headers", "heartbeat", "limits")

    def __init__(
        self,
        got: list[Msg],
        batch: int,
        heartbeat: float | None,
        limits: dict[str, Any],
        headers: dict[str, str] | None,
    ) -> None:
        self.got = got
        self.batch = batch
        self.heartbeat = heartbeat
        self.limits = limits
        self.headers = headers

    @property
    def missing(self) -> int:
        return self.batch - len(self.got)

    def first(self) -> _Request:
        """The same, for one message."""
        return _Request(self.got, 1, self.heartbeat, self.limits, self.headers)


class _PullBody:
    """What a pull says to the consumer. `deadline` is a time of the event loop."""

    def __init__(self, request: _Request, deadline: float | None, pins: dict[str, str]) -> None:
        self.heartbeat: float | None = None
        self._body: dict[str, Any] = {"batch": request.missing, **request.limits}
        if deadline is None:
            self._body["no_wait"] = True
        else:
            self._wait(request, max(deadline - asyncio.get_running_loop().time(), 0.001))
        if pin := pins.get(request.limits.get("group", "")):
            self._body["id"] = pin

    def _wait(self, request: _Request, left: float) -> None:
        expires = left - min(MARGIN, left / 10)
        self._body["expires"] = api.to_ns(expires)
        self.heartbeat = request.heartbeat or (HEARTBEAT if expires > PATIENCE else None)
        if self.heartbeat:
            self._body["idle_heartbeat"] = api.to_ns(self.heartbeat)

    def encode(self) -> bytes:
        return json.dumps(self._body, separators=(",", ":")).encode()
