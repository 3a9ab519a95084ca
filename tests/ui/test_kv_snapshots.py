"""What the KV pane looks like, in a small terminal and in a large one."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from natstui.model.key_entry import KeyEntry
from natstui.model.kv_board import BucketRow
from natstui.model.kv_bucket import Bucket
from natstui.model.kv_edit import KeyEdit
from natstui.model.kv_session import KeyValueSession
from natstui.model.stream_board import StreamRow
from natstui.model.value_merge import ValueMerge
from natstui.ui import key_table, kv_buckets, kv_key
from natstui.ui.desk import Desk
from natstui.ui.kv_buckets import BucketTable
from natstui.ui.kv_changes import save, save_merged
from natstui.ui.kv_editor import EditLevel
from natstui.ui.kv_key import KeyLevel
from natstui.ui.kv_keys import KeysLevel
from natstui.ui.kv_merge import MergeLevel
from natstui.ui.pane import DrillPane, Level
from tests.ui.explorer import Explorer, explorer
from tests.ui.snapshots import check_snapshot

NOW = 1_780_315_200.0
SIZES = [(80, 24), (160, 45)]
CONFIG = {
    "name": "KV_config",
    "subjects": ["$KV.config.>"],
    "max_msgs_per_subject": 5,
    "max_age": 0,
    "allow_direct": True,
    "allow_msg_ttl": True,
    "storage": "file",
    "num_replicas": 3,
    "description": "what the shop is made of",
}
STATE = {"messages": 41, "bytes": 20_480, "num_subjects": 9, "last_seq": 41, "first_seq": 1}
BANNER = b'{"text": "Free shipping", "from": 40.00, "until": null}'
VALUES = {
    "shop.banner": BANNER,
    "shop.currency": b"EUR",
    "shop.flags.dark-mode": b"false",
    "shop.flags.new-cart": b"true",
    "svc.pricing.discount": b'{"percent": 5}',
    "svc.pricing.rounding": b"half-even",
    "svc.token": b"\x00\xff\x10",
    "limits": b"none\nat all",
}


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is always the same moment, and in UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    clock = SimpleNamespace(time=lambda: NOW)
    for module in (key_table, kv_buckets, kv_key):
        monkeypatch.setattr(module, "time", clock)


def entry(key: str, value: bytes, revision: int, *, operation: str = "", ttl: str = "") -> KeyEntry:
    return KeyEntry(key, revision, NOW - revision * 60, value, operation, ttl, b"")


def filled(desk: Desk) -> KeyValueSession:
    kv = KeyValueSession(desk.session, "config")
    fill(kv)
    return kv


def fill(kv: KeyValueSession) -> None:
    kv.bucket = Bucket("config", {"config": CONFIG, "state": STATE})
    kv.view.set_keys([*VALUES, "shop.old"])
    kv.listed = kv.expected = len(VALUES) + 1
    for revision, (key, value) in enumerate(VALUES.items(), 3):
        kv.looks.put(entry(key, value, revision))
    kv.looks.put(entry("shop.old", b"", 40, operation="DEL"))


@asynccontextmanager
async def showing(size: tuple[int, int]) -> AsyncIterator[Explorer]:
    async with explorer(size=size) as seen:
        await seen.press("4")
        yield seen


async def show(seen: Explorer, level: Level) -> None:
    pane = seen.app.pane
    assert isinstance(pane, DrillPane)
    await pane.push(level)
    await seen.frame()


@pytest.mark.parametrize("size", SIZES)
async def test_the_buckets(size: tuple[int, int]) -> None:
    async with showing(size) as seen:
        pane = seen.app.pane
        assert isinstance(pane, DrillPane)
        table = pane.level
        assert isinstance(table, BucketTable)
        row = StreamRow("KV_config", {"config": CONFIG, "state": STATE})
        table.board.streams.rows.set_items([row])
        table.board.rows.set_items([BucketRow(row)])
        await seen.frame()
        await check_snapshot(seen, "kv-buckets")


@pytest.mark.parametrize("size", SIZES)
async def test_the_keys(size: tuple[int, int]) -> None:
    async with showing(size) as seen:
        level = KeysLevel(seen.app.desk, "config")
        fill(level.kv)
        await show(seen, level)
        level.value.show_record(entry("shop.banner", BANNER, 3).record, "revision 3")
        await seen.press("j", "j")
        await check_snapshot(seen, "kv-keys")


@pytest.mark.parametrize("size", SIZES)
async def test_a_key(size: tuple[int, int]) -> None:
    async with showing(size) as seen:
        level = KeyLevel(seen.app.desk, filled(seen.app.desk), "shop.banner")
        older = BANNER.replace(b"40.00", b"39.90")
        level.rows.set_items(
            [
                entry("shop.banner", BANNER, 9, ttl="1h"),
                entry("shop.banner", b"", 7, operation="MaxAge"),
                entry("shop.banner", older, 4),
            ]
        )
        await show(seen, level)
        await check_snapshot(seen, "kv-key")
        await seen.press("space", "G", "d")
        await check_snapshot(seen, "kv-diff")


@pytest.mark.parametrize("size", SIZES)
async def test_the_editor_and_the_merge(size: tuple[int, int]) -> None:
    async with showing(size) as seen:
        desk = seen.app.desk
        mine = BANNER.replace(b"40.00", b"35.00")
        theirs = BANNER.replace(b"40.00", b"45.00").replace(b"null", b'"June"')
        edit = KeyEdit(desk.writer, filled(desk), "shop.banner", entry("shop.banner", BANNER, 9))
        await show(seen, EditLevel(desk, edit, "text", save))
        await check_snapshot(seen, "kv-edit")
        edit.theirs = edit.rival = entry("shop.banner", theirs, 12)
        merge = ValueMerge(BANNER, mine, theirs)
        await show(seen, MergeLevel(desk, edit, merge, save_merged))
        await check_snapshot(seen, "kv-merge")
        await seen.press("t")
        await check_snapshot(seen, "kv-merged")
