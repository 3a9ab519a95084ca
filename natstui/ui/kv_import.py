"""Importing keys: what each line of a file would do, and what came of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from natstui.model.decode import preview
from natstui.model.kv_session import KeyValueSession
from natstui.model.kv_transfer import (
    ImportItem,
    Mode,
    import_items,
    look_at_items,
    read_items,
    to_write,
)
from natstui.model.rows import Rows
from natstui.model.work import Work
from natstui.ui import words
from natstui.ui.confirm import Question
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.kv_help import IMPORT_HELP
from natstui.ui.pane import Level
from natstui.ui.table import Column, TableView

_PREVIEW = 120
_INKS = {"create": "good", "change": "warn", "same": "muted", "invalid": "bad"}


def ask_import(level: Level, kv: KeyValueSession) -> None:
    """Ask for a file, and show what importing it would do."""
    level.pane.ask(
        f"import into {kv.name} the file",
        "",
        _file_problem,
        lambda path: level.tui.start(_open(level, kv, Path(path).expanduser())),
    )


def _file_problem(text: str) -> str | None:
    if not text.strip():
        return "a file name is needed"
    return None if Path(text).expanduser().is_file() else "there is no such file"


async def _open(level: Level, kv: KeyValueSession, path: Path) -> None:
    try:
        items = await asyncio.to_thread(read_items, path)
    except (OSError, ValueError) as error:
        level.pane.complain(error)
        return
    await level.pane.push(ImportLevel(level.desk, kv, path, items))


def _now(item: ImportItem) -> str:
    if item.now is None:
        return ""
    return item.now.operation or preview(item.now.value[:_PREVIEW], _PREVIEW)[1]


def _outcome(item: ImportItem) -> str:
    return item.result or item.problem


COLUMNS: tuple[Column[ImportItem], ...] = (
    Column("line", lambda item: f"{item.line:,}", 6, sort=lambda item: item.line, right=True),
    Column(
        "would",
        lambda item: item.action,
        7,
        sort=lambda item: item.action,
        ink=lambda item: _INKS[item.action],
    ),
    Column("key", lambda item: item.key, sort=lambda item: item.key, ink="strong"),
    Column(
        "result",
        _outcome,
        24,
        sort=_outcome,
        ink=lambda item: "bad" if item.failed or item.problem else "good",
    ),
    Column("new value", lambda item: preview(item.value[:_PREVIEW])[1], 30, leave_out=1),
    Column("value now", _now, 30, ink="muted", leave_out=2),
)


class ImportLevel(Level):
    """The lines of the file."""

    HELP = IMPORT_HELP
    WRITES = frozenset({"create", "all"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("C", "create", "new ones", tooltip="Import only new keys", id="import.create"),
        Binding("A", "all", "all", tooltip="Import new and changed keys", id="import.all"),
        Binding("slash", "filter", "filter", key_display="/", tooltip="Filter", id="import.filter"),
    ]

    def __init__(
        self, desk: Desk, kv: KeyValueSession, path: Path, items: list[ImportItem]
    ) -> None:
        super().__init__(desk)
        self.kv = kv
        self.path = path
        self.items = items
        self.rows: Rows[ImportItem] = Rows(
            lambda item: item.line, lambda item: f"{item.action} {item.key} {_outcome(item)}"
        )
        self.rows.set_items(items)
        self.table = TableView(self.rows, COLUMNS, id="kv-import")
        self._looked = False
        self._work: Work | None = None
        self._drawn = -1
        self._counted = -1
        self._counts: Counter[str] = Counter()

    def compose(self) -> ComposeResult:
        yield self.table

    @property
    def crumb(self) -> str:
        return f"import {self.path.name}"

    def target(self) -> Widget:
        return self.table

    def shown(self) -> None:
        super().shown()
        if not self._looked:
            self._looked = True
            self.refresh_now()

    def refresh_now(self) -> None:
        work = Work(f"looking at {self.kv.name}", total=len(self.items), unit="keys")
        self._begin(work, self._look(work))

    async def _look(self, work: Work) -> str:
        await look_at_items(self.kv, self.items, work)
        return ""

    def _begin(self, work: Work, doing: Coroutine[Any, Any, str]) -> None:
        if self.pane.begin(work, doing):
            self._work, self._drawn = work, -1

    def frame(self) -> None:
        if self._work is not None and self._work.version != self._drawn:
            self._drawn = self._work.version
            self.rows.touch()
        self.table.say_while_empty([[("strong", "The file is empty.")]])
        self.table.sync()

    def about(self) -> list[Span]:
        if self._counted != self.rows.version:
            self._counted = self.rows.version
            self._counts = Counter(item.action for item in self.items)
        spans: list[Span] = []
        for name in _INKS:
            if number := self._counts[name]:
                spans += [(_INKS[name], f"{number:,} {name}"), ("faint", "  ")]
        return spans[:-1]

    def out(self) -> bool:
        if not self.rows.filter:
            return False
        self.rows.set_filter("")
        return True

    def action_filter(self) -> None:
        """Ask for words that must be in a line."""
        rows = self.rows
        self.pane.ask(
            "filter", rows.filter, lambda _: None, rows.set_filter, changed=rows.set_filter
        )

    def action_create(self) -> None:
        """Import the keys that have no value yet."""
        self.tui.start(self._import("create"))

    def action_all(self) -> None:
        """Import the new keys, and those whose value differs."""
        self.tui.start(self._import("change"))

    async def _import(self, mode: Mode) -> None:
        chosen = [item for item in to_write(self.items, mode) if not item.result]
        if not chosen:
            self.pane.say("there is nothing to import")
            return
        new = sum(item.action == "create" for item in chosen)
        lines: list[list[Span]] = [[("good", f"{words.plural(new, 'key')} will be created.")]]
        if changed := len(chosen) - new:
            over = f"{words.plural(changed, 'key')} will get another value,"
            lines.append([("warn", over), ("plain", " only where it is as it was seen here.")])
            lines.append([("plain", "Values that go are saved in the journal: U restores them.")])
        question = Question(
            f"Import {self.path.name} into bucket {self.kv.name}", lines, verb="import them"
        )
        if await self.desk.ask_whether(question):
            work = Work(f"importing into {self.kv.name}", unit="keys")
            writer = self.desk.writer
            self._begin(work, import_items(writer, self.kv, chosen, mode, work))
