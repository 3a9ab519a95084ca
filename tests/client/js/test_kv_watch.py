"""Watching keys: first what is there, one None, then every change, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from natstui.client.aio.client import Client
from natstui.client.aio.msg import Msg
from natstui.client.errors import BadSubscriptionError, ConnectionClosedError, TimeoutError
from natstui.client.js import api, ordered
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import Error, NotFoundError
from natstui.client.js.kv import KeyValue
from natstui.client.js.kv_entry import EntryReader
from natstui.client.js.watching import WatchSubscription
from tests.client.js.conftest import Connect, until
from tests.client.js.test_ordered import lose
from tests.support.cluster import Cluster
from tests.support.server import NatsServer
from tests.support.waiting import eventually

END = "end of the initial set"


@pytest.fixture
async def kv(js: JetStreamContext) -> KeyValue:
    return await js.create_key_value(bucket="B", history=5)


async def filled(kv: KeyValue) -> KeyValue:
    """Keys a, b.x and b.y at revisions 2, 3 and 5; c, deleted, at 7."""
    for key in ("a", "a", "b.x", "b.y", "b.y", "c"):
        await kv.put(key, b"value")
    await kv.delete("c")
    return kv


async def take(watcher: KeyValue.KeyWatcher, count: int) -> list[int | str | None]:
    """The revisions of the next updates, END for None."""
    updates = [await watcher.updates(30) for _ in range(count)]
    return [END if update is None else update.revision for update in updates]


async def nothing_more(watcher: KeyValue.KeyWatcher) -> None:
    with pytest.raises(TimeoutError):
        await watcher.updates(0.05)


async def test_first_the_latest_of_each_key_then_what_is_written(kv: KeyValue) -> None:
    await filled(kv)
    async with await kv.watchall() as watcher:
        assert await take(watcher, 5) == [2, 3, 5, 7, END]
        await kv.put("a", b"new")
        new = await watcher.updates()
        await kv.purge("b.x")
        purged = await watcher.updates()
        assert new is not None
        assert purged is not None
        assert (new.bucket, new.key, new.value, new.revision) == ("B", "a", b"new", 8)
        assert (new.operation, new.delta) == (None, 0)
        assert new.created is not None
        assert (purged.key, purged.value, purged.operation) == ("b.x", b"", "PURGE")
        await nothing_more(watcher)


async def test_an_empty_bucket_is_told_so_exactly_once(kv: KeyValue) -> None:
    async with await kv.watchall() as watcher:
        assert await watcher.updates() is None
        await nothing_more(watcher)
        await kv.put("a", b"v")
        assert await take(watcher, 1) == [1]
        await nothing_more(watcher)


async def test_no_key_matches(kv: KeyValue) -> None:
    await filled(kv)
    async with await kv.watch("nothing.>") as watcher:
        assert await take(watcher, 1) == [END]
        await kv.put("nothing.yet", b"v")
        assert await take(watcher, 1) == [8]


@pytest.mark.parametrize(
    ("keys", "revisions"),
    [
        ("a", [2]),
        ("b.*", [3, 5]),
        ("b.>", [3, 5]),
        (">", [2, 3, 5, 7]),
        ("", [2, 3, 5, 7]),
        (["a", "b.x"], [2, 3]),
        (["b.>", "b.y", "c"], [3, 5, 7]),
    ],
)
async def test_filters(kv: KeyValue, keys: str | list[str], revisions: list[int]) -> None:
    await filled(kv)
    async with await kv.watch(keys) as watcher:
        assert await take(watcher, len(revisions) + 1) == [*revisions, END]


async def test_history_first(kv: KeyValue) -> None:
    """nats.py 584: include_history was ignored, and the iteration ended."""
    await filled(kv)
    async with await kv.watchall(include_history=True) as watcher:
        assert await take(watcher, 8) == [1, 2, 3, 4, 5, 6, 7, END]
        await kv.put("a", b"v")
        assert await take(watcher, 1) == [8]


async def test_values_only(kv: KeyValue) -> None:
    await filled(kv)
    async with await kv.watchall(ignore_deletes=True) as watcher:
        assert await take(watcher, 4) == [2, 3, 5, END]
        await kv.delete("a")
        await kv.put("c", b"v")
        assert await take(watcher, 1) == [9]


async def test_only_deletions_are_there_and_they_are_ignored(kv: KeyValue) -> None:
    await kv.delete("a")
    await kv.purge("b")
    async with await kv.watchall(ignore_deletes=True) as watcher:
        assert await take(watcher, 1) == [END]
        await nothing_more(watcher)


@pytest.mark.parametrize("option", ["meta_only", "headers_only"])
async def test_without_values(kv: KeyValue, option: str) -> None:
    await filled(kv)
    async with await kv.watch(">", **{option: True}) as watcher:
        updates = [update for update in [await watcher.updates() for _ in range(5)] if update]
        assert [update.value for update in updates] == [b"", b"", b"", b""]
        assert [update.operation for update in updates] == [None, None, None, "DEL"]


async def test_updates_only(kv: KeyValue) -> None:
    await filled(kv)
    async with await kv.watchall(updates_only=True) as watcher:
        assert await take(watcher, 1) == [END]
        await kv.put("a", b"v")
        assert await take(watcher, 1) == [8]


async def test_resume_from_a_revision(kv: KeyValue) -> None:
    await filled(kv)
    async with await kv.watchall(resume_from_revision=4) as watcher:
        assert await take(watcher, 5) == [4, 5, 6, 7, END]
        await kv.put("a", b"v")
        assert await take(watcher, 1) == [8]
    async with await kv.watchall(resume_from_revision=9) as watcher:
        assert await take(watcher, 1) == [END]
        await kv.put("a", b"v")
        assert await take(watcher, 1) == [9]


async def test_options_that_exclude_each_other(kv: KeyValue) -> None:
    with pytest.raises(Error, match="updates only"):
        await kv.watchall(updates_only=True, include_history=True)
    with pytest.raises(Error, match="updates only"):
        await kv.watchall(updates_only=True, resume_from_revision=3)


async def test_iteration_goes_on_after_the_initial_set(kv: KeyValue) -> None:
    """nats.py 429, 580, 644, 700: `async for` ended with the initial values."""
    await filled(kv)
    seen: list[int | str | None] = []
    watcher = await kv.watchall()
    async for update in watcher:
        seen.append(END if update is None else update.revision)
        if update is None:
            break
    await kv.put("a", b"v")
    # Another loop goes on where the one before ended.
    async for update in watcher:
        assert update is not None
        seen.append(update.revision)
        break
    assert seen == [2, 3, 5, 7, END, 8]
    await kv.put("a", b"v")
    last = await anext(watcher)
    assert last is not None
    assert last.revision == 9


async def test_stopping_ends_the_iteration(js: JetStreamContext, kv: KeyValue) -> None:
    await filled(kv)
    watcher = await kv.watchall()
    seen = []

    async def collect() -> None:
        async for update in watcher:
            seen.append(update)

    task = asyncio.ensure_future(collect())
    await eventually(lambda: len(seen) == 5, "all have come")
    await watcher.stop()
    await asyncio.wait_for(task, 10)
    await watcher.stop()
    with pytest.raises(BadSubscriptionError):
        await watcher.updates()
    with pytest.raises(StopAsyncIteration):
        await anext(watcher)

    async def no_consumer() -> bool:
        return await js.consumers_info("KV_B") == []

    await until(no_consumer, "its consumer is deleted")


async def test_closing_the_client_ends_the_iteration(nc: Client, kv: KeyValue) -> None:
    before = asyncio.all_tasks()
    watcher = await kv.watchall()
    assert await watcher.updates() is None
    waiting = asyncio.ensure_future(watcher.updates(None))
    await asyncio.sleep(0)
    await nc.close()
    with pytest.raises(ConnectionClosedError):
        await waiting
    assert [update async for update in watcher] == []
    await watcher.stop()
    assert asyncio.all_tasks() <= before


async def test_a_wait_that_is_cancelled_loses_nothing(kv: KeyValue) -> None:
    async with await kv.watchall() as watcher:
        assert await watcher.updates() is None
        waiting = asyncio.ensure_future(watcher.updates(None))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        await kv.put("a", b"v")
        assert await take(watcher, 1) == [1]


async def test_values_are_not_missed_while_others_write(js: JetStreamContext, kv: KeyValue) -> None:
    """nats.py 842, 995: the None came before everything that was there had come."""
    keys = [f"k.{number}" for number in range(300)]
    for key in keys:
        await js.publish_async(f"$KV.B.{key}", b"first")
    await js.publish_async_completed()
    writing = True

    async def write() -> None:
        while writing:
            for key in keys[::7]:
                await js.publish_async(f"$KV.B.{key}", b"later")
            await js.publish_async_completed()

    writer = asyncio.ensure_future(write())
    for _ in range(10):
        assert sorted(await kv.keys()) == sorted(keys)
        async with await kv.watchall() as watcher:
            seen = set()
            while (update := await watcher.updates()) is not None:
                seen.add(update.key)
            assert seen == set(keys)
    writing = False
    await writer


# What can happen to a watcher.


def watching(watcher: KeyValue.KeyWatcher) -> WatchSubscription:
    return watcher._sub


@pytest.fixture
async def numbers(kv: KeyValue) -> AsyncIterator[tuple[KeyValue, KeyValue.KeyWatcher]]:
    """A bucket with revisions 1 to 3 and a watcher that has seen them."""
    for key in ("a", "b", "c"):
        await kv.put(key, b"v")
    async with await kv.watchall() as watcher:
        assert await take(watcher, 4) == [1, 2, 3, END]
        yield kv, watcher


async def test_a_deleted_consumer_is_replaced(
    js: JetStreamContext, numbers: tuple[KeyValue, KeyValue.KeyWatcher]
) -> None:
    kv, watcher = numbers
    await js.delete_consumer("KV_B", (await watching(watcher).consumer_info()).name)
    await kv.put("a", b"4")
    await kv.put("a", b"5")
    # Noticed by the missing heartbeats, or at once by this.
    watching(watcher)._on_silence(0)
    await kv.put("a", b"6")
    assert await take(watcher, 3) == [4, 5, 6]
    await nothing_more(watcher)
    (consumer,) = await js.consumers_info("KV_B")
    assert consumer.name == watching(watcher)._consumer


async def test_lost_messages_are_asked_for_again(
    numbers: tuple[KeyValue, KeyValue.KeyWatcher],
) -> None:
    kv, watcher = numbers
    lose(watching(watcher), 5, 7)
    for _ in range(6):
        await kv.put("a", b"v")
    # The history of the bucket is long enough for all but the first of the six.
    assert await take(watcher, 6) == [4, 5, 6, 7, 8, 9]
    await nothing_more(watcher)


async def test_a_consumer_is_lost_in_the_middle_of_the_initial_set(
    kv: KeyValue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It starts again with the latest of each key, and not with their earlier values."""
    for key in "abccddd":
        await kv.put(key, b"v")
    lost: list[WatchSubscription] = []
    begin = WatchSubscription.begin

    async def begin_badly(sub: WatchSubscription) -> None:
        if not lost:
            lost.append(sub)
            lose(sub, 4)
        await begin(sub)

    monkeypatch.setattr(WatchSubscription, "begin", begin_badly)
    async with await kv.watchall() as watcher:
        assert await take(watcher, 5) == [1, 2, 4, 7, END]
        assert lost[0].resets == 1
        await kv.put("a", b"v")
        assert await take(watcher, 1) == [8]
        await nothing_more(watcher)


