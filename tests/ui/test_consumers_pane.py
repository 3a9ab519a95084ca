"""The Consumers pane over a real server: what a person sees, and what their keys do."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from natstui.client import connect
from natstui.client.aio.client import Client
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import NotFoundError
from natstui.model.settings import Settings
from natstui.ui.config_editor import ConfigEditor
from natstui.ui.confirm import ConfirmDialog
from natstui.ui.publish import QuietTextArea
from tests.conftest import ServerFactory
from tests.support.consumers import MESSAGES, all_states, orders, take, until_consumer
from tests.support.server import NatsServer
from tests.support.streams import fill
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer, explorer

CRUMB = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
FAST = {"reconnect_time_wait": 0.1}


@pytest.fixture
async def client(js_server: NatsServer) -> AsyncIterator[Client]:
    client = await connect(js_server.url)
    yield client
    await client.close()


@pytest.fixture
async def js(client: Client) -> JetStreamContext:
    """ORDERS with a consumer in each of some states."""
    js = await orders(client, allow_direct=True)
    await all_states(js)
    return js


@asynccontextmanager
async def consumers(
    url: str, *, size: tuple[int, int] = (100, 30), read_only: bool = False
) -> AsyncIterator[Explorer]:
    """The pane, over a session with a connection."""
    settings = Settings(servers=(url,), connect_options=FAST, read_only=read_only, timeout=20)
    async with explorer(size=size, settings=settings, notifications=True) as seen:
        seen.app.session.open()
        await eventually(lambda: seen.app.session.is_connected, "connected")
        await seen.press("3")
        yield seen
        await seen.app.session.close()


async def until(seen: Explorer, *texts: str) -> None:
    """These are on the screen."""
    await holds(seen, lambda: all(text in seen.text for text in texts), f"{texts} to be seen")


async def holds(seen: Explorer, met: Callable[[], object], what: str) -> None:
    await eventually(met, what, last_seen=lambda: seen.text)


async def go_to(seen: Explorer, name: str) -> None:
    """Put the cursor on a consumer of ORDERS."""
    await seen.press("slash", "ctrl+u")
    await seen.type(name)
    await seen.press("enter")
    await holds(seen, lambda: under_cursor(seen).startswith(f"▌ORDERS > {name}"), "the cursor")


def under_cursor(seen: Explorer) -> str:
    return next((line for line in seen.lines[3:] if line.startswith("▌")), "")


async def asked(seen: Explorer) -> None:
    await holds(seen, lambda: isinstance(seen.app.screen, ConfirmDialog), "a question")
    await seen.frame()


async def answer(seen: Explorer, text: str) -> None:
    """Type into the prompt, over what was there."""
    await seen.press("ctrl+u")
    await seen.type(text)
    await seen.press("enter")


async def write(seen: Explorer, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the configuration in the editor and save it."""
    await holds(seen, lambda: isinstance(seen.app.screen, ConfigEditor), "the editor")
    area = seen.app.screen.query_one(QuietTextArea)
    config = json.loads(area.text)
    change(config)
    area.text = json.dumps(config)
    await seen.press("ctrl+s")


def audit(state_home: Path) -> list[str]:
    lines = (state_home / "natstui" / "audit.ndjson").read_text().splitlines()
    return [json.loads(line)["what"] for line in lines]


def changed_nothing(seen: Explorer) -> bool:
    guard = seen.app.session.guard
    return (guard.consumers, guard.acks, guard.writes) == (0, 0, 0)


# Looking


async def test_the_board_says_who_is_stuck_and_why(
    js: JetStreamContext, js_server: NatsServer
) -> None:
    async with consumers(js_server.url) as seen:
        await until(seen, "4 consumers", "2 stuck")
        names = [line.split()[2] for line in seen.lines if "ORDERS >" in line]
        assert names == ["full", "pushed", "asleep", "done"]
        assert "ack limit" in seen.line_with("ORDERS > full")
        assert "3/3" in seen.line_with("ORDERS > full")
        await until(seen, "3 of 3 unacked: nothing new is delivered before one is acked")
        await seen.press("down")
        await until(seen, "nobody subscribes to its deliver subject nobody.there")
        await until(seen, "2 requests in", ", every ")  # how often depends on how long they take
        assert changed_nothing(seen)


