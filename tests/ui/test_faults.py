"""Faults of our own: said in one line, written to a file, and survived."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.message import Message

from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.tailing import Tail
from natstui.ui import faults
from natstui.ui.app import NatsTui
from natstui.ui.status import StatusLine
from natstui.ui.tail import TailPane
from natstui.ui.tail_rows import TailRows
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer, explorer


class OursError(Exception):
    """What a fault of ours would be."""


def fail(*args: object, **kwargs: object) -> object:
    raise OursError("broken [/x] \x1b[2J")


def survived(seen: Explorer, state_home: Path) -> None:
    """It was said and written down, and the app still works."""
    assert seen.app.is_running
    assert seen.app.faults
    log = state_home / "natstui" / "natstui.log"
    [fault] = seen.app.faults
    assert fault.startswith("internal error: OursError: broken [/x]")
    assert 'raise OursError("broken' in log.read_text()
    seen.app.faults.clear()


async def test_an_action_that_fails(monkeypatch: pytest.MonkeyPatch, state_home: Path) -> None:
    async with explorer(notifications=True) as seen:
        monkeypatch.setattr(TailPane, "action_pause", fail)
        await seen.press("space")
        assert "internal error: OursError: broken [/x] ␛[2J" in seen.text
        assert "natstui.log" in seen.text
        survived(seen, state_home)
        await seen.press("slash")
        assert seen.app.tail_pane.prompt.display


async def test_a_handler_that_fails(monkeypatch: pytest.MonkeyPatch, state_home: Path) -> None:
    class Ping(Message):
        pass

    async with explorer() as seen:
        monkeypatch.setattr(TailPane, "on_ping", fail, raising=False)
        pane = seen.app.tail_pane
        ping = Ping()
        monkeypatch.setattr(type(ping), "handler_name", "on_ping")
        pane.post_message(ping)
        await seen.frame()
        survived(seen, state_home)
        await seen.press("slash")
        assert pane.prompt.display


async def test_a_frame_that_fails(monkeypatch: pytest.MonkeyPatch, state_home: Path) -> None:
    async with explorer() as seen:
        with monkeypatch.context() as broken:
            broken.setattr(StatusLine, "sync", fail)
            await seen.frame()
        survived(seen, state_home)
        seen.feed("x")
        await seen.frame()
        assert "seen 1" in seen.text


async def test_a_line_that_cannot_be_drawn(
    monkeypatch: pytest.MonkeyPatch, state_home: Path
) -> None:
    async with explorer() as seen:
        with monkeypatch.context() as broken:
            broken.setattr(TailRows, "line", fail)
            seen.feed("x")
            await seen.frame()
        assert "this line cannot be drawn" in seen.text
        survived(seen, state_home)


async def test_background_work_that_fails(
    monkeypatch: pytest.MonkeyPatch, state_home: Path
) -> None:
    async with explorer() as seen:
        monkeypatch.setattr(Session, "reconnect", lambda self: work())

        async def work() -> None:
            fail()

        await seen.press("R")
        await eventually(lambda: seen.app.faults, "the fault is noticed")
        survived(seen, state_home)


async def test_what_nothing_can_survive_ends_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TailPane, "compose", fail)
    session = Session(Settings())
    app = NatsTui(session, Tail(session))
    with pytest.raises(OursError):
        async with app.run_test():
            pass
    assert app.return_code == 1


async def test_the_same_fault_is_written_down_once(
    monkeypatch: pytest.MonkeyPatch, state_home: Path
) -> None:
    async with explorer() as seen:
        with monkeypatch.context() as broken:
            broken.setattr(StatusLine, "sync", fail)
            for _ in range(20):
                await seen.frame()
        assert (state_home / "natstui" / "natstui.log").read_text().count("raise OursError") == 1
        survived(seen, state_home)


def test_the_log_is_bounded(state_home: Path) -> None:
    for _ in range(3):
        faults.record(OursError("x" * 600_000))
    assert faults.log_path().stat().st_size < 2_000_000


def test_a_folder_that_cannot_be_written_is_no_obstacle(
    state_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state_home.write_text("a file where a folder should be")
    path = faults.record(OursError("x"))
    assert "OursError" in path.read_text()
    assert path != faults.log_path()
