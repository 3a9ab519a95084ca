"""The lines of a key tree, as a table wants them."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from natstui.model.key_tree import KeyRow, KeyTree
from natstui.model.rows import Rows


class KeyRows(Rows[KeyRow]):
    """A tree in place of a list of items: it has its own order and its own filter.

    `known`: the version of what else is known of the keys.
    """

    def __init__(self, tree: KeyTree, known: Callable[[], object] = lambda: None) -> None:
        super().__init__(lambda row: row.key)
        self.tree = tree
        self._known = known
        self._made_of: object = None

    def __len__(self) -> int:
        return len(self.tree)

    def __getitem__(self, row: int) -> KeyRow:
        return self.tree[row]

    def sync(self) -> None:
        """Catch up with the tree; call it before each drawing."""
        self.tree.sync()
        made_of = (self.tree.version, self._known())
        if made_of != self._made_of:
            self._made_of = made_of
            self.version += 1

    def identity(self, row: int) -> Hashable:
        return self.tree[row].key if 0 <= row < len(self.tree) else None

    def row_of(self, identity: Hashable) -> int | None:
        return self.tree.row_of(str(identity))
