"""natstui fields: what messages have in common, as they come and as they are stored."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from natstui.client import connect
from natstui.client.aio.client import Client
from natstui.headless.fields import Report
from natstui.headless.request import BadInputError, FailedError
from natstui.model.tail import Record
from tests.headless.commands import ask, request
from tests.headless.test_tail import subscribed
from tests.support.hostile import MESSAGES
from tests.support.server import NatsServer
from tests.support.streams import fill


def order(number: int) -> bytes:
    return b'{"status": "%s", "total": %d}' % ((b"paid", b"open")[number % 2], number)


@pytest.fixture
async def stored(client: Client, js_server: NatsServer) -> NatsServer:
    """A server with 200 orders in a work queue, which gives away what a consumer takes."""
    js = client.jetstream()
    await js.add_stream(name="ORDERS", subjects=["orders.>"], retention="workqueue")
    await fill(client, "ORDERS", lambda n: f"orders.{n % 4}", 200, payload=order)
    return js_server


async def test_fields_of_what_comes(server: NatsServer, tmp_path: Path) -> None:
    async with await connect(server.url) as publisher:
        line = "fields 'orders.>' --json --count 40 --filter json:status --timeout 60s"
        command = asyncio.create_task(ask(server, line, tmp_path))
        await subscribed(server, "orders.>")
        for number in range(41):
            await publisher.publish("orders.eu", order(number) if number else b"no document")
        result = await command
    found = {each["field"]: each for each in result.json["fields"]}
    assert (result.code, result.json["messages"]) == (0, 40)
    assert list(found) == ["subject", "token:1", "token:2", "size", "json:status", "json:total"]
    assert found["json:status"]["top"] == [
        {"value": "open", "messages": 20},
        {"value": "paid", "messages": 20},
    ]
    assert found["json:total"]["numbers"] == {
        "count": 40,
        "min": 1,
        "p50": 20,
        "p90": 36,
        "p99": 40,
        "max": 40,
        "mean": 20.5,
        "error": 0,
    }


async def test_groups_of_what_is_stored(stored: NatsServer, client: Client, tmp_path: Path) -> None:
    line = "fields --stream ORDERS --group-by status --values total"
    result = await ask(stored, f"{line} --json", tmp_path)
    assert result.code == 0
    assert [(each["value"], each["messages"]) for each in result.json["groups"]] == [
        ("paid", 100),
        ("open", 100),
    ]
    assert [each["numbers"]["max"] for each in result.json["groups"]] == [200, 199]
    shown = await ask(stored, line, tmp_path)
    assert shown.lines[0].split() == [
        "value",
        "messages",
        "share",
        "min",
        "p50",
        "p90",
        "p99",
        "max",
    ]
    assert shown.lines[1].split() == ["paid", "100", "50%", "2", "100", "180", "198", "200"]
    info = await client.jetstream().stream_info("ORDERS")
    assert (info.state.messages, info.state.consumer_count) == (200, 0)


async def test_only_the_newest(stored: NatsServer, tmp_path: Path) -> None:
    result = await ask(stored, "fields --stream ORDERS --count 10 --ndjson", tmp_path)
    rows = [json.loads(line) for line in result.lines]
    total = next(row for row in rows if row["field"] == "json:total")
    assert (total["numbers"]["min"], total["numbers"]["max"], total["messages"]) == (191, 200, 10)


async def test_time_is_over(
    server: NatsServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = await ask(server, "fields nothing --count 3 --timeout 100ms --json", tmp_path)
    assert (result.code, result.json["messages"]) == (1, 0)
    assert capsys.readouterr().err == "natstui: 0 of 3 within 0.1 s\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("fields", "a subject is needed, as in: natstui fields 'orders.>'"),
        ("fields a --group-by json:x=5", "--group-by: a path is asked for, without ="),
        ("fields a --values size", "--values: needs --group-by beside it"),
        ("fields a --stream S", "--stream: instead of a subject"),
        ("fields --stream 'a b'", "stream"),
    ],
)
async def test_what_cannot_be(server: NatsServer, tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        await ask(server, line, tmp_path)


async def test_no_such_stream(js_server: NatsServer, tmp_path: Path) -> None:
    with pytest.raises(FailedError, match="stream not found"):
        await ask(js_server, "fields --stream NONE", tmp_path)


@pytest.mark.parametrize("form", ["", "--json", "--ndjson", "--group-by payload --values size"])
def test_hostile_messages_stay_text(form: str) -> None:
    report = Report(request(f"fields x {form}"))
    for each in MESSAGES:
        size = len(each.payload)
        report.take(Record(0, 0.0, each.subject, each.reply, each.headers, each.payload, size))
    assert report.text().replace("\n", "").isprintable()
