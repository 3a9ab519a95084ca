"""The Consumers pane as it looks, at the smallest size and at a large one."""

from __future__ import annotations

import time
from typing import Any

import pytest

from natstui.model import polling
from natstui.model.consumer_row import Key
from natstui.model.settings import Settings
from natstui.ui.consumer_detail import ConsumerLevel
from natstui.ui.consumer_table import ConsumerTable
from natstui.ui.consumers import ConsumersPane
from natstui.ui.keyline import KeyLine
from tests.ui.explorer import Explorer, explorer
from tests.ui.snapshots import check_snapshot

SIZES = [(80, 24), (160, 45)]
SECONDS = range(0, 61, 2)


def info(name: str, second: int, *, per_second: int = 0, acked: bool = True, **more: Any) -> Any:
    """What the server says of a consumer at a second of the story."""
    delivered = per_second * second
    config = {"name": name, "ack_policy": "explicit", "max_ack_pending": 1_000, "max_waiting": 512}
    said = {
        "name": name,
        "created": "2026-06-01T12:00:00Z",
        "delivered": {"consumer_seq": delivered, "stream_seq": delivered},
        "ack_floor": {"consumer_seq": delivered, "stream_seq": delivered if acked else 0},
        "num_ack_pending": 0 if acked else delivered,
        "num_pending": 0,
        "num_waiting": 1,
        "num_redelivered": 0,
        "ts": f"2026-06-01T12:{second // 60:02}:{second % 60:02}Z",
        **more,
    }
    return {**said, "config": {**config, **more.get("config", {})}}


def told(second: int) -> list[Any]:
    limit: dict[str, Any] = {
        "max_ack_pending": 10,
        "filter_subject": "orders.eu.>",
        "ack_wait": 60_000_000_000,
    }
    full: dict[str, Any] = {"num_ack_pending": 10, "num_pending": 120 + 9 * second, "config": limit}
    push = {"deliver_subject": "audit.in", "ack_policy": "none"}
    paused = {"pause_until": "2099-01-01T00:00:00Z"}
    return [
        info("audit", second, num_pending=20 * second, num_waiting=0, config=push),
        info("billing", second, per_second=12, num_pending=40 + 8 * second),
        info("mail", second, num_pending=17, paused=True, config=paused),
        info("reports", second, num_pending=240, num_waiting=0),
        info("search", second, per_second=40 + second % 7),
        info("shipping", second, **full),
        info("stock", second, per_second=5, num_pending=max(0, 900 - 12 * second)),
    ]


def board(seen: Explorer) -> ConsumerTable:
    pane = seen.app.pane
    assert isinstance(pane, ConsumersPane)
    table = pane.levels[0]
    assert isinstance(table, ConsumerTable)
    return table


def tell(table: ConsumerTable, monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute of it, by the story's clock."""
    now = 0.0
    monkeypatch.setattr(table.board, "_clock", lambda: now)
    found: set[Key] = set()
    for second in SECONDS:
        now = float(second)
        table.board._take("ORDERS", told(second), found)
    table.board._finish(found, {})
    table.board.asked, table.board.took = 2, 0.0042


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("size", SIZES)
async def test_how_it_looks(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    # What polls the server would say that there is none.
    monkeypatch.setattr(polling.Poll, "start", lambda self: None)
    async with explorer(size=size, settings=Settings(context="prod")) as seen:
        await seen.press("3")
        for frame in (seen.app.status, seen.app.tabs, seen.app.query_one(KeyLine)):
            frame.display = False  # they change with the other panes
        table = board(seen)
        tell(table, monkeypatch)
        await seen.frame()
        await check_snapshot(seen, "consumers")
        for _ in range(3):
            await seen.press("down")
        row = table.row
        assert row is not None
        await seen.press("enter")
        assert isinstance(table.pane.level, ConsumerLevel)
        await seen.frame()
        await check_snapshot(seen, "consumer")
