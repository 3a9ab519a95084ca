"""What the tests of readers have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from natstui.client.aio.msg import Msg
from natstui.client.aio.subscription import Subscription
from natstui.client.errors import TimeoutError
from natstui.client.js import api
from natstui.client.js.client import JetStreamContext
from natstui.client.js.consumer import Consumer
from natstui.client.js.errors import NoStreamResponseError, ServiceUnavailableError
from natstui.client.nuid import NUID
from tests.client.js.conftest import until

nuid = NUID()


async def publish(js: JetStreamContext, count: int, subject: str = "s.a", size: int = 0) -> None:
    """Publish so many messages, and return when they are stored."""
    acks = [await js.publish_async(subject, bytes(size)) for _ in range(count)]
    await asyncio.gather(*acks)


async def publish_surely(js: JetStreamContext, count: int, subject: str) -> None:
    """Publish so many messages one by one, to a stream whose leader changes meanwhile.

    What is on its way then may be lost without an answer, so each is sent again until it is
    acknowledged, with an id that makes the stream keep it once.
    """
    for _ in range(count):
        headers = {api.Header.MSG_ID.value: nuid.next().decode()}
        while True:
            try:
                await js.publish(subject, headers=headers, timeout=1)
                break
            except (TimeoutError, NoStreamResponseError, ServiceUnavailableError):
                continue


def sequences(messages: Iterable[Msg]) -> list[int]:
    return [message.metadata.sequence.stream for message in messages]


async def pulls(consumer: Consumer, count: int) -> None:
    """Wait until the server has so many pulls of this consumer in its queue."""

    async def are_there() -> bool:
        return (await consumer.info()).num_waiting == count

    await until(are_there, f"{count} pulls wait")


def lose(sub: Subscription, lost: Callable[[Msg], bool]) -> None:
    """Lose the messages that `lost` says, as a broken link would."""
    arrive = sub.deliver

    def deliver(messages: list[Msg], size: int) -> None:
        kept = [message for message in messages if not lost(message)]
        if kept:
            arrive(kept, sum(message.size for message in kept))

    sub.deliver = deliver


def once(*stream_sequences: int) -> Callable[[Msg], bool]:
    """For `lose`: each of these messages the first time that it comes."""
    to_lose = set(stream_sequences)

    def lost(message: Msg) -> bool:
        if not message.reply.startswith("$JS.ACK."):
            return False
        seq = message.metadata.sequence.stream
        if seq not in to_lose:
            return False
        to_lose.remove(seq)
        return True

    return lost
