"""Restoring: a stream from the chunks of a snapshot."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from natstui.client.js import api
from natstui.client.js.requester import api_answer, checked_name
from natstui.client.js.status import status_error

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterator

    from natstui.client.aio.subscription import Subscription
    from natstui.client.js.requester import Requester

#: Called with the bytes so far.
Progress = Callable[[int], None]

CHUNKS_AHEAD = 4  # that are on their way before the server has taken them
LARGEST_CHUNK = 256 * 1024  # bytes; larger ones are cut


async def restore(
    js: Requester,
    config: dict[str, Any],
    state: dict[str, Any],
    chunks: AsyncIterable[bytes],
    progress: Progress | None,
    timeout: float,
) -> api.StreamInfo:
    """See `JetStreamManager.restore_stream`."""
    name = checked_name("stream", config.get("name") or "")
    answer = await js._api_request(
        f"STREAM.RESTORE.{name}",
        {"config": config, "state": state},
        # What an older server does not know of the stream, it would leave out.
        level=api.StreamConfig.from_response(config).required_level(),
    )
    inbox = js._nc.new_inbox()
    async with await js._nc.subscribe(inbox) as acks:
        sender = _Sender(js, answer["deliver_subject"], inbox, acks, timeout)
        async for chunk in chunks:
            for part in _parts(chunk, js._nc.max_payload):
                await sender.send(part)
                if progress is not None:
                    progress(sender.sent)
        # If `chunks` fails, there must be no end: what came could pass for a whole stream. The
        # server drops it when nothing comes any more.
        return await sender.finish()


def _parts(chunk: bytes, max_payload: int) -> Iterator[bytes]:
    size = min(max_payload, LARGEST_CHUNK)
    for start in range(0, len(chunk), size):
        yield chunk[start : start + size]


class _Sender:
    def __init__(
        self, js: Requester, subject: str, inbox: str, acks: Subscription, timeout: float
    ) -> None:
        self._nc = js._nc
        self._subject = subject
        self._inbox = inbox
        self._acks = acks
        self._timeout = timeout
        self._ahead = 0
        self.sent = 0

    async def send(self, chunk: bytes) -> None:
        if self._ahead == CHUNKS_AHEAD:
            await self._acknowledged()
        await self._nc.publish(self._subject, chunk, self._inbox)
        self._ahead += 1
        self.sent += len(chunk)

    async def finish(self) -> api.StreamInfo:
        while self._ahead:
            await self._acknowledged()
        await self._nc.publish(self._subject, b"", self._inbox)
        answer = await self._acks.next_msg(self._timeout)
        if answer.status is not None:
            raise status_error(answer)
        return api.StreamInfo.from_response(api_answer(answer))

    async def _acknowledged(self) -> None:
        answer = await self._acks.next_msg(self._timeout)
        if answer.status is not None:
            raise status_error(answer)
        if answer.data:
            api_answer(answer)  # raises what is wrong
        self._ahead -= 1