@pytest.mark.parametrize("options", [{}, {"include_history": True}, {"updates_only": True}])
async def test_a_new_connection(
    nc: Client, kv: KeyValue, connect: Connect, options: dict[str, bool]
) -> None:
    """The bucket was empty: everything that is written while we are away is new."""
    other = await (await connect()).jetstream().key_value("B")
    async with await kv.watch(">", **options) as watcher:
        assert await take(watcher, 1) == [END]
        nc._life.connection.parser.routes.clear()  # type: ignore[union-attr]
        await other.put("a", b"1")
        await other.put("a", b"2")
        await nc.force_reconnect()
        await other.put("a", b"3")
        assert await take(watcher, 3) == [1, 2, 3]
        await nothing_more(watcher)


async def reconnected(nc: Client, times: int) -> None:
    await eventually(lambda: nc.stats["reconnects"] == times, "it is connected again")


async def test_a_server_that_restarts(js_server: NatsServer, connect: Connect) -> None:
    """nats.go 1777, nats.rs 1596, nats.deno 688: the watch did not go on."""
    nc = await connect(reconnect_time_wait=0.05, max_reconnect_attempts=-1)
    kv = await nc.jetstream(timeout=20).create_key_value(bucket="B", history=64)
    for _ in range(20):
        await kv.put("a", b"v")
    async with await kv.watchall(include_history=True) as watcher:
        assert await take(watcher, 21) == [*range(1, 21), END]
        for round_ in range(2):
            js_server.restart()
            await reconnected(nc, round_ + 1)
            for _ in range(10):
                await kv.put("a", b"v")
            start = 21 + 10 * round_
            assert await take(watcher, 10) == list(range(start, start + 10))
        await nothing_more(watcher)


