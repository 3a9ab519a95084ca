"""A table whose first row is what one came for: the worst, the busiest, the latest."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypeVar

from natstui.ui.table import TableView

T = TypeVar("T")


class BoardTable(TableView[T]):
    """Its cursor is on the first row, whichever that is, until somebody chose another."""

    _chosen = False

    def _moved_to(self, row: int) -> None:
        self._chosen = True
        super()._moved_to(row)

    def go_to_item(self, identity: object) -> None:
        self._chosen = True
        super().go_to_item(identity)

    @property
    def place(self) -> Hashable:
        """None while it is on whichever row is the first."""
        return super().place if self._chosen else None

    def wait_for(self, identity: Hashable) -> None:
        self._chosen = True
        super().wait_for(identity)

    def sync(self) -> None:
        super().sync()
        if not self._chosen and self.cursor:
            self.go_to(0)
