"""Paths as a person types them: why one cannot be read from or written to, before anything is."""

from __future__ import annotations

import os
import re
import shutil
import stat
from pathlib import Path

_LONGEST_NAME = 200
# Of a name that came from the network: what no file should be called, here or elsewhere.
_UNFIT = re.compile(r"[^-_.=+@,() \w]|^[-.~ ]+", re.ASCII)


def expanded(text: str) -> Path:
    """The path that was typed, with `~` for the home folder."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)  # there is no such user


def from_home(path: Path) -> str:
    """The path in the fewest characters: `~` for the home folder."""
    home = os.path.expanduser("~")
    inside = path.is_relative_to(home) and home not in ("~", "/")
    return f"~/{path.relative_to(home)}" if inside else str(path)


def source_problem(text: str) -> str | None:
    """Why the file cannot be read, or None."""
    if not text.strip():
        return "a file name is needed"
    if "\0" in text:
        return "a file name cannot have a zero byte in it"
    path = expanded(text)
    try:
        mode = _mode(path)
        if mode is None:
            return "there is no such file" if path.parent.is_dir() else "there is no such folder"
        if stat.S_ISDIR(mode):
            return "that is a folder: name a file in it"
        if not stat.S_ISREG(mode):
            return "that is no regular file"
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return None if os.access(path, os.R_OK) else "that file may not be read by you"


def _mode(path: Path) -> int | None:
    """What kind of file it is, None where there is none; OSError says why that cannot be known.

    `Path.exists` and the like make False of that from Python 3.14 on.
    """
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None


def target_problem(text: str, size: int = 0) -> str | None:
    """Why no new file of `size` bytes can be made there, or None."""
    if not text.strip():
        return "a file name is needed"
    if "\0" in text:
        return "a file name cannot have a zero byte in it"
    path = expanded(text)
    try:
        if stat.S_ISDIR(_mode(path) or 0):
            return "that is a folder: add a file name to it"
        if os.path.lexists(path):
            return "that file exists, and nothing is overwritten"
        if not path.parent.is_dir():
            return "there is no such folder"
        if not os.access(path.parent, os.W_OK | os.X_OK):
            return "nothing may be written into that folder by you"
        free = shutil.disk_usage(path.parent).free
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return None if size <= free else f"{size:,} bytes do not fit: {free:,} are free there"


def fit_name(name: str) -> str:
    """A name for a file out of any text: no folders, nothing that a shell or a terminal reads."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    fit = _UNFIT.sub("_", last)[:_LONGEST_NAME].strip(" ")
    return fit if fit.strip("._ ") else "object"


def free_name(name: str, folder: Path) -> str:
    """`name`, or with a number where there is a file of that name: `logo-2.svg`."""
    stem, suffix = os.path.splitext(name)
    number, found = 1, name
    while os.path.lexists(folder / found):
        number += 1
        found = f"{stem}-{number}{suffix}"
    return found
