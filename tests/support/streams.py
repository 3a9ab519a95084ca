"""Streams with messages in them, for tests of what looks at them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from natstui.client.aio.client import Client
from natstui.client.js.client import JetStreamContext
from tests.support.waiting import eventually


async def fill(
    client: Client,
    stream: str,
    subject: Callable[[int], str],
    last: int,
    *,
    first: int = 1,
    payload: Callable[[int], bytes] = lambda number: b"number %d." % number,
) -> None:
    """Publish the messages `first` to `last`, and wait until the last one is stored.

    In a stream that was empty, and had none before, sequences and numbers agree.
    """
    for number in range(first, last + 1):
        await client.publish(subject(number), payload(number))
    await client.flush()
    await until_stored(client.jetstream(), stream, last)


async def until_stored(js: JetStreamContext, stream: str, last: int) -> None:
    """Return when the stream has the message with the sequence `last`."""

    async def stored() -> bool:
        return (await js.stream_info(stream)).state.last_seq >= last

    condition: Callable[[], bool | Awaitable[bool]] = stored
    await eventually(condition, f"{stream} has {last} messages")
