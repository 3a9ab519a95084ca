"""Streams: their configuration, their state, and the messages in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from typing import Any

from natstui.client.js.api.base import Base, Seconds, since, wire_name
from natstui.client.js.api.enums import (
    DiscardPolicy,
    PersistMode,
    RetentionPolicy,
    StorageType,
    StoreCompression,
)


@dataclass
class PubAck(Base):
    """PubAck is the response of publishing a message to JetStream.

    `batch_id` and `batch_size` acknowledge an atomic batch (ADR-50), `val` is the new value of a
    counter (ADR-49; a decimal number of any length).
    """

    stream: str
    seq: int
    domain: str | None = None
    duplicate: bool | None = None
    _: KW_ONLY
    batch_id: str | None = field(default=None, metadata=wire_name("batch"))
    batch_size: int | None = field(default=None, metadata=wire_name("count"))
    val: str | None = None


@dataclass
class Placement(Base):
    """Placement directives to consider when placing replicas of this stream"""

    cluster: str | None = None
    tags: list[str] | None = None
    _: KW_ONLY
    preferred: str | None = None


@dataclass
class ExternalStream(Base):
    """Where the API of a stream in another account or domain is reached."""

    api: str
    deliver: str | None = None


@dataclass
class SubjectTransform(Base):
    """Subjects that match `src` become `dest` (ADR-30)."""

    src: str
    dest: str


@dataclass
class StreamConsumerSource(Base):
    """The durable consumer that a source reads through (ADR-60)."""

    name: str
    deliver_subject: str


@dataclass
class StreamSource(Base):
    """A stream that another one copies from."""

    name: str
    opt_start_seq: int | None = None
    filter_subject: str | None = None
    external: ExternalStream | None = None
    _: KW_ONLY
    opt_start_time: datetime | str | None = None
    subject_transforms: list[SubjectTransform] | None = None
    consumer: StreamConsumerSource | None = field(default=None, metadata=since(4))


@dataclass
class StreamSourceInfo(Base):
    """How far a mirror or source is.

    `lag` messages behind; `active` nanoseconds since it was last heard from, -1 if never.
    """

    name: str
    lag: int | None = None
    active: int | None = None
    error: dict[str, Any] | None = None
    _: KW_ONLY
    external: ExternalStream | None = None
    filter_subject: str | None = None
    subject_transforms: list[SubjectTransform] | None = None


@dataclass
class LostStreamData(Base):
    """Messages that the server could not recover from disk."""

    msgs: list[int] | None = None
    bytes: int | None = None


@dataclass
class StreamState(Base):
    """What a stream holds. `subjects` is there if it was asked for: messages by subject."""

    messages: int
    bytes: int
    first_seq: int
    last_seq: int
    consumer_count: int
    deleted: list[int] | None = None
    num_deleted: int | None = None
    lost: LostStreamData | None = None
    subjects: dict[str, int] | None = None
    _: KW_ONLY
    first_ts: datetime | None = None
    last_ts: datetime | None = None
    num_subjects: int | None = None


@dataclass
class RePublish(Base):
    """RePublish is for republishing messages once committed to a stream.

    The original subject is remapped from the subject pattern to the destination pattern.
    """

    src: str | None = None
    dest: str | None = None
    headers_only: bool | None = None


@dataclass
class StreamConsumerLimits(Base):
    """What consumers of a stream get if they ask for nothing, and cannot exceed."""

    inactive_threshold: Seconds | None = None
    max_ack_pending: int | None = None


@dataclass
class StreamConfig(Base):
    """StreamConfig represents the configuration of a stream.

    Durations are seconds, sizes bytes, -1 is unlimited. `template_owner` is read and never sent:
    servers since 2.12 refuse it.
    """

    name: str | None = None
    description: str | None = None
    subjects: list[str] | None = None
    retention: RetentionPolicy | str | None = None
    max_consumers: int | None = None
    max_msgs: int | None = None
    max_bytes: int | None = None
    discard: DiscardPolicy | str | None = DiscardPolicy.OLD
    max_age: Seconds | None = None
    max_msgs_per_subject: int = -1
    max_msg_size: int | None = -1
    storage: StorageType | str | None = None
    num_replicas: int | None = None
    no_ack: bool = False
    template_owner: str | None = None
    duplicate_window: Seconds = 0
    placement: Placement | None = None
    mirror: StreamSource | None = None
    sources: list[StreamSource] | None = None
    sealed: bool = False
    deny_delete: bool = False
    deny_purge: bool = False
    allow_rollup_hdrs: bool = False
    republish: RePublish | None = None
    allow_direct: bool | None = None
    mirror_direct: bool | None = None
    _: KW_ONLY
    discard_new_per_subject: bool | None = None
    first_seq: int | None = None
    subject_transform: SubjectTransform | None = None
    compression: StoreCompression | str | None = None
    allow_msg_ttl: bool | None = field(default=None, metadata=since(1))
    allow_msg_schedules: bool | None = field(default=None, metadata=since(2))
    allow_atomic: bool | None = field(default=None, metadata=since(2))
    allow_batched: bool | None = field(default=None, metadata=since(4))
    allow_msg_counter: bool | None = field(default=None, metadata=since(2))
    persist_mode: PersistMode | str | None = field(
        default=None, metadata=since(2, PersistMode.ASYNC)
    )
    metadata: dict[str, str] | None = None
    consumer_limits: StreamConsumerLimits | None = None
    subject_delete_marker_ttl: Seconds | None = field(default=None, metadata=since(1))

    def as_dict(self) -> dict[str, Any]:
        result = super().as_dict()
        result.pop("template_owner", None)
        return result


@dataclass
class PeerInfo(Base):
    """A follower. `active`: seconds since it was last heard from; `lag`: operations behind."""

    name: str | None = None
    current: bool | None = None
    offline: bool | None = None
    active: Seconds | None = None
    lag: int | None = None
    _: KW_ONLY
    observer: bool | None = None
    peer: str | None = None


@dataclass
class ClusterInfo(Base):
    """Where the replicas of a stream or consumer are, and which one leads."""

    leader: str | None = None
    name: str | None = None
    replicas: list[PeerInfo] | None = None
    _: KW_ONLY
    raft_group: str | None = None
    leader_since: datetime | None = None
    system_account: bool | None = None
    traffic_account: str | None = None

    @property
    def traffic_acc(self) -> str | None:
        """`traffic_account` by the name that nats-py has for it."""
        return self.traffic_account


@dataclass
class StreamAlternate(Base):
    """A mirror that can serve reads, nearest first."""

    name: str
    cluster: str | None = None
    domain: str | None = None


@dataclass
class StreamInfo(Base):
    """StreamInfo is the latest information about a stream from JetStream."""

    config: StreamConfig
    state: StreamState
    mirror: StreamSourceInfo | None = None
    sources: list[StreamSourceInfo] | None = None
    cluster: ClusterInfo | None = None
    did_create: bool | None = None
    _: KW_ONLY
    created: datetime | None = None
    ts: datetime | None = None
    domain: str | None = None
    alternates: list[StreamAlternate] | None = None


class StreamsListIterator(Iterator[StreamInfo]):
    """The streams of an account, one after the other.

    `total` is how many the server counts; `missing` are names of streams whose leader did not
    answer, `offline` reasons by name of streams that this server cannot load.
    """

    def __init__(self, offset: int, total: int, streams: list[dict[str, Any]]) -> None:
        self.offset = offset
        self.total = total
        self.missing: list[str] = []
        self.offline: dict[str, str] = {}
        self._streams = iter(streams)

    def __next__(self) -> StreamInfo:
        return StreamInfo.from_response(next(self._streams))


@dataclass
class StreamPurgeRequest(Base):
    """StreamPurgeRequest is optional request information to the purge API.

    Messages before `seq`, or all but the last `keep`, of the subjects that match `filter`.
    """

    seq: int | None = None
    filter: str | None = None
    keep: int | None = None


@dataclass
class RawStreamMsg(Base):
    """A stored message. `hdrs` is its header block as stored, `headers` the same parsed."""

    subject: str | None = None
    seq: int | None = None
    data: bytes | None = None
    hdrs: bytes | None = None
    headers: dict[str, str] | None = None
    stream: str | None = None
    _: KW_ONLY
    time: datetime | None = None

    @property
    def sequence(self) -> int | None:
        """`seq`."""
        return self.seq

    @property
    def header(self) -> dict[str, str] | None:
        """header returns the headers from a message."""
        return self.headers
