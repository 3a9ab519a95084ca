"""What a stream answers to a publish."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from natstui.client.js.api import PubAck
from natstui.client.js.errors import APIError, ErrorCode
from natstui.client.js.status import description

if TYPE_CHECKING:
    from natstui.client.aio.msg import Msg

_BRACE = ord("}")
_plain = re.compile(rb'({"stream":"([^"\\]*)", ?"seq":)(\d+)}').fullmatch


class Acknowledgements:
    """Reads answers, nearly all of which are `{"stream":"ORDERS", "seq":7}`.

    Those of one stream differ in the number alone: how the last one began is remembered, and an
    answer that begins in the same way needs no JSON parser.
    """

    def __init__(self) -> None:
        self._beginning = b'{"stream":"", "seq":'
        self._stream = ""

    def read(self, msg: Msg) -> PubAck:
        """The acknowledgement. Raises the APIError that it is instead, ValueError or KeyError for
        what is neither."""
        data, beginning = msg.data, self._beginning
        seq = data[len(beginning) : -1]
        if seq.isdigit() and data[-1] == _BRACE and data.startswith(beginning):
            return PubAck(self._stream, int(seq))
        ack = acknowledgement(msg)
        if plain := _plain(data):
            self._beginning, self._stream = plain[1], ack.stream
        return ack


def acknowledgement(msg: Msg) -> PubAck:
    """One answer, whatever it is. Raises what `Acknowledgements.read` does."""
    if msg._head is not None and (status := msg.status) is not None:
        # 429: the server has no room for more unstored messages of this stream.
        raise APIError.from_error(
            {
                "code": status,
                "err_code": ErrorCode.TOO_MANY_REQUESTS if status == 429 else None,
                "description": description(msg),
            }
        )
    try:
        answer = json.loads(msg.data)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise ValueError(f"nats: not an acknowledgement: {msg.data[:60]!r}")
    if "error" in answer:
        raise APIError.from_error(
            {**answer["error"], "stream": answer.get("stream"), "seq": answer.get("seq")}
        )
    return PubAck.from_response(answer)
