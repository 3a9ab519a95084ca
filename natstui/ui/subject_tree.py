"""The subjects that messages come on, as a tree or flat: how many, how fast, who went silent."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from natstui.model.field import Field
from natstui.model.field_filter import value_filter
from natstui.model.key_rows import KeyRows
from natstui.model.key_tree import KeyRow, KeyTree
from natstui.model.rows import Rows
from natstui.model.subject_flows import Flow, SubjectFlows, Summary
from natstui.ui import words
from natstui.ui.clipboard import copy_text
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.reading_table import ReadingTable
from natstui.ui.readings import Reading, Source
from natstui.ui.table import Column, TableView

SUBJECTS_TREE_HELP = """\
The subjects that messages came on: of a tail those in view, and then what
arrives; of a stream all that is stored. Closed branches stand for all below.

COLUMNS
  msg/s     messages a second, over the last ten seconds
  last      how long ago the last one came
  state     silent: it came at least five times, and now nothing for five
            times as long as its usual gap, and for 5 s at least

KEYS
  enter     opens and closes a branch; on a subject: only its messages
  f         a tree, or flat: there o sorts, by the loudest first

The first 20,000 subjects are told apart; messages of others are counted."""

ALL = ""


class SubjectColumns:
    """What a line says, of a subject or of all below a prefix; `now` is read once a drawing."""

    def __init__(self) -> None:
        self.flows = SubjectFlows()
        self.now = 0.0
        self._summaries: dict[str, Summary] = {}

    def tick(self, now: float) -> None:
        """Everything is said of this time from now on."""
        self.now = now
        self._summaries.clear()

    def tree(self) -> tuple[Column[KeyRow], ...]:
        return (Column("subject", _branch, ink=_ink, at_least=24), *self._numbers(sort=False))

    def flat(self) -> tuple[Column[KeyRow], ...]:
        def subject(row: KeyRow) -> str:
            return row.key

        name = Column("subject", subject, sort=subject, ink="accent", at_least=24)
        return (name, *self._numbers(sort=True))

    def _numbers(self, *, sort: bool) -> tuple[Column[KeyRow], ...]:
        def by(value: Callable[[KeyRow], float]) -> Callable[[KeyRow], float] | None:
            return value if sort else None

        return (
            Column(
                "msg/s",
                lambda row: words.rate(self._rate(row)),
                7,
                right=True,
                sort=by(self._rate),
                descending=True,
            ),
            Column(
                "messages",
                lambda row: words.count(self._of(row).messages),
                8,
                right=True,
                sort=by(lambda row: self._of(row).messages),
                descending=True,
                leave_out=1,
            ),
            Column(
                "bytes",
                lambda row: words.short_size(self._of(row).bytes),
                7,
                right=True,
                sort=by(lambda row: self._of(row).bytes),
                descending=True,
                ink="muted",
                leave_out=3,
            ),
            Column(
                "last",
                lambda row: words.age(max(0.0, self.now - self._of(row).last)),
                5,
                right=True,
                sort=by(lambda row: self._of(row).last),
                descending=True,
                ink="muted",
            ),
            Column(
                "state",
                self._state,
                11,
                ink="alarm",
                sort=by(self._silence),
                descending=True,
                leave_out=2,
            ),
        )

    def _of(self, row: KeyRow) -> Flow | Summary:
        if not row.is_branch and (flow := self.flows.flow(row.key)) is not None:
            return flow
        return self.below(row.key)

    def below(self, prefix: str) -> Summary:
        """All below a prefix, added up once a drawing."""
        if prefix not in self._summaries:
            self._summaries[prefix] = self.flows.below(prefix, self.now)
        return self._summaries[prefix]

    def _rate(self, row: KeyRow) -> float:
        of = self._of(row)
        return of.rate(self.now) if isinstance(of, Flow) else of.rate

    def _silence(self, row: KeyRow) -> float:
        of = self._of(row)
        return of.silent_for(self.now) if isinstance(of, Flow) else of.silent

    def _state(self, row: KeyRow) -> str:
        of = self._of(row)
        if isinstance(of, Flow):
            silent = of.silent_for(self.now)
            return f"silent {words.age(silent)}" if silent else ""
        return f"{of.silent:,} silent" if of.silent else ""


def _branch(row: KeyRow) -> str:
    mark = ("▾ " if row.is_open else "▸ ") if row.is_branch else "  "
    about = f"  {words.plural(row.keys, 'subject')}" if row.is_branch and not row.is_open else ""
    return f"{'  ' * row.depth}{mark}{row.name}{about}"


def _ink(row: KeyRow) -> str:
    return "strong" if row.is_branch else "accent"


class SubjectTree(ReadingTable):
    """A line for each subject or branch; enter on a subject shows its messages."""

    THING, HELP, READING = "subject", SUBJECTS_TREE_HELP, "subjects"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "flat", "flat/tree", tooltip="A tree, or flat", id="subject-tree.flat"),
        Binding(
            "right,l", "open", "open", show=False, tooltip="Open a branch", id="subject-tree.open"
        ),
        Binding(
            "left,h", "close", "close", show=False, tooltip="Close it", id="subject-tree.close"
        ),
        Binding("Y", "copy", "copy", tooltip="Copy the subject", id="subject-tree.copy"),
    ]

    def __init__(self, desk: Desk, source: Source) -> None:
        super().__init__(desk, source)
        self.columns = SubjectColumns()
        self.keys = KeyRows(KeyTree(self.flows.keys), known=lambda: self.columns.now)
        self.list: Rows[KeyRow] = Rows(lambda row: row.key)
        self.tree_table = TableView(self.keys, self.columns.tree(), id="subject-tree")
        self.flat_table = TableView(
            self.list, self.columns.flat(), id="subject-list", order="msg/s"
        )
        self.table = self.tree_table

    @property
    def flows(self) -> SubjectFlows:
        return self.columns.flows

    def compose(self) -> ComposeResult:
        yield self.tree_table
        yield self.flat_table

    def on_mount(self) -> None:
        self.flat_table.display = False
        super().on_mount()

    @property
    def crumb(self) -> str:
        return "subjects"

    def begin(self) -> Reading:
        self.columns.flows = SubjectFlows()
        self.keys.tree = KeyTree(self.flows.keys)
        return self.source.read(self.pane, lambda record: self.flows.take(record), self.READING)

    def known(self) -> int:
        # Ages and silences go on where nothing comes any more.
        return self.flows.version + int(self._now())

    def fill(self) -> None:
        self.columns.tick(self._now())
        if self.table is self.flat_table:
            shown = self.flows.keys.shown
            self.list.set_items(KeyRow(key, key, 0, 1) for key in shown)
        self.keys.sync()

    def _now(self) -> float:
        return self.source.now(self.flows.newest)

    def frame(self) -> None:
        self.flows.keys.advance()
        super().frame()

    def _is_time(self) -> bool:
        return super()._is_time() or (self.table is self.tree_table and not len(self.keys))

    # Saying

    def summary(self) -> list[Span]:
        all_of_it = self.columns.below(ALL)
        spans: list[Span] = [("plain", words.plural(all_of_it.subjects, "subject"))]
        if all_of_it.silent:
            spans.append(("alarm", f" · {all_of_it.silent:,} silent"))
        return spans

    def about(self) -> list[Span]:
        keys = self.flows.keys
        if keys.filter:
            found = f"  {len(keys.shown):,} of {len(keys.all):,}"
            return [("warn", f"filter {keys.filter}"), ("muted", found)]
        return self.summary() if len(keys.all) else []

    def trouble(self) -> str:
        others = self.flows.others
        if not others:
            return ""
        told = f"{len(self.flows.keys.all):,} subjects are told apart"
        return f"{told}; {words.plural(others, 'message')} came on others"

    # Keys

    def action_filter(self) -> None:
        """Ask for words that a subject must have; the lines follow as they are typed."""
        self.pane.ask("filter", self.flows.keys.filter, lambda _: None, self._filter, self._filter)

    def _filter(self, text: str) -> None:
        self.flows.keys.set_filter(text)
        self.fill()

    def out(self) -> bool:
        if not self.flows.keys.filter:
            return False
        self._filter("")
        return True

    def action_flat(self) -> None:
        """Show the subjects as a tree, or as a list that can be sorted."""
        row = self.table.item
        before = self.table
        self.table = self.flat_table if before is self.tree_table else self.tree_table
        before.display, self.table.display = False, True
        self.fill()
        if row is not None and not row.is_branch:
            self.keys.tree.open_to(row.key)
            self.keys.sync()
            self.table.go_to_item(row.key)
        self.table.focus()

    def action_open(self) -> None:
        """Show what is in the branch."""
        self._set_open(True)

    def action_close(self) -> None:
        """Show the branch as one line."""
        self._set_open(False)

    def _set_open(self, is_open: bool) -> None:
        row = self.table.item
        if row is not None and row.is_branch:
            self.keys.tree.open(row.key, is_open)
            self.keys.sync()

    def chosen(self) -> None:
        row = self.table.item
        if row is None:
            return
        if row.is_branch:
            self._set_open(not row.is_open)
        else:
            self.show_messages(value_filter(Field("subject"), row.key))

    def action_copy(self) -> None:
        """The subject, to the clipboard of the terminal."""
        if (row := self.table.item) is not None:
            self.pane.say(copy_text(self.app, row.key))
