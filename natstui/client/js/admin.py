"""What is done to streams and clusters rarely, and with care."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from natstui.client.js import api
from natstui.client.js.requester import Requester, checked_consumer, checked_name
from natstui.client.js.restore import Progress, restore
from natstui.client.js.snapshot import CHUNK, Snapshot, snapshot

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Mapping


class Administration(Requester):
    """The part of the manager for leaders, peers, accounts, backups.

    Outside of a cluster, what concerns leaders and peers raises ServiceUnavailableError (10010).
    """

    # Leaders and peers.

    async def step_down_stream(self, stream: str, placement: api.Placement | None = None) -> bool:
        """Have the stream elect another leader; a certain one (`preferred`, server 2.11), or one
        that has the tags or is in the cluster of `placement`."""
        return await self._step_down(
            f"STREAM.LEADER.STEPDOWN.{checked_name('stream', stream)}", placement
        )

    async def step_down_consumer(
        self, stream: str, consumer: str, placement: api.Placement | None = None
    ) -> bool:
        """Have the consumer elect another leader."""
        names = checked_consumer(stream, consumer)
        return await self._step_down(f"CONSUMER.LEADER.STEPDOWN.{names}", placement)

    async def remove_stream_peer(self, stream: str, peer: str) -> bool:
        """Take the replica on the server `peer` away; another server gets one, if there is one."""
        subject = f"STREAM.PEER.REMOVE.{checked_name('stream', stream)}"
        if not peer:
            raise ValueError("nats: remove_stream_peer needs the name of a server")
        return await self._success(subject, {"peer": peer})

    # With a connection of the system account.

    async def step_down_meta(self, placement: api.Placement | None = None) -> bool:
        """Have the cluster elect another JetStream leader.

        Only the system account may: for others nobody answers (TimeoutError).
        """
        return await self._step_down("META.LEADER.STEPDOWN", placement)

    async def remove_server(self, server: str = "", *, peer_id: str = "") -> bool:
        """Forget a server that will not come back, by its name or its id in the meta group.

        Only the system account may: for others nobody answers (TimeoutError).
        """
        if not (server or peer_id):
            raise ValueError("nats: remove_server needs the name of a server, or its peer_id")
        return await self._success("SERVER.REMOVE", {"peer": server, "peer_id": peer_id})

    async def purge_account(self, account: str) -> bool:
        """Delete all streams and consumers of an account.

        Only the system account may: for others nobody answers (TimeoutError).
        """
        answer = await self._api_request(f"ACCOUNT.PURGE.{checked_name('account', account)}")
        return bool(answer.get("initiated"))

    async def _step_down(self, subject: str, placement: api.Placement | None) -> bool:
        body = None if placement is None else {"placement": placement.as_dict()}
        level = 1 if placement is not None and placement.preferred else 0
        answer = await self._api_request(subject, body, level=level)
        return bool(answer.get("success"))

    # Streams as a whole.

    async def seal_stream(self, name: str) -> api.StreamInfo:
        """Let nothing be added to, changed in or deleted from the stream any more, for ever."""
        subject = f"STREAM.INFO.{checked_name('stream', name)}"
        config = (await self._api_request(subject))["config"]
        answer = await self._api_request(f"STREAM.UPDATE.{name}", {**config, "sealed": True})
        return api.StreamInfo.from_response(answer)

    async def snapshot_stream(
        self,
        name: str,
        *,
        consumers: bool = True,
        check: bool = False,
        chunk_size: int = CHUNK,
        chunks_ahead: int = 8,
        progress: Progress | None = None,
    ) -> Snapshot:
        """All of a stream, as chunks of bytes: iterate over them, within `async with`.

        `consumers`: with their state. `check`: have the server verify every message first.
        At most `chunks_ahead` chunks of `chunk_size` bytes are sent before they are taken.
        `progress(bytes so far)` is called for each. What comes is a compressed archive that
        `restore_stream` reads (the file `stream.arc.s2` of `nats stream backup`, `stream.tar.s2`
        of servers before 2.15).

        Raises NotFoundError, BadRequestError; see `Snapshot` for what may happen on the way.
        """
        return await snapshot(
            self, name, consumers, check, chunk_size, chunk_size * chunks_ahead, progress
        )

    async def restore_stream(
        self,
        config: api.StreamConfig | Mapping[str, Any],
        state: api.StreamState | Mapping[str, Any],
        chunks: AsyncIterable[bytes],
        *,
        progress: Progress | None = None,
        timeout: float | None = None,
    ) -> api.StreamInfo:
        """Make a stream from a snapshot; `config` and `state` are those of the snapshot.

        Another name or other subjects may be written into `config`. `timeout`: seconds for each
        chunk, and for the server to unpack it all. `progress(bytes so far)` is called for each.

        Raises BadRequestError (10130) if there is a stream of that name; ServerError (10062) for
        chunks that are not those of a snapshot, or not all: the stream may be there then, with
        the messages before the fault; ApiLevelError, before anything is sent, if the server is too
        old for the stream; TimeoutError, ServiceUnavailableError. What `chunks` raises goes
        through; no stream is made then.
        """
        return await restore(
            self,
            _as_dict(config),
            _as_dict(state),
            chunks,
            progress,
            self._seconds(timeout),
        )


def _as_dict(value: api.Base | Mapping[str, Any]) -> dict[str, Any]:
    return value.as_dict() if isinstance(value, api.Base) else dict(value)
