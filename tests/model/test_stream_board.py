"""The board of streams: all of them, with rates, lags and what stands against them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from natstui.client import connect
from natstui.client.aio.client import Client
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.stream_board import StreamBoard, StreamRow
from tests.support.cluster import Cluster
from tests.support.server import NatsServer
from tests.support.waiting import eventually


@pytest.fixture
async def client(js_server: NatsServer) -> AsyncIterator[Client]:
    client = await connect(js_server.url)
    yield client
    await client.close()


@pytest.fixture
async def session(js_server: NatsServer) -> AsyncIterator[Session]:
    session = Session(Settings(servers=(js_server.url,)))
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    yield session
    await session.close()


async def test_what_a_stream_holds_and_how_fast_it_grows(client: Client, session: Session) -> None:
    now = 0.0
    board = StreamBoard(session, clock=lambda: now)
    js = client.jetstream()
    await js.add_stream(name="ORDERS", subjects=["orders.>"], description="what was bought")
    await js.add_consumer("ORDERS", durable_name="billing", ack_policy="explicit")
    await board.load()
    row = board.rows[0]
    assert (row.name, row.messages, row.consumers, row.kind) == ("ORDERS", 0, 1, "stream")
    assert (row.rate.per_second, row.last_at, row.lag) == (0, None, None)
    assert (row.replicas, row.current_replicas, row.leader) == (1, 1, "")
    for number in range(20):
        await js.publish("orders.new", b"%d" % number)
    now = 2.0
    await board.load()
    assert board.rows[0] is row
    assert (row.messages, row.rate.per_second) == (20, 10)
    assert row.last_at is not None
    assert (board.total_messages, board.total_bytes) == (20, row.bytes)
    board.rows.set_filter("bought orders.>")
    assert len(board.rows) == 1
    await js.delete_stream("ORDERS")
    await board.load()
    assert board.rows.total == 0
    assert board.find("ORDERS") is None


async def test_more_streams_than_the_server_lists_at_once(client: Client, session: Session) -> None:
    js = client.jetstream()
    for number in range(260):
        await js.add_stream(name=f"S{number:03}", subjects=[f"s.{number}"], storage="memory")
    board = StreamBoard(session)
    await board.load()
    assert [row.name for row in board.rows.items] == [f"S{number:03}" for number in range(260)]
    assert session.guard.requests == 2


async def test_mirrors_sources_and_buckets_are_told_apart(client: Client, session: Session) -> None:
    js = client.jetstream()
    await js.add_stream(name="ORDERS", subjects=["orders.>"])
    await client.request("$JS.API.STREAM.CREATE.M", b'{"name":"M","mirror":{"name":"ORDERS"}}')
    await client.request("$JS.API.STREAM.CREATE.T", b'{"name":"T","sources":[{"name":"ORDERS"}]}')
    await js.create_key_value(bucket="config")
    await js.create_object_store(bucket="assets")
    await js.publish("orders.new", b"x")
    board = StreamBoard(session)

    async def copied() -> bool:
        await board.load()
        rows = {row.name: row for row in board.rows.items}
        copies = [rows["M"], rows["T"]]
        return all(row.lag == 0 and row.is_copying and row.messages == 1 for row in copies)

    condition: Callable[[], bool | Awaitable[bool]] = copied
    await eventually(condition, "mirror and source have it")
    kinds = {row.name: row.kind for row in board.rows.items}
    assert kinds == {
        "ORDERS": "stream",
        "M": "mirror",
        "T": "sourced",
        "KV_config": "kv",
        "OBJ_assets": "objects",
    }


@pytest.mark.parametrize(
    ("heard", "copying"),
    [
        ({"active": 900_000_000}, True),
        ({"active": -1}, False),
        ({"active": 20_000_000_000}, False),
        ({"active": 1, "error": {"code": 404}}, False),
    ],
)
def test_a_mirror_that_hears_nothing_says_so(heard: dict[str, Any], copying: bool) -> None:
    row = StreamRow("M", {"mirror": {"name": "ORDERS", "lag": 7, **heard}})
    assert (row.lag, row.is_copying) == (7, copying)


async def test_replicas_and_their_leader(shared_js_cluster: Cluster, unique_name: str) -> None:
    session = Session(Settings(servers=(shared_js_cluster.servers[0].url,)))
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    async with await connect(shared_js_cluster.servers[0].url) as client:
        js = client.jetstream(timeout=20)
        await js.add_stream(name=unique_name, subjects=[unique_name], num_replicas=3)
        board = StreamBoard(session)

        async def current() -> bool:
            await board.load()
            row = board.find(unique_name)
            return row is not None and row.current_replicas == 3

        condition: Callable[[], bool | Awaitable[bool]] = current
        await eventually(condition, "all three are current", timeout=40)
        row = board.find(unique_name)
        assert row is not None
        assert row.replicas == 3
        assert row.leader in [server.name for server in shared_js_cluster.servers]
        await js.delete_stream(unique_name)
    await session.close()
