"""All object buckets of the account, and what the stream of each says of it (ADR-20)."""

from __future__ import annotations

from typing import Any

from natstui.client.js.object_info import STREAM_PREFIX
from natstui.model.rates import Rate
from natstui.model.rows import Rows
from natstui.model.session import Session
from natstui.model.stream_board import StreamBoard, StreamRow

_NANOSECONDS = 1_000_000_000


class ObjectBucket:
    """What a STREAM.INFO says of it; `info` is the answer as it came."""

    def __init__(self, name: str, info: dict[str, Any]) -> None:
        self.name = name
        self.info = info

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

    @property
    def bytes(self) -> int:
        return int(self.state.get("bytes") or 0)

    @property
    def is_sealed(self) -> bool:
        """Whether nothing can be changed in it any more."""
        return bool(self.config.get("sealed"))

    @property
    def is_mirror(self) -> bool:
        """Whether it only copies another one."""
        return bool(self.config.get("mirror"))

    @property
    def max_bytes(self) -> int | None:
        """How much fits into it, None if there is no limit."""
        limit = int(self.config.get("max_bytes") or -1)
        return limit if limit > 0 else None

    @property
    def max_message(self) -> int | None:
        """How large a chunk may be, None if only the server limits it."""
        limit = int(self.config.get("max_msg_size") or -1)
        return limit if limit > 0 else None

    @property
    def ttl(self) -> float:
        """Seconds that an object is kept, 0 for ever."""
        return float(self.config.get("max_age") or 0) / _NANOSECONDS

    @property
    def why_unchangeable(self) -> str:
        """Why nothing can be changed in it, "" if something can."""
        if self.is_sealed:
            return f"bucket {self.name} is sealed: nothing in it can be changed any more"
        if self.is_mirror:
            return f"bucket {self.name} is a mirror: what it copies is changed at its origin"
        return ""


class ObjectBucketRow:
    """A bucket and the stream that it is."""

    def __init__(self, stream: StreamRow) -> None:
        self.stream = stream
        self.bucket = ObjectBucket(stream.name.removeprefix(STREAM_PREFIX), stream.info)

    @property
    def name(self) -> str:
        return self.bucket.name

    @property
    def rate(self) -> Rate:
        return self.stream.rate

    @property
    def description(self) -> str:
        return str(self.bucket.config.get("description") or "")

    @property
    def words(self) -> str:
        """What a filter searches."""
        return f"{self.name} {self.description} {'sealed' if self.bucket.is_sealed else ''}"


class ObjectBoard:
    """The buckets; `load` asks for all streams, which is how they are found."""

    def __init__(self, session: Session) -> None:
        self.streams = StreamBoard(session)
        self.rows: Rows[ObjectBucketRow] = Rows(lambda row: row.name, lambda row: row.words)

    async def load(self) -> None:
        """Raises what a request to JetStream can."""
        await self.streams.load()
        buckets = [row for row in self.streams.rows.items if row.kind == "objects"]
        self.rows.set_items(map(ObjectBucketRow, buckets))

    @property
    def total_bytes(self) -> int:
        return sum(row.stream.bytes for row in self.rows.items)
