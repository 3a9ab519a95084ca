"""The KV pane where things go wrong: bad input, conflicts upon conflicts, what may not be done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from natstui.client import connect
from natstui.model.settings import Settings
from natstui.ui import kv_buckets, kv_editor, kv_key, kv_keys, kv_merge
from natstui.ui.confirm import ConfirmDialog
from tests.conftest import ServerFactory
from tests.support.server import NatsServer
from tests.support.waiting import eventually
from tests.ui.explorer import explorer
from tests.ui.kv import Condition, KvExplorer, kv_explorer, path


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits a second for the next look."""
    monkeypatch.setattr(kv_buckets, "LOAD_EVERY", 0.05)
    monkeypatch.setattr(kv_keys, "LOAD_EVERY", 0.05)
    for module in (kv_key, kv_editor, kv_merge):
        monkeypatch.setattr(module, "LOOK_EVERY", 0.05)


async def agree(kv: KvExplorer) -> None:
    app = kv.seen.app
    await eventually(lambda: isinstance(app.screen, ConfirmDialog), "the question")
    await kv.seen.press("y")


async def test_what_is_typed_is_judged_where_it_is_typed(js_server: NatsServer) -> None:
    async with kv_explorer(js_server) as kv:
        await kv.bucket.put("a", b'{"x":1}')
        await kv.open_key("a")
        await kv.seen.press("i")
        await kv.until(path("config", "a", "edit"), "ctrl+s saves")
        await kv.seen.press("x")
        await kv.until("It was JSON, and is none any more: line 1, column 1: Expecting value")
        await kv.seen.press("tab", "s", "o", "o", "n")
        await kv.until("soon", "a lifetime is like 30s")
        await kv.seen.press("ctrl+s")
        assert not isinstance(kv.seen.app.screen, ConfirmDialog)
        await kv.seen.press("ctrl+u", "9", "0", "s")
        await kv.gone("a lifetime is like")
        await kv.seen.press("ctrl+s")
        await eventually(lambda: isinstance(kv.seen.app.screen, ConfirmDialog), "the question")
        await kv.until("It was JSON, and is none any more", "90s", "esc no  y yes")
        await kv.seen.press("escape", "shift+tab", "backspace")
        await kv.gone("It was JSON")
        await kv.seen.type("\x1b")
        await kv.until("it has control characters, which cannot be seen here")
        assert kv.seen.app.session.guard.writes == 0


async def test_out_of_a_merge_and_in_again_nothing_of_theirs_is_lost(
    js_server: NatsServer,
) -> None:
    async with kv_explorer(js_server) as kv:
        await kv.bucket.put("a", b'{"x":1,"y":1}')
        await kv.open_key("a")
        await kv.seen.press("i")
        await kv.until("ctrl+s saves")
        await kv.seen.press(*["right"] * 5, "2")
        await kv.bucket.put("a", b'{"x":1,"y":2}')
        await kv.seen.press("ctrl+s")
        await agree(kv)
        await kv.until("nothing left to decide", "theirs is revision 2", '+   "x": 21,')
        await kv.bucket.put("a", b'{"x":3,"y":2}')
        await kv.until("it changed again")
        await kv.seen.press("ctrl+s")
        await kv.until("1 conflict to decide", "theirs is revision 3")
        await kv.seen.press("escape")
        await kv.until("changed under you: it has a new value, revision 3")
        await kv.seen.press("ctrl+s")
        await agree(kv)
        await kv.until("1 conflict to decide")
        await kv.seen.press("o")
        await kv.until("base", '-   "x": 3,', '+   "x": 1,')
        await kv.seen.press("m", "enter", "escape", "ctrl+s")
        await kv.until("is saved as revision 4")
        assert await kv.value("a") == b'{"x":21,"y":2}'


