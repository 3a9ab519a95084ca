"""Run a command as the foreground job of the terminal that is its standard input.

Only the session's leader can take a terminal, so this runs in between, as a program of its own:
to do it between fork and exec is not safe in a test run with threads.
"""

from __future__ import annotations

import fcntl
import os
import sys
import termios

if __name__ == "__main__":
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    os.execvp(sys.argv[1], sys.argv[1:])