async def test_the_cursor_is_on_the_worst_until_somebody_moves_it(
    client: Client, js: JetStreamContext, js_server: NatsServer
) -> None:
    async with consumers(js_server.url) as seen:
        await holds(seen, lambda: under_cursor(seen).startswith("▌ORDERS > full"), "the worst")
        await js.add_stream(name="BIG", subjects=["big"])
        await fill(client, "BIG", lambda _: "big", 2 * MESSAGES)
        await js.add_consumer("BIG", durable_name="worse", deliver_subject="nobody.there")
        await seen.press("r")
        await holds(seen, lambda: under_cursor(seen).startswith("▌BIG > worse"), "the worst now")
        await seen.press("down")
        assert under_cursor(seen).startswith("▌ORDERS > full")
        await js.delete_stream("BIG")
        await seen.press("r")
        await holds(seen, lambda: "BIG" not in seen.text, "it is gone")
        assert under_cursor(seen).startswith("▌ORDERS > full")


async def test_where_one_was_is_where_one_comes_back_to(
    js: JetStreamContext, js_server: NatsServer
) -> None:
    async with consumers(js_server.url) as seen:
        await go_to(seen, "full")
        await seen.press("enter")
        await until(seen, f"Consumers {CRUMB} ORDERS > full", "Acknowledgment Floor")
        await seen.press("1", "3")
        await until(seen, f"Consumers {CRUMB} ORDERS > full", "Acknowledgment Floor")
        await seen.press("escape")
        await until(seen, "filter full", "1 of 4")
        assert under_cursor(seen).startswith("▌ORDERS > full")
        await seen.press("escape")
        await until(seen, "4 consumers", "ORDERS > done")
        assert under_cursor(seen).startswith("▌ORDERS > full")
        await seen.press("slash")
        await seen.type("-ok -paused push")
        await seen.press("enter")
        await until(seen, "filter -ok -paused push", "1 of 4", "ORDERS > pushed")
        await seen.press("escape", "slash")
        await seen.type("nothing like it")
        await seen.press("enter")
        await until(seen, "No consumer matches the filter.", "esc  clears it")


async def test_one_consumer_in_the_words_of_the_nats_tool(
    js: JetStreamContext, js_server: NatsServer
) -> None:
    async with consumers(js_server.url, size=(100, 50)) as seen:
        await go_to(seen, "full")
        await seen.press("enter")
        await until(seen, "Outstanding Acks       3 out of maximum 3", "Waiting Pulls          0")
        await until(seen, "Last Delivered Message Consumer sequence: 3 Stream sequence: 3")
        await until(seen, "Unprocessed Messages   17", "Deliver Policy         All")
        await until(seen, "Ack Wait               30s", "Maximum Deliveries     unlimited")
        assert "pending      17  " in seen.text
        assert "60 s ago" in seen.text
        assert "█" not in seen.line_with(" sent ")
        config = (await js.consumer_info("ORDERS", "full")).config
        await js.update_consumer("ORDERS", config, max_ack_pending=100)
        await take(js, "full", 10, ack=True)
        await holds(seen, lambda: "█" in seen.line_with(" sent "), "a bar of deliveries")
        await holds(seen, lambda: "█" in seen.line_with(" ack "), "a bar of acks")


async def test_a_peek_shows_what_comes_next_and_moves_nothing(
    js: JetStreamContext, js_server: NatsServer
) -> None:
    async with consumers(js_server.url) as seen:
        await go_to(seen, "full")
        before = (await js.consumer_info("ORDERS", "full")).as_dict()
        await seen.press("n")
        await until(seen, "next of ORDERS > full", "number 4.")
        assert "sent" in seen.line_with("number 3.")
        assert "next" in seen.line_with("number 4.")
        assert "number 4." in under_cursor(seen)
        await seen.press("enter")
        await until(seen, "sequence 4 of ORDERS, comes next", "payload as text")
        await seen.press("left_square_bracket")
        await until(seen, "sequence 3 of ORDERS, was sent already")
        after = (await js.consumer_info("ORDERS", "full")).as_dict()
        for each in (before, after):
            each.pop("ts")
        assert after == before
        assert changed_nothing(seen)
        await seen.press("escape", "escape")
        await until(seen, "filter full")


