"""A level that is one table which can be filtered: `/` asks for the words, `esc` clears them."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.widget import Widget

from natstui.model.polling import Poll
from natstui.model.view_state import LevelState
from natstui.ui.drawing import Span
from natstui.ui.pane import Level
from natstui.ui.polled import poll_hint
from natstui.ui.table import TableView


class FilteredTable(Level):
    """A table of what one poll loads. A binding for `filter` is the class's own.

    `THING`: what a row is called, such as "stream".
    """

    THING: ClassVar[str]
    poll: Poll
    table: TableView[Any]

    def compose(self) -> ComposeResult:
        yield self.table

    def target(self) -> Widget:
        return self.table

    def empty(self) -> list[list[Span]]:
        """What is said while there is nothing at all."""
        raise NotImplementedError

    def summary(self) -> list[Span]:
        """A few words on all the rows, of which there are some."""
        raise NotImplementedError

    def frame(self) -> None:
        self.table.say_while_empty(poll_hint(self.poll, self._hint()))
        self.table.sync()

    def _hint(self) -> list[list[Span]]:
        if not self.table.rows.filter:
            return self.empty()
        keys: list[Span] = [("accent", "/"), ("muted", "  changes it, ")]
        return [
            [("strong", f"No {self.THING} matches the filter.")],
            [*keys, ("accent", "esc"), ("muted", "  clears it")],
        ]

    def about(self) -> list[Span]:
        rows = self.table.rows
        if rows.filter:
            found = f"  {len(rows):,} of {rows.total:,}"
            return [("warn", f"filter {rows.filter}"), ("muted", found)]
        return self.summary() if rows.total else []

    def out(self) -> bool:
        if not self.table.rows.filter:
            return False
        self.table.rows.set_filter("")
        return True

    def remember(self) -> LevelState | None:
        return self.table.arranged(self.kind, self.of) if self.kind else None

    def come_back(self, state: LevelState) -> None:
        self.table.arrange_as(state)

    def action_filter(self) -> None:
        """Ask for words that a row must have; the table follows as they are typed."""
        rows = self.table.rows
        self.pane.ask(
            "filter", rows.filter, lambda _: None, rows.set_filter, changed=rows.set_filter
        )