async def test_every_server_of_a_cluster_goes_and_comes(
    js_cluster: Cluster, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordered, "HEARTBEAT", 0.3)
    nc = await connect(js_cluster.urls, reconnect_time_wait=0.05, max_reconnect_attempts=-1)
    await nc.jetstream(timeout=20).create_key_value(bucket="B", history=64, replicas=3)
    # A put to a server that is gone is not waited for long.
    kv = await nc.jetstream(timeout=2).key_value("B")
    await kv.put("a", b"v")
    async with await kv.watchall() as watcher:
        # The consumer may be on a server that does not have the first one yet.
        assert sorted(await take(watcher, 2), key=str) == [1, END]
        expected = 2
        for server in js_cluster:
            server.kill()
            server.start()
            js_cluster.wait_until_ready()
            revision = await put_at_last(kv)
            seen = await take(watcher, revision - expected + 1)
            assert seen == list(range(expected, revision + 1))
            expected = revision + 1


async def put_at_last(kv: KeyValue) -> int:
    revisions: list[int] = []

    async def put() -> bool:
        try:
            revisions.append(await kv.put("a", b"v"))
        except (Error, TimeoutError):
            return False
        return True

    await until(put, "the bucket can be written again")
    return revisions[0]


async def test_a_watcher_that_is_too_slow_misses_nothing(
    js: JetStreamContext, numbers: tuple[KeyValue, KeyValue.KeyWatcher]
) -> None:
    _, watcher = numbers
    watching(watcher)._msgs_limit = 50
    for number in range(1000):
        await js.publish_async(f"$KV.B.k.{number}", b"v")
    await js.publish_async_completed()
    assert await take(watcher, 1000) == list(range(4, 1004))
    await nothing_more(watcher)