async def test_nothing_there_says_what_to_do(client: Client, js_server: NatsServer) -> None:
    async with consumers(js_server.url) as seen:
        await until(seen, "No stream of this account has a consumer.", "C  creates one")


async def test_a_missing_permission_names_its_subject(server_factory: ServerFactory) -> None:
    config = 'authorization: { users: [ { user: a, password: s, permissions: { publish: "x" } } ] }'
    server = server_factory(config, jetstream=True)
    async with consumers(server.url.replace("//", "//a:s@")) as seen:
        await until(seen, 'this user may not publish to "$JS.API.STREAM.LIST"', "r  asks again")


async def test_what_may_not_be_seen_is_named_in_full_beside_the_rest(
    server_factory: ServerFactory,
) -> None:
    server = server_factory(
        """
        authorization { users = [
          { user: admin, password: s }
          { user: ada, password: s, permissions: {
              publish: { deny: "$JS.API.CONSUMER.LIST.CLOSED" },
              subscribe: { deny: "$JS.EVENT.>" } } }
        ] }
        """,
        jetstream=True,
    )
    async with await connect(server.url, user="admin", password="s") as client:
        js = client.jetstream()
        for name in ("OPEN", "CLOSED"):
            await js.add_stream(name=name, subjects=[name])
            await js.add_consumer(name, durable_name="c", ack_policy="explicit")
        async with consumers(server.url.replace("//", "//ada:s@"), size=(80, 24)) as seen:
            await until(seen, "OPEN > c", "the consumers of 1 stream are not listed: CLOSED:")
            await until(seen, '"$JS.API.CONSUMER.LIST.CLOSED"')
            await js.delete_stream("CLOSED")
            await until(seen, "may not subscribe to", "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED")


async def test_it_goes_on_after_a_reconnect(js: JetStreamContext, js_server: NatsServer) -> None:
    async with consumers(js_server.url) as seen:
        await until(seen, "ORDERS > full", "● live")
        js_server.kill()
        await until(seen, "waiting for a server", "ORDERS > full")
        js_server.start()
        await until(seen, "resumed", "ORDERS > full")


# Changing


async def test_pausing_says_until_when_and_is_undone_by_the_same_key(
    js: JetStreamContext, js_server: NatsServer, state_home: Path
) -> None:
    async with consumers(js_server.url) as seen:
        await go_to(seen, "done")
        await seen.press("P")
        await until(seen, "pause it for, or until")
        await answer(seen, "yesterday")
        await until(seen, "like 1h, 1d3h")
        await answer(seen, "2099-01-01 12:00")
        await asked(seen)
        assert "delivers nothing until 2099-01-01 12:00" in seen.text
        await seen.press("n")
        assert not (await js.consumer_info("ORDERS", "done")).paused
        await seen.press("P")
        await answer(seen, "2h")
        await asked(seen)
        await seen.press("y")
        await until_consumer(js, "done", lambda info: bool(info.get("paused")))
        await holds(seen, lambda: "paused" in under_cursor(seen), "it to be seen")
        await seen.press("P")
        await asked(seen)
        await seen.press("y")
        await until_consumer(js, "done", lambda info: not info.get("paused"))
        await holds(seen, lambda: len(audit(state_home)) == 2, "both written down")
        assert audit(state_home)[1] == "resume consumer ORDERS > done"


async def test_a_reset_says_what_it_means_and_can_be_taken_back(
    js: JetStreamContext, js_server: NatsServer, state_home: Path
) -> None:
    async with consumers(js_server.url) as seen:
        await go_to(seen, "full")
        await seen.press("Z")
        await answer(seen, "15")
        await asked(seen)
        assert "What lies between 0 and 15 is skipped." in seen.text
        await seen.press("escape")
        await go_to(seen, "done")
        await seen.press("Z")
        await answer(seen, "x")
        await until(seen, "a sequence is a number")
        await answer(seen, "5")
        await asked(seen)
        assert "It starts over from stream sequence 5." in seen.text
        assert "What was delivered since is delivered again" in seen.text
        assert f"up to {MESSAGES}, 0 outstanding" in seen.text
        await seen.press("y")
        await until_consumer(js, "done", lambda info: info["num_pending"] == 16)
        await holds(seen, lambda: len(audit(state_home)) == 1, "it was written down")
        await seen.press("U")
        await until(seen, "reset consumer ORDERS > done from")
        await seen.press("enter")
        await holds(seen, lambda: isinstance(seen.app.screen, ConfirmDialog), "a question")
        await seen.press("y")
        await until_consumer(js, "done", lambda info: info["num_pending"] == 0)


