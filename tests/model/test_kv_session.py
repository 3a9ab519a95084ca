"""A bucket: its keys, what changes, what a key was, and nothing left behind by looking."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from natstui.client import connect
from natstui.client.errors import PublishRefusedError
from natstui.client.js.errors import InvalidKeyError, KeyWrongLastSequenceError, NotFoundError
from natstui.model import asking, kv_session, kv_writing
from natstui.model.kv_board import BucketBoard
from natstui.model.kv_session import MOST_CHANGES, MOST_REVISIONS, KeyValueSession
from natstui.model.restoring import RESTORERS
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.work import Work
from tests.conftest import ServerFactory
from tests.support.buckets import Bench
from tests.support.server import NatsServer
from tests.support.waiting import eventually

Condition = Callable[[], bool | Awaitable[bool]]


@pytest.fixture
async def bench(js_server: NatsServer, tmp_path: Path) -> AsyncIterator[Bench]:
    client = await connect(js_server.url)
    session = Session(Settings(servers=(js_server.url,)))
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    bucket = await client.jetstream().create_key_value(
        bucket="config", history=3, limit_marker_ttl=60
    )
    yield Bench(client, session, bucket, tmp_path / "state")
    await session.close()
    await client.close()


async def test_looking_finds_all_keys_and_makes_no_consumer(bench: Bench) -> None:
    for key in ("users.ada", "users.bob", "limits"):
        await bench.bucket.put(key, key.encode())
    await bench.bucket.delete("users.bob")
    await bench.kv.load()
    assert bench.keys == ["limits", "users.ada", "users.bob"]
    await bench.kv.look_at(bench.keys)
    looks = {key: bench.kv.looks.get(key) for key in bench.keys}
    assert {key: look and look.operation for key, look in looks.items()} == {
        "limits": "",
        "users.ada": "",
        "users.bob": "DEL",
    }
    ada = looks["users.ada"]
    assert ada is not None
    assert (ada.revision, ada.size, ada.head) == (1, 9, b"users.ada")
    guard = bench.session.guard
    assert (guard.consumers, guard.acks, guard.writes) == (0, 0, 0)


async def test_what_changes_is_seen_and_marked(bench: Bench) -> None:
    await bench.bucket.put("a", b"1")
    await bench.kv.load()
    await bench.kv.look_at(["a"])
    assert not bench.kv.was_changed("a")
    await bench.bucket.put("a", b"2")
    await bench.bucket.put("b", b"new")
    await bench.kv.load()
    assert bench.keys == ["a", "b"]
    assert bench.kv.was_changed("a")
    assert bench.kv.was_changed("b")
    look = bench.kv.looks.get("a")
    assert look is not None
    assert (look.revision, look.head) == (2, b"2")
    assert bench.kv.changes == 2
    bench.kv.saw("a")
    assert not bench.kv.was_changed("a")
    assert bench.session.guard.consumers == 0


async def test_a_key_that_is_gone_without_a_mark_goes(bench: Bench) -> None:
    for key in ("a", "b", "c"):
        await bench.bucket.put(key, b"x")
    await bench.kv.load()
    js = bench.client.jetstream()
    await js.purge_stream("KV_config", subject="$KV.config.b")

    async def gone() -> bool:
        await bench.kv.load()
        return bench.keys == ["a", "c"]

    condition: Condition = gone
    await eventually(condition, "it is not listed any more")
    await js.delete_key_value("config")
    with pytest.raises(NotFoundError):
        await bench.kv.load()
    await js.create_key_value(bucket="config")
    await bench.kv.load()
    assert bench.keys == []


async def test_more_changes_than_are_read_are_counted_and_listed_anew(bench: Bench) -> None:
    await bench.kv.load()
    count = MOST_CHANGES + 10
    for number in range(count):
        await bench.client.publish(f"$KV.config.k{number}", b"x")
    await bench.client.flush()

    async def stored() -> bool:
        return (await bench.bucket.status()).values == count

    condition: Condition = stored
    await eventually(condition, "stored")
    await bench.kv.load()
    assert bench.kv.skipped == 10

    async def listed() -> bool:
        await bench.kv.load()
        return len(bench.keys) == count

    all_of_them: Condition = listed
    await eventually(all_of_them, "listed anew")


async def test_a_pattern_and_a_bound_for_very_many_keys(bench: Bench) -> None:
    for number in range(20):
        await bench.bucket.put(f"{'even' if number % 2 == 0 else 'odd'}.{number}", b"x")
    kv = KeyValueSession(bench.session, "config", most_keys=5)
    await kv.load()
    assert (kv.is_cut, len(kv.view.all), kv.expected) == (True, 5, 20)
    kv = KeyValueSession(bench.session, "config", "even.*")
    await kv.load()
    assert (kv.is_cut, len(kv.view.all)) == (False, 10)
    kv.only("odd.7")
    await kv.load()
    assert kv.view.all.keys == ["odd.7"]


async def test_a_listing_that_was_left_goes_on_where_it_was(bench: Bench) -> None:
    for key in ("a", "b", "c", "d", "e"):
        await bench.bucket.put(key, b"1")
    kv, pages = bench.kv, []

    async def answer(session: Session, call: str, body: Any = None, timeout: Any = None) -> Any:
        """The server's own, but two keys are a page; the third time it takes too long."""
        said = await asking.api(session, call, body, timeout)
        if body is not None:
            pages.append(body["offset"])
            if len(pages) == 3:
                raise TimeoutError
            state = said["state"]
            state["subjects"] = dict.fromkeys(sorted(state["subjects"])[:2], 1)
        return said

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kv_session, "api", lambda *args: answer(*args))
        with pytest.raises(TimeoutError):
            await kv.load()
        assert (bench.keys, kv.listed, kv.expected, kv.is_listing) == (
            ["a", "b", "c", "d"],
            4,
            5,
            True,
        )
        await bench.bucket.put("aa", b"1")  # where nobody looks any more
        await kv.load()
        assert bench.keys == ["a", "b", "c", "d", "e"]
        await kv.load()
    assert pages == [0, 2, 4, 4]
    assert bench.keys == ["a", "aa", "b", "c", "d", "e"]


