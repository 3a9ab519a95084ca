"""Bytes into a bucket and out of it: all of them or none, through whatever happens on the way."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from natstui.client import connect
from natstui.client.errors import PublishRefusedError
from natstui.client.js import api
from natstui.client.js.errors import APIError, DigestMismatchError
from natstui.client.js.object_info import encode_info, info_subject
from natstui.model import object_upload
from natstui.model.object_chunks import LinkNowhereError, TransferError
from natstui.model.object_download import download, verify
from natstui.model.object_transfers import AT_ONCE, Transfer, Transfers
from natstui.model.object_upload import ConflictError, Upload
from natstui.model.object_writing import delete
from natstui.model.restoring import RESTORERS
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.work import Work
from tests.support.objects import ObjectBench
from tests.support.server import NatsServer
from tests.support.waiting import eventually

MIB = 1024 * 1024


def noise(size: int, seed: int = 0) -> bytes:
    """Bytes of which no two chunks are the same."""
    return hashlib.shake_256(b"%d" % seed).digest(size)


@pytest.fixture
async def bench(js_server: NatsServer, tmp_path: Path) -> AsyncIterator[ObjectBench]:
    client = await connect(js_server.url, reconnect_time_wait=0.05, max_reconnect_attempts=-1)
    options = {"reconnect_time_wait": 0.05}
    session = Session(Settings(servers=(js_server.url,), timeout=2, connect_options=options))
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    store = await client.jetstream().create_object_store(bucket="assets")
    yield ObjectBench(client, session, store, tmp_path)
    await session.close()
    await client.close()


def sent(upload: Upload, size: int) -> bool:
    return upload.work.done > size


# There and back


@pytest.mark.parametrize("size", [0, 1, 128 * 1024, 128 * 1024 + 1, 5 * MIB])
async def test_what_is_uploaded_is_what_others_get_and_what_is_downloaded(
    bench: ObjectBench, size: int
) -> None:
    data = noise(size)
    info = await bench.upload("a", bench.file(data)).run()
    got = await bench.store.get("a")
    assert got.data == data
    assert (got.info.size, got.info.digest) == (size, info.digest)
    assert (await bench.download("a")).read_bytes() == data
    assert bench.session.guard.consumers == 0
    assert sum((await bench.chunk_subjects()).values()) == -(-size // (128 * 1024))
    assert "put object a in bucket assets" in bench.audit


async def test_what_other_programs_put_is_read(bench: ObjectBench) -> None:
    options = api.ObjectMetaOptions(max_chunk_size=900_000)
    await bench.store.put("a", noise(4 * MIB), api.ObjectMeta(options=options))
    assert (await bench.download("a")).read_bytes() == noise(4 * MIB)


async def test_an_object_is_replaced_and_comes_back(bench: ObjectBench) -> None:
    meta = api.ObjectMeta(description="the first", headers={"K": ["a", "b"]})
    await bench.store.put("a", b"before", meta)
    before = await bench.entry("a")
    await bench.upload("a", bench.file(b"after"), over=before).run()
    now = await bench.entry("a")
    assert (await bench.store.get("a")).data == b"after"
    assert now.description == "the first"
    assert now.info is not None
    assert str(now.info.headers) == "Headers({'K': ['a', 'b']})"
    assert list(await bench.chunk_subjects()) == [now.chunk_subject]
    (saved,) = bench.writer.journal.entries()
    said = await RESTORERS[saved.kind](bench.writer, saved, Work("restoring"))
    assert said == "a is back, 6 bytes"
    assert (await bench.store.get("a")).data == b"before"
    with pytest.raises(ValueError, match="was written to since"):
        await RESTORERS[saved.kind](bench.writer, saved, Work("restoring"))


async def test_a_link_that_was_replaced_comes_back(bench: ObjectBench) -> None:
    target = await bench.store.put("a", b"bytes")
    await bench.store.add_link("b", target)
    await bench.upload("b", bench.file(b"other"), over=await bench.entry("b")).run()
    assert (await bench.store.get("b")).data == b"other"
    (saved,) = bench.writer.journal.entries()
    said = await RESTORERS[saved.kind](bench.writer, saved, Work("restoring"))
    assert said == "the link b is back"
    assert (await bench.store.get("b")).data == b"bytes"
    assert len(await bench.chunk_subjects()) == 1


async def test_chunks_that_another_info_refers_to_stay(bench: ObjectBench) -> None:
    info = await bench.store.put("a", b"bytes")
    info.name = "b"
    js = bench.client.jetstream()
    await js.publish(info_subject("assets", "b"), encode_info(info))
    await bench.objects.load()
    entry = await bench.entry("b")
    shared = bench.objects.shares_chunks(entry)
    await delete(bench.writer, entry, Work("deleting"), chunks_are_shared=shared)
    assert (await bench.store.get("a")).data == b"bytes"
    await bench.objects.load()
    assert not bench.objects.shares_chunks(await bench.entry("a"))


async def test_nobody_is_written_over(bench: ObjectBench) -> None:
    theirs = noise(3 * MIB, 1)
    upload = bench.upload("a", bench.file(noise(MIB)))
    await bench.store.put("a", theirs)
    with pytest.raises(ConflictError, match="somebody else wrote to a"):
        await upload.run()
    assert upload.aftermath == "nothing of it is left in assets"
    assert (await bench.store.get("a")).data == theirs
    assert len(await bench.chunk_subjects()) == 1


# Faults


async def test_an_upload_survives_a_server_that_is_killed_twice(
    bench: ObjectBench, js_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_upload, "CHUNK", 1024)
    data = noise(8 * MIB)
    upload = bench.upload("a", bench.file(data))
    running = asyncio.create_task(upload.run())
    for number in (1, 2):
        await eventually(partial(sent, upload, number * 2 * MIB), "in the middle")
        js_server.kill()
        await eventually(lambda: upload.work.note == "waits for a server", "noticed")
        assert not running.done()
        js_server.start()
    info = await running
    assert info.digest == upload.put.meta.digest
    await eventually(lambda: bench.client.is_connected, "the other one is back")
    assert (await bench.store.get("a")).data == data
    assert await bench.chunk_subjects() == {upload.subject: info.chunks}


async def test_chunks_that_a_killed_server_lost_are_sent_again(
    bench: ObjectBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_upload, "CHUNK", 16 * 1024)
    data = noise(MIB)
    upload = bench.upload("a", bench.file(data))
    js, look = bench.client.jetstream(), upload._look_what_is_stored
    count = upload._count

    async def lose_some() -> None:
        """As a crash leaves it: the end is lost, what was under way lies behind the gap."""
        monkeypatch.setattr(upload, "_count", count)
        for seq in upload._seqs[40:]:
            await js.delete_msg("OBJ_assets", seq)
        for place in (50, 51):
            await js.publish(upload.subject, data[place * 16384 : (place + 1) * 16384])
        await look()
        await upload._send()
        await count()

    monkeypatch.setattr(upload, "_count", lose_some)
    await upload.run()
    assert (await bench.store.get("a")).data == data


async def test_a_download_survives_a_killed_server(
    bench: ObjectBench, js_server: NatsServer
) -> None:
    data = noise(12 * MIB)
    await bench.store.put("a", data)
    path = bench.folder / "copy"
    transfer = Transfer("down", "assets", "a")
    running = asyncio.create_task(download(bench.session, await bench.entry("a"), path, transfer))
    await eventually(lambda: transfer.done > 0, "in the middle")
    js_server.kill()
    await eventually(lambda: transfer.note == "waits for a server" or running.done(), "noticed")
    js_server.start()
    assert "its digest is right" in await running
    assert path.read_bytes() == data
    assert sorted(bench.folder.glob(".natstui-*")) == []


async def test_a_cancelled_upload_leaves_nothing(
    bench: ObjectBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_upload, "CHUNK", 1024)
    transfers = Transfers(bench.session.settings)
    upload = bench.upload("a", bench.file(noise(32 * MIB)))
    transfer = upload.work
    assert isinstance(transfer, Transfer)

    async def doing() -> str:
        await upload.run()
        return "done"

    transfers.begin(transfer, doing)
    await eventually(lambda: transfer.done > 0, "under way")
    transfer.cancel()
    await transfer.wait()
    assert transfer.state == "cancelled"
    assert upload.aftermath == "nothing of it is left in assets"
    assert await bench.chunk_subjects() == {}
    await bench.objects.load()
    assert bench.names == {}
    assert "remove the chunks of a" in bench.audit


async def test_cancelled_without_a_server_says_what_is_left(
    bench: ObjectBench, js_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_upload, "CHUNK", 1024)
    upload = bench.upload("a", bench.file(noise(32 * MIB)))
    running = asyncio.create_task(upload.run())
    await eventually(lambda: upload.work.done > 0, "under way")
    js_server.kill()
    await eventually(lambda: upload.work.note == "waits for a server", "noticed")
    running.cancel()
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert upload.aftermath == f"what was sent of it is left under {upload.subject}"


async def test_a_cancelled_download_leaves_nothing(bench: ObjectBench) -> None:
    await bench.store.put("a", noise(16 * MIB))
    folder = bench.folder / "to"
    folder.mkdir()
    transfer = Transfer("down", "assets", "a")
    entry = await bench.entry("a")
    transfer.start(download(bench.session, entry, folder / "a", transfer))
    await eventually(lambda: transfer.done > 0, "under way")
    assert len(list(folder.iterdir())) == 1
    transfer.cancel()
    await transfer.wait()
    assert list(folder.iterdir()) == []


async def test_nothing_is_written_over_a_file(bench: ObjectBench) -> None:
    await bench.store.put("a", b"new")
    (bench.folder / "downloads").mkdir()
    path = bench.file(b"mine", "downloads/a")
    with pytest.raises(FileExistsError, match="nothing is overwritten"):
        await bench.download("a")
    assert path.read_bytes() == b"mine"
    assert [each.name for each in path.parent.iterdir()] == ["a"]


async def test_bytes_that_are_not_those_of_the_digest_are_no_file(bench: ObjectBench) -> None:
    info = await bench.store.put("a", b"right")
    js = bench.client.jetstream()
    await js.purge_stream("OBJ_assets", subject=f"$O.assets.C.{info.nuid}")
    await js.publish(f"$O.assets.C.{info.nuid}", b"wrong")
    with pytest.raises(DigestMismatchError):
        await bench.download("a")
    assert list((bench.folder / "downloads").iterdir()) == []
    with pytest.raises(DigestMismatchError):
        await verify(bench.session, await bench.entry("a"), Work("checking"))
    await js.purge_stream("OBJ_assets", subject=f"$O.assets.C.{info.nuid}")
    with pytest.raises(TransferError, match="5 bytes, of which 0 are stored"):
        await bench.download("a")


async def test_an_object_that_is_replaced_while_it_is_read_is_said_to_be(
    bench: ObjectBench,
) -> None:
    await bench.store.put("a", b"one")
    entry = await bench.entry("a")
    await bench.store.put("a", b"two")
    with pytest.raises(TransferError, match="was replaced while it was read"):
        await verify(bench.session, entry, Work("checking"))
    await bench.store.delete("a")
    with pytest.raises(TransferError, match="was deleted while it was read"):
        await verify(bench.session, entry, Work("checking"))


async def test_a_digest_is_checked(bench: ObjectBench) -> None:
    await bench.store.put("a", b"x" * 10)
    said = await verify(bench.session, await bench.entry("a"), Work("checking"))
    assert said == "a was read, 10 bytes: its digest is right"
    info = (await bench.entry("a")).info
    assert info is not None
    info.digest = None
    await bench.client.jetstream().publish(info_subject("assets", "a"), encode_info(info))
    said = await verify(bench.session, await bench.entry("a"), Work("checking"))
    assert said.endswith("it has no digest that could be checked")


async def test_links_are_followed(bench: ObjectBench) -> None:
    target = await bench.store.put("a", b"bytes")
    await bench.store.add_link("b", target)
    assert (await bench.download("b")).read_bytes() == b"bytes"
    await bench.store.delete("a")
    with pytest.raises(LinkNowhereError, match="leads to assets/a, which is deleted"):
        await verify(bench.session, await bench.entry("b"), Work("checking"))
    await bench.store.add_bucket_link("all", bench.store)
    with pytest.raises(LinkNowhereError, match="whole bucket assets/"):
        await verify(bench.session, await bench.entry("all"), Work("checking"))


async def test_a_full_bucket_refuses_and_nothing_is_left(bench: ObjectBench) -> None:
    js = bench.client.jetstream()
    config = (await js.stream_info("OBJ_assets")).config
    await js.update_stream(config, max_bytes=MIB)
    upload = bench.upload("a", bench.file(noise(4 * MIB)))
    with pytest.raises(APIError, match="maximum bytes exceeded"):
        await upload.run()
    assert upload.aftermath == "nothing of it is left in assets"
    assert await bench.chunk_subjects() == {}


async def test_a_file_that_changes_while_it_is_read_is_not_put(
    bench: ObjectBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = bench.file(noise(MIB))
    upload = bench.upload("a", path)
    prepare = upload._prepare

    async def write_to_it() -> None:
        await prepare()
        with path.open("ab") as file:
            file.write(b"more")

    monkeypatch.setattr(upload, "_prepare", write_to_it)
    with pytest.raises(TransferError, match="was written to while it was read"):
        await upload.run()
    assert await bench.chunk_subjects() == {}


async def test_read_only_sends_nothing(bench: ObjectBench, js_server: NatsServer) -> None:
    await bench.store.put("a", b"bytes")
    session = Session(Settings(servers=(js_server.url,), read_only=True))
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    ours = ObjectBench(bench.client, session, bench.store, bench.folder)
    with pytest.raises(PublishRefusedError):
        await ours.upload("b", bench.file(b"x")).run()
    assert (await ours.download("a")).read_bytes() == b"bytes"
    assert session.guard.writes == session.guard.consumers == 0
    await session.close()


# Beside each other


async def test_a_few_run_at_a_time_and_the_others_wait(bench: ObjectBench) -> None:
    transfers = Transfers(bench.session.settings)
    gate = asyncio.Event()
    ended: list[str] = []
    transfers.ended = lambda each: ended.append(each.object)

    async def doing() -> str:
        await gate.wait()
        return "through"

    several = [Transfer("check", "assets", str(number)) for number in range(AT_ONCE + 2)]
    for each in several:
        transfers.begin(each, doing)
    await eventually(lambda: [t.note for t in several].count("") == AT_ONCE, "some run")
    assert [t.note for t in several[AT_ONCE:]] == ["waits for its turn"] * 2
    several[-1].cancel()
    await several[-1].wait()
    gate.set()
    await eventually(lambda: len(ended) == AT_ONCE + 2, "all ended")
    assert [t.result for t in several[:-1]] == ["through"] * (AT_ONCE + 1)
    assert several[-1].state == "cancelled"
    transfers.forget_ended()
    assert transfers.rows.total == 0


async def test_stopping_ends_them_all_and_cleans_up(
    bench: ObjectBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_upload, "CHUNK", 1024)
    transfers = Transfers(bench.session.settings)
    upload = bench.upload("a", bench.file(noise(32 * MIB)))
    transfer = upload.work
    assert isinstance(transfer, Transfer)

    async def doing() -> str:
        await upload.run()
        return ""

    transfers.begin(transfer, doing)
    await eventually(lambda: transfer.done > 0, "under way")
    (said,) = await transfers.stop()
    assert said.startswith("uploading a: cancelled")
    assert await bench.chunk_subjects() == {}
