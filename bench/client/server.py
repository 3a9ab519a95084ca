"""A private nats-server for one run of the benchmarks."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LISTENING = re.compile(r"Listening for client connections on (\S+)")


class ServerTrouble(Exception):
    """The server did not start, or complained during the run."""


@contextmanager
def private_server(binary: Path, *options: str) -> Iterator[str]:
    """Run a server with its defaults and these options on a free port of the loopback.

    Yields its URL.
    It inherits this process's cores. ServerTrouble afterwards when it called a client slow: such
    a run measured a disconnection, too.
    """
    command = [str(binary), "--addr", "127.0.0.1", "--port", "-1", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            yield _url(server)
        finally:
            server.terminate()
        log = _log(server)
    if "Slow Consumer" in log:
        raise ServerTrouble(log)


def _url(server: subprocess.Popen[str]) -> str:
    assert server.stderr is not None
    seen, url = "", ""
    for line in server.stderr:
        seen += line
        if found := _LISTENING.search(line):
            url = f"nats://{found[1]}"
        if "Server is ready" in line and url:
            return url
    raise ServerTrouble(f"nats-server ended: {seen}")


def _log(server: subprocess.Popen[str]) -> str:
    assert server.stderr is not None
    return server.stderr.read()
