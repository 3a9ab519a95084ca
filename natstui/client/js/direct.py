"""Reading many stored messages with one request, without a consumer (ADR-31, server 2.11).

The server answers with all of them in a row, then with a status that says that this was all of
it, and how many are left. Nothing on the server changes by it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from natstui.client.js import api
from natstui.client.js.api import Header
from natstui.client.js.errors import ServiceUnavailableError
from natstui.client.js.manager import JetStreamManager
from natstui.client.js.requester import checked_name
from natstui.client.js.status import header, status_error
from natstui.client.js.stored import direct_message

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from natstui.client.aio.msg import Msg

END_OF_BATCH = 204
NO_RESPONDERS = 503
NOT_FOUND = 404
LEVEL = "1"  # API level


@dataclass
class MessageBatch:
    """Stored messages. `pending`: how many more there are; `last_seq`: where this batch ends;
    `up_to_seq`: of reads as of a moment, the sequence to go on with."""

    messages: list[api.RawStreamMsg]
    pending: int = 0
    last_seq: int = 0
    up_to_seq: int | None = None


class DirectReader(JetStreamManager):
    """What `JetStreamContext` can read directly."""

    async def get_batch(
        self,
        stream: str,
        batch: int = 256,
        *,
        seq: int | None = None,
        start_time: datetime | str | None = None,
        subject: str = ">",
        max_bytes: int | None = None,
    ) -> MessageBatch:
        """Up to `batch` messages of `subject` (wildcards allowed), oldest first.

        They begin at or after sequence `seq` or `start_time`; `max_bytes` ends them earlier. The
        next ones begin at `last_seq + 1`. No messages, if there are none. Any replica may answer;
        the stream must allow that (`allow_direct`), or ServiceUnavailableError is raised.
        """
        body: dict[str, Any] = {"next_by_subj": subject, "batch": batch, "max_bytes": max_bytes}
        if start_time is not None:
            body["start_time"] = api.rfc3339(start_time)
        else:
            body["seq"] = seq or 1
        return await self._read_batch(stream, body)

    async def get_last_msgs(
        self,
        stream: str,
        subjects: Sequence[str],
        *,
        batch: int | None = None,
        seq: int | None = None,
        up_to_seq: int | None = None,
        up_to_time: datetime | str | None = None,
    ) -> MessageBatch:
        """The last message of each of the `subjects` (wildcards allowed), oldest first.

        As they are now, or as they were at sequence `up_to_seq` or at `up_to_time`, as far as the
        stream still has it. At most 1024 subjects may match: raises APIError (413) for more. With
        `batch`, go on with `seq = last_seq + 1` and the same `up_to_seq`.
        """
        body: dict[str, Any] = {"multi_last": list(subjects), "batch": batch, "seq": seq}
        if up_to_time is not None:
            body["up_to_time"] = api.rfc3339(up_to_time)
        else:
            body["up_to_seq"] = up_to_seq
        return await self._read_batch(stream, body)

    async def _read_batch(self, stream: str, body: dict[str, Any]) -> MessageBatch:
        payload = json.dumps({name: value for name, value in body.items() if value is not None})
        inbox = await self._nc.subscribe(self._nc.new_inbox())
        async with inbox:
            await self._nc.publish(
                f"{self._prefix}.DIRECT.GET.{checked_name('stream', stream)}",
                payload.encode(),
                inbox.subject,
                {Header.REQUIRED_API_LEVEL: LEVEL},
            )
            result = MessageBatch([])
            while _take(result, await inbox.next_msg(self._timeout)):
                pass
        return result


def _take(result: MessageBatch, message: Msg) -> bool:
    """Add a message to the batch; False for the last one. Raises what the server refuses."""
    status = message.status
    if status is None:
        result.messages.append(direct_message(message))
        return True
    if status == NO_RESPONDERS:
        raise ServiceUnavailableError(
            code=status,
            description="nobody answers direct reads of this stream: it does not exist, or does "
            "not allow them",
        )
    if status not in (END_OF_BATCH, NOT_FOUND):
        raise status_error(message)
    result.pending = int(header(message, Header.NUM_PENDING) or 0)
    result.last_seq = int(header(message, Header.LAST_SEQUENCE) or 0)
    if up_to := header(message, Header.UP_TO_SEQUENCE):
        result.up_to_seq = int(up_to)
    return False
