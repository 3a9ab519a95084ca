"""What changes to consumers destroy, as journal entries, and how it is restored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from natstui.client.js.client import JetStreamContext
from natstui.model.consumer_edit import consumer_config
from natstui.model.consumer_row import ConsumerRow, Key
from natstui.model.journal import Entry
from natstui.model.work import Work
from natstui.model.writing import Writer

CONSUMER, CONFIG, POSITION = "consumer", "consumer.config", "consumer.position"

RESET_LEVEL = 4  # server 2.14
# A reset may go anywhere where these may begin (nats-server: consumer reset).
_RESETTABLE = frozenset({"all", "by_start_sequence", "by_start_time"})


def target(key: Key) -> str:
    """What a journal entry of it is taken from."""
    return f"{key.stream} > {key.name}"


async def saved(row: ConsumerRow) -> AsyncIterator[dict[str, Any]]:
    """Its configuration and how far it was, as the one line of an entry."""
    yield {
        "stream": row.stream,
        "name": row.name,
        "config": row.config,
        "ack_floor": row.ack_floor,
        "delivered": row.position,
    }


async def restore_consumer(writer: Writer, entry: Entry, work: Work) -> str:
    """Make the consumer again; it goes on behind the last message that was acknowledged in order.

    What was acknowledged beyond that is delivered once more.
    """
    item = next(writer.journal.items(entry))
    following = item["ack_floor"] + 1
    return await writer.write(
        f"restore {entry.what}",
        lambda js: _make(js, item["stream"], item["name"], item["config"], following),
    )


async def _make(
    js: JetStreamContext, stream: str, name: str, config: dict[str, Any], following: int
) -> str:
    where = f"{name} of {stream} is back, goes on at {following:,}"
    if config.get("deliver_policy") in _RESETTABLE and _can_reset(js):
        await js.add_consumer(stream, consumer_config(config), action="create")
        await js.reset_consumer(stream, name, following)
        return where
    # What it was told to begin with is over: only a sequence says where it was.
    kept = {field: value for field, value in config.items() if field != "opt_start_time"}
    begun = {**kept, "deliver_policy": "by_start_sequence", "opt_start_seq": following}
    await js.add_consumer(stream, consumer_config(begun), action="create")
    return f"{where}; its deliver policy is by_start_sequence now"


def _can_reset(js: JetStreamContext) -> bool:
    """To be known before: made and not reset, it would deliver everything once more."""
    info = js._nc.server_info
    return info is not None and info.api_lvl >= RESET_LEVEL


async def restore_config(writer: Writer, entry: Entry, work: Work) -> str:
    """Give the consumer the configuration that it had."""
    item = next(writer.journal.items(entry))
    config = consumer_config(item["config"])
    await writer.write(
        f"restore {entry.what}", lambda js: js.update_consumer(item["stream"], config)
    )
    return f"{item['name']} of {item['stream']} is configured as it was"


async def restore_position(writer: Writer, entry: Entry, work: Work) -> str:
    """Let the consumer go on behind the last message that was acknowledged in order."""
    item = next(writer.journal.items(entry))
    following = item["ack_floor"] + 1
    await writer.write(
        f"restore {entry.what}",
        lambda js: js.reset_consumer(item["stream"], item["name"], following),
    )
    return f"{item['name']} of {item['stream']} goes on at {following:,} again"
