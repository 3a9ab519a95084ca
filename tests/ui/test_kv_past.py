"""A bucket as of a moment in the KV pane: what is said of each key, and the way back."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from natstui.model.as_of import AsOf
from natstui.model.key_entry import KeyEntry
from natstui.model.key_past import KeyPast, KeyVersion
from natstui.model.kv_bucket import Bucket
from natstui.model.kv_session import KeyValueSession
from natstui.ui import kv_past
from natstui.ui.keyline import KeyLine
from natstui.ui.kv_past import PastLevel
from natstui.ui.pane import DrillPane
from tests.support.hostile import FORBIDDEN, MESSAGES
from tests.support.server import NatsServer
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer, explorer
from tests.ui.kv import KvExplorer, kv_explorer, path
from tests.ui.snapshots import check_snapshot
from tests.ui.test_kv_snapshots import CONFIG, NOW, SIZES, STATE
from tests.ui.test_streams_pane import answer


async def ask_for(kv: KvExplorer, moment: str) -> None:
    await kv.open("t")
    await kv.until("as of (")
    await kv.seen.type(moment)
    await kv.seen.press("enter")


async def test_a_key_is_compared_and_made_what_it_was(
    js_server: NatsServer, tmp_path: Path
) -> None:
    async with kv_explorer(js_server) as kv:
        await kv.bucket.put("limits", b"10")
        await kv.bucket.put("same", b"x")
        await kv.bucket.put("limits", b"99")
        await kv.bucket.put("new", b"!")
        await ask_for(kv, "#2")
        await kv.until(path("config", "as of revision 2"), "1 changed · 1 added · 3 keys")
        assert kv.seen.line_with("limits").split()[:4] == ["▌changed", "limits", "10", "99"]
        await kv.until("this is all of it")
        await kv.seen.press("enter")
        await kv.until("- 10", "+ 99", "- then  revision 1")
        await kv.seen.press("V")
        await kv.until("Revert limits to revision 1")
        await kv.seen.press("y")
        await kv.until("limits is as it was at 1")
        assert await kv.value("limits") == b"10"
        await kv.seen.press("escape")
        await kv.until("same value")
        target = tmp_path / "then.ndjson"
        await kv.seen.press("x")
        await kv.until("as they were to")
        await answer(kv.seen, str(target))
        await kv.until("exported 2 keys")
        lines = [json.loads(line) for line in target.read_text().splitlines()]
        assert {line["key"]: line["value"] for line in lines} == {"limits": "10", "same": "x"}


async def test_what_nobody_knows_is_said_and_not_reverted(js_server: NatsServer) -> None:
    async with kv_explorer(js_server, history=1) as kv:
        await kv.bucket.put("hot", b"1")
        await kv.bucket.put("hot", b"2")
        await ask_for(kv, "#1")
        await kv.until("1 unknown", "unknown before revision 2")
        await kv.seen.press("V")
        await kv.until("nobody knows what hot held then")
        await kv.seen.press("enter")
        await kv.until("? then  unknown before", "+ 2")
        guard = kv.seen.app.session.guard
        assert (guard.consumers, guard.acks, guard.writes) == (0, 0, 0)


# How it looks


CLOCK = SimpleNamespace(
    time=lambda: NOW, monotonic=lambda: 0.0, localtime=time.localtime, strftime=time.strftime
)


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.setattr(kv_past, "time", CLOCK)
    yield
    monkeypatch.undo()
    time.tzset()


def row(key: str, seq: int, then: bytes | None, now: bytes | None, first: int = 0) -> KeyPast:
    made = KeyPast(key, seq)
    if now is None:
        return made
    revision = first or seq + 3
    newest = KeyEntry(key, revision, NOW - 600, now, "" if now else "DEL", "", b"")
    before = KeyEntry(key, 7, NOW - 9000, then, "", "", b"") if then is not None else None
    made.find(before, newest, is_complete=not first)
    made.now = KeyVersion.of(newest)
    return made


async def past(seen: Explorer, rows: list[KeyPast]) -> PastLevel:
    await seen.press("4")
    pane = seen.app.pane
    assert isinstance(pane, DrillPane)
    kv = KeyValueSession(pane.desk.session, "config")
    level = PastLevel(pane.desk, kv, AsOf(NOW - 7200))
    await pane.push(level)
    bucket = Bucket("config", {"config": CONFIG, "state": STATE})
    level.past.kv.bucket = bucket
    level.past.seq, level.past.read_to, level.past.end = 30, 42, 42
    level.past.rows.set_items(rows)
    level.past.changed = {each.key: each for each in rows if each.now is not None}
    level.past.counts = Counter(each.since for each in level.past.changed.values())
    for key, value in (("limits", b"none\nat all"), ("svc.pricing.rounding", b"half-even")):
        level.past.kv.looks.put(KeyEntry(key, 4, NOW - 90_000, value, "", "", b""))
    return level


@pytest.mark.parametrize("size", SIZES)
async def test_how_it_looks(size: tuple[int, int], still: None) -> None:
    rows = [
        row("limits", 30, None, None),
        row("shop.banner", 30, b'{"text": "Free shipping"}', b'{"text": "Sale"}'),
        row("shop.flags.dark-mode", 30, b"false", b"true"),
        row("shop.flags.new-cart", 30, None, b"true"),
        row("shop.old", 30, b"EUR", b""),
        row("svc.pricing.discount", 30, None, b'{"percent": 5}', first=39),
        row("svc.pricing.rounding", 30, None, None),
        row("svc.token", 30, b"same", b"same"),
    ]
    async with explorer(size=size) as seen:
        for frame in (seen.app.status, seen.app.tabs, seen.app.query_one(KeyLine)):
            frame.display = False  # they change with the other panes
        level = await past(seen, rows)
        level.poll.state = "ready"
        await seen.press("end", "up", "up", "up", "up")
        await check_snapshot(seen, "kv-past")


async def test_hostile_values_and_keys_are_only_shown() -> None:
    async with explorer(size=(160, 45)) as seen:
        rows = [
            row(f"k{place}.{each.subject}", 30, each.payload, each.payload + b"!")
            for place, each in enumerate(MESSAGES)
            if len(each.payload) < 10_000
        ]
        level = await past(seen, rows)
        await eventually(lambda: level.table.rows.total > 0, "rows")
        await seen.frame()
        assert not FORBIDDEN & set(seen.text.replace("\n", ""))
