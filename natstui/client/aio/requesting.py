"""The part of the client that asks and is answered."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial

from ..errors import BadSubscriptionError, ConnectionClosedError, NoRespondersError
from ..protocol.headers import HeadersLike
from ..request_many import Sentinel, request_many
from ..requests import ReplyInbox
from .msg import Msg
from .subscribing import Subscribing
from .subscription import Subscription

MUX_SID = 1
_REQUESTS_WRITTEN_AT_ONCE = 32  # pieces: sixteen requests; the server starts on them meanwhile


class Requesting(Subscribing):
    """Has one subscription for the answers to all requests, and others for those that want one."""

    _replies: ReplyInbox | None

    async def request(
        self,
        subject: str,
        payload: bytes = b"",
        timeout: float | None = 0.5,
        old_style: bool = False,
        headers: HeadersLike | None = None,
    ) -> Msg:
        """Publish with a reply subject and return the first message that comes there.

        `old_style` uses a subscription of its own instead of the one for all requests.
        `timeout` is in seconds; None waits for as long as the client is open.

        Raises NoRespondersError at once when nobody listens, TimeoutError, BadTimeoutError for NaN,
        ConnectionClosedError when the client is closed meanwhile, Error in the server's words when
        it does not permit the request or the reply, and what `publish` raises.
        """
        if old_style:
            message = await self._request_alone(subject, payload, timeout, headers)
        else:
            replies = self._replies or self._new_replies()
            reply, future = replies.expect(subject, timeout)
            try:
                if self._replies is None:
                    listen = partial(self._listen_for, replies)
                    self._send(subject, payload, reply, headers, listen)
                else:
                    # Alone, it is written at once; and of many that are made in one turn the
                    # first ones, so that the server has something to do meanwhile.
                    write_at = 2 if len(replies.waiting) == 1 else _REQUESTS_WRITTEN_AT_ONCE
                    self._send_with_reply(subject, payload, reply, headers, write_at)
                message = await future
            finally:
                replies.forget(reply)
        if message._head is not None and not message.data and message.status == 503:
            raise NoRespondersError(f"nats: nobody responds on {subject!r}")
        return message

    def request_many(
        self,
        subject: str,
        payload: bytes = b"",
        *,
        headers: HeadersLike | None = None,
        timeout: float | None = 0.5,
        stall: float | None = None,
        max_messages: int | None = None,
        sentinel: Sentinel | None = None,
    ) -> AsyncGenerator[Msg, None]:
        """Publish with a reply subject and iterate over all answers that come there (ADR-47).

            async for answer in client.request_many("prices", timeout=2, stall=0.2):
                ...

        It ends with whatever comes first: `timeout`, seconds from the request on (None: no limit);
        `stall`, seconds without a further answer after the first one; `max_messages`; the
        `sentinel`, which is not handed out: True stands for an empty payload, a function is called
        with each answer. That nothing came at all is no error.

        A message of the server itself (`Msg.status`), other than 503, is the last one.

        The request is sent when the iteration begins. Leaving the iteration ends the subscription
        that it stands on: at once when the generator is closed (`contextlib.aclosing`), in one of
        the next turns of the loop when it is dropped.

        Raises NoRespondersError when nobody listens, ConnectionClosedError when the client is
        closed meanwhile, BadTimeoutError for a timeout that is not positive, ValueError for a
        `max_messages` that is not, and what `publish` raises.
        """
        return request_many(self, subject, payload, headers, timeout, stall, max_messages, sentinel)

    # How the answers come.

    async def _request_for(
        self,
        sub: Subscription,
        subject: str,
        payload: bytes,
        timeout: float | None,
        headers: HeadersLike | None,
    ) -> Msg:
        """A request that brings more than its answer: to `sub`, which begins with it."""
        replies = self._replies or self._new_replies()
        reply, future = replies.expect(subject, timeout)

        def listen() -> None:
            if self._replies is None:
                self._listen_for(replies)
            self._announce(sub)

        try:
            self._send(subject, payload, reply, headers, listen)
            message = await future
        finally:
            replies.forget(reply)
        if message.status == 503 and not message.data:
            raise NoRespondersError(f"nats: nobody responds on {subject!r}")
        return message

    def _new_replies(self) -> ReplyInbox:
        self._live()
        return ReplyInbox(self.new_inbox())

    def _listen_for(self, replies: ReplyInbox) -> None:
        """Begin the subscription for all replies."""
        self._replies = replies
        connection = self._connection
        if connection is not None:
            connection.parser.add_route(MUX_SID, replies, repeats=False)
            self._outbox.command(self._sub_line(replies.subject, "", MUX_SID))

    async def _request_alone(
        self, subject: str, payload: bytes, timeout: float | None, headers: HeadersLike | None
    ) -> Msg:
        sub = self._ask(subject, payload, headers, max_msgs=1)
        try:
            if self._outbox.full:
                await self._outbox.relieve()
            return await sub.next_msg(timeout)
        except BadSubscriptionError:  # drained: the answer would be too late
            raise ConnectionClosedError() from None
        finally:
            if not sub._closed:
                self._unsubscribe(sub, 0)

    def _ask(
        self, subject: str, payload: bytes, headers: HeadersLike | None, max_msgs: int
    ) -> Subscription:
        """Put a request into the outbox, and give the subscription that its answers come by."""
        self._live()
        inbox = self.new_inbox()
        sub = Subscription(self, 0, inbox, max_msgs=max_msgs)
        self._send(subject, payload, inbox, headers, lambda: self._open(sub))
        return sub
