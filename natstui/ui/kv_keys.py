"""The keys of one bucket; beside them, where there is room, the value of one."""

from __future__ import annotations

import time
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from natstui.client import errors
from natstui.model.explain import Explanation, explain
from natstui.model.key_comparing import KeyComparison
from natstui.model.key_names import key_problem, pattern_problem
from natstui.model.key_rows import KeyRows
from natstui.model.key_tree import KeyTree
from natstui.model.kv_session import ALL, KeyValueSession
from natstui.model.kv_transfer import export_keys
from natstui.model.polling import Poll
from natstui.model.view_state import LevelState
from natstui.model.work import Work
from natstui.ui import kv_changes as change
from natstui.ui import words
from natstui.ui.clipboard import copy_payload, copy_text
from natstui.ui.compare import compare
from natstui.ui.desk import Desk
from natstui.ui.detail import MessageView
from natstui.ui.drawing import Span
from natstui.ui.key_table import KeyTable
from natstui.ui.kv_help import KEYS_HELP
from natstui.ui.kv_import import ask_import
from natstui.ui.kv_key import KeyLevel, about_entry
from natstui.ui.kv_past import ask_as_of
from natstui.ui.message_level import export_problem
from natstui.ui.pane import Level
from natstui.ui.polled import poll_hint

LOAD_EVERY = 1.0
LOOK_AGAIN_AFTER = 5.0


