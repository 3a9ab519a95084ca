"""Snapshots and restoring: all of a stream, out and in again."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable

import pytest

from natstui.client.aio.client import Client
from natstui.client.errors import TimeoutError, UnexpectedEOF
from natstui.client.js import api
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import (
    ApiLevelError,
    BadRequestError,
    ErrorCode,
    NotFoundError,
    ServerError,
)
from natstui.client.js.snapshot import Snapshot
from tests.client.js.conftest import Connect
from tests.support.proxy import FaultyProxy
from tests.support.server import NatsServer

MESSAGES, SIZE = 600, 2000


@pytest.fixture
async def stream(js: JetStreamContext) -> JetStreamContext:
    await js.add_stream(name="S", subjects=["s.>"], description="kept")
    for number in range(MESSAGES):
        # Random: the archive is compressed.
        await js.publish_async(f"s.{number}", os.urandom(SIZE), headers={"K": "v"})
    await js.publish_async_completed()
    await js.delete_msg("S", 5)
    consumer = await js.pull_subscribe("s.>", "c")
    for message in await consumer.fetch(10):
        await message.ack_sync()
    return js


async def chunks_of(js: JetStreamContext, chunk_size: int = 65536) -> tuple[Snapshot, list[bytes]]:
    async with await js.snapshot_stream("S", chunk_size=chunk_size) as snapshot:
        return snapshot, [chunk async for chunk in snapshot]


async def these(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def everything(js: JetStreamContext) -> list[api.RawStreamMsg]:
    found = []
    for seq in range(1, MESSAGES + 1):
        try:
            found.append(await js.get_msg("S", seq))
        except NotFoundError:
            found.append(api.RawStreamMsg(seq=seq))
    return found


async def test_what_comes_out_goes_in_again(stream: JetStreamContext) -> None:
    before, info = await everything(stream), await stream.stream_info("S")
    consumer = await stream.consumer_info("S", "c")
    progress: list[int] = []
    async with await stream.snapshot_stream("S", check=True, progress=progress.append) as snapshot:
        chunks = [chunk async for chunk in snapshot]
    assert snapshot.received == sum(map(len, chunks)) == progress[-1] > MESSAGES * SIZE
    assert progress == sorted(progress)
    assert snapshot.config.diff(info.config) == {}
    assert snapshot.state.messages == MESSAGES - 1
    await stream.delete_stream("S")

    progress.clear()
    restored = await stream.restore_stream(
        snapshot.config, snapshot.state, these(chunks), progress=progress.append
    )
    assert progress[-1] == snapshot.received
    assert restored.config.description == "kept"
    assert await everything(stream) == before
    assert (await stream.stream_info("S")).state == info.state
    again = await stream.consumer_info("S", "c")
    assert again.ack_floor is not None
    assert consumer.ack_floor is not None
    assert again.ack_floor.stream_seq == consumer.ack_floor.stream_seq


async def test_without_its_consumers(stream: JetStreamContext) -> None:
    async with await stream.snapshot_stream("S", consumers=False) as snapshot:
        chunks = [chunk async for chunk in snapshot]
    await stream.delete_stream("S")
    await stream.restore_stream(snapshot.config, snapshot.state, these(chunks))
    assert await stream.consumers_info("S") == []


async def test_under_another_name(stream: JetStreamContext) -> None:
    snapshot, chunks = await chunks_of(stream)
    other = snapshot.config.evolve(name="T", subjects=["t.>"])
    info = await stream.restore_stream(other, snapshot.state, these(chunks))
    assert (info.config.name, info.state.messages) == ("T", MESSAGES - 1)
    # Chunks of any size, and empty ones, are the same archive.
    whole = b"".join(chunks)
    other = snapshot.config.evolve(name="U", subjects=["u.>"])
    info = await stream.restore_stream(
        other.as_dict(), snapshot.state.as_dict(), these([whole[:1], b"", whole[1:]])
    )
    assert info.state.messages == MESSAGES - 1


async def test_an_empty_stream(js: JetStreamContext) -> None:
    await js.add_stream(name="S", subjects=["s.>"])
    snapshot, chunks = await chunks_of(js)
    assert snapshot.state.messages == 0
    await js.delete_stream("S")
    await js.restore_stream(snapshot.config, snapshot.state, these(chunks))
    assert (await js.stream_info("S")).state.messages == 0


async def test_chunks_wait_for_who_takes_them(stream: JetStreamContext, nc: Client) -> None:
    before = nc.stats["in_bytes"]
    async with await stream.snapshot_stream("S", chunk_size=16384, chunks_ahead=2) as snapshot:
        taken = 0
        async for chunk in snapshot:
            taken += len(chunk)
            await nc.flush()
            ahead = nc.stats["in_bytes"] - before - taken
            assert ahead <= 3 * 16384 + 4096
    assert taken == snapshot.received


async def test_a_snapshot_that_is_left(
    js_server: NatsServer, stream: JetStreamContext, nc: Client
) -> None:
    async with await stream.snapshot_stream("S", chunk_size=16384) as snapshot:
        async for _ in snapshot:
            break
    await nc.flush()
    (connection,) = js_server.monitor("connz?subs=1")["connections"]
    assert snapshot._inbox.subject not in connection["subscriptions_list"]


async def test_impossible_snapshots(stream: JetStreamContext) -> None:
    with pytest.raises(NotFoundError):
        await stream.snapshot_stream("X")
    with pytest.raises(ValueError, match="chunk_size"):
        await stream.snapshot_stream("S", chunk_size=1)
    with pytest.raises(ValueError, match="chunk"):
        await stream.snapshot_stream("S", chunks_ahead=0)


async def test_impossible_restores(stream: JetStreamContext) -> None:
    snapshot, chunks = await chunks_of(stream)
    with pytest.raises(BadRequestError, match="already in use"):
        await stream.restore_stream(snapshot.config, snapshot.state, these(chunks))
    for number, wrong in enumerate((b"garbage" * 1000, chunks[0], b"".join(chunks)[:-1])):
        other = snapshot.config.evolve(name=f"T{number}", subjects=[f"t{number}.>"])
        with pytest.raises(ServerError) as caught:
            await stream.restore_stream(other, snapshot.state, these([wrong]))
        assert caught.value.err_code == ErrorCode.STREAM_RESTORE
    with pytest.raises(ValueError, match="invalid stream name"):
        await stream.restore_stream({}, {}, these([]))


async def test_a_source_that_fails_leaves_no_stream(stream: JetStreamContext) -> None:
    snapshot, chunks = await chunks_of(stream)

    async def broken() -> AsyncIterator[bytes]:
        yield chunks[0]
        raise OSError("the disk is gone")

    other = snapshot.config.evolve(name="T", subjects=["t.>"])
    with pytest.raises(OSError, match="disk"):
        await stream.restore_stream(other, snapshot.state, broken())
    with pytest.raises(NotFoundError):
        await stream.stream_info("T")


# Faults.


async def rest(snapshot: Snapshot) -> None:
    async for _ in snapshot:
        pass


async def test_the_server_goes_silent(
    js_server: NatsServer, stream: JetStreamContext, nc: Client
) -> None:
    js = nc.jetstream(timeout=20)
    async with await js.snapshot_stream("S", chunk_size=16384, chunks_ahead=1) as snapshot:
        snapshot._inbox._timeout = 0.2
        js_server.pause()
        try:
            with pytest.raises(TimeoutError, match="did not go on"):
                await rest(snapshot)
        finally:
            js_server.resume()


async def test_the_connection_is_lost(
    js_server: NatsServer, stream: JetStreamContext, connect: Connect
) -> None:
    async with FaultyProxy("127.0.0.1", js_server.port) as proxy:
        js = (await connect(proxy.url, reconnect_time_wait=0.05)).jetstream(timeout=20)
        async with await js.snapshot_stream("S", chunk_size=16384) as snapshot:
            proxy.to_client.cut_after(50_000, reset=True)
            with pytest.raises(UnexpectedEOF, match="during the snapshot"):
                await rest(snapshot)


async def test_the_restoring_server_goes_silent(
    js_server: NatsServer, stream: JetStreamContext
) -> None:
    snapshot, chunks = await chunks_of(stream, 16384)

    async def pausing() -> AsyncIterator[bytes]:
        for number, chunk in enumerate(chunks):
            if number == 3:
                js_server.pause()
            yield chunk

    other = snapshot.config.evolve(name="T", subjects=["t.>"])
    try:
        with pytest.raises(TimeoutError):
            await stream.restore_stream(other, snapshot.state, pausing(), timeout=0.5)
    finally:
        js_server.resume()


async def test_an_older_server(stream: JetStreamContext, old_server: Connect) -> None:
    config = api.StreamConfig(name="NEW", subjects=["n"], allow_msg_counter=True)
    state = (await stream.stream_info("S")).state
    with pytest.raises(ApiLevelError, match="level 2"):
        await (await old_server()).jetstream().restore_stream(config, state, these([b"x"]))