@pytest.mark.parametrize("direct", [True, False])
async def test_history_has_values_and_marks_newest_first(bench: Bench, direct: bool) -> None:
    js = bench.client.jetstream()
    bucket = await js.create_key_value(bucket="h", history=5, direct=direct, limit_marker_ttl=60)
    await bucket.put("other", b"x")
    await bucket.put("k", b"1")
    await bucket.delete("k")
    await bucket.create("k", b"2", msg_ttl=3600)
    kv = KeyValueSession(bench.session, "h")
    await kv.load()
    entries = await kv.history("k")
    assert [(each.revision, each.value, each.operation) for each in entries] == [
        (4, b"2", ""),
        (3, b"", "DEL"),
        (2, b"1", ""),
    ]
    assert entries[0].ttl == "3600"
    await kv.look_at(["k", "other"])
    assert (kv.looks.get("other") is None, kv.looks.get("k") is None) == (False, False)
    await bucket.purge("k")
    assert [each.operation for each in await kv.history("k")] == ["PURGE"]
    assert await kv.history("nothing") == []
    assert await kv.latest("nothing") is None


async def test_an_expired_value_shows_as_what_it_is(bench: Bench) -> None:
    js = bench.client.jetstream()
    await js.create_key_value(bucket="e", limit_marker_ttl=60)
    await js.publish("$KV.e.k", b"x", msg_ttl=1)
    kv = KeyValueSession(bench.session, "e")
    await kv.load()

    async def expired() -> bool:
        await kv.load()
        look = kv.looks.get("k")
        return look is not None and look.operation == "MaxAge"

    condition: Condition = expired
    await eventually(condition, "the mark of the server")


# Writing


async def test_a_write_goes_only_over_the_revision_that_was_seen(bench: Bench) -> None:
    kv, writer = bench.kv, bench.writer
    await kv.load()
    first = await kv_writing.create(writer, kv, "a", b"1")
    with pytest.raises(KeyWrongLastSequenceError):
        await kv_writing.create(writer, kv, "a", b"2")
    theirs = await bench.bucket.put("a", b"theirs")
    with pytest.raises(KeyWrongLastSequenceError):
        await kv_writing.put(writer, kv, "a", b"mine", first)
    for change in (kv_writing.delete, kv_writing.purge):
        with pytest.raises(KeyWrongLastSequenceError):
            await change(writer, kv, "a", first)
    assert await bench.value("a") == b"theirs"
    await kv_writing.put(writer, kv, "a", b"mine", theirs)
    assert await bench.value("a") == b"mine"
    with pytest.raises(InvalidKeyError):
        await kv_writing.create(writer, kv, "no key", b"x")


