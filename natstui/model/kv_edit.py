"""Editing the value of a key: from the revision that was seen, never over anybody else's.

edit = KeyEdit(writer, kv, "colour", entry)         # entry None: the key is to be created
outcome = await edit.save(b"blue")
if isinstance(outcome, ValueMerge):                 # somebody was faster
    ...decide its conflicts...
    outcome = await edit.save_merged(outcome.result())
"""

from __future__ import annotations

import re
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
    meanwhile: an entry, or None if the key is gone. `revision` is what the next save goes over.
    """

    def __init__(
        self, writer: Writer, kv: KeyValueSession, key: str, entry: KeyEntry | None
    ) -> None:
        self.writer = writer
        self.kv = kv
        self.key = key
        self.base = entry
        self.theirs = entry
        self.value = base_value(entry) or b""
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
        self.theirs = await self.kv.latest(self.key)

    async def save(self, value: bytes, ttl: str = "") -> int | ValueMerge:
        """The new revision, or the merge that is needed because the key changed.

        Raises what `kv_writing.put` does but for that.
        """
        self.value, self.ttl = value, ttl
        try:
            if self.base is None:
                return await kv_writing.create(self.writer, self.kv, self.key, value, ttl=ttl)
            return await kv_writing.put(
                self.writer, self.kv, self.key, value, self.revision, ttl=ttl
            )
        except KeyWrongLastSequenceError:
            await self.look()
        theirs = self.theirs
        if theirs is not None and not theirs.is_deleted and theirs.value == value:
            # Ours, of an attempt whose answer was lost; or as good as ours.
            return theirs.revision
        return ValueMerge(base_value(self.base), value, base_value(theirs))

    async def save_merged(self, value: bytes | None) -> int | ValueMerge:
        """Save what was merged over `theirs`; nothing is written where it is as theirs.

        None: the key has no value then.
        """
        self.base = self.theirs
        if value == base_value(self.theirs):
            return self.revision
        if value is None:
            # Only where the base was a deletion, and theirs is a value: it is deleted again.
            return await kv_writing.delete(self.writer, self.kv, self.key, self.revision)
        return await self.save(value, self.ttl)


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
