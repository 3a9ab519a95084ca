"""However the explorer ends, the shell gets its terminal back, and an exit code that says why."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator

import pytest

from tests.e2e.explorer import explorer
from tests.support.server import NatsServer
from tests.support.terminal import Terminal

AS_IT_WAS = {7, 25}  # lines wrap and the cursor is visible, as in every new terminal


@pytest.fixture
def running(server: NatsServer, environment: dict[str, str]) -> Iterator[Terminal]:
    with explorer(server.url, "orders.>", environment=environment) as terminal:
        terminal.wait_for("Listening, nothing has arrived yet.")
        yield terminal


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal(running: Terminal, number: signal.Signals) -> None:
    running.send_signal(number)
    assert running.wait_for_exit() == 128 + number
    assert running.private_modes == AS_IT_WAS


def test_ctrl_c_from_a_dialog(running: Terminal) -> None:
    running.press("p")
    running.wait_for("Reply to")
    running.press("ctrl+c")
    assert running.wait_for_exit() == 130
    assert running.private_modes == AS_IT_WAS


@pytest.mark.parametrize("controlling", [True, False])
def test_a_terminal_that_disappears(
    server: NatsServer, environment: dict[str, str], controlling: bool
) -> None:
    command = [sys.executable, "-m", "natstui", "--server", server.url, "orders.>"]
    with Terminal(command, env=environment, controlling=controlling) as terminal:
        terminal.wait_for("Listening, nothing has arrived yet.")
        terminal.hang_up()
        assert terminal.wait_for_exit() == 128 + signal.SIGHUP