class KeysLevel(Level):
    """Keys as a tree or flat; enter opens one."""

    HELP = KEYS_HELP
    KIND = "keys"
    WRITES = frozenset({"create", "edit", "edit_outside", "delete", "purge", "import"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "filter", key_display="/", tooltip="Filter", id="keys.filter"),
        Binding("f", "flat", "flat/tree", tooltip="A tree, or flat", id="keys.flat"),
        Binding("i", "edit", "edit", tooltip="Edit the value here", id="keys.edit"),
        Binding("E", "edit_outside", "$EDITOR", tooltip="Edit in $EDITOR", id="keys.editor"),
        Binding("C", "create", "create", tooltip="Create a key", id="keys.create"),
        Binding("D", "delete", "delete", show=False, tooltip="Delete the key", id="keys.delete"),
        Binding("P", "purge", "purge", show=False, tooltip="Purge the key", id="keys.purge"),
        Binding("S", "pattern", "pattern", show=False, tooltip="Only some keys", id="keys.pattern"),
        Binding("t", "as_of", "as of", show=False, tooltip="As of a moment", id="keys.as-of"),
        Binding("x", "export", "export", show=False, tooltip="Export as NDJSON", id="keys.export"),
        Binding("I", "import", "import", show=False, tooltip="Import NDJSON", id="keys.import"),
        Binding("y", "copy", "copy", show=False, tooltip="Copy the value", id="keys.copy"),
        Binding(
            "Y", "copy_key", "copy key", show=False, tooltip="Copy the key", id="keys.copy-key"
        ),
        Binding(
            "equals_sign",
            "compare",
            "compare",
            show=False,
            key_display="=",
            tooltip="Compare with another context",
            id="keys.compare",
        ),
    ]

    def __init__(self, desk: Desk, bucket: str) -> None:
        self.kv = KeyValueSession(desk.session, bucket)
        self.poll = Poll(desk.session, self._load, every=LOAD_EVERY)
        super().__init__(desk, self.poll)
        self.rows = KeyRows(
            KeyTree(self.kv.view), known=lambda: (self.kv.version, self.kv.looks.version)
        )
        self.table = KeyTable(self.kv, self.rows)
        self.value = MessageView(id="kv-value")
        self._looking = False
        self._shown: tuple[str, int] | None = None
        self._problem: Explanation | None = None
        self._again_at = 0.0

    def compose(self) -> ComposeResult:
        with Horizontal(classes="kv-body"):
            yield self.table
            yield self.value

    @property
    def crumb(self) -> str:
        return self.kv.name

    def target(self) -> Widget:
        return self.table

    @property
    def of(self) -> str:
        return self.kv.name

    def remember(self) -> LevelState | None:
        place = self.table.place
        return LevelState(
            self.kind,
            self.of,
            only="" if self.kv.pattern == ALL else self.kv.pattern,
            filter=self.kv.view.filter,
            flat=self.rows.tree.flat,
            at=(place,) if isinstance(place, str) else (),
        )

    def come_back(self, state: LevelState) -> None:
        if state.only and not pattern_problem(state.only):
            self.kv.only(state.only)
        self._filter(state.filter)
        self.rows.tree.flat = state.flat
        if state.at:
            key = str(state.at[0])
            self.rows.tree.open_to(key.removesuffix("."))
            self.table.wait_for(key)

    def reopen(self, state: LevelState) -> Level | None:
        if state.kind != KeyLevel.KIND or key_problem(state.name):
            return None
        return KeyLevel(self.desk, self.kv, state.name)

    async def _load(self) -> None:
        await self.kv.load()
        if self.kv.has_listed:
            # That may have taken long, but what changes costs little.
            self.poll.now()

    # Drawing

    def frame(self) -> None:
        self.kv.view.advance()
        self.table.say_while_empty(poll_hint(self.poll, self._empty()))
        self.table.sync()
        self._look_at_what_is_seen()
        # Beside a branch there would be the value of the key before it.
        self.value.visible = self._wanted() is not None
        if self.value.record is not None:
            self.value.advance()

    def _empty(self) -> list[list[Span]]:
        if not self.kv.view.is_complete:
            return [[("strong", "Looking…")]]
        if self.kv.view.filter:
            return [
                [("strong", "No key matches the filter.")],
                [("accent", "/"), ("muted", "  changes it, esc clears it")],
            ]
        if self.kv.pattern != ALL:
            return [
                [("strong", f"No key matches {self.kv.pattern}")],
                [("accent", "S"), ("muted", "  asks for others, esc for all")],
            ]
        return [
            [("strong", "The bucket is empty.")],
            [("accent", "C"), ("muted", "  creates a key; what others write appears by itself")],
        ]

    def _look_at_what_is_seen(self) -> None:
        can_ask = self.kv.bucket is not None and self.poll.state in ("ready", "loading")
        if self._looking or not can_ask or time.monotonic() < self._again_at:
            return
        if self.kv.looks.missing(self.table.keys_in_view()):
            self._looking = True
            self.tui.start(self._look())
        elif self.value.region and self._wanted() not in (None, self._shown):
            self._looking = True
            self.tui.start(self._read_value())

    async def _look(self) -> None:
        try:
            await self.kv.look_at(self.table.keys_in_view())
            self._problem = None
        except (errors.Error, TimeoutError) as error:
            self._pause(error)
        finally:
            self._looking = False

    def _wanted(self) -> tuple[str, int] | None:
        """The key under the cursor and its revision."""
        key = self.table.key
        look = self.kv.looks.get(key) if key else None
        return (key, look.revision) if key and look else None

    async def _read_value(self) -> None:
        wanted = self._wanted()
        try:
            entry = await self.kv.latest(wanted[0]) if wanted else None
        except (errors.Error, TimeoutError) as error:
            self._pause(error)
        else:
            self._problem, self._shown = None, wanted
            if entry is not None:
                self.value.show_record(entry.record, about_entry(entry))
        finally:
            self._looking = False

    def _pause(self, error: Exception) -> None:
        """Say what is wrong for as long as it is, and do not ask all the time."""
        self._problem = explain(error, settings=self.desk.session.settings)
        self._again_at = time.monotonic() + LOOK_AGAIN_AFTER

    def about(self) -> list[Span]:
        kv, view = self.kv, self.kv.view
        spans: list[Span] = []
        if kv.pattern != ALL:
            spans.append(("warn", f"only {kv.pattern}  "))
        if view.filter:
            found = f"  {len(view.shown):,}{'' if view.is_complete else '…'} of {len(view.all):,}"
            found += " so far" if kv.is_listing else ""
            return [*spans, ("warn", f"filter {view.filter}"), ("muted", found)]
        spans.append(("plain", words.plural(kv.listed, "key")))
        if kv.expected > kv.listed:
            spans.append(("warn", f" of {kv.expected:,}" + ("; S asks for some" * kv.is_cut)))
        if kv.bucket is not None:
            spans.append(("muted", f" · history {kv.bucket.history or 'all'}"))
        return spans

    def trouble(self) -> str:
        if not self.desk.session.is_connected:
            return ""
        if self.poll.problem is not None and len(self.kv.view.all):
            return self.poll.problem.what
        return self._problem.what if self._problem is not None else ""

    def counts(self) -> list[Span]:
        spans: list[Span] = [("muted", "changes "), ("plain", f"{self.kv.changes:,}")]
        if self.kv.skipped:
            spans += [("muted", " · not read "), ("warn", f"{self.kv.skipped:,}")]
        return spans

    def out(self) -> bool:
        if self.kv.view.filter:
            self._filter("")
        elif self.kv.pattern != ALL:
            self._only(ALL)
        else:
            return False
        return True

    def refresh_now(self) -> None:
        self.kv.list_anew()
        self._again_at = 0.0
        super().refresh_now()

    # What is listed

    def action_filter(self) -> None:
        """Filter the keys while it is typed."""
        before = self.kv.view.filter
        self.pane.ask("filter", before, lambda _: None, self._filter, changed=self._filter)

    def _filter(self, text: str) -> None:
        self.kv.view.set_filter(text)

    def action_flat(self) -> None:
        """Show the keys as a tree, or flat."""
        key = self.table.key
        self.rows.tree.flat = not self.rows.tree.flat
        if key is not None:
            self.rows.tree.open_to(key)
        self.table.sync()
        if key is not None:
            self.table.go_to_item(key)

    def action_pattern(self) -> None:
        """Ask for a pattern, and the server for the keys that match."""
        self.pane.ask("only keys that match", self.kv.pattern, pattern_problem, self._only)

    def _only(self, pattern: str) -> None:
        self.kv.only(pattern)
        self.poll.now()

    def action_compare(self) -> None:
        """Compare these keys with those in another context."""
        here, name, pattern = self.desk.session, self.kv.name, self.kv.pattern
        self.tui.start(compare(self, lambda there: KeyComparison(here, there, name, pattern)))

    # One key

    @on(KeyTable.KeyChosen)
    def _chosen(self, event: KeyTable.KeyChosen) -> None:
        event.stop()
        self.kv.saw(event.key)
        self.tui.start(self.pane.push(KeyLevel(self.desk, self.kv, event.key)))

    def _key(self) -> str | None:
        """The key under the cursor; if there is a branch, that is said."""
        row = self.table.item
        if row is not None and row.is_branch:
            self.pane.say(f"{row.key} is {words.plural(row.keys, 'key')}: choose one of them")
        return self.table.key

    def action_edit(self) -> None:
        """Edit the value of the key, on the screen."""
        if (key := self._key()) is not None:
            self.tui.start(change.edit_here(self, self.kv, key))

    def action_edit_outside(self) -> None:
        """Edit the value of the key in $EDITOR."""
        if (key := self._key()) is not None:
            self.tui.start(change.edit_outside(self, self.kv, key))

    def action_create(self) -> None:
        """Ask for a key that has no value yet, and for its value."""
        if not self._is_known():
            return
        row = self.table.item
        start = "" if row is None else row.key if row.is_branch else row.key.rpartition(".")[0]
        start += "." if start and not start.endswith(".") else ""
        self.pane.ask(
            "create the key",
            start,
            key_problem,
            lambda key: self.tui.start(change.edit_here(self, self.kv, key, new=True)),
        )

    def action_delete(self) -> None:
        """Delete the key: its history stays."""
        if (key := self._key()) is not None:
            self.tui.start(change.delete(self, self.kv, key))

    def action_purge(self) -> None:
        """Purge the key, with its history."""
        if (key := self._key()) is not None:
            self.tui.start(change.purge(self, self.kv, key))

    def action_copy(self) -> None:
        """The value, to the clipboard of the terminal."""
        if (key := self._key()) is not None:
            self.tui.start(self._copy(key))

    async def _copy(self, key: str) -> None:
        try:
            entry = await self.kv.latest(key)
        except (errors.Error, TimeoutError) as error:
            self.pane.complain(error)
        else:
            self.pane.say(copy_payload(self.app, entry.value) if entry else f"{key} is gone")

    def action_copy_key(self) -> None:
        """The key, to the clipboard of the terminal."""
        if (key := self._key()) is not None:
            self.pane.say(copy_text(self.app, key))

    def action_as_of(self) -> None:
        """Ask for a moment, and show what the keys held then."""
        ask_as_of(self, self.kv)

    # Files

    def action_export(self) -> None:
        """Ask where to, then write the keys that are listed, with their values."""
        self.kv.view.finish()
        keys = list(self.kv.view.shown.keys)
        name = time.strftime(f"{self.kv.name}-%Y%m%d-%H%M%S.ndjson")
        self.pane.ask(
            f"export {words.plural(len(keys), 'key')} to",
            name,
            export_problem,
            lambda path: self._export(keys, Path(path).expanduser()),
        )

    def _export(self, keys: list[str], path: Path) -> None:
        work = Work(f"exporting {self.kv.name}", total=len(keys), unit="keys")

        async def export() -> str:
            written = await export_keys(self.kv, keys, path, work)
            return f"exported {words.plural(written, 'key')} to {path}"

        self.pane.begin(work, export())

    def action_import(self) -> None:
        """Ask for a file, and show what importing it would do."""
        if self._is_known():
            ask_import(self, self.kv)

    def _is_known(self) -> bool:
        """Whether the bucket was seen: where its keys are written to depends on it."""
        if self.kv.bucket is None:
            self.pane.say("nothing is written before the bucket could be looked at", bad=True)
        return self.kv.bucket is not None
