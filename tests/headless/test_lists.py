"""streams, consumers and kv over a real server: what is listed, in which form and order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from natstui.client import connect
from natstui.client.aio.client import Client
from natstui.headless.request import BadInputError, FailedError
from tests.conftest import ServerFactory
from tests.headless.commands import ask
from tests.support.consumers import all_states, orders
from tests.support.server import NatsServer

HOSTILE = "odd\x1b]0;x\x07\u202e"


async def test_streams(
    js_server: NatsServer, client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    js = await orders(client)
    await js.add_stream(name="EMPTY", subjects=["empty"], description="nothing yet")

    async def show(line: str) -> str:
        return (await ask(js_server, line, tmp_path)).text

    found = (await ask(js_server, "streams --json", tmp_path)).json
    assert [each["stream"] for each in found] == ["EMPTY", "ORDERS"]
    row = found[1]
    assert (row["messages"], row["subjects"], row["last_seq"]) == (20, ["orders.>"], 20)
    assert (row["rate"], found[0]["last"], found[0]["age"]) == (None, None, None)
    assert await show("streams -n --sort messages") == "ORDERS\nEMPTY\n"
    assert await show("streams -n --sort messages -R") == "EMPTY\nORDERS\n"
    assert await show("streams -n --sort last") == "ORDERS\nEMPTY\n"
    assert await show("streams -n --limit 1") == "EMPTY\n"
    assert await show("streams -n --filter 'nothing yet'") == "EMPTY\n"
    assert await show("streams -n --filter=-nothing") == "ORDERS\n"
    assert await show("streams -n ORDERS EMPTY ORDERS") == "EMPTY\nORDERS\n"
    lines = (await show("streams --ndjson")).splitlines()
    assert [json.loads(line)["stream"] for line in lines] == ["EMPTY", "ORDERS"]
    table = (await show("streams")).splitlines()
    assert table[0].split()[:4] == ["stream", "messages", "bytes", "rate"]
    assert table[2].split()[:2] == ["ORDERS", "20"]
    assert capsys.readouterr().err == ""


async def test_what_is_not_there_is_named_and_the_rest_shown(
    js_server: NatsServer, client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await orders(client)
    for line, shown, says in (
        ("streams -n NOPE ORDERS", "ORDERS\n", "there is no stream called NOPE"),
        ("consumers -n NOPE", "", "there is no stream called NOPE"),
        ("consumers -n ORDERS nope", "", "there is no consumer nope of stream ORDERS"),
        ("kv -n nope", "", "there is no bucket called nope"),
        ("kv -n nope colour", "", "there is no bucket called nope"),
    ):
        assert await ask(js_server, line, tmp_path) == (3, shown)
        assert capsys.readouterr().err == f"natstui: {says}\n"


async def test_rates_take_two_looks(js_server: NatsServer, client: Client, tmp_path: Path) -> None:
    await orders(client)
    assert (await ask(js_server, "streams --sort rate --json", tmp_path)).json[0]["rate"] == 0.0


async def test_consumers_the_worst_first(
    js_server: NatsServer, client: Client, tmp_path: Path
) -> None:
    await all_states(await orders(client))
    found = (await ask(js_server, "consumers --json", tmp_path)).json
    assert [each["consumer"] for each in found] == ["full", "pushed", "asleep", "done"]
    full = found[0]
    assert (full["state"], full["badge"], full["unacked"]) == ("stuck", "ack limit", 3)
    assert (full["pending"], full["lag"], full["kind"], full["bound"]) == (17, 20, "pull", None)
    assert "nothing new is delivered" in full["reason"]
    text = (await ask(js_server, "consumers ORDERS --filter paused", tmp_path)).lines
    assert [line.split()[:3] for line in text[1:]] == [["ORDERS", "asleep", "paused"]]
    names = await ask(js_server, "consumers ORDERS done -n", tmp_path)
    assert names == (0, "ORDERS > done\n")


async def test_kv(js_server: NatsServer, client: Client, tmp_path: Path) -> None:
    bucket = await client.jetstream().create_key_value(bucket="config", history=5)
    for key, value in (("b.x", b"1"), ("a", b"\xff"), ("b.y", b'{"n":1}'), ("b.x", b"2")):
        await bucket.put(key, value)
    await bucket.delete("b.y")

    async def found(line: str) -> list[dict[str, object]]:
        return list((await ask(js_server, f"{line} --json", tmp_path)).json)

    (row,) = await found("kv")
    assert (row["bucket"], row["keys"], row["values"], row["history"]) == ("config", 3, 5, 5)
    keys = await found("kv config")
    assert [(each["key"], each["revision"], each["operation"]) for each in keys] == [
        ("a", 2, "PUT"),
        ("b.x", 4, "PUT"),
        ("b.y", 5, "DEL"),
    ]
    assert (keys[0]["value"], keys[0]["value_base64"], keys[1]["value"]) == (None, "/w==", "2")
    assert [each["key"] for each in await found("kv config 'b.*'")] == ["b.x", "b.y"]
    assert [each["key"] for each in await found("kv config --filter 'b -y'")] == ["b.x"]
    assert [each["key"] for each in await found("kv config --limit 1 -R")] == ["b.y"]
    assert [each["key"] for each in await found("kv config --limit 1 --sort size")] == ["a"]
    revisions = await found("kv config b.x --history")
    assert [(each["revision"], each["value"]) for each in revisions] == [(4, "2"), (1, "1")]
    assert await ask(js_server, "kv config b.x --raw", tmp_path) == (0, "2")
    assert (await ask(js_server, "kv config -n", tmp_path)).text == "a\nb.x\nb.y\n"


async def test_a_bucket_without_direct_gets_is_read_too(
    js_server: NatsServer, client: Client, tmp_path: Path
) -> None:
    await client.jetstream().create_key_value(bucket="config", direct=False)
    bucket = await client.jetstream().key_value("config")
    await bucket.put("a", b"1")
    assert (await ask(js_server, "kv config --json", tmp_path)).json[0]["value"] == "1"


async def test_hostile_texts_are_pictures_in_tables_and_escaped_in_json(
    js_server: NatsServer, client: Client, tmp_path: Path
) -> None:
    await client.jetstream().add_stream(name=f"S{HOSTILE}", subjects=["s"], description=HOSTILE)
    bucket = await client.jetstream().create_key_value(bucket="b")
    await bucket.put("key", HOSTILE.encode())
    for line in ("streams", "streams -n", "streams --ndjson", "kv b", "kv b --json"):
        text = (await ask(js_server, line, tmp_path)).text
        assert text.replace("\n", "").isprintable(), line
    found = (await ask(js_server, "streams --json", tmp_path)).json
    assert found[1]["description"] == HOSTILE
    # Whoever takes the bytes of a value takes them as they are, unless it is a terminal.
    assert (await ask(js_server, "kv b key --raw", tmp_path)).text == HOSTILE


async def test_nothing_is_ever_created(
    js_server: NatsServer, client: Client, tmp_path: Path
) -> None:
    js = await orders(client)
    bucket = await js.create_key_value(bucket="b")
    await bucket.put("key", b"1")
    for line in ("streams", "consumers", "kv", "kv b", "kv b key --history", "consumers --check"):
        await ask(js_server, line, tmp_path)
    assert (await js.stream_info("ORDERS")).state.consumer_count == 0
    assert (await js.stream_info("KV_b")).state.consumer_count == 0
    assert (await js.stream_info("KV_b")).state.last_seq == 1


LIMITED = """
jetstream: enabled
authorization: {users: [
  {user: all, password: p}
  {user: some, password: p, permissions: {
    publish: {deny: ["$JS.API.CONSUMER.LIST.SECRET"]}, subscribe: {allow: ["_INBOX.>"]}}}
  {user: none, password: p, permissions: {publish: {deny: ["$JS.API.>"]}}}
]}
"""


async def test_what_may_not_be_seen_is_said_by_its_subject(
    server_factory: ServerFactory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = server_factory(LIMITED, jetstream=True)
    everything = await connect(server.url, user="all", password="p")
    js = await orders(everything)
    await js.add_consumer("ORDERS", durable_name="seen")
    await js.add_stream(name="SECRET", subjects=["secret"])
    await js.add_consumer("SECRET", durable_name="hidden")
    await everything.close()
    some, none = {"user": "some", "password": "p"}, {"user": "none", "password": "p"}
    seen = await ask(server, "consumers -n", tmp_path, **some)
    assert seen == (3, "ORDERS > seen\n")
    assert 'publish to "$JS.API.CONSUMER.LIST.SECRET"' in capsys.readouterr().err
    with pytest.raises(FailedError, match=r'publish to "\$JS.API.STREAM.LIST"'):
        await ask(server, "streams", tmp_path, **none)


async def test_without_jetstream_it_says_so(server: NatsServer, tmp_path: Path) -> None:
    with pytest.raises(FailedError, match="JetStream"):
        await ask(server, "streams", tmp_path)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("streams a.b", "invalid stream name 'a.b': no white space and none of"),
        ("streams ''", "invalid stream name ''"),
        ("consumers ORDERS 'a b'", "invalid consumer name 'a b'"),
        ("consumers A b c", "a stream and a consumer are enough, but found 'c' too"),
        ("kv a.b", "invalid bucket name 'a.b': letters, digits, '-' and '_' only"),
        ("kv a 'b c'", "invalid key filter 'b c': ' ' in it"),
        ("kv a b c", "a bucket and a key are enough, but found 'c' too"),
        ("kv a --raw", "--raw: needs a bucket and a key"),
        ("kv --history", "--history: needs a bucket and a key"),
        ("streams --sort foo", "--sort: there is no 'foo'; there are: stream, kind,"),
        ("streams --filter 'x -'", "--filter: nothing follows the '-'"),
        ("streams --wait nope==1", "--wait: at 1: there is no field 'nope'"),
        ("consumers --check --critical state==stcuk", "--critical: at 8: state is never 'stcuk'"),
        ("tail", "a subject is needed, as in: natstui tail 'orders.>'"),
        ("tail a..b", "'a..b' cannot be tailed: invalid subject 'a..b': it has an empty token"),
        ("tail a --filter '/('", "--filter: at 1: / is never closed"),
    ],
)
async def test_what_cannot_be_is_said_before_anything_is_asked(
    line: str, says: str, tmp_path: Path
) -> None:
    nowhere = NatsServer(tmp_path / "never started")
    try:
        with pytest.raises(BadInputError) as error:
            await ask(nowhere, line, tmp_path)
    finally:
        nowhere.release()
    assert str(error.value).startswith(says)
    assert "\n" not in str(error.value)
