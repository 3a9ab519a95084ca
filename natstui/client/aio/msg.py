"""A message, and what can be answered to it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ..errors import Error, MsgAlreadyAckdError, NotJSMessageError
from ..protocol.headers import Headers
from ..protocol.message import Message

if TYPE_CHECKING:
    from .client import Client

_ACK_PREFIX = "$JS.ACK."
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Origin:
    """What a message made by hand knows of where it came from."""

    _conn: Client | None
    _id: int | None


class Msg(Message):
    """A message delivered by NATS.

    `subject` and `reply` (`""`: no answer wanted) are str, `data` is bytes, `headers` a `Headers`
    (a dict of str, with `get_all` for repeated keys) or None.
    """

    __slots__ = ()

    def __init__(
        self,
        _client: Client | None,
        subject: str = "",
        reply: str = "",
        data: bytes = b"",
        headers: Mapping[str, str | Sequence[str]] | None = None,
        _metadata: Msg.Metadata | None = None,
        _ackd: bool = False,
        _sid: int | None = None,
    ) -> None:
        self.subject = subject
        self.reply = reply
        self.data = data
        self.headers = headers
        self._origin = _Origin(_client, _sid)
        self._ackd = _ackd
        if _metadata is not None:
            self._metadata = _metadata

    # The origin is the subscription, typed as less: it has the names of `_Origin`, too.
    @property
    def _client(self) -> Client | None:
        return self._origin._conn  # type: ignore[no-any-return, attr-defined]

    @property
    def _sid(self) -> int | None:
        return self._origin._id  # type: ignore[no-any-return, attr-defined]

    @property
    def header(self) -> Headers | None:
        """The headers; None when there are none."""
        return self.headers

    @property
    def sid(self) -> int:
        """The id of the subscription that the message came by. Raises Error without one."""
        if self._sid is None:
            raise Error("nats: sid not set")
        return self._sid

    @property
    def is_acked(self) -> bool:
        """Whether this message was acknowledged for good (ack, nak or term)."""
        return getattr(self, "_ackd", False)

    async def respond(
        self, data: bytes, *, headers: Mapping[str, str | Sequence[str]] | None = None
    ) -> None:
        """Publish `data` to the reply subject.

        Without `headers`, those of this message go back with it, as they are by then.
        Raises Error when the message has no reply subject, and what `publish` raises.
        """
        if not self.reply:
            raise Error("nats: the message has no reply subject to respond to")
        await self._connected().publish(
            self.reply, data, headers=self.headers if headers is None else headers
        )

    async def ack(self) -> None:
        """Acknowledge: the consumer is done with this message.

        Raises NotJSMessageError for a message that is not of a consumer, MsgAlreadyAckdError for
        a second answer; the same holds for `nak`, `term` and `ack_sync`.
        """
        await self._answer(b"")

    async def ack_sync(self, timeout: float = 1.0) -> Msg:
        """Acknowledge, and wait until the server has taken it, at most `timeout` seconds."""
        self._check_ackable()
        response = await self._connected().request(self.reply, timeout=timeout)
        self._ackd = True
        return response

    async def nak(self, delay: float | None = None) -> None:
        """Have it redelivered: at once, or after `delay` seconds."""
        payload = b"-NAK"
        if delay:
            payload += b" " + json.dumps({"delay": int(delay * 1_000_000_000)}).encode()
        await self._answer(payload)

    async def in_progress(self) -> None:
        """Still working on it: the consumer's ack wait starts over. May be said repeatedly."""
        self._check_ackable()
        await self._connected().publish(self.reply, b"+WPI")

    async def term(self, *, reason: str = "") -> None:
        """Never deliver it again; the reason appears in the server's advisory (2.10.4)."""
        await self._answer(f"+TERM {reason}".rstrip().encode())

    async def _answer(self, payload: bytes) -> None:
        self._check_ackable()
        await self._connected().publish(self.reply, payload)
        self._ackd = True  # only now: an answer that could not be sent may be tried again

    def _check_ackable(self) -> None:
        if not self.reply.startswith(_ACK_PREFIX):
            raise NotJSMessageError()
        if self.is_acked:
            raise MsgAlreadyAckdError(self)

    def _connected(self) -> Client:
        if self._client is None:
            raise Error("nats: the message is not of a client")
        return self._client

    @property
    def metadata(self) -> Msg.Metadata:
        """Where in its stream the message is; read from the reply subject.

        Raises NotJSMessageError for a message that is not of a consumer.
        """
        known: Msg.Metadata | None = getattr(self, "_metadata", None)
        if known is None:
            known = self._metadata = self.Metadata._of_reply(self.reply)
        return known

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(subject={self.subject!r}, reply={self.reply!r}, "
            f"data={self.data!r}, headers={self.headers!r})"
        )

    @dataclass
    class Metadata:
        """The metadata of a JetStream message.

        `num_delivered` counts deliveries of this message: more than one is a redelivery.
        `num_pending` is what the consumer has not been given yet. `timestamp` is when the stream
        stored it (aware, UTC).
        """

        sequence: Msg.Metadata.SequencePair
        num_pending: int
        num_delivered: int
        timestamp: datetime
        stream: str
        consumer: str
        domain: str | None = None

        @dataclass
        class SequencePair:
            """The same message, counted by its consumer and by its stream."""

            consumer: int
            stream: int

        @classmethod
        def _of_reply(cls, reply: str) -> Msg.Metadata:
            """Two forms (ADR-15): nine tokens, or eleven and more with domain and account.

                $JS.ACK.<stream>.<consumer>.<delivered>.<sseq>.<cseq>.<time>.<pending>
                $JS.ACK.<domain|_>.<account>.<stream>.<consumer>. … .<pending>[.<token>]

            The last token is optional: servers leave it out for some consumers.
            """
            tokens = reply.split(".")
            if not reply.startswith(_ACK_PREFIX) or (len(tokens) != 9 and len(tokens) < 11):
                raise NotJSMessageError()
            domain = None
            if len(tokens) > 9:
                domain = None if tokens[2] == "_" else tokens[2]
                tokens = tokens[2:]
            stream, consumer, *numbers = tokens[2:9]
            try:
                delivered, stream_seq, consumer_seq, time, pending = map(int, numbers)
            except ValueError:
                raise NotJSMessageError() from None
            return cls(
                sequence=cls.SequencePair(consumer=consumer_seq, stream=stream_seq),
                num_pending=pending,
                num_delivered=delivered,
                timestamp=_EPOCH + timedelta(microseconds=time // 1000),
                stream=stream,
                consumer=consumer,
                domain=domain,
            )
