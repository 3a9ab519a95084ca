"""Recording: everything that comes is in the file, or is counted as lost."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from natstui.model.filter import parse_filter
from natstui.model.recorder import Recorder
from natstui.model.recording_lines import Head, parse_line
from natstui.model.tail_queue import TailQueue
from tests.support.small_files import small_files

HEAD = Head(1767355267.0, "n2 2.15.1", "prod", ("orders.>",))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def messages(path: Path) -> list[bytes]:
    found = [parse_line(line) for line in path.read_bytes().splitlines()]
    return [record.payload for record in found if not record.is_note]


def notes(path: Path) -> list[str]:
    return [line["note"] for line in lines(path) if "note" in line]


def facts(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, stat.S_IMODE(status.st_mode)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "orders.ndjson"


async def test_all_that_comes_is_written(path: Path) -> None:
    recorder = Recorder(path, HEAD)
    for number in range(3_000):
        recorder.append("orders.new", b"%d" % number)
    recorder.note("disconnected")
    recorder.append("orders.new", b"\xff", "_INBOX.1", b"NATS/1.0\r\nA: b\r\n\r\n")
    await recorder.stop()
    assert messages(path) == [*(b"%d" % number for number in range(3_000)), b"\xff"]
    assert notes(path) == [
        "recorded from prod: orders.>",
        "disconnected",
        "the recording ended: 3,001 messages",
    ]
    assert (recorder.messages, recorder.lost, recorder.is_running) == (3_001, 0, False)
    assert facts(path) == (recorder.size, 0o600)


async def test_nothing_is_overwritten(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    await Recorder(path, HEAD).stop()
    for each in (path, link):
        with pytest.raises(FileExistsError):
            Recorder(each, HEAD)
    assert messages(path) == []


async def test_what_finds_no_room_is_counted_where_it_was_lost(path: Path) -> None:
    recorder = Recorder(path, HEAD, queue=TailQueue(max_messages=2))
    for number in range(5):  # the task has not run yet
        recorder.append("s", b"%d" % number)
    await recorder.stop()
    assert messages(path) == [b"0", b"1"]
    said = [{key: value for key, value in line.items() if key != "ts"} for line in lines(path)[-2:]]
    assert said == [
        {"note": "3 messages lost here: the disk is too slow", "lost": 3},
        {"note": "the recording ended: 2 messages", "messages": 2, "lost": 3},
    ]
    assert recorder.lost == 3


async def test_a_gap_stands_where_it_is(path: Path) -> None:
    queue = TailQueue(max_messages=2)
    recorder = Recorder(path, HEAD, queue=queue)
    for payload in (b"a", b"b", b"lost"):
        recorder.append("s", payload)
    queue.max_messages = 3
    recorder.append("s", b"c")
    await recorder.stop()
    order = [line.get("data", line.get("lost")) for line in lines(path)[1:-1]]
    assert order == ["a", "b", 1, "c"]


async def test_only_what_the_filter_lets_through(path: Path) -> None:
    recorder = Recorder(path, HEAD, parse_filter("fail"))
    for payload in (b"fine", b"it failed", b"x" * 300_000):
        recorder.append("s", payload)
    await recorder.stop()
    # What is too large to be searched to its end may have it.
    assert messages(path) == [b"it failed", b"x" * 300_000]
    assert recorder.lost == 0


async def test_it_ends_after_as_many_as_asked_for(path: Path) -> None:
    recorder = Recorder(path, HEAD, count=2)
    for payload in (b"1", b"2", b"3"):
        recorder.append("s", payload)
    await recorder.ended()
    assert messages(path) == [b"1", b"2"]
    assert (recorder.messages, recorder.lost) == (2, 0)


async def test_it_ends_before_the_file_is_larger(path: Path) -> None:
    recorder = Recorder(path, HEAD, max_bytes=1_000)
    for _ in range(100):
        recorder.append("s", b"x" * 100)
    await recorder.ended()
    assert 0 < recorder.messages < 5
    assert recorder.outcome.endswith("no more than asked for")
    end = recorder.size - 1_000
    assert end < 150  # the last line says how it ended


async def test_a_full_disk_is_said_and_leaves_whole_lines(path: Path) -> None:
    recorder = Recorder(path, HEAD)
    with small_files(1_000):
        for _ in range(100):
            recorder.append("s", b"x" * 100)
        await recorder.ended()
    assert recorder.outcome == "the recording stopped: File too large"
    assert recorder.lost == 100 - recorder.messages == 100 - len(messages(path))
    assert facts(path)[0] == recorder.size <= 1_000
