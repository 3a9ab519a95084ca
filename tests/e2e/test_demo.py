"""`natstui demo` as a person runs it: in a terminal, from start to the last process gone."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.environment import environment_at
from tests.support.terminal import Terminal
from tests.support.waiting import wait_until

DEMO = [sys.executable, "-m", "natstui", "demo"]
AS_IT_WAS = {7, 25}  # lines wrap and the cursor is visible, as in every new terminal


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Terminal]:
    """The demo, with traffic on the screen; its server's folder is gone afterwards."""
    environment = environment_at(tmp_path / "home") | {"TMPDIR": str(tmp_path)}
    with Terminal(DEMO, env=environment) as terminal:
        terminal.wait_for("connected")
        terminal.wait_for("ops.metrics.")
        assert [*tmp_path.glob("natstui-demo-*")]
        yield terminal
    wait_until(lambda: not [*tmp_path.glob("natstui-demo-*")], "the server's folder is gone")


def test_traffic_flows_and_q_quits(demo: Terminal) -> None:
    demo.press("q")
    assert demo.wait_for_exit() == 0
    assert demo.private_modes == AS_IT_WAS


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_leaves_the_terminal_as_it_was(
    demo: Terminal, number: signal.Signals
) -> None:
    demo.send_signal(number)
    assert demo.wait_for_exit() == 128 + number
    assert demo.private_modes == AS_IT_WAS


def test_even_when_killed_it_leaves_no_server_behind(demo: Terminal) -> None:
    demo.send_signal(signal.SIGKILL)
    assert demo.wait_for_exit() == -signal.SIGKILL


def test_without_a_nats_server_it_says_what_to_do(tmp_path: Path) -> None:
    environment = environment_at(tmp_path) | {"NATSTUI_NATS_SERVER": str(tmp_path / "nothing")}
    with Terminal(DEMO, env=environment) as terminal:
        assert terminal.wait_for_exit() == 1
        assert terminal.screen.startswith("natstui: NATSTUI_NATS_SERVER names")
        assert "Traceback" not in terminal.screen
