"""The demo's traffic: every source at once, played against the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from random import Random

from natstui.client import Client
from natstui.client.errors import Error
from natstui.demo import machines, odd, shop
from natstui.demo.event import Event, Stage, in_order

SOURCES: dict[str, Callable[[Stage], Iterator[Event]]] = {
    "orders": shop.orders,
    "payments": shop.payments,
    "jobs": shop.jobs,
    "events": shop.events,
    "requests": shop.requests,
    "metrics": machines.metrics,
    "logs": machines.logs,
    "imports": machines.imports,
    "sensors": machines.sensors,
    "devices": machines.devices,
    "odd": odd.odd,
}

# What the explorer tails at the start; jobs and events are better seen in their streams.
SUBJECTS = ("orders.>", "payments.>", "svc.>", "ops.>", "iot.>", "odd.>")

# Before the show begins, this many seconds of it are in the streams already.
HISTORY = 300.0
_STORED = ("orders.", "jobs.", "events.")

_LATE = 2.0  # seconds; whoever slept longer (a laptop's lid) does not catch up in one flood
_ASK_SECONDS = 3.0


def timeline(seed: int = 7, start: datetime | None = None) -> Iterator[Event]:
    """All that happens, without end, in order of time: the same for the same arguments."""
    start = start or datetime.now(UTC)
    return in_order(
        source(Stage(Random(f"{seed} {name}"), start)) for name, source in SOURCES.items()
    )


async def write_history(client: Client, events: Iterator[Event]) -> None:
    """Publish at once what streams keep of the first HISTORY seconds, and skip the rest of it."""
    for event in events:
        if event.at > HISTORY:
            break
        if event.subject.startswith(_STORED):
            await client.publish(event.subject, event.payload, headers=event.headers)
    await client.flush()


async def play(client: Client, events: Iterator[Event]) -> None:
    """Publish `events`, the first one now and each at its time; requests in the background."""
    loop = asyncio.get_running_loop()
    start: float | None = None
    async with asyncio.TaskGroup() as questions:
        for event in events:
            now = loop.time()
            if start is None or now - (start + event.at) > _LATE:
                start = now - event.at
            await asyncio.sleep(max(0.0, start + event.at - now))
            if event.ask:
                questions.create_task(_ask(client, event))
            else:
                await client.publish(event.subject, event.payload, headers=event.headers)


async def _ask(client: Client, event: Event) -> None:
    with suppress(Error):  # nobody there, or too late: that is part of the show
        await client.request(
            event.subject, event.payload, timeout=_ASK_SECONDS, headers=event.headers
        )
