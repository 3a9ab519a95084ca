"""Making, opening, listing and removing object buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from natstui.client.js import api, object_config
from natstui.client.js.errors import BadBucketError, BucketNotFoundError, NotFoundError
from natstui.client.js.manager import JetStreamManager
from natstui.client.js.object_info import STREAM_PREFIX, stream_name
from natstui.client.js.object_store import ObjectStore

if TYPE_CHECKING:
    from natstui.client.js.client import JetStreamContext


class ObjectBuckets(JetStreamManager):
    """The object half of `JetStreamContext`. All methods raise InvalidBucketNameError."""

    async def object_store(self, bucket: str) -> ObjectStore:
        """A bucket that is there.

        Raises BucketNotFoundError; BadBucketError if the stream of that name is not a bucket.
        """
        try:
            info = await self.stream_info(stream_name(bucket))
        except NotFoundError:
            raise _not_found(bucket) from None
        if info.config.mirror is None and f"$O.{bucket}.M.>" not in (info.config.subjects or ()):
            raise BadBucketError(description=f"the stream {info.config.name} is not a bucket")
        return self._store(bucket)

    async def create_object_store(
        self,
        bucket: str | None = None,
        config: api.ObjectStoreConfig | None = None,
        **params: Any,
    ) -> ObjectStore:
        """Make a bucket; one that is there already, with the same configuration, is opened.

        `params` are fields of `ObjectStoreConfig`, over those of `config`. Raises BadRequestError
        (10058) if there is one with another configuration.
        """
        wanted = _wanted(bucket, config, params)
        await self.add_stream(object_config.stream_config(wanted))
        return self._store(wanted.bucket)

    async def update_object_store(
        self,
        bucket: str | None = None,
        config: api.ObjectStoreConfig | None = None,
        **params: Any,
    ) -> ObjectStore:
        """Change the configuration of a bucket to this one. Raises BucketNotFoundError."""
        wanted = _wanted(bucket, config, params)
        try:
            await self.update_stream(object_config.stream_config(wanted))
        except NotFoundError:
            raise _not_found(wanted.bucket) from None
        return self._store(wanted.bucket)

    async def delete_object_store(self, bucket: str) -> bool:
        """Remove a bucket and everything in it. Raises BucketNotFoundError."""
        try:
            return await self.delete_stream(stream_name(bucket))
        except NotFoundError:
            raise _not_found(bucket) from None

    async def object_store_names(self) -> list[str]:
        """The names of all buckets."""
        return [status.bucket for status in await self.object_store_statuses()]

    async def object_store_statuses(self) -> list[object_config.ObjectStoreStatus]:
        """All buckets, and how they stand."""
        return [
            object_config.ObjectStoreStatus(info, info.config.name.removeprefix(STREAM_PREFIX))
            for info in await self.streams_info()
            if info.config.name and info.config.name.startswith(STREAM_PREFIX)
        ]

    def _store(self, bucket: str | None) -> ObjectStore:
        return ObjectStore(bucket or "", stream_name(bucket), cast("JetStreamContext", self))


def _wanted(
    bucket: str | None, config: api.ObjectStoreConfig | None, params: dict[str, Any]
) -> api.ObjectStoreConfig:
    if bucket is not None:
        params["bucket"] = bucket
    return (config or api.ObjectStoreConfig()).evolve(**params)


def _not_found(bucket: str | None) -> BucketNotFoundError:
    return BucketNotFoundError(code=404, description=f"bucket not found: {bucket}")
