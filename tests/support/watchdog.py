"""Kill the processes that tests started when the test run itself dies without cleaning up.

One small process a test run reads the ids of the running children from a pipe. When the pipe ends,
because the run is over or was killed, it kills whatever is left. (PR_SET_PDEATHSIG would tie a
child to the thread that started it, and exists on Linux only.)
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from functools import cache


def watch(process_id: int) -> None:
    """From now on the process, and the group that it leads, does not outlive this one."""
    _say(f"+{process_id}")


def unwatch(process_id: int) -> None:
    """The process is gone: its id may soon belong to another."""
    _say(f"-{process_id}")


def _say(line: str) -> None:
    os.write(_pipe(), f"{line}\n".encode())


@cache
def _pipe() -> int:
    read, write = os.pipe()
    # -I -S: the standard library only, ready in a moment. A session of its own: ctrl-c in the
    # terminal reaches the test run alone, which then ends the pipe.
    subprocess.Popen(
        [sys.executable, "-I", "-S", __file__],
        stdin=read,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ).returncode = 0  # nobody waits for it: it goes last
    os.close(read)
    return write


def main() -> None:
    watched: set[int] = set()
    for line in sys.stdin:
        process_id = int(line[1:])
        if line.startswith("+"):
            watched.add(process_id)
        else:
            watched.discard(process_id)
    for process_id in watched:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process_id, signal.SIGKILL)


if __name__ == "__main__":
    main()
