"""What writes destroyed, newest first, to be restored."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from natstui.client import errors
from natstui.model.explain import explain
from natstui.model.journal import KEPT_BYTES, KEPT_DAYS, Entry
from natstui.model.restoring import MEANING, RESTORERS
from natstui.model.rows import Rows
from natstui.model.work import Work
from natstui.ui import words
from natstui.ui.confirm import Question
from natstui.ui.counters import progress
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.guarded import Guarded
from natstui.ui.keyline import KeyLine
from natstui.ui.lines import LineList
from natstui.ui.safe import Words
from natstui.ui.table import Column, TableView


def _when(entry: Entry) -> str:
    return datetime.fromtimestamp(entry.at).strftime("%Y-%m-%d %H:%M:%S")


def _saved(entry: Entry) -> str:
    return "incomplete" if entry.count is None else f"{entry.count:,}"


COLUMNS: tuple[Column[Entry], ...] = (
    Column("when", _when, 19, ink="muted"),
    Column("what", lambda entry: entry.what, ink="strong"),
    Column("where", lambda entry: entry.context, 16, ink="muted", leave_out=1),
    Column("saved", _saved, 10, right=True),
)

HOW_LONG = f"kept for {KEPT_DAYS} days, {words.size(KEPT_BYTES)} in all, the newest first"


class JournalTable(TableView[Entry]):
    """Its enter restores."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "restore", tooltip="Restore it", id="journal.restore"),
    ]

    def __init__(self, desk: Desk, rows: Rows[Entry]) -> None:
        super().__init__(rows, COLUMNS, id="journal-table")
        self.desk = desk

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Restoring is a write."""
        return None if action == "choose" and not self.desk.writer.allowed else True


class JournalScreen(Guarded, ModalScreen[None]):
    """The entries of the journal; enter restores one, after asking."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "close", id="journal.close"),
        Binding("delete,D", "forget", "forget", tooltip="Remove the entry", id="journal.forget"),
    ]

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.rows: Rows[Entry] = Rows(lambda entry: entry.id, lambda entry: entry.what)
        self.table = JournalTable(desk, self.rows)
        self.outcome = Words(id="journal-outcome")
        self.work: Work | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="journal-dialog") as dialog:
            dialog.border_title = "Journal: what writes destroyed"
            dialog.border_subtitle = HOW_LONG
            # Above the table: what is said in the corner of the screen would cover it below.
            yield self.outcome
            yield self.table
            yield KeyLine()

    def on_mount(self) -> None:
        self.table.say_while_empty(
            [
                [("strong", "Nothing was destroyed yet.")],
                [("muted", "what a write destroys is saved before, and can be restored here")],
            ]
        )
        self._load()
        if not self.desk.writer.allowed:
            self._say("read-only: nothing is restored", bad=True)
        self.table.focus()

    def _load(self) -> None:
        try:
            self.rows.set_items(self.desk.writer.journal.entries())
        except OSError as error:
            self._say(f"the journal cannot be read: {error.strerror or error}", bad=True)

    def frame(self) -> None:
        """Draw what changed; called each frame."""
        self.table.sync()
        work = self.work
        if work is None:
            return
        if work.is_running:
            self._say("".join(text for _, text in progress(work)))
            return
        self.work = None
        if work.error is None:
            self._say(work.outcome)
        elif isinstance(work.error, errors.Error | OSError | ValueError):
            self._say(str(explain(work.error, settings=self.desk.session.settings)), bad=True)
        else:
            self.tui.fault(work.error)

    @on(LineList.Chosen)
    def _chosen(self) -> None:
        self.action_restore()

    def action_restore(self) -> None:
        """Restore the entry under the cursor."""
        entry = self.table.item
        if entry is None or (self.work is not None and self.work.is_running):
            return
        if entry.count is None:
            self._say("it was not saved completely, so nothing was destroyed", bad=True)
        elif entry.kind not in RESTORERS:
            self._say(f"this version cannot restore {entry.kind}", bad=True)
        else:
            self.tui.start(self._restore(entry))

    async def _restore(self, entry: Entry) -> None:
        lines: list[list[Span]] = [
            [("plain", "It is written to "), ("strong", self.desk.session.name)]
        ]
        if entry.kind in MEANING:
            lines.append([("warn", MEANING[entry.kind])])
        question = Question(
            f"Restore: {entry.what}",
            lines,
            verb="restore it",
            facts={
                "saved": f"{words.day_and_time(entry.at)} from {entry.context}, {entry.server}",
                "entries": f"{entry.count:,}",
                "as": entry.user or "nobody in particular",
            },
        )
        if await self.desk.ask_whether(question):
            work = Work("restoring", total=entry.count or 0, unit="entries")
            self.work = work
            self.desk.begin(work, RESTORERS[entry.kind](self.desk.writer, entry, work))

    def action_forget(self) -> None:
        """Remove the entry under the cursor from the journal, after asking."""
        if (entry := self.table.item) is not None:
            self.tui.start(self._forget(entry))

    async def _forget(self, entry: Entry) -> None:
        question = Question(
            "Remove from the journal",
            [[("plain", entry.what)], [("warn", "It cannot be restored after that.")]],
            verb="remove it",
        )
        if await self.desk.ask_whether(question):
            self.desk.writer.journal.forget(entry)
            self._load()

    def _say(self, text: str, *, bad: bool = False) -> None:
        self.outcome.set_class(bad, "-bad")
        self.outcome.say(text)
