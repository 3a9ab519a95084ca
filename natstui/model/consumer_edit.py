"""A consumer's configuration as one edits it, and how it is written back without losing a field."""

from __future__ import annotations

from natstui.client.js.api import ConsumerConfig
from natstui.client.js.api.base import NANOSECONDS
from natstui.model.stream_edit import Config, ConfigError, Paths

# Where the API has nanoseconds.
DURATIONS: Paths = (
    ("ack_wait",),
    ("idle_heartbeat",),
    ("inactive_threshold",),
    ("max_expires",),
    ("priority_timeout",),
    ("backoff",),
)

NEW_CONSUMER: Config = {
    "name": "",
    "description": "",
    "deliver_policy": "all",
    "ack_policy": "explicit",
    "ack_wait": 30 * NANOSECONDS,
    "max_deliver": -1,
    "filter_subjects": [],
    "replay_policy": "instant",
    "max_ack_pending": 1_000,
    "max_waiting": 512,
}


def consumer_config(config: Config) -> ConsumerConfig:
    """For the client, with everything in it; ConfigError if a field cannot hold what is there."""
    try:
        return ConsumerConfig.from_response(config)
    except (TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"a field holds what it cannot: {error}") from None


def new_config(config: Config) -> Config:
    """A new configuration without the fields that were left empty.

    It is durable unless it says after which time without anybody it may go: one with a name alone
    would be gone five seconds after it was made.
    """
    filled = {field: value for field, value in config.items() if value not in ("", [])}
    if "durable_name" not in filled and not filled.get("inactive_threshold"):
        filled["durable_name"] = filled["name"]
    return filled
