"""Editing a value: as text and back without harm, and over nobody's work."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natstui.client import connect
from natstui.client.errors import PublishRefusedError
from natstui.model.kv_edit import (
    LONGEST_LINE,
    MOST_IN_PLACE,
    KeyEdit,
    as_edited,
    form_of,
    from_text,
    in_place_problem,
    no_json_any_more,
    to_text,
    ttl_problem,
)
from natstui.model.kv_transfer import (
    export_keys,
    import_items,
    look_at_items,
    read_items,
)
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.value_merge import ValueMerge
from natstui.model.work import Work
from tests.support.buckets import Bench
from tests.support.server import NatsServer
from tests.support.waiting import eventually


@pytest.fixture
async def bench(js_server: NatsServer, tmp_path: Path) -> AsyncIterator[Bench]:
    client = await connect(js_server.url)
    session = Session(Settings(servers=(js_server.url,)))
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    bucket = await client.jetstream().create_key_value(bucket="config", limit_marker_ttl=60)
    made = Bench(client, session, bucket, tmp_path / "state")
    await made.kv.load()
    yield made
    await session.close()
    await client.close()


async def editing(bench: Bench, key: str) -> KeyEdit:
    return KeyEdit(bench.writer, bench.kv, key, await bench.kv.latest(key))


async def test_a_save_goes_over_the_revision_that_was_seen(bench: Bench) -> None:
    await bench.bucket.put("a", b"one")
    edit = await editing(bench, "a")
    assert edit.value == b"one"
    assert await edit.save(b"two") == 2
    assert await bench.value("a") == b"two"


async def test_a_change_meanwhile_is_seen_and_merged_by_key(bench: Bench) -> None:
    await bench.bucket.put("a", b'{"x":1,"y":1}')
    edit = await editing(bench, "a")
    await edit.look()
    seen = [edit.is_behind]
    await bench.bucket.put("a", b'{"x":1,"y":2}')
    await edit.look()
    assert [*seen, edit.is_behind] == [False, True]
    merge = await edit.save(b'{"x":2,"y":1}')
    assert isinstance(merge, ValueMerge)
    assert merge.is_settled
    assert await edit.save_merged(merge.result()) == 3
    assert await bench.value("a") == b'{"x":2,"y":2}'


async def test_a_change_while_merging_is_merged_again(bench: Bench) -> None:
    await bench.bucket.put("a", b"one")
    edit = await editing(bench, "a")
    await bench.bucket.put("a", b"theirs")
    first = await edit.save(b"mine")
    assert isinstance(first, ValueMerge)
    first.conflicts[0].choose("mine")
    await bench.bucket.put("a", b"theirs again")
    second = await edit.save_merged(first.result())
    assert isinstance(second, ValueMerge)
    assert (second.base, second.theirs) == (b"theirs", b"theirs again")
    assert await bench.value("a") == b"theirs again"


@pytest.mark.parametrize("again", [True, False])
async def test_who_leaves_a_merge_takes_nothing_of_theirs_back(bench: Bench, again: bool) -> None:
    await bench.bucket.put("a", b'{"x":1,"y":1}')
    edit = await editing(bench, "a")
    await bench.bucket.put("a", b'{"x":1,"y":2}')
    first = await edit.save(b'{"x":2,"y":1}')
    assert isinstance(first, ValueMerge)
    if again:
        await bench.bucket.put("a", b'{"x":1,"y":3}')
    else:
        bench.session.guard.read_only = True
    with suppress(PublishRefusedError):
        assert isinstance(await edit.save_merged(first.result()), ValueMerge)
    bench.session.guard.read_only = False
    # Back to the text, which knows nothing of theirs.
    merge = await edit.save(b'{"x":2,"y":1}')
    assert isinstance(merge, ValueMerge)
    assert merge.result() == (b'{"x":2,"y":3}' if again else b'{"x":2,"y":2}')


async def test_a_deletion_that_comes_too_late_is_merged_again(bench: Bench) -> None:
    await bench.bucket.put("a", b"one")
    await bench.bucket.delete("a")
    edit = await editing(bench, "a")
    await bench.bucket.put("a", b"theirs")
    first = await edit.save(b"mine")
    assert isinstance(first, ValueMerge)
    first.conflicts[0].choose("base")
    await bench.bucket.put("a", b"theirs again")
    second = await edit.save_merged(first.result())
    assert isinstance(second, ValueMerge)
    assert (second.base, second.mine, second.theirs) == (None, b"mine", b"theirs again")
    second.conflicts[0].choose("base")
    assert await edit.save_merged(second.result()) == 5
    entry = await bench.kv.latest("a")
    assert entry is not None
    assert entry.operation == "DEL"


async def test_a_key_that_was_deleted_or_created_meanwhile(bench: Bench) -> None:
    await bench.bucket.put("a", b"one")
    edit, new = await editing(bench, "a"), await editing(bench, "b")
    await bench.bucket.delete("a")
    await bench.bucket.put("b", b"theirs")
    merge = await edit.save(b"mine")
    assert isinstance(merge, ValueMerge)
    assert merge.theirs is None
    merge.conflicts[0].choose("theirs")
    assert await edit.save_merged(merge.result()) == 2
    created = await new.save(b"mine")
    assert isinstance(created, ValueMerge)
    assert created.conflicts[0].theirs == "theirs"


async def test_saving_what_is_there_already_is_no_conflict(bench: Bench) -> None:
    await bench.bucket.put("a", b"one")
    edit = await editing(bench, "a")
    await bench.bucket.put("a", b"two")
    assert await edit.save(b"two") == 2


async def test_a_lifetime_is_kept_in_sight(bench: Bench) -> None:
    await bench.bucket.create("a", b"one", msg_ttl="1h")
    edit = await editing(bench, "a")
    assert edit.ttl == "1h"
    await edit.save(b"two", "2h")
    entry = await bench.kv.latest("a")
    assert entry is not None
    assert entry.ttl == "2h"


@given(st.binary(max_size=100))
def test_what_is_edited_and_not_changed_stays_as_it_was(value: bytes) -> None:
    form = form_of(value)
    assert from_text(to_text(value, form), form) == value
    assert from_text(to_text(value, "hex"), "hex") == value
    assert as_edited(value, value) == value
    assert as_edited(value, value + b"\n") == (value + b"\n" if value[-1:] == b"\n" else value)


def test_hex_that_is_none_is_refused_by_its_line() -> None:
    with pytest.raises(ValueError, match="line 2"):
        from_text("00 ff\n0 0x\n", "hex")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b"x" * (MOST_IN_PLACE + 1), "too large"),
        (b"x" * (LONGEST_LINE + 1), "lines too long"),
        (b"a\r\nb", "control"),
        (b"\x1b[2J", "control"),
        ("a\u2028b".encode(), "control"),
        (b'{"a": 1}\n\ttab', None),
        (b"", None),
    ],
)
def test_only_what_can_be_seen_is_edited_in_place(value: bytes, said: str | None) -> None:
    problem = in_place_problem(value, "text")
    assert (problem is None) if said is None else said in (problem or "")


@pytest.mark.parametrize("text", ["", "30s", "1h30m", "90", "never", " 2h "])
def test_lifetimes(text: str) -> None:
    assert ttl_problem(text) is None
    assert ttl_problem(f"{text}x") is not None


# Export and import


async def test_what_is_exported_can_be_imported(bench: Bench, tmp_path: Path) -> None:
    await bench.bucket.put("text", "grün\x7f".encode())
    await bench.bucket.put("binary", b"\xff\0")
    await bench.bucket.create("short", b"x", msg_ttl="1h")
    await bench.bucket.put("gone", b"x")
    await bench.bucket.delete("gone")
    await bench.kv.load()
    path = tmp_path / "config.ndjson"
    assert await export_keys(bench.kv, bench.keys, path, Work("export")) == 3
    assert path.read_bytes().isascii()
    lines = {line["key"]: line for line in map(json.loads, path.read_text().splitlines())}
    assert lines["text"]["value"] == "grün\x7f"
    assert lines["short"]["ttl"] == "1h"
    with pytest.raises(FileExistsError):
        await export_keys(bench.kv, bench.keys, path, Work("export"))
    for key in ("text", "binary", "short"):
        await bench.bucket.purge(key)
    items = read_items(path)
    await look_at_items(bench.kv, items, Work("look"))
    assert [item.action for item in items] == ["create"] * 3
    said = await import_items(bench.writer, bench.kv, items, "create", Work("import"))
    assert said == "3 of 3 keys imported into config"
    assert await bench.value("binary") == b"\xff\0"
    short = await bench.kv.latest("short")
    assert short is not None
    assert short.ttl == "1h"


async def test_an_import_that_is_cancelled_says_what_may_be_written(
    bench: Bench, tmp_path: Path
) -> None:
    path = tmp_path / "in.ndjson"
    path.write_text("".join(f'{{"key": "k{number}", "value": "1"}}\n' for number in range(50)))
    items = read_items(path)
    await look_at_items(bench.kv, items, Work("look"))
    work = Work("import")
    work.start(import_items(bench.writer, bench.kv, items, "create", work))
    await eventually(lambda: work.done >= 3, "three are written")
    work.cancel()
    await work.wait()
    assert work.outcome.startswith(f"cancelled: {work.done} of 50 keys")
    results = [item.result for item in items]
    assert all(result.startswith("revision ") for result in results[: work.done])
    assert results[work.done] in ("cancelled: it may be written", "")
    assert not any(results[work.done + 1 :])


async def test_an_import_says_what_it_would_do_and_writes_over_nobody(
    bench: Bench, tmp_path: Path
) -> None:
    await bench.bucket.put("same", b"1")
    await bench.bucket.put("other", b"1")
    await bench.bucket.put("raced", b"1")
    path = tmp_path / "in.ndjson"
    lines = [
        '{"key": "same", "value": "1"}',
        '{"key": "other", "value": "2"}',
        "",
        '{"key": "raced", "value": "2"}',
        '{"key": "new", "value": "2"}',
        '{"key": "new", "value": "3"}',
        '{"key": "no key", "value": "2"}',
        '{"key": "n", "value": 2}',
        "not JSON",
        '{"key": "t", "value": "2", "ttl": "soon"}',
    ]
    path.write_text("\n".join(lines))
    items = read_items(path)
    await look_at_items(bench.kv, items, Work("look"))
    assert [item.action for item in items] == [
        *("same", "change", "change", "create"),
        *["invalid"] * 5,
    ]
    assert items[4].problem == "line 5 has the same key"
    created = await import_items(bench.writer, bench.kv, items, "create", Work("import"))
    assert created == "1 of 1 keys imported into config"
    await bench.bucket.put("raced", b"theirs")
    await look_at_items(bench.kv, items[:2], Work("look"))
    said = await import_items(bench.writer, bench.kv, items[:3], "change", Work("import"))
    assert said == "1 of 2 keys imported into config, 1 refused"
    assert items[2].result == "changed meanwhile: not written over"
    assert [await bench.value(key) for key in ("other", "raced")] == [b"2", b"theirs"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (b'{"a":1}', b'{"a":1 "b"}', "line 1, column 8: Expecting ',' delimiter"),
        (b'{"a":1}', b'{\n"a" 1}', "line 2, column 5: Expecting ':' delimiter"),
        (b"[1]", b"[2]", None),
        (b"12", b"", "line 1, column 1: Expecting value"),
        (b"[1]", b"\xff", "it is no text"),
        (b"[1]", b"[" * 100_000, "nested too deeply"),
        (b"no JSON", b"no JSON either", None),
    ],
)
def test_json_that_is_none_any_more(before: bytes, after: bytes, said: str | None) -> None:
    problem = no_json_any_more(before, after)
    assert (problem is None) if said is None else said in (problem or "")
