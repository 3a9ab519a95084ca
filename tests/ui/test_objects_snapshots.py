"""What the Objects pane looks like, in a small terminal and in a large one."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from natstui.client.js.api import ObjectInfo, ObjectLink, ObjectMetaOptions
from natstui.client.js.object_info import encode_info, info_subject
from natstui.client.protocol.headers import Headers
from natstui.model.object_board import ObjectBucket, ObjectBucketRow
from natstui.model.object_chunks import TransferError
from natstui.model.object_entry import ObjectEntry, entry_of
from natstui.model.object_session import Kept, ObjectSession
from natstui.model.object_transfers import Transfer
from natstui.model.rates import Rate
from natstui.model.stream_board import StreamRow
from natstui.model.tail import Record
from natstui.ui import object_buckets, object_transfers, object_words
from natstui.ui.confirm import ConfirmDialog
from natstui.ui.object_buckets import ObjectBucketTable
from natstui.ui.object_changes import delete_question, upload_question
from natstui.ui.object_detail import ObjectLevel
from natstui.ui.object_kept import KeptLevel
from natstui.ui.object_list import ObjectsLevel
from natstui.ui.object_transfers import TransfersLevel
from natstui.ui.pane import DrillPane, Level
from tests.ui.explorer import Explorer, explorer
from tests.ui.snapshots import check_snapshot

NOW = 1_780_315_200.0
SIZES = [(80, 24), (160, 45)]
CONFIG = {
    "name": "OBJ_assets",
    "subjects": ["$O.assets.C.>", "$O.assets.M.>"],
    "max_bytes": 1024**3,
    "max_age": 0,
    "allow_direct": True,
    "storage": "file",
    "num_replicas": 3,
    "description": "what the shop shows",
}
STATE = {"messages": 1_641, "bytes": 214_000_000, "num_subjects": 9, "last_seq": 1_700}
DIGEST = "SHA-256=2BhXOr9aS5bEHQ3lGjv98lg1H21k8JRLIfFKZLT16ro="


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is always the same moment, and in UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    clock = SimpleNamespace(time=lambda: NOW, monotonic=lambda: 0.0)
    for module in (object_buckets, object_transfers, object_words):
        monkeypatch.setattr(module, "time", clock)


def entry(name: str, seq: int, size: int = 0, **said: Any) -> ObjectEntry:
    info = ObjectInfo(
        name=name,
        bucket="assets",
        nuid=f"TZ4X5kIxb7Uhn66KVA7D{seq:02}",
        size=size,
        chunks=-(-size // 131_072),
        digest=DIGEST if size else None,
        **{"options": ObjectMetaOptions(max_chunk_size=131_072), **said},
    )
    payload = encode_info(info)
    subject = info_subject("assets", name)
    return entry_of("assets", Record(seq, NOW - seq * 60, subject, "", b"", payload, len(payload)))


class Steady(Rate):
    """It does not change."""

    def sample(self, now: float, total: int) -> None:
        pass


def to(bucket: str, name: str | None = None) -> ObjectMetaOptions:
    return ObjectMetaOptions(link=ObjectLink(bucket, name))


CATALOGUE = entry(
    "catalogue.csv",
    3,
    512_000,
    description="everything that the shop sells",
    headers=Headers({"Content-Type": "text/csv", "Source": ["warehouse", "suppliers"]}),
    metadata={"built-by": "nightly"},
)
ENTRIES = [
    CATALOGUE,
    entry("firmware/dev-2.4.bin", 5, 209_715_200, description="for the kettles"),
    entry("img/logo.svg", 9, 171),
    entry("latest.csv", 12, options=to("assets", "catalogue.csv")),
    entry("archive", 14, options=to("archive-2025")),
    entry("old/banner.txt", 40, deleted=True),
    entry_of("assets", Record(77, NOW - 90_000, "$O.assets.M.eA==", "", b"", b"{", 1)),
]


def fill(objects: ObjectSession) -> None:
    objects.bucket = ObjectBucket("assets", {"config": CONFIG, "state": STATE})
    objects._known = {each.subject: each for each in ENTRIES}
    objects._show()


@asynccontextmanager
async def showing(size: tuple[int, int]) -> AsyncIterator[Explorer]:
    async with explorer(size=size) as seen:
        await seen.press("5")
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
        assert isinstance(table, ObjectBucketTable)
        row = StreamRow("OBJ_assets", {"config": CONFIG, "state": STATE})
        sealed = {**CONFIG, "name": "OBJ_archive-2025", "sealed": True, "max_bytes": -1}
        other = StreamRow("OBJ_archive-2025", {"config": sealed, "state": STATE})
        table.board.streams.rows.set_items([row, other])
        table.board.rows.set_items([ObjectBucketRow(row), ObjectBucketRow(other)])
        await seen.frame()
        await check_snapshot(seen, "object-buckets")


@pytest.mark.parametrize("size", SIZES)
async def test_the_objects(size: tuple[int, int]) -> None:
    async with showing(size) as seen:
        level = ObjectsLevel(seen.app.desk, "assets")
        fill(level.objects)
        await show(seen, level)
        await seen.press("j")
        await check_snapshot(seen, "objects")


@pytest.mark.parametrize("size", SIZES)
async def test_an_object_and_what_is_kept(size: tuple[int, int]) -> None:
    async with showing(size) as seen:
        objects = ObjectSession(seen.app.session, "assets")
        fill(objects)
        level = ObjectLevel(seen.app.desk, objects, CATALOGUE)
        level.stored = 4
        await show(seen, level)
        await check_snapshot(seen, "object")
        kept = KeptLevel(seen.app.desk, objects)
        nuids = [each.info.nuid for each in ENTRIES[:2] if each.info]
        kept.take(
            [Kept(nuids[0], 4, ENTRIES[0]), Kept(nuids[1], 1_200, ENTRIES[1]), Kept("xyz", 9, None)]
        )
        await show(seen, kept)
        await check_snapshot(seen, "objects-kept")


@pytest.mark.parametrize("size", SIZES)
async def test_the_transfers(size: tuple[int, int]) -> None:
    async with showing(size) as seen:
        up = Transfer("up", "assets", "firmware/dev-2.5.bin", "dev-2.5.bin", total=209_715_200)
        up.done, up.rate = 117_000_000, Steady()
        up.rate.per_second = 56_300_000
        waits = Transfer("down", "assets", "catalogue.csv", "catalogue-2.csv", total=512_000)
        waits.note = "waits for its turn"
        done = Transfer("check", "assets", "img/logo.svg", total=171)
        done.done, done.state = 171, "done"
        done.outcome = "img/logo.svg was read, 171 bytes: its digest is right"
        failed = Transfer("up", "assets", "catalogue.csv", "catalogue.csv", total=512_000)
        failed.done, failed.state = 131_072, "failed"
        failed.error = TransferError("")
        failed.explained = "somebody else wrote to catalogue.csv meanwhile"
        failed.aftermath = "nothing of it is left in assets"
        for number, each in enumerate((failed, done, waits, up)):
            each.number = number
            each._began, each._clock = -3.0, lambda: 0.0
        seen.app.desk.transfers.rows.set_items([up, waits, done, failed])
        level = TransfersLevel(seen.app.desk)
        await show(seen, level)
        await seen.press("G")
        await check_snapshot(seen, "objects-transfers")
        seen.app.desk.transfers.rows.set_items([])


@pytest.mark.parametrize("size", SIZES)
async def test_the_questions(size: tuple[int, int]) -> None:
    async with showing(size) as seen:
        objects = ObjectSession(seen.app.session, "assets")
        fill(objects)
        path = Path("dev-2.5.bin")
        question = upload_question(objects, path, ENTRIES[1].name, 10**9, ENTRIES[1])
        await seen.app.push_screen(ConfirmDialog(question))
        await check_snapshot(seen, "objects-replace")
        await seen.press("escape")
        await seen.app.push_screen(ConfirmDialog(delete_question(CATALOGUE)))
        await check_snapshot(seen, "objects-delete")
