"""Looking at streams changes nothing, whatever is pressed; and read-only refuses what would."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.binding import Binding
from textual.screen import Screen

from natstui.client import Msg, connect
from natstui.client.aio.client import Client
from natstui.model.publish_guard import PublishGuard
from natstui.model.stream_backup import backup
from natstui.model.work import Work
from natstui.model.writing import Writer
from natstui.ui.detail import DetailView
from natstui.ui.lines import LineList, LineView
from natstui.ui.message_level import MessageLevel
from natstui.ui.pane import DrillPane, Level
from natstui.ui.stream_info import InfoLevel
from natstui.ui.stream_last import LastLevel
from natstui.ui.stream_messages import MessagesLevel
from natstui.ui.stream_search import SearchLevel
from natstui.ui.stream_subjects import SubjectsLevel
from natstui.ui.stream_table import StreamTable
from natstui.ui.table import TableView
from tests.support.server import NatsServer
from tests.support.streams import fill
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer
from tests.ui.test_streams_pane import (
    answer,
    dialog,
    edited,
    hand_in,
    pane,
    streams,
    until,
)

# Where a consumer, or an acknowledgement, would take messages away, and where not; read one by one
# and in batches.
STREAMS: dict[str, dict[str, Any]] = {
    "JOBS": {"retention": "workqueue"},
    "NEWS": {"retention": "interest", "allow_direct": True},
    "ORDERS": {"retention": "limits", "allow_direct": True},
}
Place = tuple[str, tuple[str, ...]]
# A stream, and how one gets to the place from the table; and what the keys there belong to.
LISTS: list[Place] = [("JOBS", ()), ("ORDERS", ("s",)), ("JOBS", ("i",))]
LISTS_OF = (DrillPane, StreamTable, SubjectsLevel, InfoLevel, TableView, LineView)
MESSAGES: list[Place] = [
    ("JOBS", ("enter",)),
    ("JOBS", ("enter", "enter")),
    ("NEWS", ("enter",)),
    ("NEWS", ("enter", "slash", "n", "enter")),
    ("ORDERS", ("enter", "l")),
]
MESSAGES_OF = (
    *(DrillPane, MessagesLevel, MessageLevel, LastLevel, SearchLevel),
    *(LineList, LineView, DetailView),
)
NOT_PRESSED = {
    "pane.cancel",  # nothing runs: see the tests of searching
    "pane.back",  # esc leaves whatever a key has opened
    "detail.close",
}


@pytest.fixture
async def client(js_server: NatsServer) -> AsyncIterator[Client]:
    client = await connect(js_server.url)
    yield client
    await client.close()


@dataclass
class Watched:
    """What went to the server, as it hears it, and which of our bindings were pressed."""

    subjects: list[str]
    pressed: set[str]


@asynccontextmanager
async def watching(server: NatsServer) -> AsyncIterator[Watched]:
    watched = Watched([], set())

    def hear(msg: Msg) -> None:
        watched.subjects.append(msg.subject)

    async with await connect(server.url) as watcher:
        for subject in ("$JS.API.>", "$JS.ACK.>", "$JS.FC.>", "jobs", "news", "orders"):
            await watcher.subscribe(subject, hook=hear)
        await watcher.flush()
        yield watched
        await watcher.flush()


def writes(subjects: Sequence[str]) -> set[str]:
    guard = PublishGuard(read_only=True)
    return {each for each in subjects if guard.access(each) == "write"}


async def known(client: Client) -> dict[str, Any]:
    """What the server knows of the streams and their consumers."""
    found: dict[str, Any] = {}
    for name in STREAMS:
        info = json.loads((await client.request(f"$JS.API.STREAM.INFO.{name}")).data)
        answer = json.loads((await client.request(f"$JS.API.CONSUMER.LIST.{name}")).data)
        for consumer in answer["consumers"]:
            del consumer["ts"]
        found[name] = (info["state"], info["config"], answer["consumers"])
    return found


def _subject(stream: str, _: int) -> str:
    return stream.lower()


async def set_up(client: Client) -> None:
    """Streams of each retention with a consumer, which has not acknowledged everything."""
    js = client.jetstream()
    for name, config in STREAMS.items():
        await js.add_stream(name=name, subjects=[name.lower()], **config)
        await js.add_consumer(name, durable_name="c", ack_policy="explicit", ack_wait=3600)
        await fill(client, name, partial(_subject, name), 60)
        taken = await (await js.pull_subscribe_bind("c", name)).fetch(10)
        await taken[0].ack_sync()


@pytest.mark.parametrize(
    ("places", "parts"), [(LISTS, LISTS_OF), (MESSAGES, MESSAGES_OF)], ids=["lists", "messages"]
)
async def test_no_key_leaves_a_trace(
    js_server: NatsServer,
    client: Client,
    places: list[Place],
    parts: tuple[type[LineView | DrillPane | Level], ...],
) -> None:
    await set_up(client)
    before = await known(client)
    async with watching(js_server) as watched, streams(js_server, size=(80, 12)) as seen:
        await until(seen, "ORDERS")
        for stream, keys in places:
            await press_every_key(seen, stream, keys, watched)
        guard = seen.app.session.guard
        await until(seen, "consumers 0 · acks 0 · writes 0")
        assert (guard.consumers, guard.acks, guard.writes) == (0, 0, 0)
    assert len(watched.subjects) > 30
    assert writes(watched.subjects) == set()
    assert await known(client) == before
    every = {
        binding.id
        for part in parts
        for binding in part.BINDINGS
        if isinstance(binding, Binding) and binding.id
    }
    assert every - watched.pressed <= NOT_PRESSED


async def press_every_key(
    seen: Explorer, stream: str, keys: tuple[str, ...], watched: Watched
) -> None:
    """At this place, press each key that means something there, and leave what it opened."""
    app = seen.app
    await arrive(seen, stream, keys)
    here = where(seen)
    for key, active in list(app.screen.active_bindings.items()):
        if isinstance(active.node, (App, Screen)) or key == "escape":
            continue
        watched.pressed.add(active.binding.id or "")
        await hand_in(seen, key)
        await leave(seen)
        if where(seen) != here:
            await arrive(seen, stream, keys)
    await arrive(seen, stream, ())


async def arrive(seen: Explorer, stream: str, keys: tuple[str, ...]) -> None:
    """Up to the table, and down to the place from there."""
    while len(pane(seen).levels) > 1 or seen.app.screen.focused is not table(seen).table:
        await hand_in(seen, "escape")
    table(seen).table.go_to(list(STREAMS).index(stream))
    for key in keys:
        await hand_in(seen, key)
        await leave(seen, open=pane(seen).prompt.display)
    shown = pane(seen).level
    if isinstance(shown, (MessageLevel, SubjectsLevel, InfoLevel)):
        await eventually(lambda: stands(seen, shown), "there is something")


def stands(seen: Explorer, level: Level) -> bool:
    """Whether what it shows has been read."""
    seen.app.pump.tick()
    if isinstance(level, MessageLevel):
        return level.records.end > level.records.first and not level.is_reading
    return all(poll.state == "ready" for poll in level.polls)


def where(seen: Explorer) -> tuple[object, ...]:
    """The place that one is at."""
    here = pane(seen)
    return tuple(here.levels), here.level.has_class("-detail"), seen.app.screen.focused


def table(seen: Explorer) -> StreamTable:
    first = pane(seen).levels[0]
    assert isinstance(first, StreamTable)
    return first


async def leave(seen: Explorer, *, open: bool = False) -> None:
    """Give up what asks for something, and wait for what works in the background."""
    app = seen.app
    while len(app.screen_stack) > 1 or (pane(seen).prompt.display and not open):
        await hand_in(seen, "escape")
    while any(worker.is_running for worker in app.workers):
        await hand_in(seen, *["escape"] * (len(app.screen_stack) > 1))


# Read-only


async def test_read_only_greys_out_every_change(js_server: NatsServer, client: Client) -> None:
    await set_up(client)
    async with streams(js_server, read_only=True) as seen:
        await until(seen, "ORDERS")
        for stream, keys in [*LISTS, *MESSAGES]:
            await arrive(seen, stream, keys)
            await seen.frame()
            level = pane(seen).level
            active = seen.app.screen.active_bindings.values()
            off = {each.binding.action for each in active if not each.enabled}
            assert off >= level.WRITES
            levels = list(pane(seen).levels)
            await seen.press(*"PDECLB")
            assert not pane(seen).prompt.display
            assert len(seen.app.screen_stack) == 1
            assert pane(seen).levels == levels


async def test_the_guard_refuses_what_gets_past_all_else(
    js_server: NatsServer,
    client: Client,
    tmp_path: Path,
    state_home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is greyed out here, and the writer would write: the client itself does not."""
    await set_up(client)
    for level in (StreamTable, MessagesLevel):
        monkeypatch.setattr(level, "WRITES", frozenset())
    monkeypatch.setattr(Writer, "allowed", True)
    async with watching(js_server) as watched, streams(js_server, read_only=True) as seen:
        await until(seen, "ORDERS")
        await backup(seen.app.session, "ORDERS", tmp_path / "backup", Work("backing up"))
        before = await known(client)
        await seen.press("end")
        guard = seen.app.session.guard
        for refused, key in enumerate("LPDECB", 1):
            await try_to(seen, key, tmp_path)
            await eventually(partial(_has_refused, guard, refused), f"{key} refused")
            await leave(seen)
        await seen.press("enter")
        await eventually(lambda: stands(seen, pane(seen).level), "messages")
        await seen.press("D")
        await dialog(seen)
        await seen.press("y")
        await until(seen, "refused, because natstui is read-only")
        assert (guard.refused, guard.writes) == (7, 0)
    assert writes(watched.subjects) == set()
    assert await known(client) == before
    lines = (state_home / "natstui" / "audit.ndjson").read_text().splitlines()
    assert [json.loads(line)["what"] for line in lines] == [
        "seal stream ORDERS",
        "purge ORDERS of 60 messages before 61",
        "delete stream ORDERS",
        "change description of stream ORDERS",
        "create stream NEW",
        f"restore stream AGAIN from {tmp_path / 'backup'}",
        "delete message 60 of stream ORDERS",
    ]
    for line in map(json.loads, lines):
        assert line["result"].startswith("failed: read-only")
        assert {"ts", "context", "server", "user", "journal"} <= line.keys()


def _has_refused(guard: PublishGuard, times: int) -> bool:
    return guard.refused == times


async def try_to(seen: Explorer, key: str, folder: Path) -> None:
    """Press the key, and say yes to everything."""
    await seen.press(key)
    if key in "PB":
        await answer(seen, str(folder / "backup") if key == "B" else "")
    if key == "B":
        await answer(seen, "AGAIN")
    if key == "E":
        await edited(seen, {"description": "other"})
    if key == "C":
        await edited(seen, {"name": "NEW", "subjects": ["new"]})
    await dialog(seen)
    await seen.press(*([*"ORDERS", "enter"] if key in "LPD" else ["y"]))
