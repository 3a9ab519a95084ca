"""The Objects pane: what buckets hold, bytes there and back, and changes over nobody's work."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.widgets import TextArea

from natstui.client import connect
from natstui.client.js import api
from natstui.client.js.errors import NotFoundError
from natstui.client.js.object_info import encode_info, info_subject
from natstui.model import object_upload
from natstui.model.object_transfers import Transfer
from natstui.model.object_upload import new_info
from natstui.model.rates import Rate
from natstui.model.settings import Settings
from natstui.ui import object_buckets, object_detail, object_kept, object_list
from natstui.ui.object_list import ObjectsLevel
from natstui.ui.objects import ObjectsPane
from tests.conftest import ServerFactory
from tests.support.hostile import FORBIDDEN, MESSAGES
from tests.support.server import NatsServer
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer, explorer
from tests.ui.objects import ObjectsExplorer, files, objects_explorer


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits a second for the next look."""
    monkeypatch.setattr(object_buckets, "LOAD_EVERY", 0.05)
    monkeypatch.setattr(object_list, "LOAD_EVERY", 0.05)
    monkeypatch.setattr(object_detail, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(object_kept, "LOAD_EVERY", 0.05)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the explorer was started."""
    path = tmp_path / "here"
    path.mkdir()
    monkeypatch.chdir(path)
    return path


def check(seen: Explorer) -> None:
    """Nothing but text is on the screen, and the frame around it is where it was."""
    lines = seen.lines
    width, height = seen.app.size
    assert len(lines) == height
    for line in lines:
        assert not FORBIDDEN & set(line), repr(line)
        assert cell_len(line) <= width
    assert lines[0].startswith("▌127.0.0.1:")
    assert lines[-1].lstrip()


def large(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that takes a while, in very many chunks."""
    monkeypatch.setattr(object_upload, "CHUNK", 1024)
    with path.open("wb") as file:
        file.truncate(48 * 1024 * 1024)


# Looking


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_from_buckets_to_all_that_is_known_of_an_object_and_back(
    js_server: NatsServer, size: tuple[int, int]
) -> None:
    async with objects_explorer(js_server, size=size) as objects:
        meta = api.ObjectMeta(
            description="the logo", headers={"Content-Type": "image/svg"}, metadata={"by": "ada"}
        )
        logo = await objects.store.put("img/logo.svg", b"x" * 300_000, meta)
        await objects.store.add_link("latest", logo)
        await objects.store.put("old", b"x")
        await objects.store.delete("old")
        await objects.open()
        await objects.until("img/logo.svg", "293 K", "latest → assets/img/logo.s", "3 entries")
        assert "DEL" in objects.seen.line_with(" old ")
        await objects.seen.press("enter")
        await objects.until("all 3 of its chunks", "Content-Type", "image/svg", "by  ada")
        await objects.until("293 KiB  (300,000 bytes)", str(logo.digest), "the logo")
        assert "consumers 0 · acks 0 · writes 0" in objects.seen.text
        await objects.seen.press("escape", "1", "5")
        await objects.until("▌   img/logo.svg")
        await objects.seen.press("escape")
        await objects.until("1 bucket")


async def test_chunks_and_infos_are_shown_as_the_messages_that_they_are(
    js_server: NatsServer,
) -> None:
    async with objects_explorer(js_server) as objects:
        info = await objects.store.put("a", b"x" * 200_000)
        await objects.open("enter", "b")
        await objects.until(f"$O.assets.C.{info.nuid}", "2 of 1..3")
        await objects.seen.press("escape", "m")
        await objects.until("3 of 1..3", '{"name":"a"')


async def test_a_link_to_a_bucket_opens_it(js_server: NatsServer) -> None:
    async with objects_explorer(js_server) as objects:
        other = await objects.js.create_object_store(bucket="other")
        await other.put("inside", b"x")
        await objects.store.add_bucket_link("all", other)
        await objects.open()
        await objects.until("all → other/")
        await objects.seen.press("enter")
        await objects.until("inside")
        await objects.seen.press("escape")
        await objects.js.delete_object_store("other")
        await objects.seen.press("enter")
        await objects.until("stream not found")


async def test_changes_of_others_appear_by_themselves(js_server: NatsServer) -> None:
    async with objects_explorer(js_server) as objects:
        await objects.open()
        await objects.until("The bucket is empty.", "uploads a file")
        await objects.store.put("a", b"12345")
        await objects.until("▌●  a", "5 B", "changes 1")
        await objects.seen.press("slash")
        await objects.seen.type("-object")
        await objects.until("No object matches the filter.")
        await objects.seen.press("enter", "escape")
        await objects.store.delete("a")
        await objects.until("DEL")


# Bytes


async def test_a_file_goes_up_and_comes_down(js_server: NatsServer, folder: Path) -> None:
    data = bytes(range(256)) * 2_000
    (folder / "source.bin").write_bytes(data)
    async with objects_explorer(js_server, size=(120, 30)) as objects:
        await objects.open("u")
        await objects.answer("upload into assets the file", "source.bin")
        await objects.until("as the object", "source.bin")
        await objects.seen.press("enter")
        await objects.until("It is new: nothing is replaced.", "512,000 bytes")
        await objects.agree()
        await objects.until("source.bin is in assets: 512,000 bytes")
        assert await objects.data("source.bin") == data
        await objects.until("500 K")
        await objects.seen.press("d")
        await objects.until("into the new file source-2.bin")
        await objects.seen.press("enter")
        await objects.until("source.bin is in source-2.bin")
        assert files(folder) == ["source-2.bin", "source.bin"]
        assert (folder / "source-2.bin").read_bytes() == data
        await objects.seen.press("v")
        await objects.until("source.bin was read, 512,000 bytes")
        await objects.seen.press("T")
        await objects.until("0 running", "assets/source.bin", "✓", "500 K of 500 K")
        assert len([line for line in objects.seen.lines if "✓" in line]) == 3
        assert "consumers 0" in objects.seen.text
        await objects.seen.press("x")
        await objects.until("Nothing was transferred yet.")


async def test_an_object_is_replaced_after_a_question_and_comes_back(
    js_server: NatsServer, folder: Path
) -> None:
    (folder / "a").write_bytes(b"after")
    async with objects_explorer(js_server, size=(120, 30)) as objects:
        await objects.store.put("a", b"before")
        await objects.open()
        await objects.until("6 B")
        await objects.seen.press("enter", "u")
        await objects.answer("the file", "a")
        await objects.until("as the object")
        await objects.seen.press("enter")
        await objects.until("The object is replaced, 6 B of", "saved in the journal")
        await objects.agree()
        await objects.until("a is in assets: 5 bytes")
        assert await objects.data("a") == b"after"
        await objects.seen.press("U")
        await objects.until("put object a in bucket")
        await objects.seen.press("enter")
        await objects.agree()
        await objects.until("a is back, 6 bytes")
        assert await objects.data("a") == b"before"


async def test_what_cannot_be_is_said_where_it_is_typed(
    js_server: NatsServer, folder: Path
) -> None:
    (folder / "there").write_bytes(b"mine")
    async with objects_explorer(js_server, size=(120, 30)) as objects:
        await objects.store.put("../../etc/[/x]\x1b passwd", b"x")
        await objects.open("u")
        for text, problem in {
            "missing": "there is no such file",
            "nowhere/missing": "there is no such folder",
            ".": "that is a folder: name a file in it",
            "/dev/null": "that is no regular file",
        }.items():
            await objects.answer("upload into", text)
            await objects.until(problem)
        await objects.seen.press("escape", "d")
        await objects.until("into the new file x__ passwd")
        for text, problem in {
            "there": "that file exists, and nothing is overwritten",
            "nowhere/file": "there is no such folder",
            ".": "that is a folder: add a file name to it",
        }.items():
            await objects.answer("into the new file", text)
            await objects.until(problem)
        await objects.seen.press("escape")
        assert files(folder) == ["there"]


async def test_a_transfer_is_ended_where_it_is_shown(
    js_server: NatsServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large(folder / "large", monkeypatch)
    async with objects_explorer(js_server, size=(120, 30)) as objects:
        await objects.open("u")
        await objects.answer("the file", "large")
        await objects.until("as the object")
        await objects.seen.press("enter")
        await objects.agree()
        transfers = objects.seen.app.desk.transfers
        await eventually(lambda: any(each.done for each in transfers.running), "under way")
        js_server.pause()
        (transfer,) = transfers.running
        await objects.seen.press("T")
        await objects.until("↑  assets/large")
        await objects.seen.press("ctrl+x")
        js_server.resume()
        await objects.until("nothing of it is left in assets")
        assert transfer.state == "cancelled"
        with pytest.raises(NotFoundError):
            await objects.store.get_info("large")


async def test_a_transfer_that_stands_still_is_shown_to(js_server: NatsServer) -> None:
    async with objects_explorer(js_server, size=(120, 30)) as objects:
        transfer = Transfer("up", "assets", "large", total=200)
        transfer.rate = Rate(window=0.01)
        transfer.advance(0)
        transfer.advance(100)
        rows = objects.seen.app.desk.transfers.rows
        rows.set_items([transfer])
        await objects.open()
        await objects.until("1 transfer 50% 0 B/s")
        js_server.kill()
        await objects.until("1 transfer 50% waits for a server")
        await objects.seen.press("T")
        await objects.until("uploading large: goes on once there is a server")
        await objects.seen.press("ctrl+x")
        await objects.until("uploading large: ended, removes what was sent once there is")
        rows.set_items([])


# Changing


async def test_an_object_is_deleted_by_its_name_and_restored(js_server: NatsServer) -> None:
    async with objects_explorer(js_server, size=(120, 30)) as objects:
        await objects.store.put("a", b"bytes", api.ObjectMeta(description="kept"))
        await objects.open()
        await objects.until("5 B")
        await objects.seen.press("D")
        await objects.until("Its 5 B go", "type a to delete it")
        await objects.agree("a")
        await objects.until("DEL", "a is deleted; U restores it")
        await objects.seen.press("U")
        await objects.until("delete object a in buck")
        await objects.seen.press("enter")
        await objects.agree()
        await objects.until("a is back, 5 bytes")
        got = await objects.store.get("a")
        assert (got.data, got.info.description) == (b"bytes", "kept")


async def test_what_is_said_of_an_object_is_edited_and_restored(js_server: NatsServer) -> None:
    async with objects_explorer(js_server, size=(120, 30)) as objects:
        await objects.store.put("a", b"bytes", api.ObjectMeta(description="before"))
        await objects.open()
        await objects.until("5 B")
        await objects.seen.press("E")
        await objects.until('"description": "before"')
        area = objects.seen.app.screen.query_one(TextArea)
        area.text = '{"name": "b", "description": "after", "metadata": {"k": 1}}'
        await objects.seen.press("ctrl+s")
        await objects.until("metadata are texts by name")
        area.text = '{"name": "b", "description": "after", "headers": {"K": "v"}}'
        await objects.seen.press("ctrl+s")
        await objects.until("- before", "+ after", "- a", "+ b")
        await objects.agree()
        await objects.until("b is saved")
        info = await objects.store.get_info("b")
        assert (info.description, str(info.headers)) == ("after", "Headers({'K': 'v'})")
        assert await objects.data("b") == b"bytes"
        await objects.seen.press("U", "enter")
        await objects.agree()
        await objects.until("a is described as it was")
        assert (await objects.store.get("a")).info.description == "before"


async def test_links_are_made_here_and_elsewhere(js_server: NatsServer) -> None:
    async with objects_explorer(js_server) as objects:
        other = await objects.js.create_object_store(bucket="other")
        await objects.store.put("a", b"bytes")
        await objects.open()
        await objects.until("5 B")
        await objects.seen.press("l")
        await objects.answer("link to a, in the bucket", "other")
        await objects.answer("named, in other", "theirs")
        await objects.until("It stands for assets/a")
        await objects.agree()
        await objects.until("theirs in other is a link to assets/a")
        assert (await other.get("theirs")).data == b"bytes"
        await objects.seen.press("B")
        await objects.answer("link to the whole bucket", "other")
        await objects.answer("named, in assets", "a")
        await objects.until("there is an object a already")
        await objects.seen.press("B")
        await objects.answer("link to the whole bucket", "other")
        await objects.answer("named, in assets", "all")
        await objects.agree()
        await objects.until("all → other/")


async def test_chunks_of_nobody_are_found_and_removed(js_server: NatsServer) -> None:
    async with objects_explorer(js_server) as objects:
        await objects.store.put("a", b"x" * 300_000)
        await objects.js.publish("$O.assets.C.orphan", b"left")
        await objects.open("K")
        await objects.until("nothing refers to them", "1 of nobody")
        await objects.seen.press("P")
        await objects.until("orphan  newest chunk", "type assets to remove them")
        await objects.agree("assets")
        await objects.gone("nothing refers to them")
        assert (await objects.data("a")) == b"x" * 300_000


async def test_a_bucket_is_made_sealed_and_deleted(js_server: NatsServer) -> None:
    async with objects_explorer(js_server) as objects:
        await objects.seen.press("5")
        await objects.until("assets")
        await objects.seen.press("C")
        await objects.answer("create bucket", "new max=1MiB history=5")
        await objects.until("history? ttl max storage replicas")
        await objects.answer("new max=1MiB history=5", "new max=1MiB ttl=1h")
        await objects.until("A stream is made for it: OBJ_new")
        await objects.agree()
        await objects.until("bucket new is created", "1.0 M", "2 buckets")
        await objects.seen.press("j", "L")
        await objects.until("There is no way back")
        await objects.agree("OBJ_new")
        await objects.until("sealed")
        await objects.seen.press("enter")
        await objects.until("The bucket is empty.", "sealed")
        await objects.seen.press("u")
        await objects.until("is sealed: nothing in it can be changed")
        await objects.seen.press("escape", "D")
        await objects.until("It is the bucket of objects new.")
        await objects.agree("OBJ_new")
        await objects.until("1 bucket")


async def test_read_only_reads_and_changes_nothing(js_server: NatsServer, folder: Path) -> None:
    async with objects_explorer(js_server, size=(120, 30), read_only=True) as objects:
        await objects.store.put("a", b"bytes")
        await objects.open()
        await objects.until("5 B")
        await objects.seen.press("u", "D", "E", "l", "B")
        assert "into assets the file" not in objects.seen.text
        await objects.seen.press("d")
        await objects.until("into the new file a")
        await objects.seen.press("enter")
        await objects.until("its digest is right")
        assert (folder / "a").read_bytes() == b"bytes"
        assert "consumers 0 · acks 0 · writes 0" in objects.seen.text


async def test_leaving_with_a_transfer_asks_first(
    js_server: NatsServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large(folder / "large", monkeypatch)
    async with objects_explorer(js_server, size=(120, 30)) as objects:
        await objects.open("u")
        await objects.answer("the file", "large")
        await objects.until("as the object")
        await objects.seen.press("enter")
        await objects.agree()
        transfers = objects.seen.app.desk.transfers
        await eventually(lambda: any(each.done for each in transfers.running), "under way")
        js_server.pause()
        await objects.seen.press("q")
        await objects.until("uploading large", "They end")
        await objects.seen.press("n")
        await objects.gone("They end")
        js_server.resume()
        (said,) = await objects.seen.app.desk.transfers.stop()
        assert said.endswith("nothing of it is left in assets")


# What may come


async def test_no_words_reach_the_screen_as_anything_but_text(js_server: NatsServer) -> None:
    async with objects_explorer(js_server, size=(120, 24)) as objects:
        for number, message in enumerate(MESSAGES):
            words = message.payload[:20_000].decode("utf-8", "replace")
            info = new_info("assets", f"{number:02} {words[:400]}")
            info.description, info.metadata = words, {words[:500]: words}
            await objects.js.publish(info_subject("assets", info.name), encode_info(info))
            if number % 6 == 0:
                await objects.js.publish(f"$O.assets.M.{number}", message.payload[:900_000])
        await objects.open()
        await objects.until("entries")
        level = objects.seen.app.pane.query_one(ObjectsLevel)
        await eventually(lambda: len(level.objects.rows) > len(MESSAGES), "listed")
        for row in range(len(level.objects.rows)):
            level.table.go_to(row)
            await objects.seen.frame()
            check(objects.seen)
        await objects.seen.press("enter")
        check(objects.seen)


async def test_without_permission_the_subject_is_named(server_factory: ServerFactory) -> None:
    server = server_factory(
        """
        authorization { users: [ { user: a, password: b, permissions: { publish: {
            deny: ["$JS.API.STREAM.INFO.OBJ_assets"] } } }, { user: all, password: b } ] }
        """,
        jetstream=True,
    )
    url = server.url.replace("//", "//all:b@")
    mine = Settings(servers=(server.url.replace("//", "//a:b@"),))
    async with explorer(settings=mine) as seen:
        session = seen.app.session
        session.open()
        await eventually(lambda: session.is_connected, "connected")
        async with await connect(url) as client:
            store = await client.jetstream().create_object_store(bucket="assets")
            objects = ObjectsExplorer(seen, client.jetstream(), store)
            await seen.press("5")
            await objects.until("assets")
            await seen.press("enter")
            await objects.until("$JS.API.STREAM.INFO.OBJ_assets")
        await session.close()


async def test_a_restart_is_lived_through(js_server: NatsServer) -> None:
    async with objects_explorer(js_server) as objects:
        await objects.store.put("a", b"bytes")
        await objects.open()
        await objects.until("5 B")
        js_server.restart()
        await objects.until("live, resumed", "5 B")


async def test_the_help_is_about_where_one_is(js_server: NatsServer) -> None:
    async with objects_explorer(js_server) as objects:
        await objects.store.put("a", b"x")
        await objects.open("question_mark")
        await objects.seen.press("G")
        assert "what the bucket keeps, chunks of nobody too" in objects.seen.text
        await objects.seen.press("escape", "T", "question_mark", "G")
        assert "forget those that have ended" in objects.seen.text
        assert ObjectsPane.KEY == "5"
