"""Conversations of a tail and of a stream, and their waterfalls."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from natstui.client import connect
from natstui.ui.waterfall import lapse
from tests.support.hostile import MESSAGES
from tests.support.server import NatsServer
from tests.ui.explorer import Explorer, explorer
from tests.ui.snapshots import check_snapshot
from tests.ui.test_fields import is_shown
from tests.ui.test_hostile_streams import check
from tests.ui.test_streams_pane import streams, until

NOW = 1_780_315_200.0
LIFE = ("created", "paid", "packed", "shipped")


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def put(
    seen: Explorer, at: float, subject: str, body: object, trace: int | None, reply: str = ""
) -> None:
    """A message that arrives `at` seconds after the start."""
    buffer = seen.tail.buffer
    buffer._clock = lambda: NOW + at
    headers = b"" if trace is None else b"NATS/1.0\r\nTrace-Id: t-%d\r\n\r\n" % trace
    buffer.append(subject, json.dumps(body).encode(), reply, headers)


def shop(seen: Explorer) -> None:
    """Five orders that live their lives, the third one with a question that nobody answers."""
    for number in range(5):
        for step, status in enumerate(LIFE):
            at = number * 0.25 + step * step * (0.4 + number / 10)
            put(seen, at, f"orders.eu.{status}", {"n": number, "status": status}, number)
        put(seen, 4 + number, "svc.stock", {"n": number}, number, reply=f"_INBOX.q.{number}")
        if number != 2:
            put(seen, 4.02 + number, f"_INBOX.q.{number}", {"left": 7}, None)


async def test_what_belongs_together_and_how_long_it_takes() -> None:
    async with explorer(size=(100, 30), subjects=("orders.>", "svc.>", "_INBOX.>")) as seen:
        shop(seen)
        await seen.press("w")
        await is_shown(seen, "in the newest 29 messages")
        assert seen.lines[4].split()[:4] == ["▌header:Trace-Id", "25", "5", "5"]
        await seen.press("enter")
        await is_shown(seen, "5 conversations · 0 in none · arrival times")
        first, second = seen.lines[4:6]
        assert first.split()[:4] == ["▌t-2", "1", "?", "5"]
        assert second.split()[:2] == ["t-4", "6"]
        waterfall = seen.lines[seen.lines.index(seen.line_with("───")) + 1 :]
        assert waterfall[0].split()[:3] == ["▌+0", "●", "orders.eu.created"]
        assert waterfall[3].split()[:4] == ["+5.4", "s", "3.0", "s"]
        assert waterfall[3].split()[-3:] == ["orders.eu.shipped", "56", "B"]
        assert waterfall[4].split()[-4:] == ["svc.stock", "?", "35", "B"]
        put(seen, 9, "_INBOX.q.2", {"left": 0}, None)
        await is_shown(seen, "_INBOX.q.2")
        assert "?" not in seen.line_with("t-2")


async def test_enter_goes_down_to_a_message_and_esc_back() -> None:
    async with explorer(size=(100, 30)) as seen:
        shop(seen)
        await seen.press("w", "c")
        await seen.type("json:n")
        await seen.press("enter")
        await is_shown(seen, "5 conversations")
        await seen.press("o", "o", "o", "o")  # the newest first
        await is_shown(seen, "last↓")
        await seen.press("enter", "down", "enter")
        await is_shown(seen, '"status": "paid"', "json:n: 4")
        await seen.press("y")
        assert json.loads(seen.app.clipboard) == {"n": 4, "status": "paid"}
        await seen.press("escape", "escape", "escape", "escape")
        assert "seen 29 · kept 29" in seen.text


async def test_no_answer_says_nothing_where_none_would_be_seen() -> None:
    async with explorer(size=(100, 30), subjects=("orders.>", "svc.>")) as seen:
        put(seen, 0, "svc.stock", {}, None, reply="_INBOX.q.1")
        put(seen, 1, "svc.stock", {}, None, reply="_INBOX.q.2")
        await seen.press("w")
        await is_shown(seen, "request and reply")
        await seen.press("enter")
        await is_shown(seen, "2 conversations")
        assert "?" not in "".join(seen.lines[3:-1])


async def test_hostile_conversations_are_drawn_and_nothing_more() -> None:
    async with explorer() as seen:
        for number in range(3):
            seen.feed(
                json.dumps({"id": "\x1b]52;c;aGk=\x07[/x]\u202e", "n": number}), subject="a.\x1b[2J"
            )
            seen.feed(json.dumps({"id": "other", "n": number}))
        for message in MESSAGES:
            seen.tail.buffer.append(
                message.subject, message.payload, message.reply, message.headers
            )
        await seen.press("w")
        await is_shown(seen, f"in the newest {len(MESSAGES) + 6} messages", "json:id")
        check(seen)
        await seen.press("c")
        await seen.type("json:id")
        await seen.press("enter")
        await is_shown(seen, "2 conversations")
        check(seen)
        for keys in (("enter",), ("enter",), ("escape", "escape", "end", "enter", "enter")):
            await seen.press(*keys)
            check(seen)


async def test_conversations_of_a_stream_without_a_consumer(js_server: NatsServer) -> None:
    async with await connect(js_server.url) as client:
        js = client.jetstream()
        await js.add_stream(name="ORDERS", subjects=["orders.>"], retention="workqueue")
        for number in range(40):
            body = json.dumps({"id": f"o-{number // 4}"}).encode()
            await js.publish(f"orders.{LIFE[number % 4]}", body)
        async with streams(js_server, "enter") as seen:
            await until(seen, "of 1..40")
            await seen.press("w")
            await until(seen, "json:id", "in the newest 40 messages")
            await seen.press("enter")
            await until(seen, "10 conversations", "server times", "orders.shipped")
            await seen.press("enter", "enter")
            await until(seen, '"id": "o-9"')
            guard = seen.app.session.guard
            assert (guard.consumers, guard.acks, guard.writes) == (0, 0, 0)
        info = await js.stream_info("ORDERS")
        assert (info.state.messages, info.state.consumer_count) == (40, 0)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0"),
        (0.0005, "500 µs"),
        (2.14, "2.1 s"),
        (200, "3m 20s"),
        (7_500, "2h 05m"),
        (1e6, "11d 13h"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert lapse(seconds) == text


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_how_it_looks(size: tuple[int, int]) -> None:
    async with explorer(size=size, subjects=("orders.>", "svc.>", "_INBOX.>")) as seen:
        shop(seen)
        await seen.press("w")
        await is_shown(seen, "29 messages")
        await check_snapshot(seen, "correlations")
        await seen.press("enter", "enter", "down")
        await is_shown(seen, "5 conversations")
        await check_snapshot(seen, "conversations")
