"""What a trace shows, and above all what it does not."""

from __future__ import annotations

import json
import os
import re
import stat
from datetime import datetime
from pathlib import Path

import pytest

from natstui.client.aio.msg import Msg
from natstui.client.errors import NoRespondersError
from natstui.model import trace_file
from natstui.model.asking import api
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.timeline import Event
from natstui.model.trace import Trace
from natstui.model.trace_file import TraceFile
from tests.support.server import NatsServer
from tests.support.waiting import eventually


class Lines(list[str]):
    """Those of a trace, without the time of day that each begins with."""

    def __call__(self, line: str) -> None:
        found = re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3} (.*)", line)
        assert found is not None, line
        self.append(found[1])


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
def trace(lines: Lines) -> Trace:
    return Trace(lines, "$JS.hub.API")


def message(data: bytes, **headers: str) -> Msg:
    return Msg(None, "_INBOX.x", "", data, headers)


@pytest.mark.parametrize("prefix", ["$JS.API", "$JS.hub.API"])
def test_the_api_is_shown_but_for_what_is_stored(trace: Trace, lines: Lines, prefix: str) -> None:
    stored = {"seq": 1, "data": "aHVudGVyMg==", "hdrs": "aHVudGVyMg=="}
    trace.asked(1, f"{prefix}.STREAM.MSG.GET.S", b'{"seq": 1}')
    trace.answered(1, message(json.dumps({"message": stored, "all": [stored]}).encode()), 0.002)
    asked, answered = lines
    assert asked == f'>>> #1 {prefix}.STREAM.MSG.GET.S {{"seq": 1}}'
    assert answered.startswith("<<< #1 2.0 ms ")
    hidden = {"seq": 1, "data": "(7 B)", "hdrs": "(7 B)"}
    assert json.loads(answered.partition(" ms ")[2]) == {"message": hidden, "all": [hidden]}


def test_of_everything_else_there_is_the_size(trace: Trace, lines: Lines) -> None:
    trace.asked(1, "$JS.API.DIRECT.GET.S.orders", b"")
    trace.answered(1, message(b'{"card": "hunter2"}', **{"Nats-Sequence": "1"}), 0.5)
    trace.asked(2, "$SYS.REQ.USER.INFO", b"")
    trace.answered(2, message(b'{"data": {"user": "hunter2"}}'), 0.5)
    trace.asked(3, "svc.pay", b"hunter2")
    trace.answered(3, message(b"hunter2"), 0.5)
    trace.asked(4, "$JS.API.STREAM.INFO.S", b"hunter2, which is no JSON")
    trace.answered(4, message(b"[" * 100_000), 0.5)
    assert "hunter2" not in "".join(lines)
    assert lines[1].startswith("<<< #1 500 ms a stored message of ")
    assert lines[2:6] == [
        ">>> #2 $SYS.REQ.USER.INFO",
        "<<< #2 500 ms (29 B)",
        ">>> #3 svc.pay (7 B)",
        "<<< #3 500 ms (7 B)",
    ]
    assert lines[7] == "<<< #4 500 ms (97.7 KiB)"


def test_silence_is_told(trace: Trace, lines: Lines) -> None:
    trace.asked(1, "a", b"")
    trace.unanswered(1, 5)
    assert lines == [">>> #1 a", "<<< #1 5.0 s no answer"]


def test_a_terminal_obeys_nothing_of_it_and_it_has_an_end(trace: Trace, lines: Lines) -> None:
    trace.asked(1, "$JS.API.STREAM.CREATE.\x1b[2J", b'"\\u001b[2J' + b"x" * 10_000 + b'"')
    trace.happened(Event(0, "error", "a\nb\x1b[2J"))
    assert "\x1b" not in "".join(lines)
    assert len(lines[0]) < 5_000
    assert lines[0].endswith(" characters more")
    assert len(lines) == 2


async def test_a_session_writes_what_happens_and_what_is_asked(
    js_server: NatsServer, lines: Lines
) -> None:
    settings = Settings(servers=(js_server.url,), trace=True, timeout=20)
    session = Session(settings, tell=lines)
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    await api(session, "STREAM.NAMES")
    with pytest.raises(NoRespondersError):
        await session.request("nobody", b"")
    await session.close()
    kinds = [line.partition(" ")[0] for line in lines]
    assert kinds == ["connecting:", "connected:", *[">>>", "<<<"] * 2, "disconnected:", "closed:"]
    assert lines[2] == ">>> #1 $JS.API.STREAM.NAMES"
    assert '"streams": null' in lines[3]
    assert lines[5].endswith(" 503 nobody listens there")


async def test_without_a_place_for_it_it_goes_into_a_file_that_is_named(
    server: NatsServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    session = Session(Settings(servers=(server.url,), trace=True))
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    await session.close()
    note = session.timeline.events[0].text
    path = Path(note.removeprefix("trace: ").replace("~", str(tmp_path)))
    assert path.parent == tmp_path / "natstui"
    assert stat.filemode(os.stat(path).st_mode) == "-rw-------"
    with open(path) as file:  # noqa: ASYNC230
        assert "connected: nats://127.0.0.1" in file.read()


def test_a_session_without_a_file_to_write_to_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "natstui").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    session = Session(Settings(trace=True))
    assert "no trace: " in session.timeline.events[0].text


def test_a_file_has_an_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(trace_file, "MOST_WRITTEN", 20)
    file = TraceFile()
    file("0123456789ä")
    file.close()
    file("01234567")
    file("01234567")
    file.close()
    day, *lines = file.path.read_text().splitlines()
    assert datetime.fromisoformat(day).tzinfo is not None
    assert lines == [r"0123456789\xe4", "the trace ends here: the file is as long as it may be"]
