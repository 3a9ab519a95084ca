"""The messages by the values of one field: how many, which share, and which numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from natstui.model.field import Field, FieldError, number_of, parse_field
from natstui.model.field_filter import bin_filter, value_filter
from natstui.model.field_survey import MOST_VALUES, FieldStats
from natstui.model.rows import Rows
from natstui.model.spread import Bin
from natstui.ui import words
from natstui.ui.drawing import Span
from natstui.ui.field_help import GROUPS_HELP
from natstui.ui.field_spreads import SpreadsLevel
from natstui.ui.field_words import spread_line
from natstui.ui.note_line import NoteLine
from natstui.ui.reading_table import ReadingTable
from natstui.ui.table import Column, TableView

if TYPE_CHECKING:
    from natstui.ui.field_list import FieldsLevel

_BAR = 20
_FEW = 12  # values that are better seen one by one, numbers or not
OTHERS = "all other values"


@dataclass(frozen=True)
class Line:
    """One group: a value, a range of numbers, or all for which there was no room.

    `order` is what it is sorted by; `range` the numbers it stands for, None if it is a value.
    """

    text: str
    messages: int
    share: float
    bar: float
    order: tuple[float, str]
    range: Bin | None = None
    ink: str = "plain"


COLUMNS: tuple[Column[Line], ...] = (
    Column(
        "value", lambda line: line.text, sort=lambda line: line.order, ink=lambda line: line.ink
    ),
    Column(
        "messages",
        lambda line: f"{line.messages:,}",
        10,
        sort=lambda line: line.messages,
        right=True,
        descending=True,
    ),
    Column("share", lambda line: words.percent(line.share), 5, right=True),
    Column(" ", lambda line: words.bar(line.bar, _BAR), _BAR, ink="accent"),
)


class GroupsLevel(ReadingTable):
    """The values of a field, or how its numbers are spread; enter shows the messages of a row."""

    THING, HELP = "value", GROUPS_HELP
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h", "histogram", "histogram", tooltip="Values, or ranges", id="groups.histogram"),
        Binding(
            "v", "spreads", "percentiles", tooltip="Numbers of another field", id="groups.spreads"
        ),
    ]

    def __init__(self, fields: FieldsLevel, field: Field) -> None:
        super().__init__(fields.desk, fields.source)
        self.fields = fields
        self.field = field
        self.ranges: bool | None = None
        self.spread = NoteLine()
        self.rows: Rows[Line] = Rows(lambda line: line.text, lambda line: line.text)
        self.table = TableView(self.rows, COLUMNS, id="groups-table")

    def compose(self) -> ComposeResult:
        yield self.spread
        yield self.table

    @property
    def crumb(self) -> str:
        return self.field.name

    @property
    def stats(self) -> FieldStats | None:
        """What is known of the field."""
        return self.fields.survey.stats(self.field)

    @property
    def shows_ranges(self) -> bool:
        """As asked for; else for numbers of which there are many."""
        stats = self.stats
        if stats is None or not stats.numbers.count:
            return False
        if self.ranges is None:
            return stats.is_numeric and len(stats.values) > _FEW
        return self.ranges

    def known(self) -> int:
        return self.fields.survey.version

    def fill(self) -> None:
        self.reading = self.fields.reading
        stats = self.stats
        if stats is None:
            self.rows.set_items([])
        elif self.shows_ranges:
            self.rows.set_items(self._ranges(stats))
        else:
            self.rows.set_items(self._values(stats))

    def refresh_now(self) -> None:
        self.fields.refresh_now()
        super().refresh_now()

    def _values(self, stats: FieldStats) -> Iterator[Line]:
        groups = stats.groups(stats.messages)
        top = groups[0].messages if groups else 1
        for group in groups:
            number = number_of(group.text)
            order = (float("inf") if number is None else number, group.text)
            bar = group.messages / top
            yield Line(group.text, group.messages, group.share, bar, order)
        if stats.others:
            share, last = stats.others / stats.messages, (float("inf"), "\U0010ffff")
            yield Line(OTHERS, stats.others, share, 0.0, last, ink="warn")

    def _ranges(self, stats: FieldStats) -> Iterator[Line]:
        bins = stats.numbers.bins()
        top = max((found.count for found in bins), default=1)
        for found in bins:
            share = found.count / stats.numbers.count
            order = (found.low, "")
            yield Line(_range(found), found.count, share, found.count / top, order, found)

    def frame(self) -> None:
        stats = self.stats
        has_numbers = stats is not None and stats.numbers.count > 0
        self.spread.say(spread_line(stats.numbers) if stats and has_numbers else [])
        super().frame()

    def summary(self) -> list[Span]:
        stats = self.stats
        if stats is None:
            return []
        of = f" of {self.fields.survey.messages:,} messages"
        return [
            ("plain", f"{stats.distinct} {'value' if stats.distinct == '1' else 'values'}"),
            ("muted", f" in {stats.messages:,}"),
            ("muted", of),
        ]

    def trouble(self) -> str:
        stats = self.stats
        if stats is None or not stats.others:
            return ""
        kept = len(stats.values)
        why = "" if kept >= MOST_VALUES else ", so many values do the fields have together"
        return f"the first {kept:,} values are counted one by one, the others together{why}"

    def action_histogram(self) -> None:
        """One by one, or in ranges."""
        stats = self.stats
        if stats is None or not stats.numbers.count:
            self.pane.say(f"{self.field.name} has no numbers")
            return
        self.ranges = not self.shows_ranges
        self._version = -1
        self.rows.set_items([])
        self.table.go_to(0)

    def chosen(self) -> None:
        if (line := self.table.item) is not None:
            self.show_messages(self._filter(line))

    def _filter(self, line: Line) -> str | None:
        """The filter for the messages of a row, None if no filter can say it."""
        if line.range is not None:
            return bin_filter(self.field, line.range)
        if line.ink == "warn":
            return None
        tokens = self.fields.survey.tokens_of(self.field, line.text)
        return value_filter(self.field, line.text, tokens)

    def action_spreads(self) -> None:
        """Ask for a field with numbers, and show how they are spread in each group."""
        numeric = [each.name for each in self._numeric()]
        if not numeric:
            self.pane.say("no other field has numbers")
            return
        self.pane.ask("percentiles of", numeric[0], self._no_numbers, self._open_spreads)

    def _numeric(self) -> Iterator[FieldStats]:
        """The others that have numbers, those first that are mostly there where this one is."""
        survey = self.fields.survey
        together = survey.together(self.field)
        found = survey.fields.values()
        others = [each for each in found if each.is_numeric and each.field != self.field]
        return iter(sorted(others, key=lambda each: _likely(each, together[each.field])))

    def _no_numbers(self, text: str) -> str | None:
        try:
            stats = self.fields.survey.stats(parse_field(text))
        except FieldError as error:
            return str(error)
        if stats is None:
            # With an index in the place of *, it is a field all the same.
            return None if any(step.isdecimal() for step in parse_field(text).steps) else "not met"
        return None if stats.numbers.count else "it has no numbers"

    def _open_spreads(self, text: str) -> None:
        level = SpreadsLevel(self.desk, self.source, self.field, parse_field(text))
        self.tui.start(self.pane.push(level))


def _range(found: Bin) -> str:
    if found.high == float("inf"):
        return f"{words.number(found.low)} and more"
    width = max(len(words.number(found.low)), 1)
    return f"{words.number(found.low):>{width}} … {words.number(found.high)}"


def _likely(stats: FieldStats, together: int) -> tuple[bool, bool, int, int]:
    kind = stats.field.kind  # the size is always there, and seldom what one asks for
    return kind == "size", kind != "json", -together, -stats.messages
