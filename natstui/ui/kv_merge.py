"""Three texts of a key side by side: as it was, yours, and theirs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from natstui.model.kv_edit import KeyEdit
from natstui.model.polling import Poll
from natstui.model.rows import Rows
from natstui.model.value_merge import Choice, Conflict, ValueMerge
from natstui.ui import words
from natstui.ui.confirm import TextView
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.kv_help import MERGE_HELP
from natstui.ui.lines import LineList
from natstui.ui.pane import Level
from natstui.ui.table import Column, TableView
from natstui.ui.value_diff import differences, head

Line = list[Span]
Save = Callable[["MergeLevel", KeyEdit, bytes | None], Awaitable[bool]]
"""Saves what was merged; False if it is not saved."""

LOOK_EVERY = 1.0
_MOST_SHOWN = 60
_MOST_CHANGES = 400
_CELL = 200


def _short(text: str | None) -> str:
    return "—" if text is None else " ".join(text[:_CELL].split())


COLUMNS: tuple[Column[Conflict], ...] = (
    Column("where", lambda row: row.where, 20, ink="strong"),
    Column(
        "take",
        lambda row: row.choice or "?",
        6,
        ink=lambda row: "good" if row.choice else "alarm",
    ),
    Column("mine", lambda row: _short(row.mine), at_least=16),
    Column("theirs", lambda row: _short(row.theirs), 22),
)


class MergeLevel(Level):
    """The conflicts, each to be decided; below them the three texts of one, and the result."""

    HELP = MERGE_HELP
    WRITES = frozenset({"save"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "take('mine')", "mine", tooltip="Take mine", id="merge.mine"),
        Binding("t", "take('theirs')", "theirs", tooltip="Take theirs", id="merge.theirs"),
        Binding("b", "take('both')", "both", tooltip="Take both", id="merge.both"),
        Binding("o", "take('base')", "as before", tooltip="As before both", id="merge.base"),
        Binding("ctrl+s", "save", "save", tooltip="Save the merged value", id="merge.save"),
    ]

    def __init__(self, desk: Desk, edit: KeyEdit, merge: ValueMerge, save: Save) -> None:
        super().__init__(desk, Poll(desk.session, edit.look, every=LOOK_EVERY))
        self.edit = edit
        self.merge = merge
        self.rows: Rows[Conflict] = Rows(id)
        self.rows.set_items(merge.conflicts)
        self.table = TableView(self.rows, COLUMNS, id="kv-conflicts")
        self.text = TextView([], id="kv-merge-text")
        self._save = save
        self._saving = False
        self._drawn: tuple[object, ...] = ()
        self._changes: list[Line] | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(classes="merge-body"):
            yield self.table
            yield self.text

    @property
    def crumb(self) -> str:
        return "merge"

    def target(self) -> Widget:
        return self.table if self.merge.conflicts else self.text

    def merge_anew(self, merge: ValueMerge) -> None:
        """It changed once more."""
        self.merge = merge
        self.rows.set_items(merge.conflicts)
        self.table.display = bool(merge.conflicts)
        self.target().focus()
        self.pane.say("it changed once more: look again", bad=True)

    # Drawing

    def frame(self) -> None:
        self.table.display = bool(self.merge.conflicts)
        self.table.sync()
        item = self.table.item if self.merge.conflicts else None
        choices = tuple(each.choice for each in self.merge.conflicts)
        seen = (id(self.merge), id(item), choices)
        if seen[::2] != self._drawn[::2]:
            self._changes = None
            if self.merge.is_settled:
                self.tui.start(self._compare(self.merge))
        if seen != self._drawn:
            self._drawn = seen
            self.text.set_lines(self._lines())
        self.text.sync()

    async def _compare(self, merge: ValueMerge) -> None:
        """Say what saving would change."""
        result = merge.result()
        if result is None:
            changes: list[Line] = [[("plain", "the key has no value then")]]
        elif result == merge.theirs:
            changes = [[("plain", "nothing: it is as theirs is")]]
        else:
            changes = (await differences(merge.theirs or b"", result))[:_MOST_CHANGES]
        if merge is self.merge and merge.is_settled and merge.result() == result:
            self._changes = changes
            self.text.set_lines(self._lines())

    def trouble(self) -> str:
        return next((poll.problem.what for poll in self.polls if poll.problem is not None), "")

    def about(self) -> list[Span]:
        rival, theirs = self.edit.rival, self.edit.theirs
        if (rival and rival.revision) != (theirs and theirs.revision):
            return [("bad", "it changed again")]
        left = sum(conflict.choice is None for conflict in self.merge.conflicts)
        if left:
            return [("alarm", f"{words.plural(left, 'conflict')} to decide")]
        return [("good", "nothing left to decide")]

    def _lines(self) -> list[Line]:
        theirs = self.edit.rival
        over = f"revision {theirs.revision:,}" if theirs else "nothing: the key is gone"
        lines: list[Line] = [[("muted", "theirs is "), ("plain", over)], []]
        conflict = self.table.item if self.merge.conflicts else None
        if self.merge.is_settled:
            changes = self._changes or [[("muted", "comparing…")]]
            lines += [[("title", "WHAT SAVING CHANGES")], *changes, []]
        if conflict is not None:
            for title, ink, text in (
                ("MINE", "good", conflict.mine),
                ("THEIRS", "warn", conflict.theirs),
                ("BEFORE", "muted", conflict.base),
            ):
                lines += [[("title", title)], *_text_lines(ink, text), []]
        for taken in self.merge.taken[:_MOST_SHOWN]:
            lines.append([("muted", f"merged by itself  {taken.where}: "), ("plain", taken.by)])
        return lines

    def out(self) -> bool:
        if not self.text.has_focus or not self.merge.conflicts:
            return False
        self.table.focus()
        return True

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        self.text.focus()

    # Deciding

    def action_take(self, choice: Choice) -> None:
        """Decide the conflict under the cursor, and go to the next that is open."""
        conflict = self.table.item
        if conflict is None:
            return
        if choice == "both" and not conflict.can_both:
            self.pane.say("both cannot stand there; only lines of a text can")
            return
        conflict.choose(choice)
        self.rows.touch()
        left = [each for each in self.merge.conflicts if each.choice is None]
        if left:
            self.table.sync()
            self.table.go_to_item(id(left[0]))

    def action_save(self) -> None:
        """Save the merged value over the revision that is shown."""
        if not self.merge.is_settled:
            self.pane.say("not every conflict is decided: m mine, t theirs", bad=True)
        elif not self._saving:
            self._saving = True
            self.tui.start(self._try())

    async def _try(self) -> None:
        try:
            await self._save(self, self.edit, self.merge.result())
        finally:
            self._saving = False


def _text_lines(ink: str, text: str | None) -> list[Line]:
    if text is None:
        return [[("faint", "  not there")]]
    lines = text.split("\n")
    shown: list[Line] = [[(ink, f"  {head(line)}")] for line in lines[:_MOST_SHOWN]]
    if len(lines) > _MOST_SHOWN:
        shown.append([("muted", f"  and {len(lines) - _MOST_SHOWN:,} lines more")])
    return shown
