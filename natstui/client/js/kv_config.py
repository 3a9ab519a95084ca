"""The stream behind a key-value bucket: how it is configured, what it says (ADR-8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from natstui.client.js import api
from natstui.client.js.errors import (
    KeyHistoryTooLargeError,
    KeyValueLimitMarkerTTLNotSupportedError,
)
from natstui.client.js.kv_names import STREAM_PREFIX, check_bucket

if TYPE_CHECKING:
    from natstui.client.js.api import KeyValueConfig, StreamConfig, StreamInfo, StreamSource

MAX_HISTORY = 64
LIMIT_MARKER_LEVEL = 1  # API level; nats-server 2.11
LONGEST_DUPLICATE_WINDOW = 120.0  # seconds


def stream_name(bucket: str) -> str:
    """Raises InvalidBucketNameError."""
    return STREAM_PREFIX + check_bucket(bucket)


def key_prefix(bucket: str) -> str:
    """What stands in front of a key in the subject of its entries."""
    return f"$KV.{bucket}."


def stream_config(config: KeyValueConfig) -> StreamConfig:
    """The stream of a bucket.

    Raises InvalidBucketNameError, KeyHistoryTooLargeError for more than 64 values a key,
    ValueError for less than one.
    """
    name = stream_name(config.bucket)
    if config.history > MAX_HISTORY:
        raise KeyHistoryTooLargeError()
    if config.history < 1:
        raise ValueError("nats: a bucket keeps at least one value a key")
    stream = api.StreamConfig(
        name=name,
        description=config.description,
        max_msgs=-1,
        max_msgs_per_subject=config.history,
        max_msg_size=config.max_value_size if config.max_value_size is not None else -1,
        max_bytes=config.max_bytes,
        max_age=config.ttl,
        duplicate_window=min(config.ttl or LONGEST_DUPLICATE_WINDOW, LONGEST_DUPLICATE_WINDOW),
        storage=config.storage,
        num_replicas=config.replicas,
        placement=config.placement,
        republish=config.republish,
        compression=compression(config.compression),
        metadata=config.metadata,
        discard=api.DiscardPolicy.NEW,
        allow_rollup_hdrs=True,
        deny_delete=True,
        allow_direct=config.direct is not False,
    )
    if config.limit_marker_ttl:
        stream.allow_msg_ttl = True
        stream.subject_delete_marker_ttl = config.limit_marker_ttl
    _add_origins(stream, config)
    return stream


def compression(wanted: bool | str | None) -> str | None:
    """What a bucket's `compression` is for its stream."""
    if isinstance(wanted, str) or wanted is None:
        return wanted
    return api.StoreCompression.S2 if wanted else api.StoreCompression.NONE


def _add_origins(stream: StreamConfig, config: KeyValueConfig) -> None:
    if config.mirror is not None:
        stream.mirror = _of_bucket(config.mirror)
        stream.mirror_direct = stream.allow_direct
        return
    stream.subjects = [f"{key_prefix(config.bucket)}>"]
    if config.sources:
        stream.sources = [_renaming(_of_bucket(each), config.bucket) for each in config.sources]


def _of_bucket(source: StreamSource) -> StreamSource:
    """Sources may be named by bucket or by stream."""
    if source.name.startswith(STREAM_PREFIX):
        return source
    return source.evolve(name=STREAM_PREFIX + source.name)


def _renaming(source: StreamSource, bucket: str) -> StreamSource:
    """A source whose keys get the subjects of the bucket that they are copied to."""
    if source.subject_transforms:
        return source
    origin = source.name.removeprefix(STREAM_PREFIX)
    if origin == bucket:
        return source
    keys = source.filter_subject or f"{key_prefix(origin)}>"
    transform = api.SubjectTransform(
        src=keys, dest=key_prefix(bucket) + keys.removeprefix(key_prefix(origin))
    )
    return source.evolve(subject_transforms=[transform], filter_subject=None)


def prefixes(bucket: str, stream: StreamConfig) -> tuple[str, str | None]:
    """What stands in front of a key where it is stored, and where it is written to.

    A mirror has the subjects of its origin. Writes go to the origin too, through its own API if it
    is elsewhere; None: through the API of the context.
    """
    mirror = stream.mirror
    if mirror is None:
        return key_prefix(bucket), None
    origin = key_prefix(mirror.name.removeprefix(STREAM_PREFIX))
    if mirror.external is None:
        return origin, None
    return origin, f"{mirror.external.api}.{origin}"


def check_level(config: KeyValueConfig, account: api.AccountInfo) -> None:
    """Raises KeyValueLimitMarkerTTLNotSupportedError if the servers do not know limit markers.

    They would keep such values for ever, without a word.
    """
    level = account.api.level or 0
    if config.limit_marker_ttl and level < LIMIT_MARKER_LEVEL:
        raise KeyValueLimitMarkerTTLNotSupportedError(
            f"limit_marker_ttl needs API level {LIMIT_MARKER_LEVEL} (nats-server 2.11), "
            f"the servers have level {level}"
        )


@dataclass
class BucketStatus:
    """BucketStatus is the status of a KeyValue bucket."""

    stream_info: StreamInfo
    bucket: str

    @property
    def values(self) -> int:
        """values returns the number of stored messages in the stream.

        Older values and marks of deletions count.
        """
        return self.stream_info.state.messages

    @property
    def history(self) -> int:
        """history returns the max msgs per subject."""
        return self.stream_info.config.max_msgs_per_subject

    @property
    def ttl(self) -> float | None:
        """ttl returns the max age in seconds; None for ever."""
        return self.stream_info.config.max_age or None

    @property
    def limit_marker_ttl(self) -> float | None:
        """Seconds that the marks of expired keys stay; None when the server makes none."""
        return self.stream_info.config.subject_delete_marker_ttl or None

    @property
    def marker_ttl(self) -> float | None:
        """`limit_marker_ttl`, as nats-py calls it."""
        return self.limit_marker_ttl

    @property
    def bytes(self) -> int:
        """What is stored, in bytes."""
        return self.stream_info.state.bytes

    @property
    def is_compressed(self) -> bool:
        """Whether it is compressed on disk."""
        return self.stream_info.config.compression == api.StoreCompression.S2

    @property
    def backing_store(self) -> str:
        """What keeps the values: "JetStream"."""
        return "JetStream"

    @property
    def metadata(self) -> dict[str, str]:
        """What the creator noted with the bucket."""
        return api.user_metadata(self.stream_info.config.metadata)
