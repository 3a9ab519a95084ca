"""One key: the revisions that are kept, and the value of the one under the cursor."""

from __future__ import annotations

import time
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from natstui.model.decode import preview
from natstui.model.key_entry import KeyEntry
from natstui.model.kv_edit import base_value
from natstui.model.kv_session import KeyValueSession
from natstui.model.polling import Poll
from natstui.model.rows import Rows
from natstui.ui import kv_changes as change
from natstui.ui import words
from natstui.ui.clipboard import copy_payload
from natstui.ui.confirm import TextView
from natstui.ui.desk import Desk
from natstui.ui.detail import MessageView
from natstui.ui.drawing import Span
from natstui.ui.kv_help import DIFF_HELP, KEY_HELP
from natstui.ui.lines import LineList
from natstui.ui.pane import Level
from natstui.ui.polled import poll_hint
from natstui.ui.table import Column, TableView
from natstui.ui.value_diff import differences

LOOK_EVERY = 1.0
_PREVIEW = 256


def about_entry(entry: KeyEntry) -> str:
    """What there is to say of a revision besides its value."""
    said = [f"revision {entry.revision:,}"]
    if entry.operation:
        said.append(f"deleted: {entry.operation}")
    if entry.ttl:
        said.append(f"lifetime {entry.ttl}")
    return ", ".join(said)


def _what(entry: KeyEntry) -> str:
    return entry.operation or preview(entry.value[:_PREVIEW], _PREVIEW)[1]


def _columns(level: KeyLevel) -> tuple[Column[KeyEntry], ...]:
    return (
        Column(" ", lambda row: "◆" if row.revision == level.marked else "", 1, ink="accent"),
        Column("revision", lambda row: f"{row.revision:,}", 9, right=True, ink="strong"),
        Column("age", lambda row: words.age(time.time() - row.at), 4, right=True, ink="muted"),
        Column(
            "size",
            lambda row: "" if row.is_deleted else words.short_size(len(row.value)),
            6,
            right=True,
            ink="muted",
        ),
        Column("ttl", lambda row: row.ttl, 5, ink="muted", leave_out=1),
        Column("value", _what, ink=lambda row: "bad" if row.is_deleted else "plain"),
    )