async def test_deleting_wants_the_name_and_comes_back(
    js: JetStreamContext, js_server: NatsServer
) -> None:
    async with consumers(js_server.url) as seen:
        await go_to(seen, "full")
        await seen.press("enter")
        await until(seen, "Acknowledgment Floor")
        await seen.press("D")
        await asked(seen)
        await seen.type("other")
        await seen.press("enter")
        await until(seen, "that is not the name")
        await seen.press("ctrl+u")
        await seen.type("full")
        await seen.press("enter")
        await until(seen, "No consumer matches the filter.")
        with pytest.raises(NotFoundError):
            await js.consumer_info("ORDERS", "full")
        await seen.press("U")
        await until(seen, "delete consumer ORDERS > full")
        await seen.press("enter")
        await holds(seen, lambda: isinstance(seen.app.screen, ConfirmDialog), "a question")
        await seen.press("y")

        async def back() -> bool:
            try:
                return (await js.consumer_info("ORDERS", "full")).config.max_ack_pending == 3
            except NotFoundError:
                return False

        condition: Callable[[], Any] = back
        await eventually(condition, "it is back")


async def test_on_an_interest_stream_deleting_says_what_goes_with_it(
    client: Client, js_server: NatsServer
) -> None:
    js = client.jetstream()
    await js.add_stream(name="ORDERS", subjects=["orders.>"], retention="interest")
    await js.add_consumer("ORDERS", durable_name="only", ack_policy="explicit")
    async with consumers(js_server.url) as seen:
        await go_to(seen, "only")
        await seen.press("D")
        await asked(seen)
        assert "what only this consumer" in " ".join(seen.text.split())
        await seen.press("escape")


async def test_an_edit_shows_the_differences_and_keeps_the_rest(
    js: JetStreamContext, js_server: NatsServer
) -> None:
    async with consumers(js_server.url) as seen:
        await go_to(seen, "full")
        before = (await js.consumer_info("ORDERS", "full")).config.as_dict()
        await seen.press("E")
        await write(seen, lambda config: None)
        await until(seen, "nothing was changed")
        await write(seen, lambda config: config.update(name="other"))
        await until(seen, "a consumer cannot be renamed")
        await write(seen, lambda config: config.update(name="full", ack_wait="soon"))
        await until(seen, "ack_wait: 'soon' is not a duration")
        await write(seen, lambda config: config.update(ack_wait="1m", deliver_policy="new"))
        await asked(seen)
        await seen.press("y")
        await until(seen, "deliver policy can not be updated")
        await write(seen, lambda config: config.update(deliver_policy="all", backoff=5))
        await until(seen, "a field holds what it cannot")
        wanted = {"ack_wait": "1m", "max_ack_pending": 9}
        await write(seen, lambda config: (config.pop("backoff"), config.update(wanted)))
        await asked(seen)
        lines = [line.strip("│ ") for line in seen.lines]
        place = lines.index("ack_wait")
        assert lines[place + 1 : place + 6] == ["- 30s", "+ 1m", "max_ack_pending", "- 3", "+ 9"]
        await seen.press("y")
        await until_consumer(js, "full", lambda info: info["config"]["max_ack_pending"] == 9)
        after = (await js.consumer_info("ORDERS", "full")).config.as_dict()
        assert after | {"ack_wait": before["ack_wait"], "max_ack_pending": 3} == before


async def test_an_edit_does_not_undo_what_somebody_else_did(
    js: JetStreamContext, js_server: NatsServer
) -> None:
    async with consumers(js_server.url) as seen:
        await go_to(seen, "full")
        await seen.press("E")
        await holds(seen, lambda: isinstance(seen.app.screen, ConfigEditor), "the editor")
        config = (await js.consumer_info("ORDERS", "full")).config
        await js.update_consumer("ORDERS", config, description="somebody was here")
        await write(seen, lambda config: config.update(max_ack_pending=9))
        await until(seen, "somebody changed it meanwhile: description is somebody was here now")
        await seen.press("escape", "escape")
        assert (await js.consumer_info("ORDERS", "full")).config.max_ack_pending == 3


