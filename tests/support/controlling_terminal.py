"""Run a command as the foreground job of the terminal that is its standard input.

Only the session's leader can take a terminal, so this runs in between, as a program of its own:
to do it between fork and exec is not safe in a test run with threads.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import termios

if __name__ == "__main__":
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    # A login would start with none ignored; a test run in the background ignores SIGINT, and
    # Python itself SIGPIPE, and both would be handed on.
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    os.execvp(sys.argv[1], sys.argv[1:])
