"""A bucket as it was: what is stored tells, what is not is said to be unknown."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from natstui.client import connect
from natstui.model.as_of import AsOf, parse_as_of
from natstui.model.key_past import Since
from natstui.model.kv_past import BucketPast
from natstui.model.session import Session
from natstui.model.settings import Settings
from tests.support.buckets import Bench
from tests.support.server import NatsServer
from tests.support.waiting import eventually


@pytest.fixture
async def bench(js_server: NatsServer, tmp_path: Path) -> AsyncIterator[Bench]:
    client = await connect(js_server.url)
    session = Session(Settings(servers=(js_server.url,), timeout=20))
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    bucket = await client.jetstream().create_key_value(bucket="config", history=3)
    yield Bench(client, session, bucket, tmp_path / "state")
    await session.close()
    await client.close()


async def look(bench: Bench, as_of: AsOf, bucket: str = "config", **more: Any) -> BucketPast:
    past = BucketPast(bench.session, bucket, as_of, **more)
    await past.load()
    return past


def since(past: BucketPast) -> dict[str, str]:
    return {row.key: row.since.name.lower() for row in past.rows.items}


async def values(past: BucketPast, *keys: str) -> dict[str, bytes]:
    return {entry.key: entry.value async for entry in past.entries_then(keys)}


@pytest.mark.parametrize("direct", [True, False])
async def test_each_key_is_shown_as_it_was_and_what_became_of_it(
    bench: Bench, direct: bool
) -> None:
    js = bench.client.jetstream()
    bucket = await js.create_key_value(bucket="b", history=10, direct=direct)
    for key in ("changed", "deleted", "same", "again", "back"):
        await bucket.put(key, b"then")
    await bucket.delete("back")
    then = (await bucket.status()).values
    assert then == 6
    for value in (b"1", b"2"):
        await bucket.put("changed", value)
    await bucket.delete("deleted")
    await bucket.put("again", b"then")
    await bucket.put("back", b"now")
    await bucket.put("added", b"now")
    await bucket.put("passed", b"x")
    await bucket.delete("passed")
    past = await look(bench, AsOf(None, 6), "b")
    assert (past.seq, past.is_complete, past.is_reading) == (6, True, False)
    assert since(past) == {
        "added": "added",
        "again": "rewritten",
        "back": "added",
        "changed": "changed",
        "deleted": "deleted",
        "passed": "passed",
        "same": "same",
    }
    rows = {row.key: row for row in past.rows.items}
    changed = rows["changed"]
    assert changed.then is not None
    assert changed.now is not None
    assert (changed.then.head, changed.now.head) == (b"then", b"2")
    assert [key for key, row in rows.items() if row.differs] == [
        *("added", "back", "changed", "deleted", "passed"),
    ]
    found = await values(past, *rows)
    assert found == {
        **dict.fromkeys(("again", "changed", "deleted", "same"), b"then"),
        "back": b"",
    }
    guard = bench.session.guard
    assert (guard.consumers, guard.acks, guard.writes) == (0, 0, 0)


async def test_what_the_history_has_no_room_for_is_unknown_and_never_absent(bench: Bench) -> None:
    for number in range(5):
        await bench.bucket.put("hot", b"%d" % number)
    await bench.bucket.put("old", b"x")
    past = await look(bench, AsOf(None, 1))
    assert since(past) == {"hot": "unknown", "old": "unknown"}
    assert await values(past, "hot", "old") == {}
    hot = past.changed["hot"]
    assert hot.first is not None
    assert hot.unknown_before == hot.first.at
    assert hot.first.revision == 3
    assert "unknown before revision 3" in hot.reason
    assert hot.differs
    # With three revisions kept, the third one is known.
    past = await look(bench, AsOf(None, 3))
    assert since(past) == {"hot": "changed", "old": "unknown"}
    assert await values(past, "hot") == {"hot": b"2"}


async def test_what_a_writer_said_of_the_revision_before_speaks_for_something(
    bench: Bench,
) -> None:
    first = await bench.bucket.put("updated", b"1")
    for _ in range(3):
        first = await bench.bucket.update("updated", b"x", last=first)
    await bench.bucket.create("created", b"y")
    past = await look(bench, AsOf(None, 1))
    assert since(past) == {"created": "unknown", "updated": "unknown"}
    assert past.changed["updated"].reason.endswith("it was at revision 1, which is gone")
    assert past.changed["created"].reason.endswith("it was probably not there before")


async def test_a_purge_takes_the_past_with_it(bench: Bench) -> None:
    await bench.bucket.put("a", b"1")
    await bench.bucket.purge("a")
    past = await look(bench, AsOf(None, 1))
    assert past.changed["a"].since is Since.UNKNOWN


async def test_a_time_is_found_and_what_comes_later_is_read_as_it_comes(bench: Bench) -> None:
    await bench.bucket.put("a", b"then")
    stored = (await bench.client.jetstream().get_msg("KV_config", 1)).time
    assert stored is not None
    at = time.time()
    await eventually(lambda: time.time() > at + 0.002, "the clock went on")
    past = await look(bench, AsOf(at + 0.001))
    assert (past.seq, since(past)) == (1, {"a": "same"})
    await bench.bucket.put("a", b"now")
    await bench.bucket.put("b", b"new")
    await past.load()
    assert since(past) == {"a": "changed", "b": "added"}
    requests = bench.session.guard.requests
    version = past.rows.version
    await past.load()
    assert bench.session.guard.requests <= requests + 4
    assert past.rows.version == version
    before = await look(bench, AsOf(stored.timestamp() - 1))
    assert (before.seq, since(before)) == (0, {"a": "added", "b": "added"})
    js = bench.client.jetstream()
    await js.delete_key_value("config")
    await js.create_key_value(bucket="config")
    await past.load()
    assert since(past) == {}


async def test_only_the_keys_of_a_pattern_and_more_than_are_listed(bench: Bench) -> None:
    for key in ("users.ada", "users.bob", "limits", "other"):
        await bench.bucket.put(key, b"1")
    await bench.bucket.put("users.bob", b"2")
    await bench.bucket.put("limits", b"2")
    past = await look(bench, AsOf(None, 4), pattern="users.*")
    assert since(past) == {"users.ada": "same", "users.bob": "changed"}
    past = await look(bench, AsOf(None, 4), most_keys=1)
    assert past.kv.is_cut
    assert since(past) == {"limits": "changed", "users.bob": "changed"}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2h ago", AsOf(1_000_000 - 7200)),
        ("90s", AsOf(1_000_000 - 90)),
        ("1970-01-02T00:00:00Z", AsOf(86_400)),
        ("#1,234", AsOf(None, 1234)),
        ("r17", AsOf(None, 17)),
        ("revision 17", AsOf(None, 17)),
        ("90y", AsOf(0.0)),
    ],
)
def test_a_moment_is_a_time_or_a_revision(text: str, meant: AsOf) -> None:
    assert parse_as_of(text, 1_000_000.0) == meant


@pytest.mark.parametrize("text", ["", "soon", "#", "#-1", "2099-01-01"])
def test_what_is_no_moment_that_was_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"like 2h ago|still to come"):
        parse_as_of(text)
