"""A nats-server of our own, on a free port, that does not outlive us."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from natstui.demo import guard

_START_SECONDS = 15.0
_LOOK_SECONDS = 0.02


class DemoError(Exception):
    """The demo cannot run; the message is a line for the user."""


@contextmanager
def private_server(program: Path) -> Iterator[str]:
    """The URL of a new nats-server with JetStream, which is gone afterwards with all it stored.

    It listens on 127.0.0.1 only. Raises DemoError with the server's words when it does not start.
    """
    folder = Path(tempfile.mkdtemp(prefix="natstui-demo-"))
    config = folder / "server.conf"
    config.write_text(_config(folder))
    with tempfile.TemporaryFile() as log:
        keeper = subprocess.Popen(
            # -I -S: the standard library only, ready in a moment. A session of its own: what the
            # terminal sends to its foreground group reaches natstui alone, which ends the pipe.
            [sys.executable, "-I", "-S", guard.__file__, folder, program, "--config", config],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield _wait_for_url(folder, keeper, log)
        finally:
            assert keeper.stdin is not None
            keeper.stdin.close()
            keeper.wait()


def last_line(file: IO[bytes]) -> str:
    """The last that a process wrote into `file` before it ended."""
    file.seek(0)
    lines = file.read().decode(errors="replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "it said nothing")


def _config(folder: Path) -> str:
    return f"""\
server_name: demo
listen: "127.0.0.1:-1"
ports_file_dir: "{folder}"
max_payload: 1MB
jetstream {{ store_dir: "{folder / "store"}", max_mem: 256M, max_file: 2G }}
{_ACCOUNTS}"""


def _shared(kind: str, subjects: tuple[str, ...], *, take: bool) -> str:
    """The lines that export subjects of the system account, or import them (`take`)."""
    if take:
        lines = (f'{{ {kind}: {{ account: SYS, subject: "{each}" }} }}' for each in subjects)
    else:
        more = ", response: stream" if kind == "service" else ""
        lines = (f'{{ {kind}: "{each}"{more} }}' for each in subjects)
    return "\n".join(lines)


# Reports only: what there is to take orders (RELOAD, KICK) stays in the system account.
_REPORTS = (
    "$SYS.REQ.SERVER.PING",
    "$SYS.REQ.SERVER.PING.*",
    "$SYS.REQ.SERVER.*.VARZ",
    "$SYS.REQ.SERVER.*.HEALTHZ",
)
_EVENTS = ("$SYS.ACCOUNT.*.CONNECT", "$SYS.ACCOUNT.*.DISCONNECT", "$SYS.SERVER.*.CLIENT.AUTH.ERR")
# Whoever looks sees the system from the account where the traffic is: nobody can be in two.
_ACCOUNTS = f"""\
accounts {{
  DEMO {{
    jetstream: enabled
    users: [ {{ user: demo, password: demo }} ]
    imports: [
{_shared("service", _REPORTS, take=True)}
{_shared("stream", _EVENTS, take=True)}
    ]
  }}
  SYS {{ exports: [
{_shared("service", _REPORTS, take=False)}
{_shared("stream", _EVENTS, take=False)}
  ] }}
}}
system_account: SYS
no_auth_user: demo
"""


def _wait_for_url(folder: Path, keeper: subprocess.Popen[bytes], log: IO[bytes]) -> str:
    """The address that the server wrote down when it was ready."""
    deadline = time.monotonic() + _START_SECONDS
    while keeper.poll() is None and time.monotonic() < deadline:
        for path in folder.glob("*.ports"):
            if url := _url_in(path):
                return url
        time.sleep(_LOOK_SECONDS)
    raise DemoError(f"the demo's nats-server did not start: {last_line(log)}")


def _url_in(path: Path) -> str:
    try:
        urls: list[str] = json.loads(path.read_text())["nats"]
        return urls[0]
    except (ValueError, KeyError, IndexError):
        return ""  # it is being written right now
