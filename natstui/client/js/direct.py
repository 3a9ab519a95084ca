"""Reading many stored messages with one request, without a consumer (ADR-31, server 2.11).

The server answers with all of them in a row, then with a status that says that this was all of
it. Nothing on the server changes by it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from natstui.client.js.api import Header
from natstui.client.js.errors import ServiceUnavailableError
from natstui.client.js.status import header, status_error
from natstui.client.js.stored import direct_message

if TYPE_CHECKING:
    from natstui.client.js.api import RawStreamMsg
    from natstui.client.js.manager import JetStreamManager

LEVEL = "1"  # API level
END_OF_BATCH = 204
NO_RESPONDERS = 503
NOT_FOUND = 404


class Page(NamedTuple):
    """What one request gave.

    `pending`: how many it left out, which begin behind `last_seq`; `up_to_seq`: of the last
    messages of subjects, the sequence up to which was looked.
    """

    messages: list[RawStreamMsg]
    pending: int
    last_seq: int
    up_to_seq: int


async def read_page(js: JetStreamManager, stream: str, request: dict[str, Any]) -> Page:
    """The messages that a request asks for, or the first of them, if that is too much for one page.

    Raises ServiceUnavailableError if the stream does not allow direct reads, or does not exist.
    """
    found: list[RawStreamMsg] = []
    inbox = await js._nc.subscribe(js._nc.new_inbox())
    async with inbox:
        await js._nc.publish(
            f"{js._prefix}.DIRECT.GET.{stream}",
            json.dumps(request).encode(),
            inbox.subject,
            {Header.REQUIRED_API_LEVEL: LEVEL},
        )
        while (status := (message := await inbox.next_msg(js._timeout)).status) is None:
            found.append(direct_message(message))
    if status == NO_RESPONDERS:
        raise ServiceUnavailableError(
            code=status,
            description=f"nobody answers direct reads of {stream}: it does not exist, or does not "
            "allow them",
        )
    if status not in (END_OF_BATCH, NOT_FOUND):
        raise status_error(message)
    pending, last_seq, up_to_seq = (
        int(header(message, name) or 0)
        for name in (Header.NUM_PENDING, Header.LAST_SEQUENCE, Header.UP_TO_SEQUENCE)
    )
    return Page(found, pending, last_seq, up_to_seq)
