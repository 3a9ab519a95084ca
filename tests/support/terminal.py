"""Run a program in a terminal: type at it, resize it, stop reading, look at the screen."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from pyte.screens import Char

from tests.support import controlling_terminal
from tests.support.display import Display
from tests.support.waiting import eventually, wait_until
from tests.support.watchdog import unwatch, watch

KEYS = {
    "enter": "\r",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "escape": "\x1b",
    "space": " ",
    "backspace": "\x7f",
    "delete": "\x1b[3~",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    "f5": "\x1b[15~",
}

Condition = str | Callable[["Terminal"], object]


def key_bytes(key: str) -> bytes:
    """What a terminal sends for a key: a name above, a character, "ctrl+c" or "alt+x"."""
    if key in KEYS:
        return KEYS[key].encode()
    modifier, plus, rest = key.partition("+")
    if plus and modifier == "ctrl" and len(rest) == 1:
        return bytes([ord(rest.upper()) & 0x1F])
    if plus and modifier == "alt":
        return b"\x1b" + key_bytes(rest)
    if len(key) != 1:
        raise ValueError(f"no such key: {key}")
    return key.encode()


class Terminal:
    """A program in a pseudo-terminal of its own. Use it as a context manager.

    A thread reads what the program writes, so the screen is always up to date, in tests that
    block and in tests that await. When the block ends the program is killed, if it still runs.
    `env` is its whole environment, but for TERM; by default it is that of the tests. Without
    `controlling` the kernel sends it no signals for what happens to the terminal.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        columns: int = 80,
        rows: int = 24,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        controlling: bool = True,
    ) -> None:
        self._controlling = controlling
        self._command = [str(part) for part in command]
        self._size = columns, rows
        kind = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        inherited = os.environ if env is None else env
        # Not measured: a program that is traced is half as fast as what a user has.
        kept = {k: v for k, v in inherited.items() if not k.startswith("COVERAGE_")}
        self._environment = kept | kind
        self._cwd = cwd
        self._output = bytearray()
        self._display = Display(columns, rows)
        self._lock = threading.Lock()
        self._reading = True

    def __enter__(self) -> Terminal:
        self._master, slave = pty.openpty()
        self._wake_reader, self._wake = os.pipe()
        self._set_size(*self._size)
        # -I -S: ready in a moment, and whatever the environment says is for the program alone.
        first = [sys.executable, "-I", "-S", controlling_terminal.__file__]
        first = first if self._controlling else []
        self._process = subprocess.Popen(
            [*first, *self._command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=self._environment,
            cwd=self._cwd,
            start_new_session=True,
        )
        watch(self._process.pid)
        os.close(slave)
        self._reader = threading.Thread(target=self._read, name="terminal", daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.running:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        unwatch(self._process.pid)
        os.write(self._wake, b"q")
        self._reader.join()
        for descriptor in (self._master, self._wake, self._wake_reader):
            os.close(descriptor)

    # What the program wrote

    @property
    def output(self) -> bytes:
        """Every byte so far."""
        with self._lock:
            return bytes(self._output)

    @property
    def output_bytes(self) -> int:
        with self._lock:
            return len(self._output)

    @property
    def lines(self) -> list[str]:
        """The visible text, a string a row."""
        with self._lock:
            return self._display.lines

    @property
    def screen(self) -> str:
        """The visible text, rows separated by newlines."""
        return "\n".join(self.lines)

    @property
    def cursor(self) -> tuple[int, int]:
        """Row and column, from 0."""
        with self._lock:
            return self._display.cursor

    @property
    def private_modes(self) -> set[int]:
        """See Display.private_modes: what a program has to switch off before it goes."""
        with self._lock:
            return self._display.private_modes

    def cell(self, row: int, column: int) -> Char:
        with self._lock:
            return self._display.cell(row, column)

    def find(self, text: str) -> tuple[int, int]:
        """Row and column where the text is on the screen. Raises LookupError when it is not."""
        for row, line in enumerate(self.lines):
            if text in line:
                return row, line.index(text)
        raise LookupError(f"{text!r} is not on the screen:\n{self.picture()}")

    def picture(self) -> str:
        """The screen in a frame, for messages."""
        columns = self._size[0]
        edge = "+" + "-" * columns + "+"
        return "\n".join([edge, *(f"|{line:<{columns}}|" for line in self.lines), edge])

    # What happens to the program

    def type(self, text: str) -> None:
        """Type the text as it is."""
        os.write(self._master, text.encode())

    def press(self, *keys: str) -> None:
        """Press keys, such as "enter", "ctrl+p", "q"; see `key_bytes`.

        After "escape", wait for its effect before the next key: the two together mean alt.
        """
        for key in keys:
            os.write(self._master, key_bytes(key))

    def paste(self, text: str) -> None:
        """Paste as terminals do in bracketed paste mode."""
        self.type(f"\x1b[200~{text}\x1b[201~")

    def click(self, row: int, column: int) -> None:
        """Press and release the left button there (SGR mouse reports)."""
        self.type(f"\x1b[<0;{column + 1};{row + 1}M\x1b[<0;{column + 1};{row + 1}m")

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the window; the program gets SIGWINCH."""
        with self._lock:
            self._size = columns, rows
            self._display.resize(columns, rows)
        self._set_size(columns, rows)

    def stall(self) -> None:
        """Stop reading, as a terminal over a dead ssh connection does: soon writes block."""
        self._set_reading(False)

    def hang_up(self) -> None:
        """Close the window, so to speak; there is nothing to be seen afterwards."""
        os.write(self._wake, b"q")
        self._reader.join()
        os.close(self._master)
        self._master = os.open(os.devnull, os.O_RDWR)

    def unstall(self) -> None:
        self._set_reading(True)

    # The program itself

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def process_id(self) -> int:
        return self._process.pid

    def send_signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait_for_exit(self, timeout: float = 20.0) -> int:
        """Its exit code (negative: the signal that killed it), when all output is read."""
        wait_until(
            lambda: not self.running,
            f"{self._command[0]} ends",
            timeout=timeout,
            last_seen=self.picture,
        )
        self._reader.join(timeout)
        return self._process.wait()

    # Waiting

    def wait_for(self, condition: Condition, *, timeout: float = 20.0) -> None:
        """Block until a text is on the screen, or a function of this terminal is true.

        Raises NeverHappened with the last screen.
        """
        wait_until(
            lambda: self._holds(condition),
            self._name(condition),
            timeout=timeout,
            last_seen=self.picture,
        )

    async def until(self, condition: Condition, *, timeout: float = 20.0) -> None:
        """`wait_for` while the event loop of the test runs on."""
        await eventually(
            lambda: self._holds(condition),
            self._name(condition),
            timeout=timeout,
            last_seen=self.picture,
        )

    def _holds(self, condition: Condition) -> bool:
        return condition in self.screen if isinstance(condition, str) else bool(condition(self))

    def _name(self, condition: Condition) -> str:
        return f"{condition!r} on the screen of {self._command[0]}"

    # The other end of the terminal

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _set_reading(self, reading: bool) -> None:
        self._reading = reading
        os.write(self._wake, b"r")

    def _read(self) -> None:
        while True:
            sources = [self._wake_reader, *([self._master] if self._reading else [])]
            ready, _, _ = select.select(sources, [], [])
            if self._wake_reader in ready:
                if os.read(self._wake_reader, 1) == b"q":
                    return
            elif not self._take(self._master):
                return

    def _take(self, master: int) -> bool:
        try:
            data = os.read(master, 65536)
        except OSError:  # EIO is how Linux says that no program has the terminal open any more
            return False
        with self._lock:
            self._output += data
            self._display.feed(data)
        return bool(data)