async def test_a_deleted_key_can_be_created_again_with_a_lifetime(bench: Bench) -> None:
    kv, writer = bench.kv, bench.writer
    await kv.load()
    revision = await kv_writing.create(writer, kv, "a", b"1")
    await kv_writing.delete(writer, kv, "a", revision)
    await kv_writing.create(writer, kv, "a", b"2", ttl="1h")
    entry = await kv.latest("a")
    assert entry is not None
    assert (entry.value, entry.ttl) == (b"2", "1h")


async def test_what_a_write_pushes_out_can_be_restored(bench: Bench) -> None:
    kv, writer = bench.kv, bench.writer
    await kv.load()
    for number in range(3):
        await bench.bucket.put("a", b"%d" % number)
    last = 3
    assert writer.journal.entries() == []
    await kv_writing.put(writer, kv, "a", b"new", last)
    (saved,) = writer.journal.entries()
    assert [item["revision"] for item in writer.journal.items(saved)] == [1]
    await RESTORERS[saved.kind](writer, saved, Work("restore"))
    assert await bench.value("a") == b"0"
    assert [each.value for each in await kv.history("a")] == [b"0", b"new", b"2"]


async def test_a_purged_key_comes_back_with_its_history(bench: Bench) -> None:
    kv, writer = bench.kv, bench.writer
    await kv.load()
    await bench.bucket.put("a", b"\xff1")
    await bench.bucket.delete("a")
    last = await bench.bucket.create("a", b"2")
    await kv_writing.purge(writer, kv, "a", last)
    (saved,) = writer.journal.entries()
    said = await RESTORERS[saved.kind](writer, saved, Work("restore"))
    assert "has its value back" in said
    entries = await kv.history("a")
    assert [(each.value, each.operation) for each in entries] == [
        (b"2", ""),
        (b"", "DEL"),
        (b"\xff1", ""),
    ]


async def test_of_large_values_all_that_go_are_saved(bench: Bench) -> None:
    kv, writer = bench.kv, bench.writer
    many = await bench.client.jetstream().create_key_value(bucket="many", history=12)
    kv = KeyValueSession(bench.session, "many")
    await kv.load()
    values = [b"%02d" % number * 450_000 for number in range(12)]
    for value in values:
        last = await many.put("a", value)
    assert [each.revision for each in await kv.history("a")] == list(range(12, 0, -1))
    last = await kv_writing.put(writer, kv, "a", b"new", last)
    await kv_writing.purge(writer, kv, "a", last)
    purged, pushed = writer.journal.entries()
    assert [item["revision"] for item in writer.journal.items(pushed)] == [1]
    assert [item["revision"] for item in writer.journal.items(purged)] == list(range(2, 14))
    await RESTORERS[purged.kind](writer, purged, Work("restore"))
    assert (await many.get("a")).value == b"new"
    await bench.client.jetstream().delete_key_value("many")


async def test_a_large_value_is_not_read_again_and_again(bench: Bench) -> None:
    large = b"x" * 500_000
    await bench.bucket.put("a", large)
    await bench.kv.load()
    entry = await bench.kv.latest("a")
    assert bench.session.client is not None
    before = bench.session.client.stats["in_bytes"]
    for _ in range(5):
        assert await bench.kv.look_again("a", entry) is entry
    assert bench.session.client.stats["in_bytes"] - before < len(large)
    await bench.bucket.put("a", b"new")
    newer = await bench.kv.look_again("a", entry)
    assert newer is not None
    assert newer.value == b"new"
    await bench.client.jetstream().purge_stream("KV_config")
    assert await bench.kv.look_again("a", entry) is None


async def test_of_a_history_without_an_end_a_purge_saves_all(bench: Bench) -> None:
    js, writer = bench.client.jetstream(), bench.writer
    await js.add_stream(name="KV_log", subjects=["$KV.log.>"], allow_rollup_hdrs=True)
    kv = KeyValueSession(bench.session, "log")
    await kv.load()
    for number in range(MOST_REVISIONS + 10):
        await js.publish("$KV.log.a", b"%d" % number)
    last = MOST_REVISIONS + 10
    assert len(await kv.history("a")) == MOST_REVISIONS
    assert await kv.revisions("a") == last
    await kv_writing.purge(writer, kv, "a", last)
    (saved,) = writer.journal.entries()
    assert saved.count == last
    await js.delete_stream("KV_log")


