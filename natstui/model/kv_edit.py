"""Editing the value of a key: from the revision that was seen, never over anybody else's.

edit = KeyEdit(writer, kv, "colour", entry)         # entry None: the key is to be created
outcome = await edit.save(b"blue")
if isinstance(outcome, ValueMerge):                 # somebody was faster
    ...decide its conflicts...
    outcome = await edit.save_merged(outcome.result())
"""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Literal

from natstui.client.js.errors import KeyWrongLastSequenceError
from natstui.model import kv_writing
from natstui.model.key_entry import KeyEntry
from natstui.model.kv_session import KeyValueSession
from natstui.model.value_merge import ValueMerge
from natstui.model.writing import Writer

Form = Literal["text", "hex"]

MOST_IN_PLACE = 64 * 1024
LONGEST_LINE = 4_000
_HEX_BYTES = 16
# Line ends are \n, or an editor would make its own of them; the others cannot be seen.
_UNEDITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_DURATION = re.compile(r"never|\d+|(\d+(\.\d+)?(ms|s|m|h))+")


class KeyEdit:
    """One key being edited. `base` is what it was made from, `theirs` what somebody else wrote
    meanwhile: an entry, or None if the key is gone. `revision` is what a save goes over, `rival` is
    the entry that the last merge was made with, and that a save of the merged value goes over.
    """

    def __init__(
        self, writer: Writer, kv: KeyValueSession, key: str, entry: KeyEntry | None
    ) -> None:
        self.writer = writer
        self.kv = kv
        self.key = key
        self.base = entry
        self.theirs = entry
        self.rival = entry
        self.draft: Path | None = None  # a file with what was written, until it is saved
        self.value = self._mine = base_value(entry) or b""
        self.ttl = entry.ttl if entry and not entry.is_deleted else ""

    @property
    def revision(self) -> int:
        return self.base.revision if self.base else 0

    @property
    def is_behind(self) -> bool:
        """Whether the key was written to since the editing began."""
        return (self.theirs.revision if self.theirs else 0) != self.revision

    async def look(self) -> None:
        """See whether somebody writes to it meanwhile."""
        self.theirs = await self.kv.look_again(self.key, self.theirs)

    async def save(self, value: bytes, ttl: str = "") -> int | ValueMerge:
        """The new revision, or the merge that is needed because the key changed.

        Raises what `kv_writing.put` does but for that.
        """
        self._mine, self.ttl = value, ttl
        return await self._save(self.base, value)

    async def save_merged(self, value: bytes | None) -> int | ValueMerge:
        """Save what was merged over `rival`; nothing is written where it is as theirs.

        None: the key has no value then. `base` stays as it was: whoever leaves the merge goes on
        with the text that was made from it.
        """
        theirs = self.rival
        if value == base_value(theirs):
            return theirs.revision if theirs else 0
        if value is not None:
            return await self._save(theirs, value)
        assert theirs is not None, "where there is nothing, nothing is to be deleted"
        # Only where the base was a deletion, and theirs is a value: it is deleted again.
        try:
            return await kv_writing.delete(self.writer, self.kv, self.key, theirs.revision)
        except KeyWrongLastSequenceError:
            await self.look()
        # To delete is no text that could be merged: begin again with what was edited.
        return await self._merge(self.base, self._mine)

    async def _save(self, over: KeyEntry | None, value: bytes) -> int | ValueMerge:
        """Save over that revision and no other; what it was made from is the base of a merge."""
        writer, kv, key = self.writer, self.kv, self.key
        try:
            if over is None:
                return await kv_writing.create(writer, kv, key, value, ttl=self.ttl)
            return await kv_writing.put(writer, kv, key, value, over.revision, ttl=self.ttl)
        except KeyWrongLastSequenceError:
            await self.look()
        theirs = self.theirs
        if theirs is not None and not theirs.is_deleted and theirs.value == value:
            # Ours, of an attempt whose answer was lost; or as good as ours.
            return theirs.revision
        return await self._merge(over, value)

    async def _merge(self, base: KeyEntry | None, mine: bytes) -> ValueMerge:
        # Kept, because somebody may look again while it is merged.
        self.rival = theirs = self.theirs
        return await asyncio.to_thread(ValueMerge, base_value(base), mine, base_value(theirs))


def base_value(entry: KeyEntry | None) -> bytes | None:
    """None if the key has no value there."""
    return None if entry is None or entry.is_deleted else entry.value


# Values as text


def form_of(value: bytes) -> Form:
    """How it can be edited without harm: what is no text only as hexadecimal digits."""
    try:
        return "hex" if "\0" in value.decode() else "text"
    except UnicodeDecodeError:
        return "hex"


def to_text(value: bytes, form: Form) -> str:
    """The text to be edited; UnicodeDecodeError if it is none."""
    if form == "text":
        return value.decode()
    starts = range(0, len(value), _HEX_BYTES)
    return "".join(value[at : at + _HEX_BYTES].hex(" ") + "\n" for at in starts)


def from_text(text: str, form: Form) -> bytes:
    """The value that an edited text stands for; ValueError for what is no hex."""
    if form == "text":
        return text.encode()
    try:
        return bytes.fromhex(text)
    except ValueError:
        line = next((n for n, each in enumerate(text.split("\n"), 1) if not _is_hex(each)), 1)
        raise ValueError(f"line {line} is not pairs of hexadecimal digits") from None


def _is_hex(line: str) -> bool:
    try:
        bytes.fromhex(line)
    except ValueError:
        return False
    return True


def in_place_problem(value: bytes, form: Form) -> str | None:
    """Why it cannot be edited on the screen, or None."""
    text = to_text(value, form)
    if len(text) > MOST_IN_PLACE:
        return "it is too large to be edited here"
    if max(map(len, text.split("\n"))) > LONGEST_LINE:
        return "it has lines too long to be edited here"
    if _UNEDITABLE.search(text):
        return "it has control characters, which cannot be seen here"
    return None


def no_json_any_more(before: bytes, after: bytes) -> str | None:
    """Where a value that was JSON stopped being it, or None."""
    if json_problem(before) is not None:
        return None
    problem = json_problem(after)
    return problem and f"It was JSON, and is none any more: {problem}"


def json_problem(value: bytes) -> str | None:
    """Why it is no JSON, or None."""
    try:
        json.loads(value)
    except json.JSONDecodeError as error:
        return f"line {error.lineno}, column {error.colno}: {error.msg}"
    except UnicodeDecodeError:
        return "it is no text"
    except RecursionError:
        return "nested too deeply"
    return None


def as_edited(before: bytes, after: bytes) -> bytes:
    """What an editor left, without the line end that it added by itself."""
    if after.endswith(b"\n") and not before.endswith(b"\n"):
        return after.removesuffix(b"\n")
    return after


def ttl_problem(text: str) -> str | None:
    """Why the server would not take it as a lifetime, or None; "" is none."""
    cleaned = text.strip()
    if cleaned and not _DURATION.fullmatch(cleaned):
        return "a lifetime is like 30s, 1h30m or never"
    return None
