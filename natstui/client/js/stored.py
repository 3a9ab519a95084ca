"""A stored message, from either way to read one: as JSON, or directly as the message itself."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from natstui.client.js.api import Header, RawStreamMsg, Timestamp
from natstui.client.js.status import header, status_error
from natstui.client.protocol.headers import Headers, parse_headers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from natstui.client.aio.msg import Msg


def stored_message(stream: str, message: Mapping[str, Any]) -> RawStreamMsg:
    """From the answer to STREAM.MSG.GET, where payload and headers are base64."""
    hdrs = base64.b64decode(message["hdrs"]) if message.get("hdrs") else None
    return RawStreamMsg(
        subject=message["subject"],
        seq=message["seq"],
        data=base64.b64decode(message.get("data", "")),
        hdrs=hdrs,
        headers=parse_headers(hdrs).headers if hdrs else None,
        stream=stream,
        time=Timestamp.parse(message["time"]),
    )


def is_stored(msg: Msg) -> bool:
    """Whether the answer to DIRECT.GET is a message; else it is a status.

    A publisher can write a status line too, so it is not that which tells.
    """
    return msg._head is not None and header(msg, Header.SEQUENCE) != ""


def direct_message(msg: Msg) -> RawStreamMsg:
    """From the answer to DIRECT.GET, which is the message, with what it is in further headers.

    Raises NotFoundError, or what else the answer's status says.
    """
    if not is_stored(msg):
        raise status_error(msg)
    headers = msg.headers or Headers()

    # The server appends its own; one that was stored with the message, or republished, is not it.
    def own(name: str) -> str:
        return headers.get_all(name)[-1]

    return RawStreamMsg(
        subject=own("Nats-Subject"),
        seq=int(own("Nats-Sequence")),
        data=msg.data,
        hdrs=msg.raw_headers,
        headers=headers,
        stream=own("Nats-Stream"),
        time=Timestamp.parse(own("Nats-Time-Stamp")),
    )
