"""The words of the JetStream API. All are str: a field also takes, and may hold, a plain string."""

from __future__ import annotations

from enum import StrEnum


class Header(StrEnum):
    """Message headers that JetStream knows."""

    BATCH_COMMIT = "Nats-Batch-Commit"
    BATCH_ID = "Nats-Batch-Id"
    BATCH_SEQUENCE = "Nats-Batch-Sequence"
    CONSUMER_STALLED = "Nats-Consumer-Stalled"
    COUNTER_SOURCES = "Nats-Counter-Sources"
    DESCRIPTION = "Description"
    EXPECTED_LAST_MSG_ID = "Nats-Expected-Last-Msg-Id"
    EXPECTED_LAST_SEQUENCE = "Nats-Expected-Last-Sequence"
    EXPECTED_LAST_SUBJECT_SEQUENCE = "Nats-Expected-Last-Subject-Sequence"
    EXPECTED_LAST_SUBJECT_SEQUENCE_SUBJECT = "Nats-Expected-Last-Subject-Sequence-Subject"
    EXPECTED_STREAM = "Nats-Expected-Stream"
    INCR = "Nats-Incr"
    LAST_CONSUMER = "Nats-Last-Consumer"
    LAST_SEQUENCE = "Nats-Last-Sequence"
    LAST_STREAM = "Nats-Last-Stream"
    MARKER_REASON = "Nats-Marker-Reason"
    MSG_ID = "Nats-Msg-Id"
    MSG_SIZE = "Nats-Msg-Size"
    MSG_TTL = "Nats-TTL"
    NUM_PENDING = "Nats-Num-Pending"
    PENDING_BYTES = "Nats-Pending-Bytes"
    PENDING_MESSAGES = "Nats-Pending-Messages"
    PIN_ID = "Nats-Pin-Id"
    REQUIRED_API_LEVEL = "Nats-Required-Api-Level"
    ROLLUP = "Nats-Rollup"
    SCHEDULE = "Nats-Schedule"
    SCHEDULE_NEXT = "Nats-Schedule-Next"
    SCHEDULE_ROLLUP = "Nats-Schedule-Rollup"
    SCHEDULE_SOURCE = "Nats-Schedule-Source"
    SCHEDULE_TARGET = "Nats-Schedule-Target"
    SCHEDULE_TIME_ZONE = "Nats-Schedule-Time-Zone"
    SCHEDULE_TTL = "Nats-Schedule-TTL"
    SCHEDULER = "Nats-Scheduler"
    SEQUENCE = "Nats-Sequence"
    STATUS = "Status"
    STREAM = "Nats-Stream"
    STREAM_IDENTITY = "Nats-Stream-Identity"
    SUBJECT = "Nats-Subject"
    TIME_STAMP = "Nats-Time-Stamp"
    TRACE_DEST = "Nats-Trace-Dest"
    TRACE_ONLY = "Nats-Trace-Only"
    UP_TO_SEQUENCE = "Nats-UpTo-Sequence"


class StatusCode(StrEnum):
    """Statuses of messages without a payload: what a pull, a heartbeat or a direct get says."""

    SERVICE_UNAVAILABLE = "503"
    NO_MESSAGES = "404"
    REQUEST_TIMEOUT = "408"
    CONFLICT = "409"
    CONTROL_MESSAGE = "100"
    END_OF_BATCH = "204"
    BAD_REQUEST = "400"
    API_LEVEL = "412"
    TOO_MANY_RESULTS = "413"
    WRONG_PIN_ID = "423"


class RetentionPolicy(StrEnum):
    """How message retention is considered"""

    LIMITS = "limits"
    INTEREST = "interest"
    WORK_QUEUE = "workqueue"


class StorageType(StrEnum):
    """The type of storage backend"""

    FILE = "file"
    MEMORY = "memory"


class DiscardPolicy(StrEnum):
    """Discard policy when a stream reaches its limits"""

    OLD = "old"
    NEW = "new"


class StoreCompression(StrEnum):
    """How a stream's files are compressed."""

    NONE = "none"
    S2 = "s2"


class PersistMode(StrEnum):
    """Whether a publish is acknowledged after (default) or before (async) it is on disk."""

    DEFAULT = "default"
    ASYNC = "async"


class AckPolicy(StrEnum):
    """Policies defining how messages should be acknowledged.

    If an ack is required but is not received within the AckWait window, the message will be
    redelivered.
    """

    NONE = "none"
    ALL = "all"
    EXPLICIT = "explicit"
    FLOW_CONTROL = "flow_control"


class DeliverPolicy(StrEnum):
    """Where in the stream a new consumer starts."""

    ALL = "all"
    LAST = "last"
    NEW = "new"
    BY_START_SEQUENCE = "by_start_sequence"
    BY_START_TIME = "by_start_time"
    LAST_PER_SUBJECT = "last_per_subject"


class ReplayPolicy(StrEnum):
    """Whether stored messages are delivered at once, or with the pauses of their publication.

    It applies to consumers that start in the past (all, by_start_sequence, by_start_time).
    """

    INSTANT = "instant"
    ORIGINAL = "original"


class PriorityPolicy(StrEnum):
    """How several pullers of one consumer share its messages (ADR-42)."""

    NONE = "none"
    OVERFLOW = "overflow"
    PINNED_CLIENT = "pinned_client"
    PRIORITIZED = "prioritized"
