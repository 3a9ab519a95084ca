"""Dead letters in their panes: what is said of them, publishing them again, and how it looks."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from natstui.client import connect
from natstui.model import polling
from natstui.model.dead_letter import DeadLetter
from natstui.model.settings import Settings
from natstui.model.tail import Record
from natstui.ui import dead_letters
from natstui.ui.dead_letters import DeadLettersLevel
from natstui.ui.keyline import KeyLine
from natstui.ui.pane import DrillPane
from tests.support.consumers import orders
from tests.support.dead_letters import losing, terminate
from tests.support.hostile import FORBIDDEN, MESSAGES
from tests.support.server import NatsServer
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer, explorer
from tests.ui.snapshots import check_snapshot
from tests.ui.test_consumer_pictures import SIZES
from tests.ui.test_streams_pane import answer

NOW = 1_780_315_200.0


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    clock = SimpleNamespace(
        time=lambda: NOW, monotonic=lambda: 0.0, localtime=time.localtime, strftime=time.strftime
    )
    monkeypatch.setattr(dead_letters, "time", clock)
    monkeypatch.setattr(polling.Poll, "start", lambda self: None)
    yield
    monkeypatch.undo()
    time.tzset()


async def opened(seen: Explorer) -> DeadLettersLevel:
    await seen.press("3")
    pane = seen.app.pane
    assert isinstance(pane, DrillPane)
    level = DeadLettersLevel(pane.desk)
    await pane.push(level)
    level.poll.state = "ready"
    return level


def put(level: DeadLettersLevel, letter: DeadLetter, payload: bytes | None = None) -> None:
    letters = level.letters
    letters._take(letter)
    record = None
    if payload is not None:
        record = Record(letter.seq, NOW - 9000, "orders.eu.created", "", b"", payload, len(payload))
    letters.messages[letter.stream, letter.seq] = record
    letters.version += 1


@pytest.mark.parametrize("size", SIZES)
async def test_how_it_looks(size: tuple[int, int], still: None) -> None:
    async with explorer(size=size, settings=Settings(context="prod")) as seen:
        for frame in (seen.app.status, seen.app.tabs, seen.app.query_one(KeyLine)):
            frame.display = False  # they change with the other panes
        level = await opened(seen)
        for number, payload in enumerate(
            (b'{"id": "o-1042", "total": "12.90"}', b"\x00\xff", None)
        ):
            letter = DeadLetter("ORDERS", "billing", 1040 + number, "gave up", 5, "", NOW - number)
            put(level, letter, payload)
        reason = "no such customer: c-77"
        put(level, DeadLetter("JOBS", "mail", 7, "terminated", 1, reason, NOW + 1), b"hello")
        put(level, DeadLetter("JOBS", "mail", 6, "terminated", 1, "", NOW - 90_000), b"bye")
        level.letters._counted = [
            DeadLetter("ORDERS", "billing", 0, "counted", 5, "", 0.0, 15),
        ]
        level.letters.captures = ["ADVISORIES"]
        await seen.frame()
        await check_snapshot(seen, "dead-letters")


async def test_hostile_letters_are_only_shown(still: None) -> None:
    async with explorer(size=(160, 45)) as seen:
        level = await opened(seen)
        for seq, each in enumerate(MESSAGES, 1):
            reason = each.payload[:500].decode("utf-8", "replace")
            letter = DeadLetter(f"S{reason}", reason, seq, "terminated", 1, reason, NOW + seq)
            put(level, letter, each.payload[:4096])
        for _ in MESSAGES:
            await seen.press("down")
            assert not FORBIDDEN & set(seen.text.replace("\n", ""))


async def test_a_message_is_published_again_and_the_letters_exported(
    js_server: NatsServer, tmp_path: Path
) -> None:
    async with await connect(js_server.url) as client:
        js = await orders(client)
        subscription = await losing(js)
        settings = Settings(servers=(js_server.url,))
        async with explorer(settings=settings, notifications=True) as seen:
            seen.app.notifier.EVERY = 0.0
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
            await seen.press("X")
            await until("No message was given up", "listening since")
            assert session.client is not None
            await session.client.flush()
            await terminate(subscription, "no such order")
            await until("1 terminated", "number 1.", "no such order")
            guard = session.guard
            assert (guard.consumers, guard.acks, guard.writes) == (0, 0, 0)
            await seen.press("enter")
            await until("terminated by billing")
            await seen.press("escape", "P")
            await until("publish it to")
            await answer(seen, "$JS.API.STREAM.DELETE.ORDERS")
            await until("servers take orders there")
            await answer(seen, "orders.again")
            await until("Publish message 1 of ORDERS again", "orders.again")
            await seen.press("y")
            await until("it is message 21 of ORDERS now")
            stored = await js.get_msg("ORDERS", 21)
            assert (stored.subject, stored.data) == ("orders.again", b"number 1.")
            assert (stored.headers or {})["Dead-Letter-Sequence"] == "1"
            target = tmp_path / "letters.ndjson"
            await seen.press("x")
            await until("export 1 dead letter to")
            await answer(seen, str(target))
            await until("exported 1 dead letter")
            [line] = map(json.loads, target.read_text().splitlines())
            assert (line["stream"], line["sequence"], line["reason"]) == (
                "ORDERS",
                1,
                "no such order",
            )
            assert line["message"]["data"] == "number 1."
            await subscription.unsubscribe()
            await session.close()
