"""The Streams pane over a real server: what a person sees, and that looking changes nothing."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual import events

from natstui.client import connect
from natstui.client.aio.client import Client
from natstui.client.js.client import JetStreamContext
from natstui.model import stream_scan
from natstui.model.settings import Settings
from natstui.ui.config_editor import ConfigEditor
from natstui.ui.confirm import ConfirmDialog
from natstui.ui.pane import DrillPane
from natstui.ui.publish import QuietTextArea
from natstui.ui.stream_messages import MessagesLevel
from natstui.ui.stream_search import SearchLevel
from tests.conftest import ServerFactory
from tests.support.proxy import FaultyProxy, Flow
from tests.support.server import NatsServer
from tests.support.streams import fill, until_stored
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer, explorer

FAST = {"reconnect_time_wait": 0.1}


@pytest.fixture
async def client(js_server: NatsServer) -> AsyncIterator[Client]:
    client = await connect(js_server.url)
    yield client
    await client.close()


@pytest.fixture
async def js(client: Client) -> JetStreamContext:
    """The streams ORDERS, with 1,000 messages `number n.`, and JOBS, a work queue with 5."""
    js = client.jetstream()
    await js.add_stream(name="ORDERS", subjects=["orders.>"], allow_direct=True)
    await js.add_stream(name="JOBS", subjects=["jobs"], retention="workqueue")
    await fill(client, "ORDERS", lambda n: f"orders.{n % 4}", 1_000)
    await fill(client, "JOBS", lambda _: "jobs", 5)
    return js


@asynccontextmanager
async def streams(
    server: NatsServer | FaultyProxy,
    *keys: str,
    size: tuple[int, int] = (100, 30),
    read_only: bool = False,
    timeout: float = 5.0,
    **options: Any,
) -> AsyncIterator[Explorer]:
    """The pane, with a connection; `keys` are pressed when the streams are there."""
    settings = Settings(
        servers=(server.url,),
        connect_options={**FAST, **options},
        read_only=read_only,
        timeout=timeout,
    )
    async with explorer(size=size, settings=settings, notifications=True) as seen:
        seen.app.session.open()
        await eventually(lambda: seen.app.session.is_connected, "connected")
        await seen.press("2")
        if keys:
            await until(seen, "ORDERS")
            await seen.press(*keys)
        yield seen
        await seen.app.session.close()


async def until(seen: Explorer, *texts: str) -> None:
    """These are on the screen."""

    async def shown() -> bool:
        await seen.frame()
        return all(text in seen.text for text in texts)

    await holds(shown, f"{texts} on the screen", seen)


async def gone(seen: Explorer, text: str) -> None:
    async def not_shown() -> bool:
        await seen.frame()
        return text not in seen.text

    await holds(not_shown, f"{text!r} is gone", seen)


async def holds(condition: Any, what: str, seen: Explorer) -> None:
    await eventually(condition, what, last_seen=lambda: seen.text)


async def dialog(seen: Explorer) -> None:
    await holds(lambda: isinstance(seen.app.screen, ConfirmDialog), "a question", seen)
    await seen.frame()


async def answer(seen: Explorer, text: str) -> None:
    """Type into the prompt, over what was there."""
    await seen.press("ctrl+u")
    await seen.type(text)
    await seen.press("enter")


def pane(seen: Explorer) -> DrillPane:
    assert isinstance(seen.app.pane, DrillPane)
    return seen.app.pane


def shown(seen: Explorer) -> list[int]:
    """The numbers of the messages on the screen."""
    words = [word for line in seen.lines for word in line.split("number ")[1:]]
    return [int(word.split(".")[0]) for word in words]


# Looking


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_streams_are_listed(
    js_server: NatsServer, js: JetStreamContext, size: tuple[int, int]
) -> None:
    async with streams(js_server, size=size) as seen:
        await until(seen, "2 streams", "● live")
        assert seen.line_with("ORDERS").split()[1:3] == ["1,000", "47.7"]
        assert seen.line_with("JOBS").split()[1] == "5"
        assert "consumers 0 · acks 0 · writes 0" in seen.text
        assert all(len(line) <= size[0] for line in seen.lines)
        if size[0] == 160:
            assert "workqueue" in seen.line_with("JOBS")


async def test_a_filter_finds_streams_and_esc_clears_it(
    js_server: NatsServer, js: JetStreamContext
) -> None:
    async with streams(js_server, "slash") as seen:
        await answer(seen, "jobs")
        await until(seen, "filter jobs  1 of 2")
        assert "ORDERS" not in seen.text
        await seen.press("escape")
        await until(seen, "ORDERS")


async def test_no_stream_says_what_to_do(js_server: NatsServer) -> None:
    async with streams(js_server) as seen:
        await until(seen, "There is no stream in this account.", "C  creates one")


async def test_without_jetstream_it_says_what_to_do(server: NatsServer) -> None:
    async with streams(server) as seen:
        await until(seen, "JetStream", "is it enabled here", "▲ not up to date")


async def test_a_missing_permission_is_named(server_factory: ServerFactory) -> None:
    server = server_factory(
        "authorization { users: [{user: u, password: p, "
        'permissions: {publish: {deny: "$JS.API.STREAM.LIST"}}}] }',
        jetstream=True,
    )
    async with streams(server, user="u", password="p") as seen:
        await until(seen, 'this user may not publish to "$JS.API.STREAM.LIST"')


async def test_it_goes_on_by_itself_after_a_reconnect(
    js_server: NatsServer, js: JetStreamContext
) -> None:
    async with streams(js_server) as seen:
        await until(seen, "ORDERS")
        js_server.kill()
        await until(seen, "waiting for a server")
        js_server.start()
        await until(seen, "● live, resumed", "ORDERS")


async def test_messages_are_paged_both_ways(js_server: NatsServer, js: JetStreamContext) -> None:
    async with streams(js_server, "end", "enter") as seen:
        await until(seen, "number 1000.", "following", "DIRECT.GET")
        assert shown(seen) == list(range(1_000 - len(shown(seen)) + 1, 1_001))
        await seen.press("g")
        await until(seen, "number 1.")
        assert shown(seen) == list(range(1, len(shown(seen)) + 1))
        for _ in range(15):
            await hand_in(seen, *["pagedown"] * 3)
            await holds(lambda: not level(seen).is_reading, "it was read", seen)
        await until(seen, "number 1000.")
        await seen.press("number_sign")
        await answer(seen, "500")
        await until(seen, "number 500.", "500 of 1..1,000")
        assert "writes 0" in seen.text


def level(seen: Explorer) -> MessagesLevel:
    here = pane(seen).level
    assert isinstance(here, MessagesLevel)
    return here


async def test_a_time_a_subject_and_the_last_of_each(
    js_server: NatsServer, js: JetStreamContext
) -> None:
    async with streams(js_server, "end", "enter") as seen:
        await until(seen, "number 1000.")
        await seen.press("t")
        await answer(seen, "1h")
        await until(seen, "number 1.")
        await seen.press("S")
        await answer(seen, "orders.2")
        await until(seen, "number 998.")
        assert {number % 4 for number in shown(seen)} == {2}
        assert "orders.2" in seen.lines[2]
        await seen.press("escape")
        await until(seen, "number 1.")
        await seen.press("l")
        await until(seen, "4 subjects")
        assert shown(seen) == [997, 998, 999, 1000]


async def test_what_is_stored_is_followed_until_one_looks_back(
    js_server: NatsServer, js: JetStreamContext
) -> None:
    async with streams(js_server, "end", "enter") as seen:
        await until(seen, "number 1000.", "following")
        await js.publish("orders.1", b"number 1001.")
        await until(seen, "number 1001.")
        await seen.press("up")
        await js.publish("orders.1", b"number 1002.")
        await eventually(lambda: level(seen).window.stream_end == 1_003, "it was heard of")
        assert "following" not in seen.text
        assert "number 1000." in next(line for line in seen.lines if line.startswith("▌     "))
        await seen.press("G")
        await until(seen, "number 1002.", "following")


async def test_a_message_opens_whole(js_server: NatsServer, js: JetStreamContext) -> None:
    await js.publish("orders.1", b'{"data": "' + b"x" * 20_000 + b'", "last": 12.90}')
    async with streams(js_server, "end", "enter") as seen:
        await until(seen, "1,001 of 1..1,001")
        await seen.press("enter")
        await until(seen, "sequence 1,001 of ORDERS", "payload as JSON · 19.6 KiB")
        await seen.press("G")
        await until(seen, '"last": 12.90')
        await seen.press("left_square_bracket")
        await until(seen, "sequence 1,000 of ORDERS")
        await seen.press("escape", "escape")
        await until(seen, "2 streams")


async def test_one_is_where_one_was(js_server: NatsServer, js: JetStreamContext) -> None:
    async with streams(js_server, "end", "enter") as seen:
        await until(seen, "number 1000.")
        await seen.press("number_sign")
        await answer(seen, "300")
        await until(seen, "number 300.")
        await seen.press("enter", "1")
        assert "sequence 300" not in seen.text
        assert seen.app.focused is seen.app.tail_pane.list
        asked = seen.app.session.guard.requests
        await seen.press("2")
        await until(seen, "sequence 300 of ORDERS")
        await seen.press("escape", "escape")
        await until(seen, "2 streams")
        assert "ORDERS" in next(line for line in seen.lines if line.startswith("▌ORDERS"))
        assert seen.app.session.guard.requests >= asked


async def test_only_what_is_seen_asks(js_server: NatsServer, js: JetStreamContext) -> None:
    async with streams(js_server, "end", "enter") as seen:
        await until(seen, "number 1000.")
        polls = [poll for each in pane(seen).levels for poll in each.polls]
        assert [poll.is_running for poll in polls] == [False, True]
        await seen.press("1")
        assert [poll.is_running for poll in polls] == [False, False]


async def test_the_whole_stream_is_searched(js_server: NatsServer, js: JetStreamContext) -> None:
    async with streams(js_server, "end", "enter") as seen:
        await until(seen, "number 1000.")
        await seen.press("slash")
        await answer(seen, "77.")
        await until(seen, "10 hits", "1,000 searched", "search 77.")
        assert shown(seen) == [number for number in range(1, 1_000) if number % 100 == 77]
        await seen.press("enter")
        await until(seen, "sequence 977 of ORDERS")
        await seen.press("escape", "escape")
        await until(seen, "number 1000.")


async def test_keys_are_heard_during_a_search_and_it_goes_on_after_a_lost_connection(
    js_server: NatsServer, js: JetStreamContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_scan, "PIECE", 100)
    async with (
        FaultyProxy("127.0.0.1", js_server.port) as proxy,
        streams(proxy, "end", "enter", timeout=60) as seen,
    ):
        await until(seen, "number 1000.")
        stall_after(proxy.to_client, 60_000)
        await seen.press("slash")
        await answer(seen, "number")
        found = pane(seen).level
        assert isinstance(found, SearchLevel)
        await until(seen, "number 1000.", "^x ends it")
        await seen.press("up", "up", "enter")
        await until(seen, "sequence 998 of ORDERS")
        await seen.press("escape", "1")
        assert seen.app.pane is seen.app.tail_pane
        await seen.press("2")
        await until(seen, "number 998.", "^x ends it")
        assert found.work is not None
        assert found.work.is_running
        assert 100 <= found.search.searched < 1_000
        proxy.cut()
        await holds(lambda: not seen.app.session.is_connected, "the connection is lost", seen)
        proxy.to_client.heal()
        await until(seen, "1,000 hits", "1,000 searched")


def stall_after(flow: Flow, size: int) -> None:
    """Pass on so many bytes, then nothing."""
    left = size

    def count(data: bytes) -> bytes:
        nonlocal left
        left -= len(data)
        if left < 0:
            flow.stall()
        return data

    flow.alter(count)


async def test_subjects_have_counts(js_server: NatsServer, js: JetStreamContext) -> None:
    async with streams(js_server, "end", "s") as seen:
        await until(seen, "4 subjects")
        assert seen.line_with("orders.3").split()[-1] == "250"
        await seen.press("enter")
        await until(seen, "number 1000.")
        assert {number % 4 for number in shown(seen)} == {0}


async def test_configuration_and_state(js_server: NatsServer, js: JetStreamContext) -> None:
    async with streams(js_server, "end", "i", size=(100, 60)) as seen:
        await until(seen, "CONFIGURATION")
        assert seen.line_with("allow_direct").split() == ["allow_direct", "yes"]
        assert seen.line_with("max_age").split() == ["max_age", "0"]
        assert seen.line_with("last_seq").split() == ["last_seq", "1,000"]
        assert seen.line_with("max_msgs ").split() == ["max_msgs", "unlimited"]


async def hand_in(seen: Explorer, *keys: str) -> None:
    for key in keys:
        seen.app.post_message(events.Key(key, key if len(key) == 1 else None))
    await seen.pilot.pause()
    while seen.app._rounds_left:
        await seen.pilot.pause()


# Changing


async def test_a_purge_is_shown_done_and_undone(
    js_server: NatsServer, js: JetStreamContext, state_home: Path
) -> None:
    await js.add_consumer("ORDERS", durable_name="billing", ack_policy="explicit")
    async with streams(js_server, "end", "P") as seen:
        await answer(seen, "orders.1 before:401")
        await dialog(seen)
        await until(seen, "100 messages, 4.8 KiB go", "100  orders.1", "billing loses 100 that")
        await seen.press(*"ORDERS", "enter")
        await until(seen, "100 messages purged from ORDERS")
        assert (await js.stream_info("ORDERS")).state.messages == 900
        await seen.press("U")
        await until(seen, "purge ORDERS of 100 messages of orders.1")
        await seen.press("enter")
        await dialog(seen)
        await seen.press("y")
        await until(seen, "100 messages are back in ORDERS")
        assert (await js.stream_info("ORDERS")).state.messages == 1_000
    lines = (state_home / "natstui" / "audit.ndjson").read_text().splitlines()
    assert [json.loads(line)["result"] for line in lines] == ["done", "done"]


async def test_a_message_is_deleted_and_comes_back(
    js_server: NatsServer, js: JetStreamContext
) -> None:
    async with streams(js_server, "end", "enter") as seen:
        await until(seen, "number 1000.")
        await seen.press("up", "D")
        await dialog(seen)
        await until(seen, "Delete message 999 of ORDERS")
        await seen.press("y")
        await until(seen, "message 999 is deleted")
        await gone(seen, "number 999.")
        assert (await js.stream_info("ORDERS")).state.messages == 999
        await seen.press("U", "enter")
        await dialog(seen)
        await seen.press("y")
        await until(seen, "1 message is back in ORDERS, at its end")
        assert (await js.get_msg("ORDERS", 1_001)).data == b"number 999."


async def test_a_message_that_is_gone_already_is_not_said_to_be_saved(
    js_server: NatsServer, js: JetStreamContext, state_home: Path
) -> None:
    async with streams(js_server, "end", "enter") as seen:
        await until(seen, "number 1000.")
        await seen.press("D")
        await dialog(seen)
        await js.delete_msg("ORDERS", 1_000)
        await seen.press("y")
        await until(seen, "message 1,000 is not there any more")
    assert not (state_home / "natstui" / "journal").exists()
    assert not (state_home / "natstui" / "audit.ndjson").exists()


async def test_what_cannot_come_back_is_said_before(
    js_server: NatsServer, client: Client, js: JetStreamContext
) -> None:
    mirror = b'{"name": "SHADOW", "mirror": {"name": "ORDERS"}}'
    await client.request("$JS.API.STREAM.CREATE.SHADOW", mirror)
    await until_stored(js, "SHADOW", 1_000)
    async with streams(js_server, "end") as seen:
        await until(seen, "SHADOW")
        await seen.press("end", "enter")
        await until(seen, "number 1000.")
        await seen.press("D")
        await dialog(seen)
        await until(seen, "cannot be put back: it is a mirror")


async def edited(seen: Explorer, change: dict[str, Any]) -> None:
    """Change these fields in the editor, and ask to save."""
    await holds(lambda: isinstance(seen.app.screen, ConfigEditor), "the editor", seen)
    area = seen.app.screen.query_one(QuietTextArea)
    area.text = json.dumps({**json.loads(area.text), **change}, indent=2)
    await seen.press("ctrl+s")


async def test_an_edit_shows_the_differences_and_keeps_the_rest(
    js_server: NatsServer, js: JetStreamContext
) -> None:
    before = (await js.stream_info("ORDERS")).config
    async with streams(js_server, "end", "E") as seen:
        await edited(seen, {"max_age": "1d12h", "description": "what was bought"})
        await dialog(seen)
        await until(seen, "max_age", "- 0", "+ 1d12h", "+ what was bought")
        await seen.press("y")
        await until(seen, "done: change description, max_age of stream ORDERS")
    after = (await js.stream_info("ORDERS")).config
    changed = after.evolve(max_age=before.max_age, description=before.description)
    assert (after.max_age, after.description) == (36 * 3600, "what was bought")
    assert changed.diff(before) == {}


async def test_an_edit_that_somebody_else_overtook_is_not_saved(
    js_server: NatsServer, js: JetStreamContext
) -> None:
    async with streams(js_server, "end", "E") as seen:
        await holds(lambda: isinstance(seen.app.screen, ConfigEditor), "the editor", seen)
        config = (await js.stream_info("ORDERS")).config
        await js.update_stream(config.evolve(max_msgs=77_777))
        await edited(seen, {"description": "mine"})
        await until(seen, "somebody changed it meanwhile: max_msgs is 77777 now")
        assert not (await js.stream_info("ORDERS")).config.description
        await seen.press("escape", "escape")
        await until(seen, "2 streams")


async def test_what_the_server_refuses_stays_in_the_editor(
    js_server: NatsServer, js: JetStreamContext
) -> None:
    async with streams(js_server, "end", "E") as seen:
        await edited(seen, {"storage": "memory"})
        await dialog(seen)
        await seen.press("y")
        await until(seen, "the server refuses it: stream configuration update can not change")
        assert isinstance(seen.app.screen, ConfigEditor)


async def test_a_stream_is_created(js_server: NatsServer, js: JetStreamContext) -> None:
    async with streams(js_server, "C") as seen:
        await edited(seen, {"name": "NEW", "subjects": ["new.>"], "max_age": "90s"})
        await dialog(seen)
        await seen.press("y")
        await until(seen, "done: create stream NEW")
        await until(seen, "3 streams")
    assert (await js.stream_info("NEW")).config.max_age == 90


async def test_a_stream_is_deleted_and_comes_back(
    js_server: NatsServer, js: JetStreamContext
) -> None:
    await js.add_consumer("ORDERS", durable_name="billing", ack_policy="explicit")
    async with streams(js_server, "end", "D") as seen:
        await dialog(seen)
        await until(seen, "1,000 messages, 47.7 KiB go", "All of it is saved")
        await seen.press("y", "enter")
        await until(seen, "that is not the name")
        await seen.press("backspace", *"ORDERS", "enter")
        await until(seen, "ORDERS is deleted")
        await until(seen, "1 stream ")
        await seen.press("U", "enter")
        await dialog(seen)
        await seen.press("y")
        await until(seen, "ORDERS is back, with 1,000 messages")
    assert (await js.consumer_info("ORDERS", "billing")).num_pending == 1_000


async def test_a_stream_is_sealed_only_by_its_name(
    js_server: NatsServer, js: JetStreamContext
) -> None:
    async with streams(js_server, "end", "L") as seen:
        await dialog(seen)
        await until(seen, "There is no way back")
        await seen.press(*"ORDERS", "enter")
        await until(seen, "ORDERS is sealed")
    assert (await js.stream_info("ORDERS")).config.sealed


async def test_a_backup_is_written_and_restored(
    js_server: NatsServer, js: JetStreamContext, tmp_path: Path
) -> None:
    folder = str(tmp_path / "backup")
    async with streams(js_server, "end", "b") as seen:
        await answer(seen, folder)
        await until(seen, "ORDERS is in")
        await js.delete_stream("ORDERS")
        await gone(seen, "1,000")
        await seen.press("B")
        await answer(seen, folder)
        await seen.press("enter")
        await dialog(seen)
        await seen.press("y")
        await until(seen, "ORDERS is restored, with 1,000 messages")
        assert seen.app.focused is pane(seen).level.target()
    assert (await js.stream_info("ORDERS")).state.messages == 1_000


BAD_INPUT = [
    ("P", "keep:none", "keep: wants a number from 1 on"),
    ("P", "a..b", "empty"),
    ("t", "25:99", "a time, or how long ago"),
    ("number_sign", "-3", "sequences begin at 1"),
    ("S", "a..b", "empty"),
    ("slash", "/(/", "missing )"),
    ("b", "/nowhere/at/all", "there is no such folder"),
    ("B", "/nowhere/at/all", "there is no backup.json"),
]


async def test_what_is_wrong_is_said_where_it_is_typed(
    js_server: NatsServer, js: JetStreamContext
) -> None:
    async with streams(js_server, "end", size=(80, 24)) as seen:
        for key, text, said in sorted(BAD_INPUT, key=lambda each: each[0] in "PbB", reverse=True):
            if key not in "PbB" and len(pane(seen).levels) == 1:
                await seen.press("enter")
                await until(seen, "number 1000.")
            await seen.press(key)
            await answer(seen, text)
            assert pane(seen).prompt.display
            assert text in seen.text
            assert said in seen.text
            await seen.press("escape")


# Help and palette


async def test_help_is_about_where_one_is(js_server: NatsServer, js: JetStreamContext) -> None:
    async with streams(js_server, "end", "question_mark", "end", size=(120, 80)) as seen:
        await until(seen, "COLUMNS", "messages per second that are stored")
        await seen.press("escape", "enter")
        await until(seen, "number 1000.")
        await seen.press("question_mark")
        await until(seen, "Go to a sequence")
        await seen.press("end")
        await until(seen, "GOING")


async def test_the_palette_has_what_the_keys_do(
    js_server: NatsServer, js: JetStreamContext
) -> None:
    async with streams(js_server, "end", "enter", "colon") as seen:
        await seen.type("go to a seq")
        await until(seen, "Go to a sequence")
        await seen.press("enter")
        await holds(lambda: pane(seen).prompt.display, "the prompt", seen)
        await answer(seen, "17")
        await until(seen, "number 17.")


async def test_a_search_that_is_ended_goes_on(js_server: NatsServer, js: JetStreamContext) -> None:
    async with streams(js_server, "end", "enter") as seen:
        await until(seen, "number 1000.")
        await seen.press("slash")
        await seen.type("number")
        await seen.press("enter", "ctrl+x", "space", "space", "space")
        await until(seen, "1,000 hits", "1,000 searched", "number 1000.")


async def test_a_stream_that_goes_away_is_told(js_server: NatsServer, js: JetStreamContext) -> None:
    async with streams(js_server, "end", "enter") as seen:
        await until(seen, "number 1000.")
        await js.delete_stream("ORDERS")
        await until(seen, "stream not found", "▲ not up to date")
        await seen.press("escape")
        await until(seen, "1 stream ")


async def test_where_nothing_can_be_written_down_nothing_is_changed(
    js_server: NatsServer, js: JetStreamContext, state_home: Path
) -> None:
    os.mkdir(state_home)
    blocked = state_home / "natstui"
    blocked.symlink_to("nowhere/at/all")
    async with streams(js_server, "end", "L") as seen:
        await dialog(seen)
        await seen.press(*"ORDERS", "enter")
        await until(seen, "exists")
    assert not (await js.stream_info("ORDERS")).config.sealed
