"""What a bucket of objects holds, seen without a trace."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from natstui.client import connect
from natstui.client.js.object_info import encode_info, info_subject
from natstui.model.object_board import ObjectBoard
from natstui.model.object_upload import new_info
from natstui.model.session import Session
from natstui.model.settings import Settings
from tests.support.hostile import MESSAGES
from tests.support.objects import ObjectBench
from tests.support.server import NatsServer
from tests.support.waiting import eventually


@pytest.fixture
async def bench(js_server: NatsServer, tmp_path: Path) -> AsyncIterator[ObjectBench]:
    client = await connect(js_server.url)
    session = Session(Settings(servers=(js_server.url,)))
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    store = await client.jetstream().create_object_store(bucket="assets")
    yield ObjectBench(client, session, store, tmp_path)
    await session.close()
    await client.close()


async def test_looking_finds_objects_links_and_deletions_without_a_consumer(
    bench: ObjectBench,
) -> None:
    logo = await bench.store.put("img/logo.svg", b"<svg/>")
    await bench.store.put("old", b"x")
    await bench.store.delete("old")
    await bench.store.add_link("latest", logo)
    await bench.store.add_bucket_link("all", bench.store)
    await bench.objects.load()
    assert bench.names == {
        "img/logo.svg": "object",
        "old": "deleted",
        "latest": "link",
        "all": "bucket link",
    }
    found = bench.objects.find("latest")
    assert found is not None
    assert found.target == "assets/img/logo.svg"
    assert bench.objects.total_bytes == 6
    guard = bench.session.guard
    assert (guard.consumers, guard.acks, guard.writes) == (0, 0, 0)


async def test_an_empty_bucket_has_no_entries(bench: ObjectBench) -> None:
    await bench.objects.load()
    assert bench.objects.entries == []


async def test_what_others_do_is_seen_and_marked(bench: ObjectBench) -> None:
    await bench.store.put("a", b"1")
    await bench.objects.load()
    await bench.store.put("a", b"22")
    await bench.store.put("b", b"x" * 300_000)
    await bench.objects.load()
    sizes = {entry.name: entry.size for entry in bench.objects.entries}
    assert sizes == {"a": 2, "b": 300_000}
    assert all(map(bench.objects.was_changed, bench.objects.entries))
    bench.objects.saw(bench.objects.entries[0])
    assert not bench.objects.was_changed(bench.objects.entries[0])
    await bench.store.delete("b")
    await bench.objects.load()
    assert bench.names == {"a": "object", "b": "deleted"}
    assert bench.objects.changes == 3


async def test_what_comes_while_it_is_listed_anew_is_a_change_too(
    bench: ObjectBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.objects.load()
    follow = bench.objects._follow

    async def and_then_another_comes(last: int) -> None:
        await follow(last)
        await bench.store.put("b", b"x")

    await bench.store.put("a", b"x")
    with monkeypatch.context() as patch:
        patch.setattr(bench.objects, "_follow", and_then_another_comes)
        await bench.objects.load()
    await bench.objects.load()
    assert bench.names == {"a": "object", "b": "object"}
    assert bench.objects.changes == 2
    assert all(map(bench.objects.was_changed, bench.objects.entries))


async def test_what_goes_without_a_word_is_noticed(bench: ObjectBench) -> None:
    await bench.store.put("a", b"1")
    await bench.store.put("b", b"2")
    await bench.objects.load()
    js = bench.client.jetstream()
    await js.purge_stream("OBJ_assets", subject=info_subject("assets", "a"))
    await bench.objects.load()
    assert bench.names == {"b": "object"}
    await js.delete_object_store("assets")
    bench.store = await js.create_object_store(bucket="assets")
    await bench.store.put("new", b"3")
    await bench.objects.load()
    assert bench.names == {"new": "object"}


async def test_a_bucket_without_direct_gets_is_read_too(bench: ObjectBench) -> None:
    await bench.store.put("a", b"1")
    js = bench.client.jetstream()
    config = (await js.stream_info("OBJ_assets")).config
    await js.update_stream(config, allow_direct=False)
    await bench.objects.load()
    assert bench.names == {"a": "object"}
    assert (await bench.download("a")).read_bytes() == b"1"
    assert bench.session.guard.consumers == 0


async def test_an_info_that_lies_is_listed_and_nothing_is_done_with_it(bench: ObjectBench) -> None:
    js = bench.client.jetstream()
    lying = new_info("assets", "somebody else's")
    everything = new_info("assets", "b")
    everything.nuid = ">"
    bodies = [
        b"\x1b[2J",
        b"[" * 50_000,
        b'{"name":"a","bucket":"assets","nuid":"x","size":"much"}',
        b'{"name":"a","bucket":"assets","nuid":"x","size":-1}',
        b'{"name":"a","bucket":"assets","nuid":"x","options":{"link":{"bucket":7}}}',
        b'{"name":"a","bucket":"assets","nuid":"x","metadata":{"a":[1]}}',
        b'{"name":"a","bucket":"assets","nuid":"x","options":[1]}',
        b'{"name":["a"],"bucket":"assets","nuid":"x"}',
        encode_info(lying),
        encode_info(everything),
    ]
    for body in bodies:
        await js.publish(info_subject("assets", "a"), body)
        await bench.objects.load()
        (entry,) = bench.objects.entries
        assert (entry.kind, entry.info, bool(entry.problem)) == ("unreadable", None, True), body
        assert not entry.chunk_subject


async def test_hostile_words_are_kept_as_they_are(bench: ObjectBench) -> None:
    js = bench.client.jetstream()
    for message in MESSAGES:
        await js.publish(info_subject("assets", "a"), message.payload[:900_000])
        await bench.objects.load()
        assert bench.names.popitem()[1] == "unreadable"


async def test_what_nobody_refers_to_is_found(bench: ObjectBench) -> None:
    info = await bench.store.put("a", b"x" * 300_000)
    await bench.client.jetstream().publish("$O.assets.C.orphan", b"left")
    kept = {each.nuid: each for each in await bench.objects.kept()}
    assert (kept[info.nuid].chunks, kept[info.nuid].is_whole) == (3, True)
    assert kept["orphan"].entry is None
    entry = await bench.entry("a")
    assert await bench.objects.stored_chunks(entry) == 3


async def test_the_board_has_the_buckets_and_nothing_else(bench: ObjectBench) -> None:
    js = bench.client.jetstream()
    await js.add_stream(name="ORDERS", subjects=["orders.>"])
    await js.create_object_store(bucket="sealed", description="for ever", max_bytes=1_000_000)
    await (await js.object_store("sealed")).seal()
    board = ObjectBoard(bench.session)
    await board.load()
    assert [row.name for row in board.rows.items] == ["assets", "sealed"]
    sealed = board.rows.items[1]
    assert sealed.bucket.is_sealed
    assert sealed.bucket.max_bytes == 1_000_000
    assert sealed.description == "for ever"
