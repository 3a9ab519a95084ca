"""Consumers: their configuration and where they are."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime

from natstui.client.js.api.base import Base, Seconds, since
from natstui.client.js.api.enums import AckPolicy, DeliverPolicy, PriorityPolicy, ReplayPolicy
from natstui.client.js.api.stream import ClusterInfo


@dataclass
class ConsumerConfig(Base):
    """Consumer configuration.

    Durations are seconds; times are a datetime or RFC 3339 text.
    """

    name: str | None = None
    durable_name: str | None = None
    description: str | None = None
    deliver_policy: DeliverPolicy | str | None = DeliverPolicy.ALL
    opt_start_seq: int | None = None
    opt_start_time: datetime | str | None = None
    ack_policy: AckPolicy | str | None = field(
        default=AckPolicy.EXPLICIT, metadata=since(4, AckPolicy.FLOW_CONTROL)
    )
    ack_wait: Seconds | None = None
    max_deliver: int | None = None
    filter_subject: str | None = None
    filter_subjects: list[str] | None = None
    replay_policy: ReplayPolicy | str | None = ReplayPolicy.INSTANT
    rate_limit_bps: int | None = None
    sample_freq: str | None = None
    max_waiting: int | None = None
    max_ack_pending: int | None = None
    flow_control: bool | None = None
    idle_heartbeat: Seconds | None = None
    headers_only: bool | None = None
    deliver_subject: str | None = None
    deliver_group: str | None = None
    inactive_threshold: Seconds | None = None
    num_replicas: int | None = None
    mem_storage: bool | None = None
    _: KW_ONLY
    backoff: list[Seconds] | None = None
    max_batch: int | None = None
    max_expires: Seconds | None = None
    max_bytes: int | None = None
    metadata: dict[str, str] | None = None
    pause_until: datetime | str | None = field(default=None, metadata=since(1))
    priority_groups: list[str] | None = field(default=None, metadata=since(1))
    priority_policy: PriorityPolicy | str | None = field(
        default=None, metadata=since(2, PriorityPolicy.PRIORITIZED)
    )
    priority_timeout: Seconds | None = field(default=None, metadata=since(1))


@dataclass
class SequenceInfo(Base):
    """A place in a consumer and the place in the stream that it stands for."""

    consumer_seq: int
    stream_seq: int
    _: KW_ONLY
    last_active: datetime | None = None


@dataclass
class PriorityGroupState(Base):
    """Who a priority group's messages go to at the moment."""

    group: str
    pinned_client_id: str | None = None
    pinned_ts: datetime | None = None


@dataclass
class ConsumerInfo(Base):
    """ConsumerInfo represents the info about the consumer."""

    name: str
    stream_name: str
    config: ConsumerConfig
    delivered: SequenceInfo | None = None
    ack_floor: SequenceInfo | None = None
    num_ack_pending: int | None = None
    num_redelivered: int | None = None
    num_waiting: int | None = None
    num_pending: int | None = None
    cluster: ClusterInfo | None = None
    push_bound: bool | None = None
    _: KW_ONLY
    created: datetime | None = None
    ts: datetime | None = None
    paused: bool | None = None
    pause_remaining: Seconds | None = None
    priority_groups: list[PriorityGroupState] | None = None


@dataclass
class ConsumerPause(Base):
    """Whether and until when a consumer is paused; `pause_remaining` in seconds."""

    paused: bool
    pause_until: datetime | str | None = None
    pause_remaining: Seconds | None = None


@dataclass
class ConsumerReset(Base):
    """A consumer after a reset, and the stream sequence it continues from."""

    info: ConsumerInfo
    reset_seq: int
