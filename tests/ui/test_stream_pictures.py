"""The Streams pane as it looks, at the smallest size and at a large one."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from natstui.model import polling
from natstui.model.settings import Settings
from natstui.model.stream_purge import Loss, Preview, Purge
from natstui.model.tail import Record
from natstui.ui import stored_rows, stream_table
from natstui.ui.confirm import ConfirmDialog
from natstui.ui.keyline import KeyLine
from natstui.ui.stream_changes import purge_question
from natstui.ui.stream_info import InfoLevel
from natstui.ui.stream_messages import MessagesLevel
from natstui.ui.stream_table import StreamTable
from natstui.ui.streams import StreamsPane
from tests.ui.explorer import Explorer, explorer
from tests.ui.snapshots import check_snapshot

SIZES = [(80, 24), (160, 45)]
NOW = 1_780_315_200.0
CLUSTER = {
    "name": "eu",
    "leader": "n2-eu",
    "replicas": [
        {"name": "n1-eu", "current": True, "active": 320_000_000},
        {"name": "n3-eu", "current": False, "active": 9_000_000_000, "lag": 41},
    ],
}


def told(name: str, second: int, *, per_second: int = 0, **more: Any) -> dict[str, Any]:
    """What the server says of a stream at a second of the story."""
    messages = 1_200 + per_second * second
    config = {"name": name, "subjects": [f"{name.lower()}.>"], "retention": "limits"}
    return {
        "config": {**config, "storage": "file", "num_replicas": 1, **more.pop("config", {})},
        "state": {
            "messages": messages,
            "bytes": messages * 311,
            "first_seq": 1,
            "first_ts": "2026-06-01T08:00:00Z",
            "last_seq": messages,
            "last_ts": "2026-06-01T11:59:57Z",
            "consumer_count": 2,
            **more.pop("state", {}),
        },
        **more,
    }


def streams(second: int) -> dict[str, dict[str, Any]]:
    cut_off = {"name": "ORDERS", "lag": 1_204, "active": -1}
    empty = {"messages": 0, "bytes": 0, "last_ts": "0001-01-01T00:00:00Z", "consumer_count": 0}
    found = [
        told("ARCHIVE", second, config={"mirror": {"name": "ORDERS"}}, mirror=cut_off),
        told("EVENTS", second, per_second=4, config={"num_replicas": 3}, cluster=CLUSTER),
        told("JOBS", second, per_second=2, config={"retention": "workqueue", "storage": "memory"}),
        told("KV_config", second, config={"subjects": ["$KV.config.>"]}),
        told("ORDERS", second, per_second=120),
        told("QUIET", second, state=empty),
    ]
    return {each["config"]["name"]: each for each in found}


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """It is always the same moment, in UTC, and no server is asked."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    clock = SimpleNamespace(
        time=lambda: NOW, localtime=time.localtime, strftime=time.strftime, monotonic=time.monotonic
    )
    for module in (stream_table, stored_rows):
        monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(polling.Poll, "start", lambda self: None)
    yield
    monkeypatch.undo()
    time.tzset()


async def opened(seen: Explorer, monkeypatch: pytest.MonkeyPatch) -> StreamTable:
    """The pane with half a minute of the story in it."""
    await seen.press("2")
    for frame in (seen.app.status, seen.app.tabs, seen.app.query_one(KeyLine)):
        frame.display = False  # they change with the other panes
    pane = seen.app.pane
    assert isinstance(pane, StreamsPane)
    table = pane.levels[0]
    assert isinstance(table, StreamTable)
    now = 0.0
    monkeypatch.setattr(table.board, "_clock", lambda: now)
    for second in range(0, 31, 2):
        now = float(second)
        table.board._take(streams(second), {"LOST": "its leader did not answer"})
    await seen.frame()
    return table


def records(count: int) -> list[Record]:
    names = ("created", "paid", "shipped")
    return [
        Record(
            4_790 + n,
            NOW - (count - n) * 0.25,
            f"orders.eu.{names[n % 3]}",
            "",
            b"NATS/1.0\r\nTrace: 4f1c\r\n\r\n" if n % 3 else b"",
            b'{"id": "o-%d", "total": 12.90, "items": [1, 2]}' % (1_000 + n),
            61 + n,
        )
        for n in range(count)
    ]


@pytest.mark.parametrize("size", SIZES)
async def test_how_it_looks(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    async with explorer(size=size, settings=Settings(context="prod")) as seen:
        table = await opened(seen, monkeypatch)
        await check_snapshot(seen, "streams")

        messages = MessagesLevel(table.desk, "ORDERS")
        await table.pane.push(messages)
        messages.window._open(records(60), 1, 4_850)
        messages.window.at_start = messages.window.at_end = True
        await seen.frame()
        await check_snapshot(seen, "stream-messages")
        await seen.press("up", "enter")
        await check_snapshot(seen, "stream-message")
        await seen.press("escape", "escape")

        info = InfoLevel(table.desk, "EVENTS")
        await table.pane.push(info)
        info.info = streams(30)["EVENTS"]
        info.poll.version += 1
        await seen.frame()
        await check_snapshot(seen, "stream-info")


@pytest.mark.parametrize("size", SIZES)
async def test_how_a_purge_is_asked_for(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Preview(
        Purge("orders.eu.>"),
        {"subjects": ["orders.>"]},
        1,
        4_801,
        messages=480,
        bytes=141_312,
        subjects=Counter({"orders.eu.created": 300, "orders.eu.paid": 180}),
        losses=[Loss("billing", 18, 2), Loss("shipping", 480)],
    )
    async with explorer(size=size, settings=Settings(context="prod")) as seen:
        await opened(seen, monkeypatch)
        seen.app.push_screen(ConfirmDialog(purge_question("ORDERS", found)))
        await seen.frame()
        await check_snapshot(seen, "stream-purge")
