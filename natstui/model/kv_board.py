"""All key-value buckets of the account."""

from __future__ import annotations

from natstui.client.js.kv_names import STREAM_PREFIX
from natstui.model.kv_bucket import Bucket
from natstui.model.rates import Rate
from natstui.model.rows import Rows
from natstui.model.session import Session
from natstui.model.stream_board import StreamBoard, StreamRow


class BucketRow:
    """A bucket and the stream that it is."""

    def __init__(self, stream: StreamRow) -> None:
        self.stream = stream
        self.bucket = Bucket(stream.name.removeprefix(STREAM_PREFIX), stream.info)

    @property
    def name(self) -> str:
        return self.bucket.name

    @property
    def keys(self) -> int:
        """Deleted ones count for as long as their mark is there."""
        return int(self.stream.state.get("num_subjects") or 0)

    @property
    def rate(self) -> Rate:
        return self.stream.rate

    @property
    def words(self) -> str:
        """What a filter searches."""
        return f"{self.name} {self.stream.config.get('description') or ''} {self.bucket.mirror}"


class BucketBoard:
    """The buckets; `load` asks for all streams, which is how they are found."""

    def __init__(self, session: Session) -> None:
        self.streams = StreamBoard(session)
        self.rows: Rows[BucketRow] = Rows(lambda row: row.name, lambda row: row.words)

    async def load(self) -> None:
        """Raises what a request to JetStream can."""
        await self.streams.load()
        buckets = [row for row in self.streams.rows.items if row.kind == "kv"]
        self.rows.set_items(map(BucketRow, buckets))

    @property
    def total_bytes(self) -> int:
        return sum(row.stream.bytes for row in self.rows.items)
