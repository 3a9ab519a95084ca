"""ctrl+z gives the shell its terminal; `fg` goes on, with a server that is gone meanwhile, too."""

from __future__ import annotations

import shlex
import sys

from tests.support.server import NatsServer
from tests.support.terminal import Terminal


def test_ctrl_z_and_fg(server: NatsServer, environment: dict[str, str]) -> None:
    shell = {"PS1": "ready> ", "ENV": ""}
    with Terminal(["sh", "-i"], env=environment | shell) as terminal:
        terminal.wait_for("ready>")
        program = shlex.join([sys.executable, "-m", "natstui", "-s", server.url, "orders.>"])
        terminal.type(f"clear; {program}\n")
        terminal.wait_for("Listening, nothing has arrived yet.")
        terminal.press("ctrl+z")
        terminal.wait_for("ready>")
        assert "Listening" not in terminal.screen
        assert terminal.private_modes == {7, 25}
        terminal.type("echo $((6*7)) is the answer\n")
        terminal.wait_for("42 is the answer")
        server.restart()
        terminal.type("fg\n")
        terminal.wait_for("── reconnected")
        terminal.press("e")
        terminal.wait_for("stopped for")
        terminal.press("escape")
        terminal.wait_for(lambda _: "stopped for" not in terminal.screen)
        terminal.press("q")
        terminal.wait_for("ready>")
        terminal.type("echo ended with $?\n")
        terminal.wait_for("ended with 0")
        assert terminal.private_modes == {7, 25}
