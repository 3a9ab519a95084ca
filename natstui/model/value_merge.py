"""Three values of a key: the one that was edited, what was made of it, and what is there now.

    merge = ValueMerge(base, mine, theirs)
    for conflict in merge.conflicts: conflict.choose("mine")
    if merge.is_settled: value = merge.result()

Objects in JSON are merged key by key, other text line by line; what is neither, or is gone on one
side, is one conflict as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from natstui.model.json_merge import (
    MISSING,
    STYLES,
    Change,
    merge_objects,
    read_json,
    style_of,
    with_changes,
    write_json,
)
from natstui.model.text_merge import Part, merge_lines

Choice = Literal["mine", "theirs", "base", "both"]
Kind = Literal["json", "text", "whole"]


@dataclass
class Conflict:
    """Something that both sides changed. The texts are None where there is nothing.

    `can_both`: mine and theirs can stand one behind the other.
    """

    where: str
    base: str | None
    mine: str | None
    theirs: str | None
    can_both: bool = False
    choice: Choice | None = None

    def choose(self, choice: Choice | None) -> None:
        """Decide, or leave it open again; "both" only where that can be."""
        if choice != "both" or self.can_both:
            self.choice = choice


@dataclass(frozen=True)
class Taken:
    """Something that only one side changed, or both in the same way."""

    where: str
    by: Literal["mine", "theirs", "both"]


class ValueMerge:
    """What came of putting the three together. None for a value: the key has none.

    `kind` says how it was done, `taken` what was merged by itself, `conflicts` what is to be
    decided.
    """

    def __init__(self, base: bytes | None, mine: bytes, theirs: bytes | None) -> None:
        self.base, self.mine, self.theirs = base, mine, theirs
        self.conflicts: list[Conflict] = []
        self.taken: list[Taken] = []
        self.kind: Kind = "whole"
        self._changes: list[Change] = []
        self._parts: list[Part] = []
        texts = _texts(base, mine, theirs)
        if texts is None:
            self._whole()
        elif (objects := _objects(texts)) is not None:
            self._json(texts, objects)
        else:
            self._text(texts)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to be decided."""
        return all(conflict.choice for conflict in self.conflicts)

    def result(self) -> bytes | None:
        """The merged value, None if it is that there is none. ValueError before it is settled."""
        if not self.is_settled:
            raise ValueError("not every conflict is decided")
        if self.kind == "json":
            return self._json_result()
        if self.kind == "text":
            return self._text_result()
        if not self.conflicts:
            return self.theirs if self.mine in (self.base, self.theirs) else self.mine
        choice = self.conflicts[0].choice
        return {"mine": self.mine, "theirs": self.theirs, "base": self.base}[str(choice)]

    def _whole(self) -> None:
        if self.mine not in (self.base, self.theirs) and self.theirs != self.base:
            self.conflicts = [
                Conflict("the value", _shown(self.base), _shown(self.mine), _shown(self.theirs))
            ]

    # JSON

    def _json(self, texts: tuple[str, str, str], values: tuple[Any, Any, Any]) -> None:
        self.kind = "json"
        self._style = style_of(texts[1], texts[2], texts[0])
        self._base = values[0]
        self._changes = merge_objects(*values)
        for change in self._changes:
            where = ".".join(change.path)
            if change.is_conflict:
                base, mine, theirs = map(_literal, (change.base, change.mine, change.theirs))
                self.conflicts.append(Conflict(where, base, mine, theirs))
            else:
                self.taken.append(Taken(where, _by(change.base, change.mine, change.theirs)))

    def _json_result(self) -> bytes:
        decided = iter(self.conflicts)
        changes = []
        for change in self._changes:
            value = change.merged
            if change.is_conflict:
                value = getattr(change, str(next(decided).choice))
            changes.append((change.path, value))
        return write_json(with_changes(self._base, changes), self._style).encode()

    # Text

    def _text(self, texts: tuple[str, str, str]) -> None:
        self.kind = "text"
        self._parts = merge_lines(*texts)
        for part in self._parts:
            if part.merged is None:
                where = f"line {part.line}"
                sides = (part.base, part.mine, part.theirs)
                self.conflicts.append(Conflict(where, *sides, can_both=True))
            elif part.merged != part.base:
                by = _by(part.base, part.mine, part.theirs)
                self.taken.append(Taken(f"line {part.line}", by))

    def _text_result(self) -> bytes | None:
        decided = iter(self.conflicts)
        pieces = []
        for part in self._parts:
            if part.merged is not None:
                pieces.append(part.merged)
            elif (choice := next(decided).choice) == "both":
                pieces += [part.mine, "\n" if part.mine[-1:] not in ("", "\n") else ""]
                pieces.append(part.theirs)
            else:
                pieces.append(getattr(part, str(choice)))
        if self.base is None and self.conflicts and not any(pieces):
            return None  # as before both: there was no value
        return "".join(pieces).encode()


def _by(base: object, mine: object, theirs: object) -> Literal["mine", "theirs", "both"]:
    if mine == theirs:
        return "both"
    return "theirs" if mine == base else "mine"


def _texts(base: bytes | None, mine: bytes, theirs: bytes | None) -> tuple[str, str, str] | None:
    """None if one of them is no text, or is not there."""
    if theirs is None:
        return None
    try:
        texts = ((base or b"").decode(), mine.decode(), theirs.decode())
    except UnicodeDecodeError:
        return None
    return None if any("\0" in text for text in texts) else texts


def _objects(texts: tuple[str, str, str]) -> tuple[Any, Any, Any] | None:
    """None if one of them is no object. What was not there before counts as an empty one."""
    try:
        base, mine, theirs = (read_json(text) if text else None for text in texts)
    except ValueError:
        return None
    if base is None and not texts[0]:
        base = {}
    if not all(isinstance(each, dict) for each in (base, mine, theirs)):
        return None
    return base, mine, theirs


def _literal(value: Any) -> str | None:
    return None if value is MISSING else write_json(value, STYLES[0])


def _shown(value: bytes | None) -> str | None:
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return f"{len(value):,} bytes, no text: {value[:32].hex(' ')}"
