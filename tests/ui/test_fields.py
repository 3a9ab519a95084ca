"""Fields of a tail and of a stream: what a person sees, and what their keys do."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import pytest

from natstui.client import connect
from natstui.model import stream_scan
from natstui.ui.field_groups import GroupsLevel
from natstui.ui.tail import TailPane
from tests.support.hostile import MESSAGES
from tests.support.proxy import FaultyProxy
from tests.support.server import NatsServer
from tests.support.streams import fill
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer, explorer
from tests.ui.snapshots import check_snapshot
from tests.ui.test_hostile_streams import check
from tests.ui.test_streams_pane import stall_after, streams, until

ANGLE = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
STATUS = ("created", "paid", "paid", "shipped")


def feed(seen: Explorer, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        body = {"status": STATUS[number % 4], "ms": number * number, "id": f"o-{number}"}
        subject = f"orders.{('eu', 'us')[number % 2]}.{body['status']}"
        payload = json.dumps(body).encode()
        seen.tail.buffer.append(
            subject, payload, "", b"NATS/1.0\r\nTrace: t%d\r\n\r\n" % (number % 7)
        )


async def is_shown(seen: Explorer, *texts: str) -> None:
    async def shown() -> bool:
        await seen.frame()
        return all(text in seen.text for text in texts)

    condition: Callable[[], bool | Awaitable[bool]] = shown
    await eventually(condition, f"{texts} on the screen", last_seen=lambda: seen.text)


async def test_which_fields_there_are_and_their_values_live() -> None:
    async with explorer() as seen:
        feed(seen, 40)
        await seen.press("f")
        await is_shown(seen, "9 fields in 40 messages")
        assert seen.line_with("json:status").split() == [
            "json:status",
            "100%",
            "string",
            "3",
            "50%",
            "paid",
        ]
        assert seen.line_with("header:Trace").split()[1:4] == ["100%", "string", "7"]
        assert "0 … 1,521, p50 361" in seen.line_with("json:ms")
        await seen.press("slash")
        await seen.type("status")
        await seen.press("enter", "enter")
        await is_shown(seen, "3 values in 40 of 40 messages")
        assert seen.line_with("paid").split()[:4] == ["▌paid", "20", "50%", "█" * 20]
        feed(seen, 4, first=40)
        await is_shown(seen, "3 values in 44 of 44 messages")
        assert seen.line_with("shipped").split()[1] == "11"


async def test_enter_on_a_value_filters_the_tail_besides_its_filter() -> None:
    async with explorer(size=(100, 24)) as seen:
        feed(seen, 40)
        await seen.press("slash")
        await seen.type("subject:*.us.*")
        await seen.press("enter", "f")
        await is_shown(seen, "in 20 messages")
        await seen.press("slash")
        await seen.type("status")
        await seen.press("enter", "enter")
        await is_shown(seen, "shipped")
        await seen.press("down", "enter")
        await is_shown(seen, "filter subject:*.us.* json:status=paid  10 of 40")
        assert "fields" not in seen.lines[2]
        await seen.press("escape")
        assert "filter" not in seen.lines[2]


async def test_a_histogram_and_percentiles_in_each_group() -> None:
    async with explorer(size=(100, 24)) as seen:
        feed(seen, 100)
        await seen.press("f", "slash")
        await seen.type("json:ms")
        await seen.press("enter", "enter")
        await is_shown(seen, "min 0 · p50 2,401 · p90 7,921 · p99 9,604 · max 9,801", "0 … 1,000")
        assert seen.line_with("0 … 1,000").split()[3:5] == ["32", "32%"]
        await seen.press("h")
        await is_shown(seen, "▌9801")
        await seen.press("h", "down", "enter")
        await is_shown(seen, "filter json:ms>=1000 json:ms<2000  13 of 100")
        await seen.press("escape", "f", "slash")
        await seen.type("token:2")
        await seen.press("enter", "enter", "v")
        assert "percentiles of" in seen.text
        await seen.press("enter")
        await is_shown(seen, "2 groups · 0 messages without it")
        assert seen.line_with("eu ").split()[1:] == [
            "50",
            "0",
            "2,304",
            "7,744",
            "9,604",
            "9,604",
            "3,234",
        ]
        await seen.press("down", "enter")
        await is_shown(seen, "filter subject:*.eu.*  50 of 100")


async def test_esc_goes_back_to_the_tail_level_by_level() -> None:
    async with explorer() as seen:
        feed(seen, 10)
        await seen.press("f")
        await is_shown(seen, "9 fields")
        await seen.press("enter")
        await is_shown(seen, f"fields {ANGLE} subject")
        await seen.press("space")
        await is_shown(seen, "PAUSED")
        feed(seen, 10)
        await is_shown(seen, "10 newer")
        assert "10 of 10 messages" in seen.text
        await seen.press("escape", "escape")
        assert "seen 20 · kept 20" in seen.text
        await seen.press("f", "2", "1")
        await is_shown(seen, "9 fields")
        pane = seen.app.pane
        assert isinstance(pane, TailPane)
        assert pane.depths is not None
        assert seen.app.focused is pane.depths.target()


async def test_a_flood_is_counted_by_what_was_looked_at() -> None:
    async with explorer(max_messages=50) as seen:
        feed(seen, 50)
        await seen.press("f")
        await is_shown(seen, "50 messages")
        feed(seen, 500)
        await is_shown(seen, "100 read · 450 missed")


async def test_hostile_fields_and_values_are_drawn_and_nothing_more() -> None:
    async with explorer(size=(80, 24)) as seen:
        for message in MESSAGES:
            seen.tail.buffer.append(
                message.subject, message.payload, message.reply, message.headers
            )
        nasty = {"a\x1b[2J": "\x1b]52;c;aGk=\x07", "[/x]": "[@click=app.quit]", "\u202e": 1, "": ""}
        for number in range(3):
            seen.feed(json.dumps(nasty | {"n": number}))
        await seen.press("f")
        await is_shown(seen, f"in {len(MESSAGES) + 3} messages")
        check(seen)
        await seen.press("pagedown")
        check(seen)
        await seen.press("slash")
        await seen.type("[/x]")
        await seen.press("enter", "down", "enter")
        pane = seen.app.pane
        assert isinstance(pane, TailPane)
        assert pane.depths is not None
        assert isinstance(pane.depths.level, GroupsLevel)
        for keys in (("h",), ("v", "enter"), ("escape",)):
            await seen.press(*keys)
            check(seen)
        await seen.press("enter", "slash")
        check(seen)


async def test_a_whole_stream_without_a_consumer(js_server: NatsServer) -> None:
    async with await connect(js_server.url) as client:
        js = client.jetstream()
        await js.add_stream(name="ORDERS", subjects=["orders.>"], retention="workqueue")
        await fill(
            client,
            "ORDERS",
            lambda n: f"orders.{n % 4}",
            1_200,
            payload=lambda n: b'{"status": "%s"}' % STATUS[n % 4].encode(),
        )
        async with streams(js_server, "enter") as seen:
            await until(seen, "of 1..1,200")
            await seen.press("f")
            await until(seen, "5 fields in 1,200 messages")
            await seen.press("slash")
            await seen.type("status")
            await seen.press("enter", "enter")
            await until(seen, "3 values in 1,200 of 1,200 messages")
            await seen.press("down", "enter")
            await until(seen, "search json:status=created", "300 hits")
            guard = seen.app.session.guard
            assert (guard.consumers, guard.acks, guard.writes) == (0, 0, 0)
        info = await js.stream_info("ORDERS")
        assert (info.state.messages, info.state.consumer_count) == (1_200, 0)


async def test_a_reading_is_ended_and_gone_on_with(
    js_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_scan, "PIECE", 100)
    async with await connect(js_server.url) as client:
        await client.jetstream().add_stream(name="ORDERS", subjects=["orders.>"])
        await fill(client, "ORDERS", lambda n: f"orders.{n % 4}", 1_000)
    async with (
        FaultyProxy("127.0.0.1", js_server.port) as proxy,
        streams(proxy, "enter", timeout=60) as seen,
    ):
        await until(seen, "of 1..1,000")
        stall_after(proxy.to_client, 60_000)
        await seen.press("f")
        await until(seen, "^x ends it")
        await seen.press("ctrl+x")
        await until(seen, "space goes on")
        assert "in 1,000 messages" not in seen.text
        proxy.to_client.heal()
        await seen.press("space")
        await until(seen, "5 fields in 1,000 messages")


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_how_it_looks(size: tuple[int, int]) -> None:
    async with explorer(size=size) as seen:
        feed(seen, 400)
        await seen.press("f")
        await is_shown(seen, "in 400 messages")
        await check_snapshot(seen, "fields")
        await seen.press("slash")
        await seen.type("json:ms")
        await seen.press("enter", "enter")
        await is_shown(seen, "400 of 400")
        await check_snapshot(seen, "fields-histogram")
        await seen.press("escape", "escape", "slash")
        await seen.type("status")
        await seen.press("enter", "enter", "v", "enter")
        await is_shown(seen, "3 groups")
        await check_snapshot(seen, "fields-percentiles")
