"""Consumers of ORDERS that give messages up, or have them ended."""

from __future__ import annotations

from natstui.client.js.client import JetStreamContext
from natstui.client.js.pull import PullSubscription


async def losing(js: JetStreamContext, consumer: str = "billing") -> PullSubscription:
    """A consumer that gives a message up when it was refused twice."""
    await js.add_consumer(
        "ORDERS", durable_name=consumer, ack_policy="explicit", max_deliver=2, ack_wait=3600
    )
    return await js.pull_subscribe_bind(consumer, "ORDERS")


async def terminate(subscription: PullSubscription, reason: str = "") -> int:
    """Have the next message ended by its client; its sequence."""
    [message] = await subscription.fetch(1, timeout=20)
    await message.term(reason=reason)
    return message.metadata.sequence.stream


async def give_up(subscription: PullSubscription) -> int:
    """Refuse the next message for good, and let the server notice; its sequence."""
    [message] = await subscription.fetch(1, timeout=20)
    lost = message.metadata.sequence.stream
    await message.nak()
    refused, answered = 1, 0
    # Refusals are looked at a little later, but in order: of what was acknowledged behind the
    # second one, the answer says that it was; then the next request finds the message given up.
    while answered < 2:
        [message] = await subscription.fetch(1, timeout=20)
        if message.metadata.sequence.stream == lost:
            await message.nak()
            refused += 1
        else:
            await message.ack_sync()
            answered += refused > 1
    return lost