async def test_a_long_question_leaves_its_keys_in_sight(js_server: NatsServer) -> None:
    async with kv_explorer(js_server) as kv:
        await kv.bucket.put("a", b"\n".join(b"line %d" % number for number in range(60)))
        await kv.open_key("a")
        await kv.seen.press("i")
        await kv.until("ctrl+s saves")
        await kv.seen.press("ctrl+a")
        await kv.seen.type("\n".join(f"other {number}" for number in range(60)))
        await kv.seen.press("ctrl+s")
        await kv.until("Save a in bucket config", "- line 0", "esc no  y yes")


async def test_read_only_greys_out_what_writes_on_every_level(
    js_server: NatsServer, tmp_path: Path
) -> None:
    file_path = tmp_path / "in.ndjson"
    file_path.write_text('{"key": "a", "value": "x"}\n')
    async with kv_explorer(js_server, read_only=True) as kv:
        await kv.bucket.put("a", b"one")

        async def refused(keys: str) -> None:
            active = kv.seen.app.screen.active_bindings
            assert {key: active[key].enabled for key in keys} == dict.fromkeys(keys, False)
            shown = kv.seen.text.splitlines()[2]
            await kv.seen.press(*keys)
            assert kv.seen.text.splitlines()[2] == shown
            assert not isinstance(kv.seen.app.screen, ConfirmDialog)

        await kv.seen.press("4")
        await kv.until("config")
        await refused("CD")
        await kv.seen.press("enter")
        await kv.until("one")
        await refused("iECDPI")
        await kv.seen.press("enter")
        await kv.until("revision 1")
        await refused("iEDPV")
        assert kv.seen.app.session.guard.writes == 0


async def test_every_change_leaves_a_line_and_what_went_is_in_the_journal(
    js_server: NatsServer, tmp_path: Path
) -> None:
    file_path = tmp_path / "in.ndjson"
    file_path.write_text('{"key": "b", "value": "x"}\n')
    async with kv_explorer(js_server, history=1) as kv:
        await kv.bucket.put("a", b"one")
        await kv.open_key("a")
        await kv.seen.press("i")
        await kv.until("ctrl+s saves")
        await kv.seen.press("x", "ctrl+s")
        await agree(kv)
        await kv.until("is saved as revision 2")
        await kv.seen.press("D")
        await agree(kv)
        await kv.until("a is deleted")
        await kv.seen.press("escape", "I")
        await kv.until("import into")
        await kv.seen.type(str(file_path))
        await kv.seen.press("enter")
        await kv.until("1 create")
        await kv.seen.press("C")
        await agree(kv)
        await kv.until("1 of 1 keys imported")
        journal = kv.seen.app.writer.journal
        lines = map(json.loads, (journal.folder / "audit.ndjson").read_text().splitlines())
        assert [(line["what"], line["result"], bool(line["journal"])) for line in lines] == [
            ("update a in bucket config", "done", True),
            ("delete a in bucket config", "done", True),
            ("import b into bucket config", "done", False),
        ]


async def test_a_missing_permission_is_named_beside_what_can_be_seen(
    server_factory: ServerFactory,
) -> None:
    server = server_factory(
        """
        authorization { users = [
          { user: admin, password: pw }
          { user: reader, password: pw, permissions: { publish: {
              deny: ["*.*.DIRECT.GET.>", "*.*.STREAM.MSG.GET.>"] } } }
        ] }
        """,
        jetstream=True,
    )
    address = server.url.removeprefix("nats://")
    async with await connect(f"nats://admin:pw@{address}") as client:
        bucket = await client.jetstream().create_key_value(bucket="config")
        await bucket.put("a", b"one")
    settings = Settings(servers=(f"nats://reader:pw@{address}",))
    async with explorer(settings=settings) as seen:
        session = seen.app.session
        session.open()
        await eventually(lambda: session.is_connected, "connected")
        await seen.press("4")

        async def until(text: str) -> None:
            async def said() -> bool:
                await seen.frame()
                return text in seen.text

            condition: Condition = said
            await eventually(condition, text, last_seen=lambda: seen.text)

        await until("1 bucket")
        await seen.press("enter")
        await until('may not publish to "$JS.API.STREAM.MSG.GET.KV_config"')
        assert "1 key · history 1" in seen.text
        await session.close()
