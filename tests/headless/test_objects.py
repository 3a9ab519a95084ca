"""natstui objects: buckets, what is in one, and one object."""

from __future__ import annotations

from pathlib import Path

import pytest

from natstui.client.aio.client import Client
from natstui.headless.request import BadInputError, FailedError
from natstui.headless.running import run_async
from tests.headless.commands import ask, request, settings
from tests.support.server import NatsServer

HOSTILE = "odd\x1b]0;x\x07/\u202e name"


async def test_objects(
    js_server: NatsServer, client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = await client.jetstream().create_object_store("assets")
    info = await store.put("b.bin", b"x" * 1000)
    await store.put("a.txt", b"tea")
    await store.put("gone", b"1")
    await store.delete("gone")
    await store.put(HOSTILE, b"")
    (bucket,) = (await ask(js_server, "objects --json", tmp_path)).json
    assert (bucket["bucket"], bucket["sealed"], bucket["max_bytes"]) == ("assets", False, None)
    found = (await ask(js_server, "objects assets --json", tmp_path)).json
    assert [(each["name"], each["kind"], each["size"]) for each in found] == [
        ("a.txt", "object", 3),
        ("b.bin", "object", 1000),
        ("gone", "deleted", 0),
        (HOSTILE, "object", 0),
    ]
    (one,) = (await ask(js_server, "objects assets b.bin --json", tmp_path)).json
    assert (one["digest"], one["chunks"]) == (info.digest, 1)
    by_size = await ask(js_server, "objects assets -n --sort size --filter=-odd", tmp_path)
    assert by_size == (0, "b.bin\na.txt\ngone\n")
    for line in ("objects assets", "objects assets -n"):
        text = (await ask(js_server, line, tmp_path)).text
        assert text.replace("\n", "").isprintable()
    assert capsys.readouterr().err == ""


async def test_what_is_not_there_and_what_is_waited_for(
    js_server: NatsServer, client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = await client.jetstream().create_object_store("assets")
    assert await ask(js_server, "objects nope -n", tmp_path) == (3, "")
    assert await ask(js_server, "objects assets nope -n", tmp_path) == (3, "")
    assert capsys.readouterr().err.splitlines() == [
        "natstui: there is no bucket called nope",
        "natstui: there is no object called nope in bucket assets",
    ]
    await store.put("report", b"1")
    line = "objects assets report --wait kind==object --timeout 60s -n"
    assert await ask(js_server, line, tmp_path) == (0, "report\n")


async def test_the_bytes_of_an_object(
    js_server: NatsServer, client: Client, tmp_path: Path
) -> None:
    store = await client.jetstream().create_object_store("assets")
    data = bytes(range(256)) * 20_000
    info = await store.put("b.bin", data)
    await store.add_link("latest", info)
    path = tmp_path / "out"
    for name in ("b.bin", "latest"):
        with path.open("wb") as file:
            wanted = request(f"objects assets {name} --raw")
            assert await run_async(settings(js_server), wanted, file.fileno()) == 0
        assert path.read_bytes() == data


async def test_bytes_that_are_not_the_object(
    js_server: NatsServer, client: Client, tmp_path: Path
) -> None:
    js = client.jetstream()
    store = await js.create_object_store("assets")
    info = await store.put("b.bin", b"0123456789")
    for name, says in (("nope", "there is no object called nope in bucket assets"),):
        with pytest.raises(FailedError, match=says):
            await ask(js_server, f"objects assets {name} --raw", tmp_path)
    with pytest.raises(FailedError, match="there is no bucket called nope"):
        await ask(js_server, "objects nope b.bin --raw", tmp_path)
    await js.purge_stream("OBJ_assets", subject=f"$O.assets.C.{info.nuid}")
    await js.publish(f"$O.assets.C.{info.nuid}", b"9876543210")
    with pytest.raises(FailedError, match="are not those that its digest was made of"):
        await ask(js_server, "objects assets b.bin --raw", tmp_path)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("objects a --raw", "--raw: needs a bucket and an object, as in: natstui objects assets"),
        ("objects a.b", "invalid bucket name 'a.b': letters, digits, '-' and '_' only"),
        ("objects a ''", "the name of an object is empty"),
        ("objects a b c", "a bucket and an object are enough, but found 'c' too"),
        ("objects a b --wait kind==file", "--wait: at 7: kind is never 'file'; it is one of: obj"),
    ],
)
async def test_what_cannot_be(line: str, says: str, js_server: NatsServer, tmp_path: Path) -> None:
    with pytest.raises(BadInputError) as error:
        await ask(js_server, line, tmp_path)
    assert str(error.value).startswith(says)
