"""NDJSON that jq reads and a terminal may show."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from natstui.model.export import export_ndjson, ndjson_line, timestamp
from natstui.model.tail import Record, TailBuffer


def record(
    payload: bytes = b"x", reply: str = "", headers: bytes = b"", subject: str = "s"
) -> Record:
    return Record(0, 1767355267.123456, subject, reply, headers, payload, len(payload))


def test_a_message_is_an_object_with_all_there_is() -> None:
    headers = b"NATS/1.0\r\nTag: one\r\nTag: two\r\nTrace-Id: ab\r\n\r\n"
    line = ndjson_line(record(b'{"id":7}', "_INBOX.1", headers, "orders.paid"))
    assert json.loads(line) == {
        "ts": "2026-01-02T12:01:07.123456Z",
        "subject": "orders.paid",
        "reply": "_INBOX.1",
        "headers": {"Tag": ["one", "two"], "Trace-Id": ["ab"]},
        "data": '{"id":7}',
    }


def test_a_plain_message_has_no_reply_and_no_headers() -> None:
    entry = json.loads(ndjson_line(record()))
    assert (entry["reply"], entry["headers"]) == (None, {})
    assert "status" not in entry


def test_a_status_is_kept() -> None:
    entry = json.loads(ndjson_line(record(headers=b"NATS/1.0 503 No Responders\r\n\r\n")))
    assert entry["status"] == "503 No Responders"


def test_bytes_that_are_no_text_are_base64() -> None:
    entry = json.loads(ndjson_line(record(b"\xff\x00")))
    assert entry["data_base64"] == "/wA="
    assert "data" not in entry


def test_a_line_is_harmless_to_a_terminal() -> None:
    hostile = "\x1b]52;c;aGk=\x07\x9b31m\x7f\u202e\n\r\0"
    line = ndjson_line(
        record(hostile.encode(), subject="s\x1b[2J", headers=b"NATS/1.0\r\nK: \x1b\r\n")
    )
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["data"] == hostile


def test_every_header_is_exported_however_many() -> None:
    headers = b"NATS/1.0\r\n" + b"K: v\r\n" * 5_000 + b"\r\n"
    assert json.loads(ndjson_line(record(headers=headers)))["headers"]["K"] == ["v"] * 5_000


def test_times_are_utc() -> None:
    assert timestamp(0) == "1970-01-01T00:00:00.000000Z"


async def test_messages_are_written_in_order_without_notes(tmp_path: Path) -> None:
    buffer = TailBuffer()
    for number in range(5_000):
        buffer.append("s", b"%d" % number)
        if number == 2_500:
            buffer.note("disconnected")
    path = tmp_path / "out.ndjson"
    records = [buffer.get(seq) for seq in range(buffer.end)]
    assert await export_ndjson(records, path) == 5_000
    written = [json.loads(line)["data"] for line in path.read_text().splitlines()]
    assert written == [str(number) for number in range(5_000)]


async def test_the_loop_goes_on_during_an_export(tmp_path: Path) -> None:
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(count_turns())
    await export_ndjson([record(b"x" * 1000)] * 20_000, tmp_path / "out.ndjson")
    other.cancel()
    assert turns > 5


async def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "out.ndjson"
    path.write_text("precious")
    with pytest.raises(FileExistsError):
        await export_ndjson([record()], path)
    assert path.read_text() == "precious"
