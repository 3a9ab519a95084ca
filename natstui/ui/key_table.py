"""The keys of a bucket: a table over a tree, with what is known of the keys on the screen."""

from __future__ import annotations

import time
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message

from natstui.model.decode import preview
from natstui.model.key_rows import KeyRows
from natstui.model.key_tree import KeyRow
from natstui.model.kv_looks import Look
from natstui.model.kv_session import KeyValueSession
from natstui.ui import words
from natstui.ui.lines import LineList
from natstui.ui.table import Column, TableView

_PREVIEW = 120


class KeyColumns:
    """The columns, which ask the bucket for what it knows of a key."""

    def __init__(self, kv: KeyValueSession) -> None:
        self.kv = kv

    def all(self) -> tuple[Column[KeyRow], ...]:
        return (
            Column(" ", self._changed, 1, ink="warn"),
            Column("key", _name, ink=self._ink, at_least=30),
            Column("value", self._value, 20, ink=self._value_ink, leave_out=3),
            Column("rev", self._revision, 8, right=True, ink="muted", leave_out=2),
            Column("size", self._size, 6, right=True, ink="muted", leave_out=4),
            Column("age", self._age, 4, right=True, ink="muted", leave_out=1),
        )

    def _look(self, row: KeyRow) -> Look | None:
        return None if row.is_branch else self.kv.looks.get(row.key)

    def _changed(self, row: KeyRow) -> str:
        return "●" if not row.is_branch and self.kv.was_changed(row.key) else ""

    def _ink(self, row: KeyRow) -> str:
        if row.is_branch:
            return "accent"
        look = self._look(row)
        return "faint" if look is not None and look.operation else "plain"

    def _value(self, row: KeyRow) -> str:
        if row.is_branch:
            return words.plural(row.keys, "key")
        look = self._look(row)
        if look is None:
            return "…"
        return look.operation or preview(look.head, _PREVIEW)[1]

    def _value_ink(self, row: KeyRow) -> str:
        look = self._look(row)
        if look is None:
            return "muted"
        return "bad" if look.operation else "plain"

    def _revision(self, row: KeyRow) -> str:
        look = self._look(row)
        return f"{look.revision:,}" if look else ""

    def _size(self, row: KeyRow) -> str:
        look = self._look(row)
        return words.short_size(look.size) if look and not look.operation else ""

    def _age(self, row: KeyRow) -> str:
        look = self._look(row)
        return words.age(time.time() - look.at) if look else ""


def _name(row: KeyRow) -> str:
    mark = ("▾ " if row.is_open else "▸ ") if row.is_branch else "  "
    return f"{'  ' * row.depth}{mark}{row.name}"


class KeyTable(TableView[KeyRow]):
    """Branches open and close; it is sorted by key and nothing else."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l", "open", "open", show=False, tooltip="Open a branch", id="keys.open"),
        Binding("left,h", "close", "close", show=False, tooltip="Close it", id="keys.close"),
    ]

    class KeyChosen(Message):
        """Enter on a key."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, kv: KeyValueSession, rows: KeyRows) -> None:
        self.key_rows = rows
        super().__init__(rows, KeyColumns(kv).all(), id="kv-keys")

    @property
    def key(self) -> str | None:
        """The key under the cursor, None on a branch."""
        row = self.item
        return None if row is None or row.is_branch else row.key

    def keys_in_view(self) -> list[str]:
        """The keys that there are lines for on the screen."""
        rows = (
            self.rows[row] for row in range(self.top, min(self.top + self.page, len(self.rows)))
        )
        return [row.key for row in rows if not row.is_branch]

    def sync(self) -> None:
        self.key_rows.sync()
        super().sync()

    def action_open(self) -> None:
        """Show what is in the branch."""
        self._set_open(True)

    def action_close(self) -> None:
        """Close the branch, or go to the one that the line is in."""
        row = self.item
        if row is not None and row.is_branch and row.is_open:
            self._set_open(False)
        elif row is not None:
            self._go_up(row)

    def _go_up(self, row: KeyRow) -> None:
        above = (self.rows[place] for place in range(self.cursor - 1, -1, -1))
        parent = next((each for each in above if each.depth < row.depth), None)
        if parent is not None:
            self.go_to_item(parent.key)

    def _set_open(self, is_open: bool) -> None:
        row = self.item
        if row is not None and row.is_branch:
            self.key_rows.tree.open(row.key, is_open)
            self.sync()

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        row = self.item
        if row is None:
            return
        if row.is_branch:
            self._set_open(not row.is_open)
        else:
            self.post_message(self.KeyChosen(row.key))
