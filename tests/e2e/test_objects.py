"""The Objects pane in a real terminal: nothing of what others say gets through, nothing is left."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from natstui.client import connect
from natstui.client.js.api import ObjectMeta
from natstui.client.js.object_info import encode_info, info_subject
from natstui.model.object_upload import new_info
from tests.e2e.explorer import explorer
from tests.e2e.output import strange
from tests.support.hostile import MESSAGES
from tests.support.server import NatsServer
from tests.support.waiting import eventually


async def test_no_words_of_others_reach_the_terminal_as_anything_but_text(
    js_server: NatsServer, environment: dict[str, str]
) -> None:
    async with await connect(js_server.url) as client:
        js = client.jetstream()
        store = await js.create_object_store(bucket="assets")
        for number, message in enumerate(MESSAGES):
            words = message.payload[:4_000].decode("utf-8", "replace")
            info = new_info("assets", f"{number:02} {words[:300]}")
            info.description, info.metadata = words, {words[:100]: words}
            await js.publish(info_subject("assets", info.name), encode_info(info))
        escape = "99 \x1b]52;c;aGk=\x07[/x]"
        await store.put(
            escape, b"\x1b[2J", ObjectMeta(headers={"K\x7f": "\x9b2J [@click=app.quit]x"})
        )
        await js.publish("$O.assets.M.zz\x1b[2J", b"\x1b]0;x\x07")
    with explorer(js_server.url, environment=environment, columns=160, rows=60) as terminal:
        await terminal.until("● connected")
        terminal.press("5")
        await terminal.until("1 bucket")
        terminal.press("enter")
        await terminal.until(f"{len(MESSAGES) + 2} entries")
        start = terminal.output_bytes
        terminal.press(*["j"] * len(MESSAGES))
        await terminal.until("99 ")
        terminal.press("enter")
        await terminal.until("its chunks")
        terminal.press("D")
        await terminal.until("type assets to delete it")
        terminal.press("escape")
        await terminal.until(lambda seen: "type assets" not in seen.screen)
        terminal.press("v", "T")
        await terminal.until("4 B of 4 B")
        assert strange(terminal, start) == []
        assert terminal.lines[0].startswith(f"▌127.0.0.1:{js_server.port}  ● connected")


async def test_leaving_in_the_middle_leaves_nothing_behind(
    js_server: NatsServer, environment: dict[str, str], tmp_path: Path
) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(1024**3)
    async with await connect(js_server.url) as client:
        js = client.jetstream()
        await js.create_object_store(bucket="assets")
        with explorer(js_server.url, environment=environment) as terminal:
            await terminal.until("● connected")
            terminal.press("5")
            await terminal.until("1 bucket")
            terminal.press("enter")
            await terminal.until("The bucket is empty.")
            terminal.press("u")
            await terminal.until("upload into assets")
            terminal.type(f"{large}\r")
            await terminal.until("as the object")
            terminal.press("enter")
            await terminal.until("It is new")
            terminal.press("y")

            async def under_way() -> bool:
                return (await js.stream_info("OBJ_assets")).state.messages > 10

            condition: Callable[[], bool | Awaitable[bool]] = under_way
            await eventually(condition, "under way")
            terminal.press("ctrl+c")
            assert terminal.wait_for_exit() == 130
            assert "uploading large: cancelled; nothing of it is left" in terminal.screen
        assert (await js.stream_info("OBJ_assets")).state.messages == 0
