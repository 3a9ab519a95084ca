"""The stream behind an object bucket: how it is configured, what it says (ADR-20)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from natstui.client.js import api
from natstui.client.js.kv_config import compression
from natstui.client.js.object_info import stream_name

if TYPE_CHECKING:
    from natstui.client.js.api import ObjectStoreConfig, StreamConfig, StreamInfo


def stream_config(config: ObjectStoreConfig) -> StreamConfig:
    """The stream of a bucket. Raises InvalidBucketNameError."""
    return api.StreamConfig(
        name=stream_name(config.bucket),
        description=config.description,
        subjects=[f"$O.{config.bucket}.C.>", f"$O.{config.bucket}.M.>"],
        max_age=config.ttl,
        max_bytes=config.max_bytes,
        storage=config.storage,
        num_replicas=config.replicas,
        placement=config.placement,
        compression=compression(config.compression),
        metadata=config.metadata,
        discard=api.DiscardPolicy.NEW,
        allow_rollup_hdrs=True,
        allow_direct=True,
    )


@dataclass
class ObjectStoreStatus:
    """How an object bucket is configured, and how full it is."""

    stream_info: StreamInfo
    bucket: str

    @property
    def description(self) -> str | None:
        """What its creator says of it."""
        return self.stream_info.config.description

    @property
    def ttl(self) -> float | None:
        """Seconds until objects expire; None for never."""
        return self.stream_info.config.max_age or None

    @property
    def storage_type(self) -> str | None:
        """Where it is kept: `StorageType.FILE` or `MEMORY`."""
        return self.stream_info.config.storage

    @property
    def replicas(self) -> int | None:
        """How many servers keep it."""
        return self.stream_info.config.num_replicas

    @property
    def sealed(self) -> bool:
        """Whether it is read-only."""
        return self.stream_info.config.sealed

    @property
    def size(self) -> int:
        """What is stored, infos included, in bytes."""
        return self.stream_info.state.bytes

    @property
    def is_compressed(self) -> bool:
        """Whether it is compressed on disk."""
        return self.stream_info.config.compression == api.StoreCompression.S2

    @property
    def backing_store(self) -> str:
        """What keeps the objects: "JetStream"."""
        return "JetStream"

    @property
    def metadata(self) -> dict[str, str]:
        """What the creator noted with the bucket."""
        return api.user_metadata(self.stream_info.config.metadata)
