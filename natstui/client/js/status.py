"""Status messages: what JetStream says to a subscriber between the messages.

They have no payload and a header block whose first line has a code: `NATS/1.0 404 No Messages`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from natstui.client.js.errors import APIError, ErrorCode

if TYPE_CHECKING:
    from natstui.client.aio.msg import Msg

HEARTBEAT_OR_FLOW_CONTROL = 100
# What the JSON API would say.
_ERR_CODES = {404: ErrorCode.MESSAGE_NOT_FOUND, 412: ErrorCode.REQUIRED_API_LEVEL}


def is_status(message: Msg) -> bool:
    """Whether the server said this, not a publisher. Called for every message that arrives."""
    # Fresh from the parser, the headers are bytes still. A publisher can write a status line too,
    # but what was stored comes with a subject to acknowledge it on.
    head = message._head
    return (
        head.__class__ is bytes and head[8:9] == b" " and not message.reply.startswith("$JS.ACK.")
    )


def without_statuses(messages: list[Msg]) -> tuple[list[Msg], list[Msg]]:
    """The messages of publishers, and the status messages among them."""
    # Most have no headers at all, which is quicker to see than to ask a function about.
    statuses = [message for message in messages if message._head is not None and is_status(message)]
    if statuses:
        messages = [message for message in messages if not is_status(message)]
    return messages, statuses


def header(message: Msg, name: str) -> str:
    """One header; "" if it is not there."""
    headers = message.headers
    return "" if headers is None else headers.get(name, "")


def description(message: Msg) -> str:
    """The server's words."""
    return header(message, "Description")


def status_error(message: Msg) -> APIError:
    """The error that a status message stands for."""
    code = message.status
    return APIError.from_error(
        {
            "code": code,
            "err_code": _ERR_CODES.get(code or 0),
            "description": description(message),
        }
    )
