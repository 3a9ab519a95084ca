"""Numbers as people read them, the status line, the pump and the terminal behind it."""

from __future__ import annotations

import queue
from types import SimpleNamespace

import pytest
from textual.app import App

from natstui.model.settings import Settings
from natstui.ui import words
from natstui.ui.pump import FramePump
from natstui.ui.terminal import Congestion
from tests.conftest import ServerFactory
from tests.support.waiting import eventually
from tests.ui.explorer import explorer


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (words.size(0), "0 B"),
        (words.size(999), "999 B"),
        (words.size(1000), "1.0 KiB"),
        (words.size(1_048_576), "1.0 MiB"),
        (words.size(150 * 1024), "150 KiB"),
        (words.short_size(1_300), "1.3 K"),
        (words.short_size(12), "12 B"),
        (words.count(812), "812"),
        (words.count(12_345), "12.3k"),
        (words.count(999_999), "1.0M"),
        (words.count(1e15), "1000T"),
        (words.rate(0), "0/s"),
        (words.rate(0.3), "0.3/s"),
        (words.rate(812), "812/s"),
        (words.rate(12_345), "12.3k/s"),
        (words.seconds(0.00042), "0.42 ms"),
        (words.seconds(0.0042), "4.2 ms"),
        (words.seconds(0.42), "420 ms"),
        (words.seconds(4.2), "4.2 s"),
        (words.plural(1, "message"), "1 message"),
        (words.plural(1_200, "message"), "1,200 messages"),
        (words.bars([0, 1, 4, 8]), " ▁▄█"),
        (words.bars([1, 1_000]), "▁█"),
        (words.bars([0, 0]), ""),
    ],
)
def test_numbers_are_said_as_people_read_them(said: str, text: str) -> None:
    assert said == text


async def test_the_status_line_says_what_is_tried_and_why_it_failed(
    server_factory: ServerFactory,
) -> None:
    server = server_factory()
    server.kill()
    settings = Settings(servers=(server.url,), context="prod", color_scheme="red")
    async with explorer(size=(140, 24), settings=settings, subjects=("orders.>",)) as seen:
        seen.app.session.open()
        await eventually(lambda: "nothing listens on" in seen.lines[0], "the reason")
        assert seen.lines[0].startswith(f"▌prod  ◌ nothing listens on 127.0.0.1:{server.port}  ")
        assert f"trying {server.url}, attempt " in seen.lines[0]
        assert "is the server running, and is this its port?" in seen.text
        assert "◌ waiting for a server" in seen.lines[1]
        server.start()
        await eventually(lambda: "● connected  s1 2." in seen.lines[0], "the connection")
        await eventually(lambda: "Listening" in seen.text, "the hint has changed")
        await seen.app.session.close()


async def test_what_does_not_fit_the_status_line_is_left_out_from_the_right() -> None:
    settings = Settings(context="a-context-with-quite-a-long-name", read_only=True)
    async with explorer(size=(50, 24), settings=settings) as seen:
        assert seen.lines[0].startswith("▌a-context-with-quite-a-long-name")
        assert seen.lines[0].endswith("READ-ONLY")
        assert len(seen.lines[0]) <= 50


def backlog(app: App[None], writes: int) -> None:
    """Let so many writes wait for the terminal."""
    waiting: queue.Queue[str] = queue.Queue()
    for _ in range(writes):
        waiting.put("x")
    app._driver = SimpleNamespace(  # type: ignore[assignment]
        _writer_thread=SimpleNamespace(_queue=waiting)
    )


def test_painting_stops_while_the_terminal_is_behind() -> None:
    app: App[None] = App()
    congestion = Congestion(app)
    for writes, held in [(0, False), (6, False), (7, True), (3, True), (0, False), (9, True)]:
        backlog(app, writes)
        congestion.check()
        assert congestion.is_congested is held
        assert (app._batch_count > 0) is held
    assert congestion.stalls == 0


def test_only_what_lasts_counts_as_a_stall() -> None:
    app: App[None] = App()
    congestion = Congestion(app)
    backlog(app, 9)
    for _ in range(20):
        congestion.check()
    assert congestion.stalls == 1
    backlog(app, 0)
    congestion.check()
    backlog(app, 9)
    congestion.check()
    assert congestion.stalls == 1


def test_a_terminal_that_stalls_gets_fewer_frames_for_a_while() -> None:
    app: App[None] = App()
    frames: list[int] = []
    now = 0.0
    pump = FramePump(app, lambda: frames.append(1), lambda _: None, clock=lambda: now)
    for _ in range(10):
        pump.tick()
    assert len(frames) == 10
    pump.congestion.stalls = 1
    for _ in range(20):
        pump.tick()
    assert len(frames) == 20
    assert pump.is_slowed
    for _ in range(200):
        pump.tick()
    assert not pump.is_slowed


def test_samples_are_taken_once_a_second() -> None:
    app: App[None] = App()
    samples: list[float] = []
    now = 0.0
    pump = FramePump(app, lambda: None, samples.append, clock=lambda: now)
    for tick in range(35):
        now = tick / 10
        pump.tick()
    assert samples == [0, 1, 2, 3]


async def test_a_slow_terminal_is_mentioned() -> None:
    async with explorer() as seen:
        seen.app.pump.congestion.stalls += 1
        await seen.frame()
        await seen.frame()
        assert "SLOW TERMINAL" in seen.lines[0]


async def test_a_client_that_has_given_up_says_so_and_how_to_go_on(
    server_factory: ServerFactory,
) -> None:
    server = server_factory("authorization { user: a, password: b }")
    options = {"user": "a", "password": "wrong", "reconnect_time_wait": 0.01}
    settings = Settings(servers=(server.url,), connect_options=options)
    async with explorer(settings=settings, subjects=(">",)) as seen:
        seen.app.session.open()
        await eventually(lambda: "○ given up  R: reconnect" in seen.lines[1], "it gave up")
        assert "R  tries again" in seen.text
        assert "by itself" not in seen.text
        await seen.app.session.close()
