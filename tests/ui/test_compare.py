"""Comparing with another context on the screen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from natstui.client import connect
from natstui.command_line.arguments import parse_arguments
from natstui.command_line.switching import context_choices
from natstui.model.settings import Settings
from natstui.ui.compare import CompareLevel
from natstui.ui.pane import DrillPane
from tests.conftest import ServerFactory
from tests.support.home import home, write_context
from tests.support.pairs import fill_pair
from tests.support.server import NatsServer
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer, explorer
from tests.ui.snapshots import check_snapshot

__all__ = ["home", "write_context"]


@pytest.fixture
async def other(
    js_server: NatsServer, server_factory: ServerFactory, write_context: Callable[..., Path]
) -> NatsServer:
    other = server_factory(jetstream=True)
    await fill_pair(js_server, other)
    write_context("staging", url=other.url, color_scheme="green")
    return other


@asynccontextmanager
async def prod(server: NatsServer, size: tuple[int, int] = (100, 30)) -> AsyncIterator[Explorer]:
    start = Settings(servers=(server.url,), context="prod", color_scheme="red")
    choices = context_choices(parse_arguments([]), start)
    async with explorer(size=size, settings=start, contexts=choices) as seen:
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


async def compare(seen: Explorer, pane: str, there: str) -> CompareLevel:
    await seen.press(pane)
    await until(seen, there)
    await seen.press("equals_sign")
    await until(seen, "Compare with another context", "staging")
    await seen.type("stag")
    await seen.press("enter")
    await until(seen, "the same", "verdict")
    assert isinstance(seen.app.pane, DrillPane)
    level = seen.app.pane.level
    assert isinstance(level, CompareLevel)
    return level


async def test_streams_and_one_of_them_in_full(js_server: NatsServer, other: NatsServer) -> None:
    async with prod(js_server) as seen:
        level = await compare(seen, "2", "ORDERS")
        await until(seen, "AUDIT", "only in prod", "2 different", "1 the same", "staging: asked")
        await seen.press("end", "enter")
        await until(seen, '-   "messages": 5', '+   "messages": 3', '"max_msgs": 1000')
        await seen.press("escape", "slash")
        await seen.type("aud")
        await seen.press("enter")
        await until(seen, "filter aud", "1 of 3")
        there = level.comparison.b
        assert there.read_only
        await seen.press("escape", "escape")
        await until(seen, "messages", "rate")
        await eventually(lambda: not there.is_connected, "the other connection has ended")


async def test_consumers(js_server: NatsServer, other: NatsServer) -> None:
    async with prod(js_server, (140, 30)) as seen:
        await compare(seen, "3", "billing")
        await until(seen, "ORDERS > billing", "pending: 5 → 3", '+   "pending": 3')


async def test_keys(js_server: NatsServer, other: NatsServer) -> None:
    async with prod(js_server, (80, 24)) as seen:
        await compare(seen, "4", "config")
        await until(seen, "flag", "only.there", "only in staging")
        await seen.press("enter")
        await until(seen, '-   "on": true', '+   "on": false')
        await seen.press("escape")
        client = await connect(other.url)
        kv = await client.jetstream().key_value("config")
        await kv.put("flag", b'{"on":true,"n":1}')
        await client.close()
        await seen.press("r")
        await until(seen, "2 the same")


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_pictures(js_server: NatsServer, other: NatsServer, size: tuple[int, int]) -> None:
    async with prod(js_server, size) as seen:
        level = await compare(seen, "2", "ORDERS")
        await until(seen, "2 different")
        await seen.press("end")
        if size[0] > 100:
            await until(seen, '+   "messages": 3')
        seen.app.status.display = level.pane.proof.display = False
        await check_snapshot(seen, "compare-streams")


async def test_where_it_cannot_be(js_server: NatsServer, other: NatsServer) -> None:
    async with prod(js_server) as seen:
        await seen.press("2")
        await until(seen, "ORDERS")
        await seen.press("equals_sign")
        await until(seen, "Compare with another context", "prod")
        await seen.press("enter")
        await until(seen, "prod is this one: choose another")
        other.kill()
        await seen.type("stag")
        await seen.press("enter")
        await until(seen, "no connection to staging: nothing listens")
        await seen.press("escape")
        await until(seen, "ORDERS")