async def test_creating_one(js: JetStreamContext, js_server: NatsServer) -> None:
    async with consumers(js_server.url) as seen:
        await go_to(seen, "done")
        await seen.press("C")
        await until(seen, "create a consumer of the stream")
        await seen.press("enter")
        await write(seen, lambda config: None)
        await until(seen, "a name is needed")
        await write(seen, lambda config: config.update(name="new", ack_wait="5s"))
        await asked(seen)
        assert "5s" in seen.text
        await seen.press("y")
        await seen.press("escape")
        await until(seen, "ORDERS > new")
        config = (await js.consumer_info("ORDERS", "new")).config
        assert (config.ack_wait, config.filter_subjects, config.durable_name) == (5.0, None, "new")


async def test_what_is_typed_is_judged_where_it_is_typed(
    js: JetStreamContext, js_server: NatsServer
) -> None:
    async with consumers(js_server.url) as seen:
        await until(seen, "4 consumers")
        await seen.press("slash", "p", "u", "s", "h")
        await until(seen, "filter push")
        await seen.press("escape", "escape", "C", "ctrl+u", "a", "full_stop")
        await until(seen, "a name has no spaces, . * > or /")
        await seen.press("backspace", "enter")
        await until(seen, "stream not found")
        await seen.press("C", "ctrl+u")
        await seen.type("ORDERS")
        await seen.press("enter")
        await until(seen, "New consumer of stream ORDERS")
        await seen.press("x")
        await until(seen, "line 1: Expecting value")
        await seen.press("backspace")
        await until(seen, "a name is needed")


async def test_unpinning_lets_another_client_have_its_turn(
    js: JetStreamContext, js_server: NatsServer
) -> None:
    await js.add_consumer(
        "ORDERS",
        durable_name="pinned",
        ack_policy="explicit",
        priority_groups=["g"],
        priority_policy="pinned_client",
        priority_timeout=60,
    )
    body = {"batch": 1, "group": "g", "expires": 20_000_000_000}
    request = json.dumps(body).encode()
    await js._nc.request("$JS.API.CONSUMER.MSG.NEXT.ORDERS.pinned", request, 20, old_style=True)
    pinned = (await js.consumer_info("ORDERS", "pinned")).priority_groups or []
    client_id = pinned[0].pinned_client_id
    assert client_id
    async with consumers(js_server.url) as seen:
        await go_to(seen, "full")
        await seen.press("u")
        await until(seen, "pins no client")
        await seen.press("escape")
        await go_to(seen, "pinned")
        await seen.press("enter")
        await until(seen, f"Pinned                 g: {client_id}")
        await seen.press("u")
        await asked(seen)
        assert f"pinned  {client_id}" in seen.text
        await seen.press("y")
        await until(seen, "g: no client")


async def test_read_only_refuses_and_greys_out(js: JetStreamContext, js_server: NatsServer) -> None:
    async with consumers(js_server.url, read_only=True) as seen:
        await go_to(seen, "full")
        for key in ("P", "Z", "u", "E", "D", "C"):
            await seen.press(key)
            assert not isinstance(seen.app.screen, ConfirmDialog | ConfigEditor)
        enabled = {
            active.binding.id: active.enabled for active in seen.app.screen.active_bindings.values()
        }
        writes = ("pause", "reset", "unpin", "edit", "delete", "create")
        assert [enabled[f"consumers.{name}"] for name in writes] == [False] * 6
        assert enabled["consumers.peek"]
        await seen.press("n")
        await until(seen, "number 4.")


async def test_everything_is_in_the_help_and_in_the_palette(
    js: JetStreamContext, js_server: NatsServer
) -> None:
    async with consumers(js_server.url, size=(120, 90)) as seen:
        await until(seen, "ORDERS > full")
        await seen.press("question_mark")
        await until(seen, "consumers.pause", "losing messages  given up after max deliver")
        await seen.press("escape", "colon")
        await seen.type("reset")
        await until(seen, "Reset: start over")
        await seen.press("escape", "escape")
