"""Key-value and object buckets, and the metadata of objects (ADR-8, ADR-20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import datetime

from natstui.client.js.api.base import Base, Seconds
from natstui.client.js.api.enums import StorageType, StoreCompression
from natstui.client.js.api.stream import Placement, RePublish, StreamSource


@dataclass
class KeyValueConfig(Base):
    """KeyValueConfig is the configuration of a KeyValue store.

    `history` values a key (1 to 64), `ttl` seconds. `direct`: reads are answered by any replica
    (unless False). `limit_marker_ttl`: seconds that the markers of expired keys stay; with it keys
    can have a lifetime of their own (ADR-48, server 2.11).
    """

    bucket: str
    description: str | None = None
    max_value_size: int | None = None
    history: int = 1
    ttl: Seconds | None = None
    max_bytes: int | None = None
    storage: StorageType | str | None = None
    replicas: int = 1
    placement: Placement | None = None
    republish: RePublish | None = None
    direct: bool | None = None
    _: KW_ONLY
    limit_marker_ttl: Seconds | None = None
    compression: bool | StoreCompression | str | None = None
    mirror: StreamSource | None = None
    sources: list[StreamSource] | None = None
    metadata: dict[str, str] | None = None


@dataclass
class ObjectStoreConfig(Base):
    """ObjectStoreConfig is the configuration of an ObjectStore."""

    bucket: str | None = None
    description: str | None = None
    ttl: Seconds | None = None
    max_bytes: int | None = None
    storage: StorageType | str | None = None
    replicas: int = 1
    placement: Placement | None = None
    _: KW_ONLY
    compression: bool | StoreCompression | str | None = None
    metadata: dict[str, str] | None = None


@dataclass
class ObjectLink(Base):
    """ObjectLink is used to embed links to other buckets and objects.

    Without a name it links to the whole bucket.
    """

    bucket: str
    name: str | None = None


@dataclass
class ObjectMetaOptions(Base):
    """`max_chunk_size` in bytes."""

    link: ObjectLink | None = None
    max_chunk_size: int | None = None


@dataclass
class ObjectMeta(Base):
    """ObjectMeta is high level information about an object.

    `headers` may have a list of values for a key.
    """

    name: str | None = None
    description: str | None = None
    headers: Mapping[str, str | Sequence[str]] | None = None
    options: ObjectMetaOptions | None = None
    _: KW_ONLY
    metadata: dict[str, str] | None = None


@dataclass
class ObjectInfo(Base):
    """ObjectInfo is meta plus instance information.

    `size` in bytes; `mtime` is when the metadata was written, which the server knows (it is not
    part of what is stored).
    """

    name: str
    bucket: str
    nuid: str
    size: int | None = None
    mtime: datetime | str | None = None
    chunks: int | None = None
    digest: str | None = None
    deleted: bool | None = False
    description: str | None = None
    headers: dict[str, str] | None = None
    options: ObjectMetaOptions | None = None
    _: KW_ONLY
    metadata: dict[str, str] | None = None

    @property
    def meta(self) -> ObjectMeta:
        """The part of it that is for people to say."""
        return ObjectMeta(
            self.name, self.description, self.headers, self.options, metadata=self.metadata
        )

    def is_link(self) -> bool:
        """Whether it stands for another object, or for a whole bucket."""
        return self.options is not None and self.options.link is not None
