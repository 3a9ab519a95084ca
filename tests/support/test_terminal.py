"""The terminal that end-to-end tests look at, with small shell and Python programs in it."""

from __future__ import annotations

import signal
import sys

import pytest

from tests.support.display import Display
from tests.support.terminal import Terminal, key_bytes
from tests.support.waiting import NeverHappened, wait_until

ECHO_KEYS = """
import sys, tty
tty.setraw(0)
print("ready", flush=True)
while (key := sys.stdin.buffer.raw.read(64)) != b"q":
    print(repr(key), end="\\r\\n", flush=True)
"""

SHOW_SIZE = """
import os, signal
def show(*_):
    print("size %d x %d" % os.get_terminal_size(), flush=True)
signal.signal(signal.SIGWINCH, show)
show()
while True:
    signal.pause()
"""

FLOOD = """
import os
written = 0
while written < 200_000:
    written += os.write(1, b"x" * 1000)
print("done", flush=True)
input()
"""


def python(program: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", program]


def test_the_screen_shows_what_a_terminal_would() -> None:
    with Terminal(["printf", r"one\r\n\033[31;1mtwo\033[0m\033[2Cthree"]) as terminal:
        assert terminal.wait_for_exit() == 0
        assert terminal.lines[:3] == ["one", "two  three", ""]
        assert terminal.cell(1, 0).fg == "red"
        assert terminal.cell(1, 0).bold
        assert terminal.cursor == (1, 10)
        assert terminal.find("three") == (1, 5)
        assert terminal.output == b"one\r\r\n\x1b[31;1mtwo\x1b[0m\x1b[2Cthree"


def test_keys_reach_the_program() -> None:
    with Terminal(python(ECHO_KEYS)) as terminal:
        terminal.wait_for("ready")
        terminal.press("up")
        terminal.wait_for(r"b'\x1b[A'")
        terminal.press("ctrl+c")
        terminal.wait_for(r"b'\x03'")
        terminal.type("héllo")
        terminal.wait_for(r"b'h\xc3\xa9llo'")
        terminal.click(0, 4)
        terminal.wait_for(r"b'\x1b[<0;5;1M\x1b[<0;5;1m'")
        terminal.press("q")
        assert terminal.wait_for_exit() == 0


def test_signals_of_the_keyboard_reach_the_program() -> None:
    with Terminal(["cat"]) as terminal:
        terminal.type("hello\r")
        terminal.wait_for(lambda terminal: terminal.screen.count("hello") == 2)
        terminal.press("ctrl+c")
        assert terminal.wait_for_exit() == -signal.SIGINT


def test_unknown_keys_are_errors() -> None:
    assert key_bytes("alt+enter") == b"\x1b\r"
    with pytest.raises(ValueError, match="no such key: entre"):
        key_bytes("entre")


async def test_the_program_learns_the_size_and_its_changes() -> None:
    with Terminal(python(SHOW_SIZE), columns=100, rows=30) as terminal:
        await terminal.until("size 100 x 30")
        terminal.resize(60, 10)
        await terminal.until("size 60 x 10")
        assert len(terminal.lines) == 10


def test_a_stalled_terminal_blocks_the_program_until_it_reads_again() -> None:
    with Terminal(python(FLOOD)) as terminal:
        terminal.wait_for("xxx")
        terminal.stall()
        with pytest.raises(NeverHappened):
            terminal.wait_for("done", timeout=0.3)
        assert terminal.running
        assert terminal.output_bytes < 200_000
        terminal.unstall()
        terminal.wait_for("done")
        assert terminal.output_bytes > 200_000


def test_what_never_shows_is_reported_with_the_screen() -> None:
    with Terminal(["cat"], columns=20, rows=3) as terminal:
        terminal.type("a text")
        terminal.wait_for("a text")
        with pytest.raises(NeverHappened) as raised:
            terminal.wait_for("another text", timeout=0.05)
    assert "'another text' on the screen of cat: not within 0.05 s" in str(raised.value)
    assert "|a text              |" in str(raised.value)


def test_the_program_goes_with_the_terminal() -> None:
    with Terminal(["cat"]) as terminal:
        assert terminal.running
    assert not terminal.running


def test_the_alternate_screen_comes_and_goes() -> None:
    display = Display(20, 3)
    display.feed(b"$ app\r\n\x1b[?1049h\x1b[H\x1b[?1000hfull screen")
    assert display.lines == ["full screen", "", ""]
    assert {1049, 1000} <= display.private_modes
    display.feed(b"\x1b[?1000l\x1b[?1049l$ ")
    assert display.lines == ["$ app", "$", ""]
    assert not {1049, 1000} & display.private_modes


@pytest.mark.parametrize(
    "sequence",
    [
        b"\x1b[>1u",
        b"\x1b[<u",
        b"\x1b[?2026$p",
        b"\x1b[>4;2m",
        b"\x1bP+q544e\x1b\\",
        b"\x1b_Gi=1;AAAA\x1b\\",
        b"\x1b]52;c;aGVsbG8=\x07",
        b"\x1b]8;;http://example.com\x1b\\",
        b"\x1b[38;2;1;2;3m",
        b"\x1b(B",
        b"\xe2\x9c\x93",
    ],
)
def test_no_part_of_an_escape_sequence_is_taken_for_text(sequence: bytes) -> None:
    whole, bytewise = Display(20, 1), Display(20, 1)
    whole.feed(b"a" + sequence + b"b")
    for byte in b"a" + sequence + b"b":
        bytewise.feed(bytes([byte]))
    assert whole.lines == bytewise.lines
    assert whole.lines[0].replace("✓", "") == "ab"


def test_a_condition_of_no_terminal_is_waited_for_as_well() -> None:
    with pytest.raises(NeverHappened, match=r"^it rains: not within 0\.01 s; last seen:\nsun$"):
        wait_until(lambda: False, "it rains", timeout=0.01, last_seen=lambda: "sun")


def test_half_of_a_wide_character_is_no_obstacle() -> None:
    display = Display(20, 1)
    display.feed("a界b\x1b[1;2Hx".encode())
    assert display.lines == ["axb"]
    display.feed(b"y")
    assert display.lines == ["axyb"]
