"""A key-value bucket as its stream describes it (ADR-8): where its keys are, what it keeps."""

from __future__ import annotations

from typing import Any

from natstui.client.js import api, kv_config
from natstui.client.js.kv_names import STREAM_PREFIX
from natstui.model.publish_guard import DEFAULT_API_PREFIX

_NANOSECONDS = 1_000_000_000


class Bucket:
    """What a STREAM.INFO says of it; `info` is the answer as it came."""

    def __init__(self, name: str, info: dict[str, Any]) -> None:
        self.name = name
        self.info = info
        config = api.StreamConfig.from_response(self.config)
        self.prefix, self._put_prefix = kv_config.prefixes(name, config)

    @property
    def stream(self) -> str:
        return STREAM_PREFIX + self.name

    @property
    def config(self) -> dict[str, Any]:
        config: dict[str, Any] = self.info.get("config") or {}
        return config

    @property
    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.info.get("state") or {}
        return state

    def put_prefix(self, api_prefix: str) -> str:
        """What stands in front of a key where it is written to.

        Other domains and accounts are reached through the prefix of their API.
        """
        if self._put_prefix is not None:
            return self._put_prefix
        return self.prefix if api_prefix == DEFAULT_API_PREFIX else f"{api_prefix}.{self.prefix}"

    @property
    def history(self) -> int:
        """How many revisions of a key are kept, 0 for all of them."""
        return max(0, int(self.config.get("max_msgs_per_subject") or 0))

    @property
    def allows_direct(self) -> bool:
        """Whether many values can be read with one request."""
        return bool(self.config.get("allow_direct") or self.config.get("mirror_direct"))

    @property
    def ttl(self) -> float:
        """Seconds that a value is kept, 0 for ever."""
        return float(self.config.get("max_age") or 0) / _NANOSECONDS

    @property
    def allows_ttl(self) -> bool:
        """Whether a key may have a lifetime of its own."""
        return bool(self.config.get("allow_msg_ttl"))

    @property
    def mirror(self) -> str:
        """The bucket that it is a copy of, or ""."""
        mirror = self.config.get("mirror") or {}
        return str(mirror.get("name") or "").removeprefix(STREAM_PREFIX)
