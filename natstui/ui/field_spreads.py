"""Groups by one field, with how the numbers of another are spread in each of them."""

from __future__ import annotations

from collections.abc import Callable

from natstui.model.field import Field
from natstui.model.field_filter import value_filter
from natstui.model.grouping import MOST_GROUPS, Grouping, GroupStats
from natstui.model.rows import Rows
from natstui.ui import words
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.field_help import SPREADS_HELP
from natstui.ui.field_words import QUANTILES, error_words
from natstui.ui.reading_table import ReadingTable
from natstui.ui.readings import Reading, Source
from natstui.ui.table import Column, TableView

_NUMBER = 8
OTHERS = "all other values"


class SpreadsLevel(ReadingTable):
    """A row for each group; enter shows its messages."""

    THING, HELP, READING = "value", SPREADS_HELP, "groups"

    def __init__(self, desk: Desk, source: Source, by: Field, of: Field) -> None:
        super().__init__(desk, source)
        self.by = by
        self.numbers_of = of
        self.grouping = Grouping(by, of)
        self.rows: Rows[GroupStats] = Rows(lambda row: row.text, lambda row: row.text or OTHERS)
        self.table = TableView(self.rows, _COLUMNS, id="spreads-table")

    @property
    def crumb(self) -> str:
        return f"{self.numbers_of.name} in each"

    def begin(self) -> Reading:
        self.grouping = Grouping(self.by, self.numbers_of)
        return self.source.read(self.pane, lambda record: self.grouping.take(record), self.READING)

    def known(self) -> int:
        return self.grouping.version

    def fill(self) -> None:
        self.rows.set_items(self.grouping.all_groups())

    def summary(self) -> list[Span]:
        grouping = self.grouping
        error = max((group.numbers.error for group in grouping.all_groups()), default=0.0)
        worst = next(
            (each.numbers for each in grouping.all_groups() if each.numbers.error == error), None
        )
        about = "" if worst is None else error_words(worst)
        return [
            ("plain", f"{words.plural(len(grouping.groups), 'group')}"),
            ("muted", f" · {grouping.without:,} messages without it"),
            ("faint", about),
        ]

    def trouble(self) -> str:
        if not self.grouping.others.messages:
            return ""
        return f"the first {MOST_GROUPS:,} values have a group each, the others one together"

    def chosen(self) -> None:
        if (row := self.table.item) is not None:
            text = row.text
            term = None if text is None else value_filter(self.by, text, row.tokens)
            self.show_messages(term)


def _quantile(share: float) -> Callable[[GroupStats], float]:
    return lambda row: row.numbers.quantile(share)


def _number_column(
    name: str, number: Callable[[GroupStats], float], leave_out: int = 0
) -> Column[GroupStats]:
    return Column(
        name,
        lambda row: words.number(number(row)) if row.numbers.count else "-",
        _NUMBER,
        sort=lambda row: number(row) if row.numbers.count else float("-inf"),
        right=True,
        descending=True,
        ink="number",
        leave_out=leave_out,
    )


_COLUMNS: tuple[Column[GroupStats], ...] = (
    Column(
        "value",
        lambda row: OTHERS if row.text is None else row.text,
        sort=lambda row: row.text or "\U0010ffff",
        ink=lambda row: "warn" if row.text is None else "plain",
        at_least=16,
    ),
    Column(
        "messages",
        lambda row: f"{row.messages:,}",
        9,
        sort=lambda row: row.messages,
        right=True,
        descending=True,
    ),
    _number_column("min", lambda row: row.numbers.low, leave_out=1),
    *(_number_column(name, _quantile(share)) for name, share in QUANTILES),
    _number_column("max", lambda row: row.numbers.high),
    _number_column("mean", lambda row: row.numbers.mean, leave_out=2),
)
