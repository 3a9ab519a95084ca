"""A recording that is read: any message by its place, and what is broken in its place."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from natstui.model import recording_files
from natstui.model.export import ndjson_line
from natstui.model.recording import Recording, RecordingError, is_broken
from natstui.model.recording_lines import Head, note_line
from natstui.model.recording_survey import Survey
from natstui.model.tail import Record

BEGAN = 1767355267.0


def message(number: int, payload: bytes = b"") -> str:
    data = payload or b"message %d" % number
    return ndjson_line(Record(0, BEGAN + number, f"orders.{number % 3}", "", b"", data, len(data)))


def write(path: Path, *lines: str, end: str = "\n") -> Path:
    path.write_text("".join(line + end for line in lines))
    return path


Open = Callable[..., Recording]


@pytest.fixture
def begun() -> Iterator[Open]:
    """Opens recordings, and closes them behind the test."""
    with ExitStack() as stack:
        yield lambda *paths: stack.enter_context(Recording(paths))


@pytest.fixture
def opened(begun: Open) -> Open:
    """Opens recordings to their last line."""

    def open(*paths: Path) -> Recording:
        recording = begun(*paths)
        while recording.index(1.0):
            pass
        return recording

    return open


def payloads(recording: Recording) -> list[str]:
    return [recording.get(seq).payload.decode() for seq in range(recording.count)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "orders.ndjson"


def test_every_line_is_found(opened: Open, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording_files, "_CHUNK", 100)  # bytes: lines go over several of them
    head = Head(BEGAN, "n2", "prod", ("orders.>",))
    lines = [head.line(), *map(message, range(50)), note_line(BEGAN + 50, "disconnected")]
    recording = opened(write(path, *lines))
    assert (recording.count, recording.progress, recording.head) == (52, 1.0, head)
    assert payloads(recording)[1:] == [*(f"message {n}" for n in range(50)), "disconnected"]
    assert [recording.get(seq).seq for seq in (0, 7, 51)] == [0, 7, 51]
    for seq in (-1, 52):
        with pytest.raises(LookupError):
            recording.get(seq)


def test_it_is_indexed_a_little_at_a_time(
    begun: Open, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_files, "_CHUNK", 1_000)
    recording = begun(write(path, *map(message, range(100))))
    assert 0 < recording.count < 100
    assert 0 < recording.progress < 1
    assert recording.get(0).payload == b"message 0"
    while recording.index(0):
        pass
    assert recording.count == 100


def test_what_is_broken_stands_in_its_place(opened: Open, path: Path) -> None:
    path.write_bytes(
        f"{message(0)}\n".encode() + b"\xff\x1b[2J\n\n" + f"{message(1)}\n".encode() + b'{"subj'
    )
    recording = opened(path)
    assert payloads(recording) == [
        "message 0",
        "line 2 cannot be read: it is no JSON",
        "line 3 cannot be read: it is empty",
        "message 1",
        "line 5 cannot be read: it was broken off: the recording was not ended",
    ]
    assert [is_broken(recording.get(seq)) for seq in range(5)] == [False, True, True, False, True]


def test_several_files_are_one_after_the_other(opened: Open, tmp_path: Path) -> None:
    first = write(tmp_path / "a", message(0), message(1))
    second = write(tmp_path / "b", "broken", message(2))
    recording = opened(first, second)
    assert payloads(recording) == [
        "message 0",
        "message 1",
        "line 1 of b cannot be read: it is no JSON",
        "message 2",
    ]
    assert recording.name == "a and 1 more"


def test_a_place_in_time(opened: Open, path: Path) -> None:
    recording = opened(write(path, message(0), "broken", message(10), message(20)))
    found = [recording.first_since(BEGAN + after) for after in (-5, 0, 1, 10, 11, 21)]
    # What cannot be read has no time: it goes with what follows.
    assert found == [0, 0, 1, 1, 3, 4]


def test_a_file_that_becomes_shorter_is_survived(
    opened: Open, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_files, "_CHUNK", 100)
    recording = opened(write(path, *map(message, range(10))))
    os.truncate(path, 0)
    assert is_broken(recording.get(9))


def test_a_line_that_no_message_can_be_is_not_read(
    opened: Open, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_files, "LONGEST_LINE", 1_000)
    recording = opened(write(path, message(0), message(1, b"x" * 1_000)))
    assert payloads(recording)[1] == "line 2 cannot be read: it is too long to be a message"


# What the nats tool wrote


def dumped(data: str) -> str:
    return json.dumps({"Subject": "a", "Reply": "", "Header": None, "Data": data, "Sub": None})


def test_a_folder_that_nats_sub_dumped(opened: Open, tmp_path: Path) -> None:
    for name, data in (("10", "MTA="), ("2", "Mg=="), ("2_reply", "Mi1y"), ("1", "MQ==")):
        (tmp_path / f"{name}.json").write_text(dumped(data))
        os.utime(tmp_path / f"{name}.json", (BEGAN, BEGAN + len(data)))
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "3.json").write_text("{")
    recording = opened(tmp_path)
    assert payloads(recording) == [
        "1",
        "2",
        "2-r",
        "3.json cannot be read: it is no JSON",
        "10",
    ]
    assert recording.get(0).at == BEGAN + 4  # the tool writes no time, the file has one


def test_what_nats_sub_dumped_to_a_pipe(opened: Open, path: Path) -> None:
    recording = opened(write(path, dumped("MQ=="), dumped("Mg=="), end="\0"))
    assert payloads(recording) == ["1", "2"]


# What is none


def test_what_is_no_recording_is_said(path: Path, tmp_path: Path) -> None:
    newer = Head(BEGAN, "n2", "prod", (), version=2).line()
    for content, problem in (
        ("", "there is nothing in it"),
        ("hello\nworld\n", "it is no recording, and not of `nats sub --dump`: it is no JSON"),
        (newer + "\n", "it was made by a newer natstui (format 2)"),
    ):
        path.write_text(content)
        with pytest.raises(RecordingError) as raised:
            Recording([path])
        assert str(raised.value) == f"{path}: {problem}"
    (tmp_path / "empty").mkdir()
    for each in (tmp_path / "missing", tmp_path / "empty"):
        with pytest.raises(RecordingError, match=str(each)):
            Recording([each])


# The survey


def test_a_survey_counts_what_is_in_it(begun: Open, path: Path) -> None:
    lines = [note_line(BEGAN, "began"), *map(message, range(7)), "broken", "{"]
    survey = Survey(begun(write(path, *lines)))
    while survey.work(0):
        pass
    assert survey.is_done
    assert (survey.messages, survey.broken, survey.bytes) == (7, 2, 7 * len("message 0"))
    assert survey.subjects == {"orders.0": 3, "orders.1": 2, "orders.2": 2}
    assert (survey.began, survey.ended) == (BEGAN, BEGAN + 6)
