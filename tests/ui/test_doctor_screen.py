"""The doctor in the explorer: what stands between us and the servers, on the screen."""

from __future__ import annotations

import asyncio

from natstui.model.settings import Settings
from natstui.ui.doctor import DoctorScreen
from tests.support.peers import Peer
from tests.support.server import NatsServer
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer, explorer


async def shows(screen: Explorer, text: str) -> None:
    def is_there() -> bool:
        screen.app.pump.tick()
        return text in screen.text

    await eventually(is_there, f"{text!r} is shown", last_seen=lambda: screen.text)


async def test_the_diagnosis_is_shown_and_made_again(server: NatsServer) -> None:
    server.stop()
    async with explorer(settings=Settings(servers=(server.url,))) as screen:
        await screen.press("f8")
        await shows(screen, "TCP failed")
        assert f"nothing listens on 127.0.0.1:{server.port}" in screen.text
        server.start()
        await screen.press("r")
        await shows(screen, "it works, with a warning about JetStream")
        await screen.press("G")
        assert "median" in screen.text
        await screen.press("escape")
        assert not isinstance(screen.app.screen, DoctorScreen)


async def test_it_grows_and_ends_with_the_screen() -> None:
    async with Peer() as peer, explorer(settings=Settings(servers=(peer.url,))) as screen:
        await screen.press("f8")
        await shows(screen, "INFO ...")
        await screen.press("escape")
        await eventually(lambda: peer.open == 0, "nobody asks any more")
        assert "doctor" not in {task.get_name() for task in asyncio.all_tasks()}


async def test_the_palette_has_it(server: NatsServer) -> None:
    async with explorer(settings=Settings(servers=(server.url,))) as screen:
        await screen.press("colon")
        await screen.type("diagnose")
        await shows(screen, "Diagnose the connection")
