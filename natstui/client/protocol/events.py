"""What the parser makes of the bytes, in the order they came."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ProtocolError
from .message import Message


class Delivery:
    """A run of consecutive messages for one subscription.

    A read of 256 KiB can hold thousands of messages; whoever receives them accounts and wakes up
    once a run instead of once a message. `size` counts headers and payloads, in bytes.
    """

    __slots__ = ("messages", "origin", "size")

    def __init__(self, origin: object, messages: list[Message], size: int) -> None:
        self.origin = origin
        self.messages = messages
        self.size = size

    def __repr__(self) -> str:
        return f"Delivery({self.origin!r}, {len(self.messages)} messages, {self.size} bytes)"


@dataclass(frozen=True, slots=True)
class Info:
    """INFO: its JSON text. The first thing a server says, and again when its cluster changes."""

    json: bytes


@dataclass(frozen=True, slots=True)
class Err:
    """-ERR: the server's words, without the quotes."""

    text: str


@dataclass(frozen=True, slots=True)
class Ping:
    """PING: to be answered with PONG at once."""


@dataclass(frozen=True, slots=True)
class Pong:
    """PONG: the answer to our oldest unanswered PING."""


@dataclass(frozen=True, slots=True)
class Ok:
    """+OK, of a verbose connection."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """What came is not the NATS protocol. The last event of its parser."""

    error: ProtocolError


Event = Delivery | Info | Err | Ping | Pong | Ok | Malformed

PING, PONG, OK = Ping(), Pong(), Ok()
