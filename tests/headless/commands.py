"""Runs a headless command within the test, and whole ones as processes."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from natstui.command_line.headless import headless_command, parse_headless, request_of
from natstui.headless.request import Request
from natstui.headless.running import run_async
from natstui.model.settings import Settings
from tests.support.server import NatsServer

# A reconnect is at once.
_OPTIONS = {"reconnect_time_wait": 0.05}


class Result(NamedTuple):
    code: int
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()


def request(line: str) -> Request:
    """What a command line asks for, without its first word `natstui`."""
    found = headless_command(shlex.split(line))
    assert found is not None, f"{line} is no headless command"
    command, argv = found
    return request_of(command, parse_headless(command, argv))


def settings(server: NatsServer, **options: Any) -> Settings:
    return Settings(servers=(server.url,), timeout=20, connect_options={**_OPTIONS, **options})


async def ask(server: NatsServer, line: str, folder: Path, **options: Any) -> Result:
    """Run a command in this process; its exit code and what it wrote."""
    path = folder / "answer"
    with path.open("wb") as file:
        code = await run_async(settings(server, **options), request(line), file.fileno())
    return Result(code, path.read_text())


def start(
    server: NatsServer, line: str, environment: dict[str, str], **streams: Any
) -> subprocess.Popen[bytes]:
    """Run it as a program, whose streams are pipes unless they are given."""
    command = [sys.executable, "-m", "natstui", "-s", server.url, *shlex.split(line)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.Popen(command, env=environment, cwd=os.getcwd(), **pipes)
