"""Editing, purging, saving, restoring and backing up streams: exactly what was said, and back."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from natstui.client import connect
from natstui.client.aio.client import Client
from natstui.client.js.api import StreamSource, SubjectTransform
from natstui.model import stream_purge, stream_saving
from natstui.model.asking import api
from natstui.model.explain import explain
from natstui.model.journal import Entry, Journal
from natstui.model.restoring import RESTORERS
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.stream_backup import backup, read_meta, restore, what_came_back
from natstui.model.stream_edit import ConfigError, changes, duration_text, from_text, to_text
from natstui.model.stream_purge import Preview, Purge, preview
from natstui.model.stream_reader import StreamReader
from natstui.model.tail import Record
from natstui.model.told import ToldError
from natstui.model.work import Work
from natstui.model.writing import Writer
from tests.support.server import NatsServer
from tests.support.streams import fill, until_stored
from tests.support.waiting import eventually


@pytest.fixture
async def client(js_server: NatsServer) -> AsyncIterator[Client]:
    client = await connect(js_server.url)
    yield client
    await client.close()


@pytest.fixture
async def session(js_server: NatsServer) -> AsyncIterator[Session]:
    session = Session(Settings(servers=(js_server.url,)))
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    yield session
    await session.close()


@pytest.fixture
def writer(session: Session, tmp_path: Path) -> Writer:
    return Writer(session, Journal(tmp_path / "state"))


async def restored(writer: Writer, entry: Entry) -> str:
    return await RESTORERS[entry.kind](writer, entry, Work("restoring"))


# Text


def test_what_is_not_edited_goes_back_as_it_came() -> None:
    config = {
        "name": "ORDERS",
        "max_age": 36 * 3600 * 10**9,
        "duplicate_window": 1_500_000_000,
        "consumer_limits": {"inactive_threshold": 60 * 10**9, "of_the_future": [1, {"a": None}]},
        "subject_delete_marker_ttl": 7,
        "metadata": {"note": "中文 \x1b"},
        "of_the_future": {"deep": {"er": -1.5}},
    }
    text = to_text(config)
    assert '"max_age": "1d12h"' in text
    assert '"duplicate_window": "1s500ms"' in text
    assert '"inactive_threshold": "1m"' in text
    assert '"subject_delete_marker_ttl": 7' in text
    assert from_text(text) == config
    assert config["max_age"] == 36 * 3600 * 10**9


@pytest.mark.parametrize(
    "nanoseconds",
    [1_000, 999_999_000, 10**9, 86_399 * 10**9, 400 * 86_400 * 10**9 + 10**6, 0, -1, 7],
)
def test_durations_are_exact(nanoseconds: int) -> None:
    text = json.dumps({"name": "S", "max_age": duration_text(nanoseconds)})
    assert from_text(text)["max_age"] == nanoseconds


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"name": "S",\n "a": }', "line 2"),
        ("[]", "an object is needed"),
        ("{}", "a name is needed"),
        ('{"name": 7}', "a name is needed"),
        ('{"name": "S", "max_age": "soon"}', "max_age: 'soon' is not a duration"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_configuration_says_why(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        from_text(text)


def test_differences_are_named_by_their_path() -> None:
    before = {"a": 1, "b": {"c": 2, "d": [1]}, "metadata": {"_nats.ver": "2.11"}, "gone": 0}
    after = {"a": 1, "b": {"c": 3, "d": [1, 2]}, "metadata": {"_nats.ver": "2.12"}, "new": "x"}
    found = [(each.field, each.before, each.after) for each in changes(before, after)]
    assert found == [("b.c", 2, 3), ("b.d", [1], [1, 2]), ("gone", 0, None), ("new", None, "x")]
    assert changes(before, before) == []


# Purging


PURGES = {
    "all": Purge(),
    "a subject": Purge("s.1"),
    "some subjects": Purge("s.*"),
    "before": Purge(seq=41),
    "a subject before": Purge("s.2", seq=41),
    "beyond the end": Purge(seq=5_000),
    "all but some": Purge(keep=25),
    "all but some of a subject": Purge("s.0", keep=7),
    "keep more than there are": Purge(keep=5_000),
    "nothing": Purge("s.absent"),
}


@pytest.mark.parametrize("storage", ["file", "memory"])
@pytest.mark.parametrize("which", PURGES)
async def test_exactly_what_was_said_goes(
    client: Client, session: Session, which: str, storage: str
) -> None:
    js = client.jetstream()
    await js.add_stream(name="S", subjects=["s.>"], storage=storage, allow_direct=True)
    await fill(client, "S", lambda n: f"s.{n % 3}", 99)
    await js.publish("s.0", b"with headers", headers={"K": "v"})
    await js.delete_msg("S", 30)
    before = (await js.stream_info("S", ">")).state
    found = await preview(session, "S", PURGES[which], Work("looking"))
    if found.messages:
        answer = await api(session, "STREAM.PURGE.S", found.request())
        assert answer["purged"] == found.messages
    after = (await js.stream_info("S", ">")).state
    assert before.messages - found.messages == after.messages
    assert found.bytes == before.bytes - after.bytes
    gone = Counter(before.subjects or {}) - Counter(after.subjects or {})
    assert gone == found.subjects


async def test_what_comes_meanwhile_stays(client: Client, session: Session) -> None:
    js = client.jetstream()
    await js.add_stream(name="S", subjects=["s.>"], allow_direct=True)
    await fill(client, "S", lambda n: "s.a", 20)
    for purge in (Purge(), Purge(keep=2), Purge("s.*")):
        found = await preview(session, "S", purge, Work("looking"))
        last = (await js.publish("s.a", b"new")).seq
        assert (await api(session, "STREAM.PURGE.S", found.request()))["purged"] == found.messages
        kept = (await StreamReader(session, "S").after(1)).records
        assert kept[-1].seq == last


async def losses(session: Session, purge: Purge) -> dict[str, tuple[int, int]]:
    found = await preview(session, "S", purge, Work("looking"))
    return {loss.consumer: (loss.undelivered, loss.unacknowledged) for loss in found.losses}


async def test_consumers_that_lose_something_are_named(client: Client, session: Session) -> None:
    js = client.jetstream()
    await js.add_stream(name="S", subjects=["s.>"], allow_direct=True)
    configs: dict[str, dict[str, Any]] = {
        "all": {"ack_policy": "explicit"},
        "ones": {"ack_policy": "explicit", "filter_subject": "s.1"},
        "two": {"ack_policy": "explicit", "filter_subjects": ["s.1", "s.2"]},
        "new": {"ack_policy": "explicit", "deliver_policy": "new"},
    }
    for name, config in configs.items():
        await js.add_consumer("S", durable_name=name, **config)
    await js.delete_consumer("S", "new")
    await fill(client, "S", lambda n: f"s.{n % 3}", 30)
    await js.add_consumer("S", durable_name="new", ack_policy="explicit", deliver_policy="new")
    subscription = await js.pull_subscribe_bind("all", "S")
    for number, msg in enumerate(await subscription.fetch(12), 1):
        if number <= 4:
            await msg.ack_sync()
    assert await losses(session, Purge()) == {"all": (18, 8), "ones": (10, 0), "two": (20, 0)}
    assert await losses(session, Purge("s.1")) == {"all": (6, 2), "ones": (10, 0), "two": (10, 0)}
    assert await losses(session, Purge(seq=5)) == {"ones": (2, 0), "two": (3, 0)}
    assert await losses(session, Purge("s.0", seq=4)) == {}


async def test_what_is_too_much_to_look_at_is_counted_all_the_same(
    client: Client, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_purge, "MOST_MESSAGES", 100)
    js = client.jetstream()
    await js.add_stream(name="S", subjects=["s.>"], allow_direct=True)
    await js.add_consumer("S", durable_name="c", ack_policy="explicit")
    await js.add_consumer("S", durable_name="c1", ack_policy="explicit", filter_subject="s.1")
    await fill(client, "S", lambda n: f"s.{n % 3}", 900)

    async def look(purge: Purge) -> Preview:
        return await preview(session, "S", purge, Work("looking"))

    found = await look(Purge())
    state = (await js.stream_info("S", ">")).state
    assert (found.read, found.counted) == (False, True)
    assert (found.messages, found.bytes, found.subjects) == (900, state.bytes, state.subjects)
    everything = [(loss.consumer, loss.undelivered, loss.at_most) for loss in found.losses]
    assert everything == [("c", 900, False), ("c1", 300, False)]
    found = await look(Purge("s.1"))
    assert (found.messages, found.bytes, found.subjects) == (300, None, {"s.1": 300})
    assert [loss.at_most for loss in found.losses] == [True, False]
    found = await look(Purge(seq=801))
    assert (found.messages, found.bytes, found.subjects) == (800, None, {})
    assert {loss.at_most for loss in found.losses} == {True}
    await js.update_stream(name="S", subjects=["s.>"], allow_direct=False)
    found = await look(Purge(seq=801))
    assert 100 < found.messages < 800
    assert not found.counted


async def test_too_much_is_known_before_it_is_read(
    client: Client, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_purge, "MOST_MESSAGES", 100)
    await client.jetstream().add_stream(name="S", subjects=["s.>"])
    await fill(client, "S", lambda n: "s.a", 101)
    for purge in (Purge(), Purge("s.*")):
        asked = session.guard.requests
        assert (await preview(session, "S", purge, Work("looking"))).messages == 101
        assert session.guard.requests - asked <= 3


async def test_what_a_mirror_keeps_is_not_what_goes(client: Client, session: Session) -> None:
    """Asked directly, the mirror may answer: it still has what the stream itself has not."""
    js = client.jetstream()
    await js.add_stream(name="S", subjects=["s.>"], allow_direct=True)
    await fill(client, "S", lambda n: "s.a", 50)
    await js.add_stream(
        name="M", mirror=StreamSource(name="S"), allow_direct=True, mirror_direct=True
    )
    await until_stored(js, "M", 50)
    for seq in range(11, 21):
        await js.delete_msg("S", seq)
    for _ in range(20):  # whoever answers
        found = await preview(session, "S", Purge(seq=31), Work("looking"))
        assert found.messages == 20
    found = await preview(session, "S", Purge(seq=31), Work("looking"))
    assert (await api(session, "STREAM.PURGE.S", found.request()))["purged"] == 20


# Saving and restoring


async def test_deleted_messages_come_back(client: Client, session: Session, writer: Writer) -> None:
    js = client.jetstream()
    await js.add_stream(name="S", subjects=["s.>"], allow_direct=True)
    headers = {"Nats-Msg-Id": "7", "Trace": "ab", "Nats-Expected-Last-Sequence": "0"}
    await js.publish("s.a", b"\x00\xff", headers=headers)
    await js.publish("s.b", b"stays")
    await js.publish("s.a", b"rolled", headers={"Nats-Other": "x"})
    reader = StreamReader(session, "S")
    items = stream_saving.messages_between(reader, 1, 4)
    saved = await writer.save(stream_saving.MESSAGES, "S", "three messages", items)
    await writer.write("purge S", lambda js: js.purge_stream("S"), saved)
    assert await restored(writer, saved) == "3 messages are back in S, at its end"
    first, second, third = (await reader.after(1)).records
    assert (first.subject, first.payload, first.seq) == ("s.a", b"\x00\xff", 4)
    assert b"Trace: ab" in first.headers
    assert b"Expected" not in first.headers
    assert (second.payload, third.payload) == (b"stays", b"rolled")


async def test_a_restored_message_rolls_nothing_up(
    client: Client, session: Session, writer: Writer
) -> None:
    js = client.jetstream()
    await js.add_stream(name="S", subjects=["s.>"], allow_rollup_hdrs=True)
    await js.publish("s.a", b"rolls", headers={"Nats-Rollup": "all"})
    reader = StreamReader(session, "S")
    saved = await writer.save(
        stream_saving.MESSAGES, "S", "x", stream_saving.messages_between(reader, 1, 2)
    )
    await js.publish("s.b", b"stays")
    await restored(writer, saved)
    assert [record.payload for record in (await reader.after(1)).records] == [
        b"rolls",
        b"stays",
        b"rolls",
    ]


TAKES_NO_MORE: dict[str, tuple[dict[str, Any], str]] = {
    "a mirror": ({"mirror": StreamSource(name="T")}, "it is a mirror"),
    "other subjects": ({"subjects": ["other"]}, "s.a is not among its subjects"),
    "only sources": ({"sources": [StreamSource(name="T")]}, "s.a is not among its subjects"),
    "transformed": (
        {
            "subjects": ["s.>"],
            "subject_transform": SubjectTransform(src="s.*", dest="t.{{wildcard(1)}}"),
        },
        "it would store s.a under another subject",
    ),
}


@pytest.mark.parametrize("how", TAKES_NO_MORE)
async def test_where_messages_cannot_come_back_none_is_published(
    client: Client, session: Session, writer: Writer, how: str
) -> None:
    js = client.jetstream()
    await js.add_stream(name="S", subjects=["s.>"])
    await fill(client, "S", lambda n: "s.a", 3)
    items = stream_saving.messages_between(StreamReader(session, "S"), 1, 4)
    saved = await writer.save(stream_saving.MESSAGES, "S", "x", items)
    config, said = TAKES_NO_MORE[how]
    await js.delete_stream("S")
    await js.add_stream(name="T", subjects=["s.>"] if "s.>" not in str(config) else ["t"])
    await js.add_stream(name="S", **config)
    with pytest.raises(ToldError, match=said):
        await restored(writer, saved)
    assert (await js.stream_info("T")).state.messages == 0
    assert (await js.stream_info("S")).state.messages == 0


async def test_what_came_back_before_it_stopped_is_said(
    client: Client, session: Session, writer: Writer
) -> None:
    js = client.jetstream()
    await js.add_stream(name="S", subjects=["s.>"])
    await fill(client, "S", lambda n: "s.a", 3, payload=lambda n: bytes(100 * n))
    items = stream_saving.messages_between(StreamReader(session, "S"), 1, 4)
    saved = await writer.save(stream_saving.MESSAGES, "S", "x", items)
    await js.update_stream(name="S", subjects=["s.>"], max_msg_size=250)
    with pytest.raises(ToldError, match=r"only 2 messages are back, then: .*maximum") as caught:
        await restored(writer, saved)
    assert str(explain(caught.value)).startswith("only 2 messages are back, then: ")


async def test_a_deleted_stream_comes_back_with_sequences_and_consumers(
    client: Client, session: Session, writer: Writer
) -> None:
    js = client.jetstream()
    await js.add_stream(name="S", subjects=["s.>"])
    await js.add_consumer("S", durable_name="c", ack_policy="explicit")
    await fill(client, "S", lambda n: "s.a", 20)
    await js.delete_msg("S", 5)
    before = await js.stream_info("S")
    work = Work("saving")
    items = stream_saving.whole_stream(writer, "S", work)
    saved = await writer.save(stream_saving.STREAM, "S", "stream S", items)
    await writer.write("delete stream S", lambda js: js.delete_stream("S"), saved)
    assert await restored(writer, saved) == "S is back, with 19 messages"
    after = await js.stream_info("S")
    assert (after.state.messages, after.state.last_seq) == (19, 20)
    assert after.config.diff(before.config) == {}
    assert (await js.consumer_info("S", "c")).num_pending == 19


async def test_a_stream_in_memory_comes_back_with_its_messages(
    client: Client, session: Session, writer: Writer
) -> None:
    js = client.jetstream()
    await js.add_stream(name="S", subjects=["s.>"], storage="memory")
    await fill(client, "S", lambda n: "s.a", 20)
    config = (await api(session, "STREAM.INFO.S"))["config"]
    items = stream_saving.contents(StreamReader(session, "S"), config, Work("saving"))
    saved = await writer.save(stream_saving.CONTENTS, "S", "stream S", items)
    await js.delete_stream("S")
    assert await restored(writer, saved) == "S is there again; 20 messages are back"
    assert (await js.stream_info("S")).state.messages == 20


async def test_a_stream_with_sources_is_not_given_their_messages_twice(
    client: Client, session: Session, writer: Writer
) -> None:
    js = client.jetstream()
    await js.add_stream(name="ORIGIN", subjects=["o"])
    await fill(client, "ORIGIN", lambda n: "o", 5)
    sources = [StreamSource(name="ORIGIN")]
    await js.add_stream(name="S", subjects=["s"], storage="memory", sources=sources)
    await until_stored(js, "S", 5)
    await js.publish("s", b"its own")
    config = (await api(session, "STREAM.INFO.S"))["config"]
    items = stream_saving.contents(StreamReader(session, "S"), config, Work("saving"))
    saved = await writer.save(stream_saving.CONTENTS, "S", "stream S", items)
    await js.delete_stream("S")
    assert await restored(writer, saved) == "S is there again; 1 message is back"
    await until_stored(js, "S", 6)
    assert (await js.stream_info("S", ">")).state.subjects == {"s": 1, "o": 5}
    assert (await js.stream_info("ORIGIN")).state.messages == 5


async def test_a_configuration_comes_back(client: Client, session: Session, writer: Writer) -> None:
    js = client.jetstream()
    await js.add_stream(name="S", subjects=["s.>"], max_msgs=10)
    before = (await api(session, "STREAM.INFO.S"))["config"]
    item = stream_saving.one_item({"config": before})
    saved = await writer.save(stream_saving.CONFIG, "S", "x", item)
    await api(session, "STREAM.UPDATE.S", {**before, "max_msgs": 5})
    await restored(writer, saved)
    assert (await js.stream_info("S")).config.max_msgs == 10


# Backups


async def content(session: Session, stream: str) -> list[Record]:
    """All that is stored, to the last byte, from the leader."""
    reader = StreamReader(session, stream, exactly=True)
    return [record async for page in reader.all_after(1) for record in page]


async def test_a_backup_makes_the_stream_again(
    client: Client, session: Session, tmp_path: Path
) -> None:
    js = client.jetstream()
    await js.add_stream(name="S", subjects=["s.>"], description="what was bought")
    await js.add_consumer("S", durable_name="c", ack_policy="explicit")
    await fill(client, "S", lambda n: f"s.{n % 3}", 300, payload=lambda n: bytes([n % 256]) * n)
    await js.publish("s.h", b"\x00\x1b", headers={"K": "v", "Nats-Msg-Id": "7"})
    await js.delete_msg("S", 17)
    await (await (await js.pull_subscribe_bind("c", "S")).fetch(1))[0].ack_sync()
    before = await js.stream_info("S")
    stored = await content(session, "S")
    folder = tmp_path / "backup"
    work = Work("backing up", unit="B")
    said = await backup(session, "S", folder, work)
    assert str(folder) in said
    assert work.done == (folder / "stream.arc.s2").stat().st_size > 0
    assert sorted(path.name for path in folder.iterdir()) == ["backup.json", "stream.arc.s2"]
    assert read_meta(folder)["state"]["messages"] == 300
    with pytest.raises(FileExistsError):
        await backup(session, "S", folder, Work("again"))
    await js.delete_stream("S")
    # The name that it has with servers before 2.15.
    (folder / "stream.arc.s2").rename(folder / "stream.tar.s2")
    work = Work("restoring", unit="B")
    info = await restore(session, folder, "S", work)
    assert work.done == work.total > 0
    assert await content(session, "S") == stored
    assert len(stored) == 300
    assert info.config.diff(before.config) == {}
    after = await js.consumer_info("S", "c")
    assert after.ack_floor is not None
    assert (after.ack_floor.stream_seq, after.num_pending) == (1, 299)


async def test_a_damaged_backup_is_refused_before_anything_is_made(
    client: Client, session: Session, tmp_path: Path
) -> None:
    js = client.jetstream()
    await js.add_stream(name="S", subjects=["s.>"])
    await fill(client, "S", lambda n: "s.a", 50)
    await backup(session, "S", tmp_path / "backup", Work("backing up"))
    data = tmp_path / "backup" / "stream.arc.s2"
    data.write_bytes(data.read_bytes()[:-20])
    with pytest.raises(ToldError, match="is damaged"):
        await restore(session, tmp_path / "backup", "T", Work("restoring"))
    assert [info.config.name for info in await js.streams_info()] == ["S"]


async def test_a_backup_of_the_nats_tool_is_restored(
    client: Client, session: Session, tmp_path: Path
) -> None:
    """It has configuration and state only; restoring says what its limits took."""
    js = client.jetstream()
    await js.add_stream(name="S", subjects=["s.>"])
    await fill(client, "S", lambda n: "s.a", 50)
    await backup(session, "S", tmp_path / "backup", Work("backing up"))
    about = read_meta(tmp_path / "backup")
    about = {"config": {**about["config"], "max_msgs": 20}, "state": about["state"]}
    (tmp_path / "backup" / "backup.json").write_text(json.dumps(about))
    await js.delete_stream("S")
    info = await restore(session, tmp_path / "backup", "S", Work("restoring"))
    said = what_came_back(info, about["state"])
    assert said == "20 of 50 messages: the others were beyond its limits"


async def test_a_backup_is_only_a_read(
    js_server: NatsServer, client: Client, tmp_path: Path
) -> None:
    js = client.jetstream()
    await js.add_stream(name="S", subjects=["s.>"])
    await fill(client, "S", lambda n: "s.a", 300, payload=lambda n: bytes(5_000))
    session = Session(Settings(servers=(js_server.url,), read_only=True))
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    await backup(session, "S", tmp_path / "backup", Work("backing up"))
    assert (session.guard.writes, session.guard.refused) == (0, 0)
    await session.close()


async def test_a_backup_that_is_given_up_leaves_nothing(
    client: Client, session: Session, tmp_path: Path
) -> None:
    js = client.jetstream()
    await js.add_stream(name="S", subjects=["s.>"])
    await fill(client, "S", lambda n: "s.a", 1_000, payload=lambda n: b"%x" % n**900)

    class GivenUp(Work):
        def advance(self, done: int, *, found: int | None = None) -> None:
            super().advance(done, found=found)
            self.cancel()

    work = GivenUp("backing up", unit="B")
    work.start(backup(session, "S", tmp_path / "backup", work))
    await work.wait()
    assert work.done
    assert not (tmp_path / "backup").exists()


def test_what_is_no_backup_says_so(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="backup"):
        read_meta(tmp_path)
    for text in ("", "[]", "{}", '{"config": {}}', '{"config": {"name": ""}, "state": {}}'):
        (tmp_path / "backup.json").write_text(text)
        with pytest.raises(ValueError, match="not the description of a backup"):
            read_meta(tmp_path)


async def test_looking_can_be_given_up(client: Client, session: Session) -> None:
    await client.jetstream().add_stream(name="S", subjects=["s.>"])
    await fill(client, "S", lambda n: "s.a", 2_000)
    work = Work("looking")

    async def look() -> str:
        await preview(session, "S", Purge(), work)
        return ""

    work.start(look())
    await eventually(lambda: work.done, "begun")
    work.cancel()
    await work.wait()
    await asyncio.sleep(0)
    assert work.state == "cancelled"
