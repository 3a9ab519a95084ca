"""The demo's streams: of the three retention types, in memory and on disk, and a mirror.

Every one is bounded, so that the demo may run for days.
"""

from __future__ import annotations

from natstui.client.js import JetStreamContext
from natstui.client.js.api import (
    RetentionPolicy,
    StorageType,
    StoreCompression,
    StreamConfig,
    StreamSource,
)

STREAMS = (
    StreamConfig(
        name="ORDERS",
        description="the life of every order",
        subjects=["orders.>"],
        max_msgs=50_000,
        max_age=6 * 3600,
        metadata={"team": "checkout"},
    ),
    StreamConfig(
        name="JOBS",
        description="work for the back office; each job is for one worker",
        subjects=["jobs.>"],
        retention=RetentionPolicy.WORK_QUEUE,
        max_msgs=20_000,
    ),
    StreamConfig(
        name="EVENTS",
        description="what customers do, until everybody has seen it",
        subjects=["events.>"],
        retention=RetentionPolicy.INTEREST,
        max_msgs=20_000,
    ),
    StreamConfig(
        name="METRICS",
        subjects=["ops.metrics.>"],
        storage=StorageType.MEMORY,
        max_msgs_per_subject=100,
    ),
    StreamConfig(
        name="ARCHIVE",
        description="a copy of the orders",
        mirror=StreamSource("ORDERS"),
        max_msgs=50_000,
        compression=StoreCompression.S2,
    ),
)
MAX_BYTES = 128 * 1024 * 1024


async def create(js: JetStreamContext) -> None:
    for stream in STREAMS:
        await js.add_stream(stream, max_bytes=MAX_BYTES, allow_direct=True)
