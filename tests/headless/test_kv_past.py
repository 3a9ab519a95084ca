"""`kv BUCKET --as-of`: what the keys held, what differs since, and what nobody knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from natstui.client.aio.client import Client
from natstui.headless.request import BadInputError
from tests.headless.commands import ask
from tests.support.server import NatsServer


async def test_keys_as_they_were_and_what_differs(
    js_server: NatsServer, client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bucket = await client.jetstream().create_key_value(bucket="config", history=2)
    await bucket.put("a.same", b"x")
    await bucket.put("a.changed", b"\xff")
    await bucket.put("b.hot", b"1")
    await bucket.put("a.changed", b"now")
    await bucket.put("a.added", b"y")
    for value in (b"2", b"3"):
        await bucket.put("b.hot", value)

    then = (await ask(js_server, "kv config --as-of '#3' --json", tmp_path)).json
    assert [(each["key"], each["since"]) for each in then] == [
        ("a.added", "unknown"),
        ("a.changed", "changed"),
        ("a.same", "same"),
        ("b.hot", "unknown"),
    ]
    assert (then[1]["revision"], then[1]["value"], then[1]["value_base64"]) == (2, None, "/w==")
    assert (then[2]["revision"], then[2]["value"], then[2]["now_value"]) == (1, "x", None)
    hot = then[3]
    assert (hot["operation"], hot["revision"], hot["value"]) == ("UNKNOWN", None, None)
    assert hot["unknown_before"].endswith("Z")
    diff = (await ask(js_server, "kv config 'a.>' --as-of r3 --diff --json", tmp_path)).json
    assert [(each["key"], each["now_value"]) for each in diff] == [
        ("a.added", "y"),
        ("a.changed", "now"),
    ]
    lines = (await ask(js_server, "kv config --as-of '#3' --diff --sort since", tmp_path)).lines
    assert lines[0].split()[:2] == ["since", "key"]
    assert lines[1].split() == ["changed", "a.changed", "2", "4", "ff", "now"]
    assert "unknown before 2" in lines[2]
    names = await ask(js_server, "kv config --as-of '#3' -n --filter same", tmp_path)
    assert names.lines == ["a.same"]
    assert capsys.readouterr().err == ""
    assert await ask(js_server, "kv nope -n --as-of 1h", tmp_path) == (3, "")
    assert capsys.readouterr().err == "natstui: there is no bucket called nope\n"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("kv config --diff", "--diff: needs --as-of"),
        ("kv --as-of 1h", "--as-of: needs a bucket"),
        ("kv config --as-of soon", "--as-of: 'soon': like 2h ago"),
        ("kv config --as-of 2099-01-01", "--as-of: '2099-01-01': that is still to come"),
        ("kv config a --as-of 1h --history", "--as-of excludes"),
    ],
)
async def test_what_cannot_be_is_said(
    js_server: NatsServer, tmp_path: Path, line: str, says: str
) -> None:
    with pytest.raises(BadInputError, match=says):
        await ask(js_server, line, tmp_path)
