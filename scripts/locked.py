"""Run a command while holding a lock file: locked.py FILE COMMAND [ARGUMENT ...]

Whoever comes second waits. The lock ends with the command, however it ends.
"""

from __future__ import annotations

import fcntl
import os
import sys

if __name__ == "__main__":
    lock = os.open(sys.argv[1], os.O_CREAT | os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.set_inheritable(lock, True)
    os.execvp(sys.argv[2], sys.argv[2:])
