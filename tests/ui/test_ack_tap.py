"""The acknowledgements of a consumer in its pane: what is said of them, and how it looks."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator

import pytest

from natstui.client import connect
from natstui.model import polling
from natstui.model.ack_event import ack_event
from natstui.model.consumer_row import ConsumerRow, Key
from natstui.model.settings import Settings
from natstui.ui.ack_tap import AckTapLevel
from natstui.ui.consumers import ConsumersPane
from natstui.ui.keyline import KeyLine
from tests.support.consumers import orders
from tests.support.hostile import FORBIDDEN, MESSAGES
from tests.support.server import NatsServer
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer, explorer
from tests.ui.snapshots import check_snapshot
from tests.ui.test_consumer_pictures import SIZES, info

NOW = 1_780_315_200.0


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.setattr(polling.Poll, "start", lambda self: None)
    yield
    monkeypatch.undo()
    time.tzset()


async def tapped(seen: Explorer) -> AckTapLevel:
    await seen.press("3")
    pane = seen.app.pane
    assert isinstance(pane, ConsumersPane)
    row = ConsumerRow(Key("ORDERS", "billing"))
    row.take(0.0, info("billing", 0, config={"sample_freq": "100"}))
    level = AckTapLevel(pane.desk, row, "acks of ORDERS > billing")
    level.tap.listener.since = NOW - 60
    await pane.push(level)
    level.poll.state = "ready"
    return level


def answer(level: AckTapLevel, seq: int, payload: bytes, *, tries: int = 1) -> None:
    """As it comes from the wire, each a second after the one before."""
    now = NOW - 60 + seq
    level.tap._clock = lambda: now
    stored = int((now - 0.020 * seq) * 1e9)
    subject = f"$JS.ACK.ORDERS.billing.{tries}.{seq}.{seq}.{stored}.0"
    event = ack_event(subject, payload, level.tap.version, now)
    assert event is not None
    level.tap._add(event)


@pytest.mark.parametrize("size", SIZES)
async def test_how_it_looks(size: tuple[int, int], still: None) -> None:
    async with explorer(size=size, settings=Settings(context="prod")) as seen:
        for frame in (seen.app.status, seen.app.tabs, seen.app.query_one(KeyLine)):
            frame.display = False  # they change with the other panes
        level = await tapped(seen)
        for seq in range(1, 9):
            answer(level, seq, b"")
            level.tap.took[seq] = 0.004 * seq
        answer(level, 9, b"+WPI")
        answer(level, 10, b'-NAK {"delay": 5000000000}', tries=2)
        answer(level, 11, b"+TERM no such order")
        level.tap._advise("gave up", {"stream_seq": 7, "consumer_seq": 31, "deliveries": 5})
        await seen.frame()
        await check_snapshot(seen, "acks")


async def test_hostile_answers_are_only_shown(still: None) -> None:
    async with explorer(size=(160, 45)) as seen:
        level = await tapped(seen)
        for seq, each in enumerate(MESSAGES, 1):
            answer(level, seq, b"+TERM " + each.payload[:4096])
        await seen.frame()
        assert level.tap.counts["term"] == len(MESSAGES)
        assert not FORBIDDEN & set(seen.text.replace("\n", ""))


async def test_from_the_board_to_the_message_that_was_refused(js_server: NatsServer) -> None:
    async with await connect(js_server.url) as client:
        js = await orders(client)
        await js.add_consumer("ORDERS", durable_name="billing", ack_policy="explicit")
        settings = Settings(servers=(js_server.url,))
        async with explorer(settings=settings) as seen:
            session = seen.app.session
            session.open()
            await eventually(lambda: session.is_connected, "connected")

            async def until(*texts: str) -> None:
                async def drawn() -> bool:
                    await seen.frame()
                    return all(text in seen.text for text in texts)

                condition: Callable[[], bool | Awaitable[bool]] = drawn
                await eventually(condition, f"{texts}", last_seen=lambda: seen.text)

            await seen.press("3")
            await until("ORDERS > billing")
            await seen.press("a")
            await until("Nobody answered yet", "listening since")
            assert session.client is not None
            await session.client.flush()
            subscription = await js.pull_subscribe_bind("billing", "ORDERS")
            first, second = await subscription.fetch(2, timeout=20)
            await first.ack()
            await second.nak()
            await until("1 +ACK · 1 -NAK", "2 heard", "sample_freq is set; it is not")
            await seen.press("slash")
            await until("filter")
            await seen.type("nak")
            await until("1 of 2")
            await seen.press("enter", "enter")
            await until("number 2.", "answered -NAK")
            await seen.press("space", "escape", "escape", "escape")
            guard = session.guard
            assert (guard.consumers, guard.acks, guard.writes) == (0, 0, 0)
            await subscription.unsubscribe()
            await session.close()