class KeyLevel(Level):
    """The history above or beside the value; it is looked at anew each second."""

    HELP = KEY_HELP
    KIND = "key"
    WRITES = frozenset({"edit", "edit_outside", "delete", "purge", "revert"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "edit", "edit", tooltip="Edit the value here", id="key.edit"),
        Binding("E", "edit_outside", "$EDITOR", tooltip="Edit in $EDITOR", id="key.editor"),
        Binding("space", "mark", "mark", tooltip="Mark to compare", id="key.mark"),
        Binding("d", "diff", "diff", tooltip="Compare two revisions", id="key.diff"),
        Binding("V", "revert", "revert", tooltip="Revert to this revision", id="key.revert"),
        Binding("D", "delete", "delete", show=False, tooltip="Delete the key", id="key.delete"),
        Binding("P", "purge", "purge", show=False, tooltip="Purge the key", id="key.purge"),
        Binding("y", "copy", "copy", show=False, tooltip="Copy the value", id="key.copy"),
    ]

    def __init__(self, desk: Desk, kv: KeyValueSession, key: str) -> None:
        self.kv = kv
        self.key = key
        self.marked = 0
        self.count = 0  # of its revisions; large ones are not all shown
        self.poll = Poll(desk.session, self._load, every=LOOK_EVERY)
        super().__init__(desk, self.poll)
        self.rows: Rows[KeyEntry] = Rows(lambda entry: entry.revision)
        self.table = TableView(self.rows, _columns(self), id="kv-history")
        self.value = MessageView(id="kv-value")
        self._shown = 0
        self._loaded = False

    def compose(self) -> ComposeResult:
        with Horizontal(classes="key-body"):
            yield self.table
            yield self.value

    @property
    def crumb(self) -> str:
        return self.key

    @property
    def of(self) -> str:
        return self.key

    def target(self) -> Widget:
        return self.table

    @property
    def newest(self) -> KeyEntry | None:
        """The newest revision, as of the last look."""
        return self.rows.items[0] if self.rows.total else None

    async def _load(self) -> None:
        """All of it the first time, then only what is new: values may be large."""
        newest = self.newest
        if not self._loaded or newest is None:
            entries, count = await self.kv.history(self.key), await self.kv.revisions(self.key)
        else:
            newer, count = await self._what_is_new(newest)
            if not newer and count == self.count:
                self.rows.touch()  # they are older now
                return
            entries = [*newer, *self.rows.items][:count]
            if any(entry.ttl for entry in entries):
                # Those may go from between the others.
                entries = await self.kv.history(self.key)
        self._show(entries, count)

    async def _what_is_new(self, newest: KeyEntry) -> tuple[list[KeyEntry], int]:
        return (
            await self.kv.newer(self.key, newest.revision),
            await self.kv.revisions(self.key),
        )

    def _show(self, entries: list[KeyEntry], count: int) -> None:
        on_newest = self.table.cursor == 0
        self.rows.set_items(entries)
        self._loaded, self.count = True, count
        self.kv.saw(self.key, entries[0].revision if entries else 0)
        if on_newest:
            self.table.go_to(0)

    def refresh_now(self) -> None:
        self._loaded = False
        super().refresh_now()

    # Drawing

    def frame(self) -> None:
        self.table.say_while_empty(
            poll_hint(
                self.poll,
                [
                    [("strong", "The key is gone, and so is its history.")],
                    [("muted", "it expired or was purged; esc goes back, U shows what we saved")],
                ],
            )
        )
        self.table.sync()
        entry = self.table.item
        if entry is not None and entry.revision != self._shown:
            self._shown = entry.revision
            self.value.show_record(entry.record, about_entry(entry))
        self.value.display = entry is not None
        self.value.advance()

    def about(self) -> list[Span]:
        kept = self.kv.bucket.history if self.kv.bucket else 0
        said = words.plural(self.rows.total, "revision")
        if self.count > self.rows.total:
            return [("muted", "the newest "), ("warn", f"{said} of {self.count:,}")]
        return [("muted", f"{said} of at most {kept}" if kept else said)]

    def trouble(self) -> str:
        return self.poll.problem.what if self.poll.problem is not None and self.rows.total else ""

    def out(self) -> bool:
        if not self.value.has_focus:
            return False
        self.table.focus()
        return True

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        self.value.focus()

    # Comparing

    def action_mark(self) -> None:
        """Mark the revision under the cursor, or take the mark away."""
        if (entry := self.table.item) is not None:
            self.marked = 0 if self.marked == entry.revision else entry.revision
            self.rows.touch()

    def action_diff(self) -> None:
        """What differs between the marked revision, or the one before, and this one."""
        entry = self.table.item
        if entry is None:
            return
        revisions = [each.revision for each in self.rows.items]
        before = revisions.index(entry.revision) + 1
        other = self.marked if self.marked in revisions else 0
        if not other and before < len(revisions):
            other = revisions[before]
        if not other or other == entry.revision:
            self.pane.say("there is no other revision to compare it with; space marks one")
            return
        pair = sorted([entry, self.rows.items[revisions.index(other)]], key=lambda e: e.revision)
        self.tui.start(self.pane.push(DiffLevel(self.desk, pair[0], pair[1])))

    # Changing

    def action_edit(self) -> None:
        """Edit the newest value, on the screen."""
        self.tui.start(change.edit_here(self, self.kv, self.key))

    def action_edit_outside(self) -> None:
        """Edit the newest value in $EDITOR."""
        self.tui.start(change.edit_outside(self, self.kv, self.key))

    def action_revert(self) -> None:
        """Write the value under the cursor again, over the newest one that is seen."""
        if (entry := self.table.item) is not None and self.newest is not None:
            self.tui.start(change.revert(self, self.kv, entry, self.newest))

    def action_delete(self) -> None:
        """Delete the key: its history stays."""
        self.tui.start(change.delete(self, self.kv, self.key, self.newest))

    def action_purge(self) -> None:
        """Purge the key, with its history."""
        self.tui.start(change.purge(self, self.kv, self.key, self.newest))

    def action_copy(self) -> None:
        """The value under the cursor, to the clipboard of the terminal."""
        if (entry := self.table.item) is not None:
            self.pane.say(copy_payload(self.app, entry.value))


class DiffLevel(Level):
    """What differs between two revisions of a key."""

    HELP = DIFF_HELP

    def __init__(self, desk: Desk, before: KeyEntry, after: KeyEntry) -> None:
        super().__init__(desk)
        self.before, self.after = before, after
        self.text = TextView([[("muted", "Comparing…")]])
        self._compared = False

    def compose(self) -> ComposeResult:
        yield self.text

    @property
    def crumb(self) -> str:
        return f"{self.before.revision:,} → {self.after.revision:,}"

    def target(self) -> Widget:
        return self.text

    def shown(self) -> None:
        super().shown()
        if not self._compared:
            self._compared = True
            self.tui.start(self._compare())

    def frame(self) -> None:
        self.text.sync()

    async def _compare(self) -> None:
        lines: list[list[Span]] = []
        for ink, sign, entry in (("bad", "-", self.before), ("good", "+", self.after)):
            said = f"{sign} {about_entry(entry)}, {words.day_and_time(entry.at)}"
            lines.append([(ink, said)])
        values = (base_value(entry) or b"" for entry in (self.before, self.after))
        self.text.set_lines([*lines, [], *await differences(*values)])
