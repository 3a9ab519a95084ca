"""Making, opening, listing and removing key-value buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from natstui.client.js import api, kv_config
from natstui.client.js.errors import BadBucketError, BucketNotFoundError, NotFoundError
from natstui.client.js.kv import KeyValue
from natstui.client.js.kv_names import STREAM_PREFIX
from natstui.client.js.manager import JetStreamManager

if TYPE_CHECKING:
    from natstui.client.js.client import JetStreamContext


class KeyValueBuckets(JetStreamManager):
    """The key-value half of `JetStreamContext`. All methods raise InvalidBucketNameError."""

    async def key_value(self, bucket: str) -> KeyValue:
        """A bucket that is there.

        Raises BucketNotFoundError; BadBucketError if the stream of that name is not a bucket.
        """
        try:
            info = await self.stream_info(kv_config.stream_name(bucket))
        except NotFoundError:
            raise BucketNotFoundError(code=404, description=f"bucket not found: {bucket}") from None
        if (info.config.max_msgs_per_subject or 0) < 1:
            raise BadBucketError(description=f"the stream {info.config.name} is not a bucket")
        return self._bucket(bucket, info.config)

    async def create_key_value(
        self, config: api.KeyValueConfig | None = None, **params: Any
    ) -> KeyValue:
        """Make a bucket; one that is there already, with the same configuration, is opened.

        `params` are fields of `KeyValueConfig`, over those of `config`. Raises BadRequestError
        (10058) if there is one with another configuration, KeyHistoryTooLargeError,
        KeyValueLimitMarkerTTLNotSupportedError.
        """
        wanted = await self._wanted(config, params)
        info = await self.add_stream(kv_config.stream_config(wanted))
        return self._bucket(wanted.bucket, info.config)

    async def update_key_value(
        self, config: api.KeyValueConfig | None = None, **params: Any
    ) -> KeyValue:
        """Change the configuration of a bucket to this one. Raises BucketNotFoundError."""
        wanted = await self._wanted(config, params)
        try:
            info = await self.update_stream(kv_config.stream_config(wanted))
        except NotFoundError:
            raise BucketNotFoundError(
                code=404, description=f"bucket not found: {wanted.bucket}"
            ) from None
        return self._bucket(wanted.bucket, info.config)

    async def create_or_update_key_value(
        self, config: api.KeyValueConfig | None = None, **params: Any
    ) -> KeyValue:
        """A bucket with this configuration, whether it was there or not."""
        try:
            return await self.update_key_value(config, **params)
        except BucketNotFoundError:
            return await self.create_key_value(config, **params)

    async def delete_key_value(self, bucket: str) -> bool:
        """Remove a bucket and everything in it. Raises BucketNotFoundError."""
        try:
            return await self.delete_stream(kv_config.stream_name(bucket))
        except NotFoundError:
            raise BucketNotFoundError(code=404, description=f"bucket not found: {bucket}") from None

    async def key_value_names(self) -> list[str]:
        """The names of all buckets."""
        return [status.bucket for status in await self.key_value_statuses()]

    async def key_value_statuses(self) -> list[kv_config.BucketStatus]:
        """All buckets, and how they stand."""
        return [
            kv_config.BucketStatus(info, info.config.name.removeprefix(STREAM_PREFIX))
            for info in await self.streams_info()
            if info.config.name and info.config.name.startswith(STREAM_PREFIX)
        ]

    async def _wanted(
        self, config: api.KeyValueConfig | None, params: dict[str, Any]
    ) -> api.KeyValueConfig:
        wanted = api.KeyValueConfig(**params) if config is None else config.evolve(**params)
        if wanted.limit_marker_ttl:
            kv_config.check_level(wanted, await self.account_info())
        return wanted

    def _bucket(self, bucket: str, stream: api.StreamConfig) -> KeyValue:
        pre, put_pre = kv_config.prefixes(bucket, stream)
        return KeyValue(
            bucket,
            stream.name or "",
            pre,
            cast("JetStreamContext", self),
            bool(stream.allow_direct or stream.mirror_direct),
            put_pre=put_pre,
        )