async def test_a_key_that_was_deleted_when_it_was_purged_is_so_again(bench: Bench) -> None:
    kv, writer = bench.kv, bench.writer
    await kv.load()
    await bench.bucket.put("a", b"1")
    await bench.bucket.delete("a")
    await kv_writing.purge(writer, kv, "a", 2)
    (saved,) = writer.journal.entries()
    said = await RESTORERS[saved.kind](writer, saved, Work("restore"))
    assert said == "a has its history back, and is deleted as it was, as revision 5"
    assert [each.operation for each in await kv.history("a")] == ["DEL", "", "PURGE"]


@pytest.mark.parametrize("theirs", [b"theirs", None])
async def test_nothing_is_restored_over_what_somebody_else_did(
    bench: Bench, theirs: bytes | None
) -> None:
    kv, writer = bench.kv, bench.writer
    await kv.load()
    for number in range(3):
        await bench.bucket.put("a", b"%d" % number)
    await kv_writing.put(writer, kv, "a", b"new", 3)
    await (bench.bucket.delete("a") if theirs is None else bench.bucket.put("a", theirs))
    (saved,) = writer.journal.entries()
    with pytest.raises(ValueError, match="was written to since"):
        await RESTORERS[saved.kind](writer, saved, Work("restore"))
    newest = await kv.latest("a")
    assert newest is not None
    assert newest.operation == ("DEL" if theirs is None else "")


async def test_nothing_is_restored_over_somebody_elses_value(bench: Bench) -> None:
    kv, writer = bench.kv, bench.writer
    await kv.load()
    last = await bench.bucket.put("a", b"1")
    await kv_writing.purge(writer, kv, "a", last)
    await bench.bucket.put("a", b"theirs")
    (saved,) = writer.journal.entries()
    with pytest.raises(ValueError, match="was written to since"):
        await RESTORERS[saved.kind](writer, saved, Work("restore"))
    assert await bench.value("a") == b"theirs"


async def test_read_only_changes_nothing(bench: Bench, js_server: NatsServer) -> None:
    last = await bench.bucket.put("a", b"1")
    session = Session(Settings(servers=(js_server.url,), read_only=True))
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    reader = Bench(bench.client, session, bench.bucket, bench.writer.journal.folder)
    await reader.kv.load()
    await reader.kv.look_at(["a"])
    assert [each.value for each in await reader.kv.history("a")] == [b"1"]
    for change in (kv_writing.delete, kv_writing.purge):
        with pytest.raises(PublishRefusedError):
            await change(reader.writer, reader.kv, "a", last)
    with pytest.raises(PublishRefusedError):
        await kv_writing.put(reader.writer, reader.kv, "a", b"2", last)
    assert await bench.value("a") == b"1"
    await session.close()


async def test_a_mirror_is_read_from_itself_and_written_to_its_origin(bench: Bench) -> None:
    js = bench.client.jetstream()
    await bench.bucket.put("a", b"1")
    await bench.client.request(
        "$JS.API.STREAM.CREATE.KV_copy",
        b'{"name":"KV_copy","mirror":{"name":"KV_config"},"max_msgs_per_subject":3}',
    )
    kv = KeyValueSession(bench.session, "copy")

    async def copied() -> bool:
        await kv.load()
        return kv.view.all.keys == ["a"]

    condition: Condition = copied
    await eventually(condition, "the mirror has it")
    await kv_writing.put(bench.writer, kv, "a", b"2", 1)
    # Not by a direct get, which the mirror may answer before it has the new value.
    stored = await js.get_last_msg("KV_config", "$KV.config.a")
    assert (stored.data, stored.seq) == (b"2", 2)
    board = BucketBoard(bench.session)
    await board.load()
    assert [(row.name, row.bucket.mirror) for row in board.rows.items] == [
        ("config", ""),
        ("copy", "config"),
    ]
    await js.delete_key_value("copy")


async def test_who_may_not_read_is_told_the_subject(server_factory: ServerFactory) -> None:
    server = server_factory(
        """
        authorization { users = [
          { user: admin, password: pw }
          { user: reader, password: pw, permissions: { publish: { deny: "*.*.STREAM.INFO.>" } } }
        ] }
        """,
        jetstream=True,
    )
    address = server.url.removeprefix("nats://")
    session = Session(Settings(servers=(f"nats://reader:pw@{address}",)))
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    with pytest.raises(Exception, match=r"\$JS\.API\.STREAM\.INFO\.KV_config"):
        await KeyValueSession(session, "config").load()
    await session.close()
