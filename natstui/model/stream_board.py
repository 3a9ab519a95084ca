"""All streams of the account, with what a person wants to know of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from natstui.client.js.api import Timestamp
from natstui.client.js.errors import NotFoundError
from natstui.model.asking import api
from natstui.model.rates import Rate
from natstui.model.rows import Rows
from natstui.model.session import Session

RATE_WINDOW = 10.0
# Go's zero time: the server's word for "never".
_NEVER = "0001-01-01T00:00:00Z"
# A stream hears of what it copies every second, if only that there is nothing new.
_SILENT = 15_000_000_000  # nanoseconds

StreamKind = Literal["stream", "mirror", "sourced", "kv", "objects"]


@dataclass
class StreamRow:
    """One stream. `info` is the server's answer as it came; the rest is read out of it.

    `rate`: messages per second that are stored, over the last ten seconds. `problem`: why there is
    no answer for it ("" if there is one).
    """

    name: str
    info: dict[str, Any]
    rate: Rate = field(default_factory=lambda: Rate(RATE_WINDOW))
    problem: str = ""

    @property
    def config(self) -> dict[str, Any]:
        config: dict[str, Any] = self.info.get("config") or {}
        return config

    @property
    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.info.get("state") or {}
        return state

    @property
    def messages(self) -> int:
        return int(self.state.get("messages") or 0)

    @property
    def bytes(self) -> int:
        return int(self.state.get("bytes") or 0)

    @property
    def consumers(self) -> int:
        return int(self.state.get("consumer_count") or 0)

    @property
    def last_at(self) -> float | None:
        """When the newest message was stored, None if there is none."""
        text = self.state.get("last_ts") or _NEVER
        return None if text == _NEVER else Timestamp.parse(text).timestamp()

    @property
    def subjects(self) -> list[str]:
        return list(self.config.get("subjects") or [])

    @property
    def kind(self) -> StreamKind:
        if self.name.startswith("KV_"):
            return "kv"
        if self.name.startswith("OBJ_"):
            return "objects"
        if self.config.get("mirror"):
            return "mirror"
        return "sourced" if self.config.get("sources") else "stream"

    @property
    def leader(self) -> str:
        """The server that leads, "" where there is no cluster."""
        return str((self.info.get("cluster") or {}).get("leader") or "")

    @property
    def replicas(self) -> int:
        return int(self.config.get("num_replicas") or 1)

    @property
    def current_replicas(self) -> int:
        """How many of them are up to date, the leader among them."""
        cluster = self.info.get("cluster") or {}
        followers = [each for each in cluster.get("replicas") or [] if each.get("current")]
        return len(followers) + (1 if cluster.get("leader") or not cluster else 0)

    @property
    def lag(self) -> int | None:
        """How many messages it is behind the stream that it copies, None if it copies none."""
        mirror = self.info.get("mirror")
        copied = ([mirror] if mirror else []) + list(self.info.get("sources") or [])
        return sum(int(each.get("lag") or 0) for each in copied) if copied else None

    @property
    def is_copying(self) -> bool:
        """Whether what it copies was heard of of late; True for what copies nothing."""
        mirror = self.info.get("mirror")
        copied = ([mirror] if mirror else []) + list(self.info.get("sources") or [])
        return all(
            0 <= int(each.get("active", -1)) < _SILENT and not each.get("error") for each in copied
        )

    @property
    def words(self) -> str:
        """What a filter searches."""
        config = self.config
        described = str(config.get("description") or "")
        return " ".join([self.name, self.kind, *self.subjects, described, self.leader])


class StreamBoard:
    """The streams; `load` asks for all of them, in pages of what the server gives at once.

    With `only` it asks for these and no others; those that are not there have no row.
    """

    def __init__(
        self,
        session: Session,
        clock: Callable[[], float] = time.monotonic,
        *,
        only: Sequence[str] = (),
    ) -> None:
        self.session = session
        self.only = only
        self.rows: Rows[StreamRow] = Rows(lambda row: row.name, lambda row: row.words)
        self.total_messages = 0
        self.total_bytes = 0
        self._clock = clock
        self._known: dict[str, StreamRow] = {}

    def find(self, name: str) -> StreamRow | None:
        """The stream of that name, as of the last answer."""
        return self._known.get(name)

    async def load(self) -> None:
        """Ask for the streams; raises what a request to JetStream can."""
        if self.only:
            self._take(await self._chosen(), {})
        else:
            self._take(*await self._all())

    async def _chosen(self) -> dict[str, dict[str, Any]]:
        infos: dict[str, dict[str, Any]] = {}
        for name in self.only:
            with suppress(NotFoundError):
                infos[name] = await api(self.session, f"STREAM.INFO.{name}")
        return infos

    async def _all(self) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
        """What there is by name, and why there is no answer for the others."""
        infos: dict[str, dict[str, Any]] = {}
        problems: dict[str, str] = {}
        offset, total = 0, 1
        while offset < total:
            page = await api(self.session, "STREAM.LIST", {"offset": offset})
            streams, missing = page.get("streams") or [], page.get("missing") or []
            infos |= {info["config"]["name"]: info for info in streams}
            problems |= dict.fromkeys(missing, "its leader did not answer")
            problems |= page.get("offline") or {}
            total = page["total"]
            if not streams and not missing:
                break
            offset += len(streams) + len(missing)
        return infos, problems

    def _take(self, infos: dict[str, dict[str, Any]], problems: dict[str, str]) -> None:
        now = self._clock()
        before, self._known = self._known, {}
        for name in sorted({*infos, *problems}):
            row = before.get(name) or StreamRow(name, {})
            row.problem = problems.get(name, "")
            if name in infos:
                row.info = infos[name]
                row.rate.sample(now, int(row.state.get("last_seq") or 0))
            self._known[name] = row
        self.total_messages = sum(row.messages for row in self._known.values())
        self.total_bytes = sum(row.bytes for row in self._known.values())
        self.rows.set_items(self._known.values())
