"""The user's own editor, in our terminal, while everything else goes on.

The app lets go of the terminal and paints nothing, but the event loop runs: the connection is kept,
and the tail counts. (Waiting for the editor by blocking would lose the connection. Painting
meanwhile would block too: the thread that writes is gone, and its queue fills up.)
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported


class EditorError(Exception):
    """The editor could not be run, or said itself that it failed; says what to do."""


def editor_command() -> list[str]:
    """`$VISUAL`, `$EDITOR` or vi, with its arguments."""
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        command = shlex.split(named)
    except ValueError:
        command = []
    if not command or shutil.which(command[0]) is None:
        raise EditorError(f"there is no editor {named!r}: set EDITOR to one")
    return command


async def edit(app: App[Any], content: bytes, suffix: str) -> bytes:
    """What the editor made of `content`, in a file that nobody else may read.

    Raises EditorError.
    """
    command = editor_command()
    folder = Path(tempfile.mkdtemp(prefix="natstui-"))
    try:
        path = folder / f"value{suffix}"
        path.write_bytes(content)
        await _run(app, [*command, str(path)])
        return path.read_bytes()
    except OSError as error:
        raise EditorError(f"the file to be edited: {error.strerror or error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _run(app: App[Any], command: list[str]) -> None:
    outcome: int | BaseException = 0
    try:
        with app.batch_update(), app.suspend(), _interrupts_are_the_editors():
            # Whatever happens, the terminal is taken back first.
            try:
                process = await asyncio.create_subprocess_exec(*command)
                outcome = await process.wait()
            except BaseException as error:
                outcome = error
    except SuspendNotSupported:
        raise EditorError("an editor needs a terminal of its own") from None
    name = Path(command[0]).name
    if isinstance(outcome, OSError):
        raise EditorError(f"{name}: {outcome.strerror}") from outcome
    if isinstance(outcome, BaseException):
        raise outcome
    if outcome:
        raise EditorError(f"{name} ended with {outcome}: nothing was saved")


@contextmanager
def _interrupts_are_the_editors() -> Iterator[None]:
    """ctrl+c in the editor reaches us too, and is not meant for us.

    A handler and not SIG_IGN: that one the editor would inherit.
    """
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
