"""Every exception that the client raises.

All of them are `Error`. What goes wrong within JetStream is in `natstui.client.js.errors`, whose
classes are `Error` too. Each takes an optional message; without one, `str()` says in one line what
the class stands for.
"""

from __future__ import annotations

import builtins
from typing import ClassVar

__all__ = [
    "AuthorizationError",
    "BadHeaderError",
    "BadSubjectError",
    "BadSubscriptionError",
    "BadTimeoutError",
    "ConnectionClosedError",
    "ConnectionDrainingError",
    "ConnectionReconnectingError",
    "DrainTimeoutError",
    "Error",
    "FlushTimeoutError",
    "InvalidCallbackTypeError",
    "InvalidUserCredentialsError",
    "JsonParseError",
    "MaxPayloadError",
    "MsgAlreadyAckdError",
    "NoRespondersError",
    "NoServersError",
    "NotJSMessageError",
    "OutboundBufferLimitError",
    "ProtocolError",
    "ProxyError",
    "PublishRefusedError",
    "SecureConnFailedError",
    "SecureConnRequiredError",
    "SecureConnWantedError",
    "ServerNotInPoolError",
    "SlowConsumerError",
    "StaleConnectionError",
    "TimeoutError",
    "UnexpectedEOF",
]


class Error(Exception):
    """Anything that the client raises."""

    default_message: ClassVar[str] = "nats: error"

    def __str__(self) -> str:
        return super().__str__() or self.default_message


# The builtin TimeoutError is also asyncio.TimeoutError, so callers may catch any of the three.
class TimeoutError(Error, builtins.TimeoutError):
    """The time that the caller gave ran out."""

    default_message = "nats: timeout"


class FlushTimeoutError(TimeoutError):
    """The server did not confirm in time that it has what was written."""

    default_message = "nats: flush timeout"


class DrainTimeoutError(TimeoutError):
    """Messages were left unprocessed when the time for draining ran out."""

    default_message = "nats: draining connection timed out"


class StaleConnectionError(Error):
    """The server no longer answers PINGs, or says that we do not."""

    default_message = "nats: stale connection"


class UnexpectedEOF(StaleConnectionError):
    """The server closed the connection without a word."""

    default_message = "nats: unexpected end of stream"


class NoRespondersError(Error):
    """Nobody subscribes to the subject of the request."""

    default_message = "nats: no responders available for request"


class OutboundBufferLimitError(Error):
    """More was published while disconnected than `pending_size` lets wait."""

    default_message = "nats: outbound buffer limit exceeded"


class ConnectionClosedError(Error):
    """The connection is closed, for good or not yet opened."""

    default_message = "nats: connection closed"


class ConnectionDrainingError(Error):
    """The connection, or the subscription, is being drained."""

    default_message = "nats: connection draining"


class ConnectionReconnectingError(Error):
    """The operation needs a server, and the connection is looking for one."""

    default_message = "nats: connection reconnecting"


class SecureConnRequiredError(Error):
    """The server insists on TLS."""

    default_message = "nats: secure connection required"


class SecureConnWantedError(Error):
    """The caller insists on TLS and the server does not offer it."""

    default_message = "nats: secure connection not available"


class SecureConnFailedError(Error):
    """The TLS handshake failed."""

    default_message = "nats: secure connection failed"


class AuthorizationError(Error):
    """The server refused who we are; the message carries its words."""

    default_message = "nats: authorization failed"


class InvalidUserCredentialsError(Error):
    """A credentials file, seed or token cannot be read or is not what it should be."""

    default_message = "nats: invalid user credentials"


class NoServersError(Error):
    """No server of the pool could be reached; `__cause__` is why the last one failed."""

    default_message = "nats: no servers available for connection"


class ProxyError(Error):
    """The SOCKS proxy cannot be reached, or lets us not through to the server.

    `is_about_server`: the proxy is well and took us; it could not connect to the server.
    """

    default_message = "nats: the SOCKS proxy failed"

    def __init__(self, message: str = "", *, is_about_server: bool = False) -> None:
        super().__init__(message)
        self.is_about_server = is_about_server


class ServerNotInPoolError(Error):
    """The reconnect handler chose a server that is not in the pool."""

    default_message = "nats: selected server is not in the pool"


class ProtocolError(Error):
    """The server sent what the NATS protocol does not allow."""

    default_message = "nats: protocol error"


class JsonParseError(Error):
    """JSON from the server, such as its INFO, does not parse."""

    default_message = "nats: cannot parse JSON from the server"


class MaxPayloadError(Error):
    """Headers and payload together exceed what the server takes."""

    default_message = "nats: maximum payload exceeded"


class PublishRefusedError(Error):
    """The publish guard given to `connect` does not let this subject out."""

    default_message = "nats: publish refused by the publish guard"


class BadSubscriptionError(Error):
    """The subscription has ended."""

    default_message = "nats: invalid subscription"


class BadSubjectError(Error):
    """A subject, queue group or inbox prefix that the protocol cannot carry."""

    default_message = "nats: invalid subject"


class BadHeaderError(Error, ValueError):
    """A header key or value that the protocol cannot carry."""

    default_message = "nats: invalid header"


class BadTimeoutError(Error):
    """A timeout that is not positive."""

    default_message = "nats: timeout invalid"


class InvalidCallbackTypeError(Error):
    """A callback that is not a coroutine function."""

    default_message = "nats: callbacks must be coroutine functions"


class NotJSMessageError(Error):
    """The message did not come from JetStream, so it cannot be acknowledged."""

    default_message = "nats: not a JetStream message"


class MsgAlreadyAckdError(Error):
    """The message `msg` was acknowledged before."""

    def __init__(self, msg: object = None) -> None:
        super().__init__(msg)
        self.msg = msg

    def __str__(self) -> str:
        known = "" if self.msg is None else f": {self.msg}"
        return f"nats: message was already acknowledged{known}"


class SlowConsumerError(Error):
    """Messages for the subscription `sub` were dropped: it holds as many as its limits let it."""

    def __init__(self, subject: str, reply: str, sid: int, sub: object) -> None:
        super().__init__(subject, reply, sid, sub)
        self.subject = subject
        self.reply = reply
        self.sid = sid
        self.sub = sub

    def __str__(self) -> str:
        return f"nats: slow consumer, messages dropped (subject {self.subject!r}, sid {self.sid})"
