"""Tables: columns over rows, only those on the screen ever looked at.

    rows = Rows(identify=lambda stream: stream.name, words=lambda stream: stream.name)
    table = TableView(rows, COLUMNS, id="streams-table")
    …
    table.sync()    # each frame: draws the lines that changed, and nothing if none did

The cursor stays on its item, whatever happens to the rows around it. `o` sorts by the next column
and `O` turns the order around; a click on a heading does the same. Columns that there is no room
for are left out, those with the highest `leave_out` first.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip

from natstui.model.rows import Rows
from natstui.model.view_state import LevelState, Place
from natstui.ui.drawing import Span, fit
from natstui.ui.lines import LineList
from natstui.ui.safe import clean

T = TypeVar("T")

_GAP = 2


@dataclass(frozen=True)
class Column(Generic[T]):
    """One column: `name` is its heading, `text` what it says of an item (it may hold anything).

    `width` in cells, 0 for the one that takes what is left over (at least `at_least` cells).
    `sort` is the key to sort by, None if that makes no sense; `descending` if one wants to see the
    largest first. `ink` names one, or is asked for each item.
    """

    name: str
    text: Callable[[T], str]
    width: int = 0
    sort: Callable[[T], Any] | None = None
    right: bool = False
    descending: bool = False
    ink: str | Callable[[T], str] = "plain"
    leave_out: int = 0
    at_least: int = 12

    def ink_of(self, item: T) -> str:
        return self.ink if isinstance(self.ink, str) else self.ink(item)

    @property
    def takes(self) -> int:
        """The cells that it needs, with the gap to its neighbour."""
        return max(self.width or self.at_least, len(self.name)) + _GAP


class TableRows(Generic[T]):
    """`Rows` as a line source."""

    def __init__(self, rows: Rows[T], columns: tuple[Column[T], ...]) -> None:
        self.rows = rows
        self.columns = columns
        self.shown = columns  # those that there was room for
        self.first = 0

    @property
    def end(self) -> int:
        return len(self.rows)

    def key(self, row: int) -> Hashable:
        item = self.rows[row]
        return tuple((column.text(item), column.ink_of(item)) for column in self.shown)

    def line(self, row: int, width: int) -> list[Span]:
        item = self.rows[row]
        line: list[Span] = [("plain", " ")]
        for column, cells in layout(self.columns, width):
            line.append((column.ink_of(item), _cell(column.text(item), cells, right=column.right)))
            line.append(("plain", " " * _GAP))
        return line


class TableView(LineList, Generic[T]):
    """A table; headings in its first line."""

    HEAD = 1
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "open", tooltip="Open it", id="table.open"),
        Binding("o", "next_order", "sort", tooltip="Sort by the next column", id="table.sort"),
        Binding(
            "O", "turn_order", "turn", show=False, tooltip="Turn the order around", id="table.turn"
        ),
    ]

    def __init__(
        self, rows: Rows[T], columns: tuple[Column[T], ...], *, id: str, order: str = ""
    ) -> None:
        """`order` is the name of the column to sort by, "" for the order of the items."""
        self.table = TableRows(rows, columns)
        super().__init__(self.table, id=id)
        self.order = order
        self._version = -1
        self._item: Hashable = None
        self._wanted: Hashable = None
        self._keys: list[Hashable] = []
        self._seen: tuple[object, ...] = ()
        self._width = 0
        if order:
            self._sort(self._column(order))

    @property
    def rows(self) -> Rows[T]:
        return self.table.rows

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where there is only one order, its keys are free for something else."""
        sorting = action in ("next_order", "turn_order")
        return not sorting or any(column.sort for column in self.table.columns)

    @property
    def item(self) -> T | None:
        """The item under the cursor, None in an empty table."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    def go_to(self, row: int) -> None:
        super().go_to(row)
        self._item = self.rows.identity(self.cursor)
        self._wanted = None

    def move(self, lines: int) -> None:
        self._catch_up()
        super().move(lines)

    def go_to_item(self, identity: Hashable) -> None:
        """Put the cursor on an item, if it is to be seen."""
        row = self.rows.row_of(identity)
        if row is not None:
            self.go_to(row)

    # Drawing

    def sync(self) -> None:
        if self.size.width != self._width:
            self._width = self.size.width
            # What is not to be seen may change without being drawn.
            self.table.shown = tuple(
                column for column, _ in layout(self.table.columns, self._width)
            )
            self._strips.clear()
        self._catch_up()
        seen = (self._version, self.top, self.cursor, self.size)
        if seen != self._seen:
            self._seen = seen
            self._refresh_changed()

    def _catch_up(self) -> None:
        """Where the rows were arranged anew, the cursor goes where its item went."""
        if self._version == self.rows.version:
            return
        self._version = self.rows.version
        wanted = self.rows.row_of(self._wanted) if self._wanted is not None else None
        if wanted is not None:
            self._wanted = None
        row = self.rows.row_of(self._item) if self._item is not None else None
        if wanted is not None:
            self.cursor = wanted
        elif row is not None:
            # At the same height, too: what one reads must not jump.
            self.top += row - self.cursor
            self.cursor = row
        self._settle()
        self._item = self.rows.identity(self.cursor)

    def _refresh_changed(self) -> None:
        rows = range(self.top, min(self.top + self.page, len(self.rows)))
        keys = [self._key(row) for row in rows]
        before, self._keys = self._keys, keys
        if len(keys) != len(before):
            self.refresh()
            return
        for place, (new, old) in enumerate(zip(keys, before, strict=True)):
            if new != old:
                self._refresh_rows(self.top + place, self.top + place + 1)

    def _key(self, row: int) -> Hashable:
        return row == self.cursor, self.source.key(row)

    def _line(self, row: int, width: int) -> Strip:
        # It is drawn a moment after `sync`, and the item may have changed again by then.
        place = row - self.top
        if place < len(self._keys):
            self._keys[place] = self._key(row)
        return super()._line(row, width)

    def head_line(self, y: int) -> Strip:
        line: list[Span] = [("plain", " ")]
        for column, cells in layout(self.table.columns, self.size.width):
            name = column.name
            ink = "muted"
            if column.name == self.order:
                name += "↓" if self.rows.descending else "↑"
                ink = "accent"
            line.append((ink, _cell(name, cells, right=column.right)))
            line.append(("plain", " " * _GAP))
        return self.one_line(line)

    # Coming back

    @property
    def place(self) -> Hashable:
        """What the item under the cursor is known by; that which it waits for, if it does."""
        return self._item if self._wanted is None else self._wanted

    def wait_for(self, identity: Hashable) -> None:
        """Put the cursor on an item as soon as there is one, unless it is moved before."""
        self._wanted = identity

    def arranged(self, kind: str, name: str = "") -> LevelState:
        """How its rows are arranged, and where the cursor is."""
        return LevelState(
            kind,
            name,
            filter=self.rows.filter,
            order=self.order,
            descending=self.rows.descending,
            at=_parts(self.place),
        )

    def arrange_as(self, state: LevelState) -> None:
        """Arrange the rows as they were."""
        column = self._column(state.order)
        if column is not None and column.sort is not None:
            self.order = column.name
            self.rows.sort(column.sort, descending=state.descending)
        self.rows.set_filter(state.filter)
        if state.at:
            self.wait_for(state.at if len(state.at) > 1 else state.at[0])

    # Order

    def action_next_order(self) -> None:
        """Sort by the next column that can be sorted by; behind the last one: as it came."""
        shown = [column for column, _ in layout(self.table.columns, self.size.width)]
        names = [column.name for column in shown if column.sort is not None]
        place = names.index(self.order) + 1 if self.order in names else 0
        self.sort_by(names[place % len(names)])

    def action_turn_order(self) -> None:
        """The last comes first."""
        column = self._column(self.order)
        self.rows.sort(column.sort if column else None, descending=not self.rows.descending)
        self._sorted()

    def sort_by(self, name: str) -> None:
        """Sort by the column of this name."""
        self.order = name
        self._sort(self._column(name))
        self._sorted()

    def _sort(self, column: Column[T] | None) -> None:
        if column is not None:
            self.rows.sort(column.sort, descending=column.descending)

    def _sorted(self) -> None:
        self._catch_up()
        self.refresh()

    def _column(self, name: str) -> Column[T] | None:
        return next((column for column in self.table.columns if column.name == name), None)

    def on_click(self, event: events.Click) -> None:
        if event.y >= self.HEAD:
            super().on_click(event)
            return
        at = 1
        for column, cells in layout(self.table.columns, self.size.width):
            at += cells + _GAP
            if event.x < at:
                if column.name == self.order:
                    self.action_turn_order()
                elif column.sort is not None:
                    self.sort_by(column.name)
                return


def _parts(identity: Hashable) -> Place:
    """What can be written down of what an item is known by."""
    parts = identity if isinstance(identity, tuple) else (identity,)
    return tuple(parts) if all(type(part) in (str, int) for part in parts) else ()


def layout(columns: tuple[Column[T], ...], width: int) -> list[tuple[Column[T], int]]:
    """The columns that fit into `width` cells, each with its own."""
    shown = list(columns)
    while len(shown) > 1 and sum(column.takes for column in shown) > width:
        shown.remove(max(reversed(shown), key=lambda column: column.leave_out))
    left = max(0, width - 1 - sum(column.takes for column in shown))
    return [(column, column.takes - _GAP + (left if not column.width else 0)) for column in shown]


def _cell(text: str, cells: int, *, right: bool) -> str:
    if not right:
        return fit(text, cells)
    shown = clean(text)
    return shown.rjust(cells) if len(shown) <= cells else fit(text, cells)
