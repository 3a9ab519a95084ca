"""Keeps a nats-server while somebody holds its standard input, then stops it and cleans up.

Run as a process of its own, with the standard library only: `guard.py FOLDER PROGRAM ARGS…`. A pipe
ends however its owner ends, be it killed, so that no server and no folder is left behind.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading


def main(folder: str, *command: str) -> int:
    """Run `command` until standard input ends, or it does; remove `folder`; its exit code."""
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    threading.Thread(target=_stop_at_the_end_of_input, args=(server,), daemon=True).start()
    code = server.wait()
    shutil.rmtree(folder, ignore_errors=True)
    return code


def _stop_at_the_end_of_input(server: subprocess.Popen[bytes]) -> None:
    while os.read(0, 4096):  # not sys.stdin: its lock would trouble the interpreter at its end
        pass
    server.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(timeout=5)
    server.kill()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
