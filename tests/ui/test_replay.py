"""The dialog to replay a recording: says what it would do, asks, does it, and can be ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from natstui.client import Msg, connect
from natstui.model.settings import Settings
from natstui.ui.replay import ReplayDialog
from tests.support.server import NatsServer
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer
from tests.ui.recordings import opened, write_recording
from tests.ui.snapshots import check_snapshot


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_recording(tmp_path / "orders.ndjson")


async def fill(seen: Explorer, **values: str) -> None:
    screen = seen.app.screen
    assert isinstance(screen, ReplayDialog)
    for name, value in values.items():
        screen.fields[name].value = value
    await seen.frame()


async def planned(seen: Explorer) -> None:
    async def is_there() -> bool:
        await seen.frame()
        return "sends " in seen.text

    is_so: Callable[[], bool | Awaitable[bool]] = is_there
    await eventually(is_so, "the plan is there", last_seen=lambda: seen.text)


async def test_what_it_would_do_is_shown_as_it_is_typed(path: Path) -> None:
    async with opened(path) as seen:
        await seen.press("P")
        await planned(seen)
        assert "200 messages, 7.3 KiB, to 127.0.0.1:4222" in seen.text
        assert "takes     1m 40s (as it came, no more than 1.0k/s)" in seen.text
        assert "test.orders.eu.paid  61" in seen.text
        assert "1 line cannot be read" in seen.text
        await fill(seen, prefix="", mappings="orders.*.*=load.$2", speed="10")
        await planned(seen)
        assert "load.paid  112" in seen.text
        assert "takes     10.0 s (10 times as fast as it came" in seen.text
        for field, value, problem in (
            ("rate", "0", "rate: a number above 0, or none"),
            ("prefix", "$SYS", "nothing is sent to subjects of the system"),
            ("mappings", "x", "'x' is no mapping"),
        ):
            await fill(seen, **{field: value})
            assert problem in seen.text
            await seen.press("ctrl+s")
            assert "nothing to send yet" in seen.text
            await fill(seen, rate="1", prefix="", mappings="")
        await seen.press("escape")
        assert "recorded from prod-eu" in seen.text


async def test_it_is_sent_after_asking(server: NatsServer, path: Path) -> None:
    heard: list[Msg] = []
    listener = await connect(server.url)
    await listener.subscribe("test.>", hook=heard.append)
    await listener.flush()
    settings = Settings(servers=(server.url,), timeout=20)
    async with opened(path, settings=settings) as seen:
        await seen.press("P")
        await fill(seen, speed="max", rate="none")
        await planned(seen)
        await seen.press("ctrl+s")
        await eventually(lambda: "Replay to 127.0.0.1" in seen.text, "it asks")
        assert f"200 messages go to {server.url.removeprefix('nats://')}" in seen.text
        assert heard == []
        await seen.press("y")
        await eventually(lambda: "sent 200 of 200" in seen.text, "it is done")
        await eventually(lambda: len(heard) == 200, "all have come")
    assert heard[0].subject.startswith("test.orders.")
    await listener.close()


async def test_it_is_ended_at_once(server: NatsServer, path: Path) -> None:
    settings = Settings(servers=(server.url,), timeout=20)
    async with opened(path, settings=settings) as seen:
        await seen.press("P")
        await fill(seen, prefix="")
        await planned(seen)
        await seen.press("ctrl+s")
        # To the subjects that they had: that has to be meant.
        await eventually(lambda: "whoever listens gets them" in seen.text, "it warns")
        await seen.type(server.url.removeprefix("nats://"))
        await seen.press("enter")

        async def is_sending() -> bool:
            await seen.frame()
            return "of 200" in seen.text and "esc ends it" in seen.text

        is_so: Callable[[], bool | Awaitable[bool]] = is_sending
        await eventually(is_so, "it sends", last_seen=lambda: seen.text)
        await seen.press("escape")
        await eventually(lambda: "ended: sent " in seen.text, "it says how much was sent")
        assert isinstance(seen.app.screen, ReplayDialog)


async def test_nothing_is_sent_in_read_only_mode_or_to_nowhere(path: Path) -> None:
    async with opened(path, settings=Settings(read_only=True)) as seen:
        await seen.press("P")
        await planned(seen)
        await seen.press("ctrl+s")
        assert isinstance(seen.app.screen, ReplayDialog)
        assert seen.app.screen.sending is None
    async with opened(path) as seen:
        await seen.press("P")
        await fill(seen, to="no such context")
        await planned(seen)
        await seen.press("ctrl+s")
        await eventually(lambda: "there is no context" in seen.text, "it says so")


async def test_the_picture(path: Path) -> None:
    async with opened(path) as seen:
        await seen.press("P")
        await planned(seen)
        await check_snapshot(seen, "replay")
