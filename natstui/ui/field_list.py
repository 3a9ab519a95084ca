"""Which fields the messages have: how often, of what type, with how many values."""

from __future__ import annotations

from textual.app import ComposeResult

from natstui.model.field import Field
from natstui.model.field_survey import FieldStats, FieldSurvey
from natstui.model.rows import Rows
from natstui.ui import words
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.field_groups import GroupsLevel
from natstui.ui.field_help import FIELDS_HELP
from natstui.ui.field_words import gist, spread_line
from natstui.ui.note_line import NoteLine
from natstui.ui.reading_table import ReadingTable
from natstui.ui.readings import Reading, Source
from natstui.ui.table import Column, TableView

_ORDER = ("subject", "token", "header", "json", "payload", "size")


class FieldsLevel(ReadingTable):
    """A row for each field; enter shows its values."""

    THING, HELP, READING = "field", FIELDS_HELP, "fields"

    def __init__(self, desk: Desk, source: Source) -> None:
        super().__init__(desk, source)
        self.survey = FieldSurvey()
        self.rows: Rows[FieldStats] = Rows(lambda row: row.field, lambda row: row.name)
        self.note = NoteLine()
        self.table = TableView(self.rows, self._columns(), id="fields-table")

    def compose(self) -> ComposeResult:
        yield self.table
        yield self.note

    @property
    def crumb(self) -> str:
        return "fields"

    def begin(self) -> Reading:
        self.survey = FieldSurvey()
        return self.source.read(self.pane, lambda record: self.survey.take(record), self.READING)

    def known(self) -> int:
        return self.survey.version

    def fill(self) -> None:
        found = self.survey.fields.values()
        self.rows.set_items(sorted(found, key=lambda row: _ORDER.index(row.field.kind)))

    def _columns(self) -> tuple[Column[FieldStats], ...]:
        return (
            Column("field", lambda row: row.name, 26, sort=lambda row: row.name, ink="accent"),
            Column(
                "in",
                lambda row: words.percent(row.messages / max(1, self.survey.messages)),
                4,
                sort=lambda row: row.messages,
                right=True,
                descending=True,
            ),
            Column("type", lambda row: row.type, 9, sort=lambda row: row.type, ink="muted"),
            Column(
                "distinct",
                lambda row: row.distinct,
                8,
                sort=lambda row: (len(row.values), row.others),
                right=True,
                descending=True,
            ),
            Column("values", gist, at_least=16),
        )

    def frame(self) -> None:
        super().frame()
        row = self.table.item
        self.note.say([] if row is None else _note(row))

    def summary(self) -> list[Span]:
        survey = self.survey
        return [
            ("plain", words.plural(len(survey.fields), "field")),
            ("muted", f" in {words.plural(survey.messages, 'message')}"),
        ]

    def trouble(self) -> str:
        survey = self.survey
        said = []
        if survey.fields_left_out:
            said.append(f"only the first {len(survey.fields):,} fields are shown")
        if survey.cut:
            messages = words.plural(survey.cut, "message")
            said.append(f"of {messages} with very many values only some were looked at")
        if survey.too_large:
            said.append(f"{words.plural(survey.too_large, 'payload')} too large to be looked into")
        return "; ".join(said)

    def chosen(self) -> None:
        if (row := self.table.item) is not None:
            self.open_field(row.field)

    def open_field(self, field: Field) -> None:
        """The values of a field."""
        self.tui.start(self.pane.push(GroupsLevel(self, field)))


def _note(row: FieldStats) -> list[Span]:
    line: list[Span] = [("accent", row.name), ("plain", "  ")]
    if row.is_numeric:
        return [*line, *spread_line(row.numbers)]
    for text, count in sorted(row.values.items(), key=lambda each: -each[1])[:5]:
        line += [("muted", f"{words.percent(count / row.messages)} "), ("plain", f"{text[:40]}  ")]
    return line