async def test_large_values_do_not_bring_a_storm_of_consumers(
    js: JetStreamContext, kv: KeyValue
) -> None:
    """openobserve 13676: consumers piled up."""
    async with await kv.watchall() as watcher:
        assert await take(watcher, 1) == [END]
        sub = watching(watcher)
        sub._bytes_limit = 100_000
        for number in range(400):
            await js.publish_async(f"$KV.B.{number}", bytes(1000))
        await js.publish_async_completed()
        assert await take(watcher, 400) == list(range(1, 401))
        assert sub.resets <= 2 * 400_000 // 100_000


async def test_a_watcher_waits_for_a_bucket_that_is_gone(
    js: JetStreamContext,
    numbers: tuple[KeyValue, KeyValue.KeyWatcher],
    errors: list[Exception],
) -> None:
    _, watcher = numbers
    await js.delete_key_value("B")
    watching(watcher)._on_silence(0)
    await eventually(
        lambda: any(isinstance(error, NotFoundError) for error in errors), "it is reported"
    )
    await nothing_more(watcher)


async def test_who_only_wants_what_is_there_does_not_wait_for_a_bucket_that_is_gone(
    js: JetStreamContext, kv: KeyValue
) -> None:
    await kv.put("a", b"v")
    sub = await kv._initial(kv._consumer(">"))
    sub._complete, sub._expected = False, 10
    sub._runs.clear()
    await js.delete_key_value("B")
    sub._on_silence(0)
    with pytest.raises(NotFoundError):
        async for _ in sub.initial():
            pass


async def test_what_expired_before_it_was_sent_is_not_waited_for(
    kv: KeyValue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was counted, and will not come: a heartbeat says that nothing is left."""
    monkeypatch.setattr(ordered, "HEARTBEAT", 0.1)
    await kv.put("a", b"v")
    create = WatchSubscription._create

    async def create_one_more(sub: WatchSubscription) -> api.ConsumerInfo:
        info = await create(sub)
        if sub._complete:
            # As if another one had been there when the consumer was made.
            sub._complete, sub._expected = False, 2
            sub._runs.pop()
            sub._queued_msgs -= 1
        return info

    monkeypatch.setattr(WatchSubscription, "_create", create_one_more)
    async with await kv.watchall() as watcher:
        assert await take(watcher, 2) == [1, END]
        await nothing_more(watcher)


@pytest.mark.parametrize(
    "reply",
    [
        "$JS.ACK.KV_B.C.1.17.3.1790000000123456789.5",
        "$JS.ACK._.ACCOUNT.KV_B.C.1.17.3.1790000000123456789.5",
        "$JS.ACK.hub.ACCOUNT.KV_B.C.1.17.3.1790000000123456789.5.token",
    ],
)
def test_every_form_of_reply_subject(reply: str) -> None:
    message = Msg(None, "$KV.B.a.b", reply, b"v")
    entry = EntryReader("B", "$KV.B.")(message)
    time = datetime(2026, 9, 21, 14, 13, 20, 123456, tzinfo=UTC)
    assert entry == KeyValue.Entry("B", "a.b", b"v", 17, 5, time, None)


async def test_a_time_is_the_same_from_everywhere(kv: KeyValue) -> None:
    for _ in range(20):
        await kv.put("a", b"v")
        got = await kv.get("a")
        async with await kv.watchall() as watcher:
            assert await watcher.updates() == got
