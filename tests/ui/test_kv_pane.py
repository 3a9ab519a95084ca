"""The KV pane: buckets, keys, values, and changes that go over nobody's work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.cells import cell_len

from natstui.model.settings import Settings
from natstui.ui import kv_buckets, kv_editor, kv_key, kv_keys
from natstui.ui.confirm import ConfirmDialog
from natstui.ui.kv import KvPane
from natstui.ui.kv_keys import KeysLevel
from tests.conftest import ServerFactory
from tests.support.hostile import FORBIDDEN, MESSAGES
from tests.support.server import NatsServer
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer, explorer
from tests.ui.kv import Condition, KvExplorer, kv_explorer, path


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits a second for the next look."""
    monkeypatch.setattr(kv_buckets, "LOAD_EVERY", 0.05)
    monkeypatch.setattr(kv_keys, "LOAD_EVERY", 0.05)
    monkeypatch.setattr(kv_key, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(kv_editor, "LOOK_EVERY", 0.05)


def check(seen: Explorer) -> None:
    """Nothing but text is on the screen, and the frame around it is where it was."""
    lines = seen.lines
    assert len(lines) == 24
    for line in lines:
        assert not FORBIDDEN & set(line), repr(line)
        assert cell_len(line) <= 80
    assert lines[0].startswith("▌127.0.0.1:")
    assert lines[-1].lstrip()


async def agree(kv: KvExplorer, *keys: str) -> None:
    """Answer the question that comes."""
    screen = kv.seen.app
    await eventually(lambda: isinstance(screen.screen, ConfirmDialog), "the question")
    await kv.seen.press(*(keys or ("y",)))


# Looking


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_from_buckets_to_the_value_of_a_key_and_back(
    js_server: NatsServer, size: tuple[int, int]
) -> None:
    async with kv_explorer(js_server, size=size) as kv:
        await kv.bucket.put("shop.colour", b'{"name":"blue"}')
        await kv.bucket.put("shop.size", b"12")
        await kv.bucket.put("limits", b"none")
        await kv.open()
        await kv.until("▾ shop.", "2 keys", '{"name":"blue"}', "none", "3 keys")
        await kv.seen.press("j", "j", "enter")
        await kv.until(path("KV", "config", "shop.colour"), '"name": "blue"', "revision 1")
        assert "consumers 0 · acks 0 · writes 0" in kv.seen.text
        await kv.seen.press("escape")
        await kv.until("3 keys")
        assert kv.seen.line_with("  colour").startswith("▌")
        await kv.seen.press("1", "4")
        assert kv.seen.line_with("  colour").startswith("▌")
        await kv.seen.press("escape")
        assert "1 bucket" in kv.seen.text


async def test_branches_close_and_the_list_is_flat(js_server: NatsServer) -> None:
    async with kv_explorer(js_server) as kv:
        await kv.bucket.put("a.b", b"1")
        await kv.bucket.put("a.c", b"2")
        await kv.open()
        await kv.until("▾ a.")
        await kv.seen.press("j", "left", "left")
        assert "▸ a." in kv.seen.text
        await kv.seen.press("l", "f")
        await kv.until("  a.b", "  a.c")
        assert "▾" not in kv.seen.text


async def test_the_filter_works_while_it_is_typed(js_server: NatsServer) -> None:
    async with kv_explorer(js_server) as kv:
        for key in ("users.ada", "users.bob", "limits"):
            await kv.bucket.put(key, key.encode())
        await kv.open()
        await kv.until("limits", "users.")
        await kv.seen.press("slash", "a", "d")
        await kv.until("filter ad  1 of 3")
        assert "limits" not in kv.seen.text
        await kv.seen.press("x", "enter")
        await kv.until("No key matches the filter.")
        await kv.seen.press("escape")
        await kv.until("limits")


async def test_changes_of_others_appear_and_are_marked(js_server: NatsServer) -> None:
    async with kv_explorer(js_server) as kv:
        await kv.open()
        await kv.until("The bucket is empty.", "creates a key")
        await kv.bucket.put("colour", b"blue")
        await kv.until("▌●    colour", "blue")
        await kv.bucket.delete("colour")
        await kv.until("DEL")
        await kv.seen.press("enter")
        await kv.until("deleted: DEL", "2 revisions of at most 5")
        await kv.bucket.purge("colour")
        await kv.until("PURGE", "1 revision of at most 5")
        await kv.seen.press("escape")
        await kv.until("PURGE")
        assert "●" not in kv.seen.line_with("colour")


async def test_two_revisions_are_compared(js_server: NatsServer) -> None:
    async with kv_explorer(js_server) as kv:
        for number in (1, 2, 3):
            await kv.bucket.put("a", b'{"x":%d,"y":0}' % number)
        await kv.open_key("a")
        await kv.until("3 revisions")
        await kv.seen.press("d")
        await kv.until("- revision 2", "+ revision 3", '-   "x": 2,', '+   "x": 3,')
        await kv.seen.press("escape", "space", "G", "d")
        await kv.until("- revision 1", "+ revision 3", '-   "x": 1,')


# Changing


async def test_a_value_is_edited_in_place(js_server: NatsServer) -> None:
    async with kv_explorer(js_server, history=1) as kv:
        await kv.bucket.put("a", b"one")
        await kv.open_key("a")
        await kv.seen.press("i")
        await kv.until("ctrl+s saves over revision 1")
        await kv.seen.type("zwei ")
        await kv.seen.press("1", "q", "ctrl+s")
        await agree(kv)
        await kv.until("is saved as revision 2", path("KV", "config", "a"))
        assert await kv.value("a") == b"zwei 1qone"
        assert "writes 1" in kv.seen.text
        await kv.seen.press("U")
        await kv.until("update a in bucket")
        await kv.seen.press("enter")
        await agree(kv)
        await kv.until("has its value back")
        assert await kv.value("a") == b"one"


async def test_leaving_the_editor_asks_once(js_server: NatsServer) -> None:
    async with kv_explorer(js_server) as kv:
        await kv.bucket.put("a", b"one")
        await kv.open_key("a")
        await kv.seen.press("i")
        await kv.until("ctrl+s saves")
        await kv.seen.press("x", "escape")
        await kv.until("esc once more gives it up", "edit")
        await kv.seen.press("escape")
        await kv.gone(path("", "edit"))
        assert await kv.value("a") == b"one"


async def test_a_conflict_is_shown_while_editing_and_merged(js_server: NatsServer) -> None:
    async with kv_explorer(js_server, size=(160, 45)) as kv:
        await kv.bucket.put("a", b"colour=blue\nsize=1\n")
        await kv.open_key("a")
        await kv.seen.press("i")
        await kv.until("ctrl+s saves")
        await kv.seen.press("m", "y")
        await kv.bucket.put("a", b"colour=red\nsize=2\n")
        await kv.until("changed under you: it has a new value, revision 2")
        await kv.seen.press("ctrl+s")
        await agree(kv)
        await kv.until(path("", "merge"), "MINE", "mycolour=blue", "THEIRS", "colour=red")
        await kv.seen.press("ctrl+s")
        await kv.until("not every conflict is decided")
        await kv.seen.press("b")
        await kv.until("WHAT SAVING CHANGES", "nothing left to decide")
        await kv.seen.press("ctrl+s")
        await kv.until("is saved as revision 3")
        assert await kv.value("a") == b"mycolour=blue\nsize=1\ncolour=red\nsize=2\n"
        assert path("", "edit") not in kv.seen.text


async def test_objects_merge_by_themselves(js_server: NatsServer) -> None:
    async with kv_explorer(js_server) as kv:
        await kv.bucket.put("a", b'{"x":1.50,"y":1}')
        await kv.open_key("a")
        await kv.seen.press("i")
        await kv.until("ctrl+s saves")
        await kv.seen.press("right", "right", "right", "right", "right", "2")
        await kv.bucket.put("a", b'{"x":1.50,"y":2}')
        await kv.seen.press("ctrl+s")
        await agree(kv)
        await kv.until("nothing left to decide", "merged by itself")
        await kv.seen.press("ctrl+s")
        await kv.until("is saved as revision 3")
        assert await kv.value("a") == b'{"x":21.50,"y":2}'


async def test_a_key_is_created_only_where_none_is(js_server: NatsServer) -> None:
    async with kv_explorer(js_server) as kv:
        await kv.bucket.put("users.ada", b"1")
        await kv.open("C", "ctrl+u")
        await kv.seen.type("users.ada")
        await kv.seen.press("enter")
        await kv.until("has a value already")
        await kv.seen.press("C", "ctrl+u")
        await kv.seen.type("users.bob")
        await kv.seen.press("enter")
        await kv.until("users.bob (new)", "as a new key")
        await kv.seen.type("hello")
        await kv.seen.press("tab")
        await kv.seen.type("1h")
        await kv.seen.press("ctrl+s")
        await agree(kv)
        await kv.until("users.bob is saved as revision 2")
        assert await kv.value("users.bob") == b"hello"
        stored = await kv.js.get_last_msg("KV_config", "$KV.config.users.bob")
        assert (stored.headers or {})["Nats-TTL"] == "1h"


async def test_delete_revert_and_purge(js_server: NatsServer) -> None:
    async with kv_explorer(js_server) as kv:
        await kv.bucket.put("a", b"one")
        await kv.bucket.put("a", b"two")
        await kv.open_key("a")
        await kv.until("2 revisions")
        await kv.seen.press("D")
        await agree(kv)
        await kv.until("a is deleted", "DEL", "3 revisions")
        await kv.seen.press("G", "V")
        await agree(kv)
        await kv.until("4 revisions")
        assert await kv.value("a") == b"one"
        await kv.seen.press("P")
        await agree(kv, "a", "enter")
        await kv.until("a is purged", "1 revision of")
        entries = await kv.bucket.history("a")
        assert [entry.operation for entry in entries] == ["PURGE"]


async def test_what_changed_after_it_was_seen_is_not_deleted(js_server: NatsServer) -> None:
    async with kv_explorer(js_server) as kv:
        await kv.bucket.put("a", b"one")
        await kv.open_key("a")
        await kv.seen.press("D")
        await eventually(lambda: isinstance(kv.seen.app.screen, ConfirmDialog), "the question")
        await kv.bucket.put("a", b"theirs")
        await kv.seen.press("y")
        await kv.until("changed meanwhile: nothing was done")
        assert await kv.value("a") == b"theirs"


async def test_bytes_are_edited_as_hex(js_server: NatsServer) -> None:
    async with kv_explorer(js_server) as kv:
        await kv.bucket.put("a", b"\xff\x00")
        await kv.open_key("a")
        await kv.until("payload as hex")
        await kv.seen.press("i")
        await kv.until("bytes as hex digits", "ff 00")
        await kv.seen.type("0g ")
        await kv.seen.press("ctrl+s")
        await kv.until("line 1 is not pairs of hexadecimal digits")
        await kv.seen.press("backspace", "backspace", "1", "space", "ctrl+s")
        await agree(kv)
        await kv.until("is saved as revision 2")
        assert await kv.value("a") == b"\x01\xff\x00"


async def test_what_cannot_be_edited_here_says_where(js_server: NatsServer) -> None:
    async with kv_explorer(js_server) as kv:
        await kv.bucket.put("a", b"x" * 100_000)
        await kv.open_key("a")
        await kv.seen.press("i")
        await kv.until("too large to be edited here: E opens it")


async def test_read_only_is_greyed_out_and_refused(js_server: NatsServer) -> None:
    async with kv_explorer(js_server, read_only=True) as kv:
        await kv.bucket.put("a", b"one")
        await kv.open_key("a")
        level = kv.seen.app.screen.focused
        assert level is not None
        active = kv.seen.app.screen.active_bindings
        assert not any(active[key].enabled for key in ("i", "E", "D", "P", "V"))
        await kv.seen.press("i", "D", "P", "V")
        assert path("KV", "config", "a") in kv.seen.text
        assert kv.seen.app.session.guard.writes == 0


# Files


async def test_export_and_import(js_server: NatsServer, tmp_path: Path) -> None:
    async with kv_explorer(js_server) as kv:
        await kv.bucket.put("a", b"one")
        await kv.bucket.put("b", b"two")
        await kv.open("x")
        file_path = tmp_path / "out.ndjson"
        await kv.seen.press("ctrl+u")
        await kv.seen.type(str(file_path))
        await kv.seen.press("enter")
        await kv.until("exported 2 keys")
        lines = [json.loads(line) for line in file_path.read_text().splitlines()]
        assert [(line["key"], line["value"]) for line in lines] == [("a", "one"), ("b", "two")]
        await kv.bucket.put("b", b"three")
        with file_path.open("a") as file:
            file.write('{"key": "c", "value": "new"}\nnothing\n')
        await kv.seen.press("I")
        await kv.seen.type(str(file_path))
        await kv.seen.press("enter")
        await kv.until("1 create", "1 change", "1 same", "1 invalid", "not a JSON object")
        assert kv.seen.app.session.guard.writes == 0
        await kv.seen.press("A")
        await agree(kv)
        await kv.until("2 of 2 keys imported into config", "revision 4", "revision 5")
        assert await kv.value("b") == b"two"


async def test_a_bucket_is_created_and_deleted(js_server: NatsServer) -> None:
    async with kv_explorer(js_server) as kv:
        await kv.seen.press("4")
        await kv.until("config")
        await kv.seen.press("C")
        await kv.seen.type("carts history=x")
        await kv.seen.press("enter")
        await kv.until("history is a number")
        await kv.seen.press("backspace", "3", "enter")
        await agree(kv)
        await kv.until("bucket carts is created", "2 buckets")
        await kv.until("carts")
        await kv.seen.press("g", "D")
        await agree(kv, *"KV_carts", "enter")
        await kv.until("1 bucket")
        assert await kv.js.key_value_names() == ["config"]


# States


async def test_what_there_is_to_do_without_buckets_server_or_permission(
    server_factory: ServerFactory,
) -> None:
    async with explorer() as seen:
        await seen.press("4")
        assert "Not connected." in seen.text
    server = server_factory(
        """
        authorization { users = [
          { user: reader, password: pw, permissions: { publish: { deny: "*.*.STREAM.LIST" } } }
        ] }
        no_auth_user: reader
        """,
        jetstream=True,
    )
    async with explorer(settings=Settings(servers=(server.url,))) as seen:
        session = seen.app.session
        session.open()
        await eventually(lambda: session.is_connected, "connected")
        await seen.press("4")

        async def said() -> bool:
            await seen.frame()
            return "$JS.API.STREAM.LIST" in seen.text and "asks again" in seen.text

        condition: Condition = said
        await eventually(condition, "the subject", last_seen=lambda: seen.text)
        await session.close()


async def test_it_goes_on_after_a_reconnect(js_server: NatsServer) -> None:
    async with kv_explorer(js_server) as kv:
        await kv.bucket.put("a", b"one")
        await kv.open()
        await kv.until("one")
        js_server.kill()
        await kv.until("waiting for a server")
        assert "one" in kv.seen.text
        js_server.start()
        await kv.until("live, resumed")

        async def written() -> bool:
            return await kv.bucket.put("a", b"two") > 0

        await eventually(lambda: kv.seen.app.session.is_connected, "connected")
        condition: Condition = written
        await eventually(condition, "written")
        await kv.until("two")


async def test_help_and_palette_know_the_pane(js_server: NatsServer) -> None:
    async with kv_explorer(js_server, size=(120, 60)) as kv:
        await kv.bucket.put("a", b"one")
        await kv.open_key("a")
        await kv.seen.press("question_mark")
        await kv.until("COMPARING", "Revert to this revision", "key.revert")
        await kv.seen.press("escape", "colon")
        await kv.seen.type("revert")
        await kv.until("Revert to this revision")


async def test_hostile_values_are_drawn_and_nothing_more(js_server: NatsServer) -> None:
    async with kv_explorer(js_server) as kv:
        for number, message in enumerate(MESSAGES):
            await kv.bucket.put(f"k{number:02}", message.payload[:100_000])
        await kv.open()
        await kv.until("k00")
        pane = kv.seen.app.pane
        assert isinstance(pane, KvPane)
        keys = pane.level
        assert isinstance(keys, KeysLevel)
        for number in range(0, len(MESSAGES), 6):
            keys.table.go_to(number)

            async def looked_at() -> bool:
                await kv.seen.frame()
                return not keys.kv.looks.missing(keys.table.keys_in_view())

            condition: Condition = looked_at
            await eventually(condition, "looked at")
            check(kv.seen)
            await kv.seen.press("enter")
            await kv.until(path("", f"k{number:02}"), "revision ")
            check(kv.seen)
            await kv.seen.press("escape")
