"""The demo as a whole: a private server with traffic, for as long as somebody looks at it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from natstui.demo.nats_server import NatsServerError, get_nats_server
from natstui.demo.server import DemoError, last_line, private_server
from natstui.demo.traffic import SUBJECTS
from natstui.model.settings import Settings

__all__ = ["DemoError", "demo_session", "traffic_process"]


@contextmanager
def demo_session(*, read_only: bool = False) -> Iterator[Settings]:
    """Settings to explore a new private server whose traffic has begun.

    Finds a nats-server, or fetches one through the machine's own apt with a line or two on
    standard error. Raises DemoError when there is none, or it does not start.
    """
    try:
        program = get_nats_server()
    except NatsServerError as error:
        raise DemoError(str(error)) from None
    with private_server(program) as url, traffic_process(url):
        yield Settings(
            servers=(url,),
            context="demo",
            connect_options={"name": "natstui demo"},
            subjects=SUBJECTS,
            read_only=read_only,
        )


@contextmanager
def traffic_process(url: str) -> Iterator[None]:
    """A process that plays the traffic on the server at `url`; it has begun.

    Raises DemoError, at the start or the end, when it failed.
    """
    with tempfile.TemporaryFile() as complaints:
        player = subprocess.Popen(
            [sys.executable, "-m", "natstui.demo", url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            start_new_session=True,
        )
        assert player.stdin is not None
        assert player.stdout is not None
        try:
            ready = player.stdout.readline()
            if ready:
                yield
        finally:
            player.stdin.close()
            player.wait()
            player.stdout.close()
        if player.returncode or not ready:
            raise DemoError(f"the demo's traffic stopped: {last_line(complaints)}")
