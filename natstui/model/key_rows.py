"""The lines of a key tree, as a table wants them."""

from __future__ import annotations

from collections.abc import Hashable

from natstui.model.key_tree import KeyRow, KeyTree
from natstui.model.rows import Rows


class KeyRows(Rows[KeyRow]):
    """A tree in place of a list of items: it has its own order and its own filter."""

    def __init__(self, tree: KeyTree) -> None:
        super().__init__(lambda row: row.key)
        self.tree = tree

    def __len__(self) -> int:
        return len(self.tree)

    def __getitem__(self, row: int) -> KeyRow:
        return self.tree[row]

    def sync(self) -> None:
        """Catch up with the tree; call it before each drawing."""
        self.tree.sync()
        self.version = self.tree.version

    def identity(self, row: int) -> Hashable:
        return self.tree[row].key if 0 <= row < len(self.tree) else None

    def row_of(self, identity: Hashable) -> int | None:
        return self.tree.row_of(str(identity))
