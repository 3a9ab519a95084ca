"""Going over to another context and back: what is seen, what is kept, and that nothing is left."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from natstui.client import connect
from natstui.client.js.client import JetStreamContext
from natstui.command_line.arguments import parse_arguments
from natstui.command_line.switching import context_choices
from natstui.model.reaching import reach
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.view_store import ViewStore
from natstui.model.work import Work
from natstui.ui.confirm import ConfirmDialog
from natstui.ui.context_chooser import ContextChooser
from natstui.ui.kv_keys import KeysLevel
from natstui.ui.session_view import SessionView
from natstui.ui.stream_messages import MessagesLevel
from tests.conftest import ServerFactory
from tests.support.home import home, write_context
from tests.support.server import NatsServer
from tests.support.streams import fill
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer, explorer
from tests.ui.snapshots import check_snapshot

__all__ = ["home", "write_context"]

CHANGES = 2  # there, and back


@pytest.fixture(autouse=True)
def nothing_of_other_tests() -> None:
    """What they left unclosed is found when a view is forgotten, and not ours to complain of."""
    with warnings.catch_warnings(action="ignore"):
        gc.unfreeze()
        gc.collect()


@pytest.fixture
async def js(js_server: NatsServer) -> AsyncIterator[JetStreamContext]:
    """The stream ORDERS with 100 messages, and a bucket with keys, on the first server."""
    client = await connect(js_server.url)
    js = client.jetstream()
    await js.add_stream(name="ORDERS", subjects=["orders.>"], allow_direct=True)
    await js.add_stream(name="AUDIT", subjects=["audit"])
    await fill(client, "ORDERS", lambda n: f"orders.{n % 4}", 100)
    kv = await js.create_key_value(bucket="config")
    for key in ("shop.currency", "shop.tax", "user.mail"):
        await kv.put(key, b"1")
    yield js
    await client.close()


@pytest.fixture
def other(
    js: JetStreamContext, server_factory: ServerFactory, write_context: Callable[..., Path]
) -> NatsServer:
    """The server of the context `staging`; that of `prod` is the first one, `down` is none."""
    server = server_factory(jetstream=True)
    down = server_factory()
    down.kill()
    write_context("staging", url=server.url, description="for trying out", color_scheme="green")
    write_context("down", url=down.url)
    return server


@asynccontextmanager
async def prod(
    server: NatsServer,
    write_context: Callable[..., Path],
    *,
    size: tuple[int, int] = (100, 30),
    kept: bool = False,
    read_only: bool = True,
) -> AsyncIterator[Explorer]:
    write_context("prod", url=server.url, description="the real one", color_scheme="red")
    given = parse_arguments(["--context", "prod", *["--read-only"][:read_only]])
    start = Settings(servers=(server.url,), context="prod", read_only=read_only, color_scheme="red")
    store = ViewStore() if kept else None
    choices = context_choices(given, start)
    async with explorer(
        size=size, settings=start, notifications=True, contexts=choices, store=store
    ) as seen:
        seen.app.session.open()
        await eventually(lambda: seen.app.session.is_connected, "connected")
        try:
            yield seen
        finally:
            await seen.app.switching.close()


async def until(seen: Explorer, *texts: str) -> None:
    async def shown() -> bool:
        await seen.frame()
        return all(text in seen.text for text in texts)

    is_so: Callable[[], bool | Awaitable[bool]] = shown
    await eventually(is_so, f"{texts} on the screen", last_seen=lambda: seen.text)


async def choose(seen: Explorer, name: str) -> None:
    """Open the chooser and take the context of this name."""
    await seen.press("c")
    await until(seen, "Change to another context", "staging")
    await seen.type(name)
    await seen.press("enter")


async def go_to(seen: Explorer, name: str) -> None:
    await choose(seen, name)
    await eventually(lambda: seen.app.session.name == name, name, last_seen=lambda: seen.text)
    await until(seen, f"{name}  ● connected")


async def drained(seen: Explorer) -> None:
    await eventually(lambda: not seen.app.switching.leaving, "the old one is drained")


async def test_another_context_and_back_as_it_was(
    js_server: NatsServer,
    other: NatsServer,
    js: JetStreamContext,
    write_context: Callable[..., Path],
) -> None:
    async with prod(js_server, write_context) as seen:
        await seen.press("a")
        await seen.type("orders.>")
        await seen.press("enter", "slash")
        await seen.type("-health")
        await seen.press("enter", "space")
        await until(seen, "PAUSED", "filter -health")
        await seen.press("2")
        await until(seen, "ORDERS", "AUDIT")
        await seen.press("down", "down", "o", "enter")
        await until(seen, "number 100.")
        await seen.press("up", "up", "up")
        await seen.press("4")
        await until(seen, "config")
        await seen.press("enter")
        await until(seen, "shop.")
        await seen.press("f", "down")
        first = seen.app.session

        await go_to(seen, "staging")
        await drained(seen)
        assert first.client is not None
        assert first.client.is_closed
        assert seen.app.session.read_only
        await until(seen, "Nothing is tailed yet.", "READ-ONLY")
        await seen.press("2")
        await until(seen, "There is no stream in this account.")

        await go_to(seen, "prod")
        keys = seen.app.pane
        assert keys.KEY == "4"
        await until(seen, "shop.tax", "user.mail")
        level = getattr(keys, "level", None)
        assert isinstance(level, KeysLevel)
        await eventually(
            lambda: level.table.key == "shop.tax", "the key", last_seen=lambda: seen.text
        )
        await seen.press("escape")
        await until(seen, "bucket")
        await seen.press("2")
        messages = getattr(seen.app.pane, "level", None)
        assert isinstance(messages, MessagesLevel)
        await until(seen, "97 of 1..100")
        await seen.press("escape")
        await until(seen, "AUDIT")
        assert "messages↓" in seen.text
        await seen.press("1")
        await until(seen, "PAUSED", "filter -health", "orders.>")
        await js.publish("orders.1", b"while it is paused")
        await until(seen, "1 newer", "Paused, as it was left.")
        await seen.press("space")
        await until(seen, "while it is paused")


async def test_the_chooser(
    js_server: NatsServer,
    other: NatsServer,
    write_context: Callable[..., Path],
    home: Path,
) -> None:
    for name in ("prod", "staging", "down"):
        (home / f".config/nats/context/{name}.json").unlink(missing_ok=True)
    write_context(
        "prod",
        url="tls://user:secret@prod-1.example:4222",
        color_scheme="red",
        description="the real one",
    )
    write_context(
        "staging", url="nats://staging.example", color_scheme="green", description="for trying out"
    )
    write_context("evil\x1b[2J[red]x", url="nats://e", description="\x1b]0;x\x07[b]odd[/b]\u202e")
    (home / ".config/nats/context/broken.json").write_text("{,}")
    start = Settings(servers=("tls://prod-1.example:4222",), context="prod", color_scheme="red")
    choices = context_choices(parse_arguments([]), start)
    for size in ((80, 24), (160, 45)):
        async with explorer(size=size, settings=start, contexts=choices) as seen:
            await seen.press("c")
            await until(seen, "staging", "broken", "●")
            assert "secret" not in seen.text
            for behind in seen.app.screen_stack[0].children:
                behind.display = False  # a picture of the dialog, and not of the panes
            await check_snapshot(seen, "contexts")
            await seen.press("up", "up")
            await until(seen, "not valid JSON")
            await seen.type("localhost:4333")
            await until(seen, "nats://localhost:4333", "without a context")
            await seen.press("ctrl+u")
            await seen.type("trying")
            await until(seen, "staging")
            assert "prod-1" not in seen.text
            await seen.press("escape")
            assert not isinstance(seen.app.screen, ContextChooser)


async def test_what_cannot_be_reached_leaves_all_as_it_was(
    js_server: NatsServer, other: NatsServer, write_context: Callable[..., Path]
) -> None:
    async with prod(js_server, write_context) as seen:
        view = seen.app.view
        await choose(seen, "down")
        await until(seen, "not changed to down, still on prod: nothing listens on")
        assert seen.app.view is view
        await seen.press("escape", "2")
        await until(seen, "ORDERS")
        assert seen.app.session.is_connected


async def test_a_server_by_its_url(
    js_server: NatsServer, other: NatsServer, write_context: Callable[..., Path]
) -> None:
    async with prod(js_server, write_context, read_only=False) as seen:
        address = other.url.removeprefix("nats://")
        await seen.press("p")
        await until(seen, "Publish to prod")
        await seen.type("orders.draft")
        await seen.press("escape")
        await choose(seen, f"nats://me:hidden@{address}")
        await until(seen, f"{address}  ● connected")
        await seen.press("p")
        await until(seen, f"Publish to {address}")
        assert "orders.draft" not in seen.text
        await seen.press("escape")
        assert seen.app.session.settings.context is None
        assert "hidden" not in seen.text
        await seen.press("c")
        await until(seen, "prod", "without a context")
        await seen.press("escape")
        await go_to(seen, "prod")
        await seen.press("p")
        await until(seen, "Publish to prod", "orders.draft")


async def test_what_runs_is_said_and_goes_on(
    js_server: NatsServer,
    other: NatsServer,
    write_context: Callable[..., Path],
    tmp_path: Path,
) -> None:
    async with prod(js_server, write_context) as seen:
        old = seen.app.view
        over = asyncio.Event()

        async def doing() -> str:
            await over.wait()
            return "done"

        work = Work("backing up ORDERS")
        old.desk.begin(work, doing())
        old.tail.record(tmp_path / "some.ndjson")
        await choose(seen, "staging")
        await until(seen, "backing up ORDERS", "Change to staging", "The recording ends")
        assert isinstance(seen.app.screen, ConfirmDialog)
        await seen.press("n")
        await until(seen, "Change to another context")
        assert seen.app.view is old
        await seen.press("enter")
        await until(seen, "backing up ORDERS")
        await seen.press("y")
        await until(seen, "staging  ● connected")
        assert old.session.is_connected
        await seen.press("q")
        await until(seen, "Quit natstui", "backing up ORDERS")
        await seen.press("n")
        over.set()
        await drained(seen)
        assert work.outcome == "done"
        assert old.tail.recorder is None
        assert not old.session.is_connected


async def test_the_next_start_is_where_the_last_one_ended(
    js_server: NatsServer,
    other: NatsServer,
    write_context: Callable[..., Path],
    state_home: Path,
) -> None:
    async with prod(js_server, write_context, kept=True) as seen:
        await seen.press("2")
        await until(seen, "ORDERS")
        await seen.press("slash")
        await seen.type("ord")
        await seen.press("enter")
        await until(seen, "filter ord")
    path = state_home / "natstui" / "views" / "context prod.json"
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert json.loads(path.read_text())["panes"]["Streams"][0]["filter"] == "ord"
    async with prod(js_server, write_context, kept=True) as seen:
        await until(seen, "filter ord", "ORDERS")
        assert "AUDIT" not in seen.text
    path.write_text("{")
    async with prod(js_server, write_context, kept=True) as seen:
        await until(seen, "not as it was left", "Nothing is tailed yet.")


async def test_changes_leave_nothing_behind(
    js_server: NatsServer, other: NatsServer, write_context: Callable[..., Path]
) -> None:
    async with prod(js_server, write_context) as seen:
        await seen.app.contexts.load()

        async def go_over(name: str) -> None:
            choices = seen.app.contexts
            choice = next(each for each in choices.rows.items if each.name == name)
            session = Session(await choices.settings(choice))
            await reach(session, 20)
            await seen.press("2", "1")
            await seen.app.switching.go_over(session)
            await drained(seen)

        def left() -> tuple[int, int]:
            gc.collect()
            views = [one for one in gc.get_objects() if isinstance(one, SessionView)]
            return len(views), len(asyncio.all_tasks())

        for name in ("staging", "prod"):
            await go_over(name)
        _, tasks = left()
        for name in ("staging", "prod") * CHANGES:
            await go_over(name)
        await eventually(
            lambda: left()[0] <= 2 and left()[1] <= tasks, "nothing is left", last_seen=left
        )
