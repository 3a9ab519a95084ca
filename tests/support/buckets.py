"""A bucket, two who look at it, and one who writes to it."""

from __future__ import annotations

from pathlib import Path

from natstui.client.aio.client import Client
from natstui.client.js.kv import KeyValue
from natstui.model.journal import Journal
from natstui.model.kv_session import KeyValueSession
from natstui.model.session import Session
from natstui.model.writing import Writer


class Bench:
    """The bucket `config`: `bucket` is somebody else's program, `kv` and `writer` are ours."""

    def __init__(self, client: Client, session: Session, bucket: KeyValue, folder: Path) -> None:
        self.client = client
        self.session = session
        self.bucket = bucket
        self.kv = KeyValueSession(session, bucket.bucket)
        self.writer = Writer(session, Journal(folder))

    @property
    def keys(self) -> list[str]:
        """As of the last load."""
        return self.kv.view.all.keys

    async def value(self, key: str) -> bytes | None:
        """What the key holds, as its own bucket says."""
        return (await self.bucket.get(key)).value
