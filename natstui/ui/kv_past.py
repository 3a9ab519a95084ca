"""A bucket as it was at a moment: what each key held then, and what became of it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from natstui.client import errors
from natstui.model.as_of import AsOf, parse_as_of
from natstui.model.decode import preview
from natstui.model.explain import Explanation, explain
from natstui.model.key_entry import KeyEntry
from natstui.model.key_past import RANK, KeyPast, KeyVersion, Since
from natstui.model.kv_edit import base_value
from natstui.model.kv_looks import Look
from natstui.model.kv_past import BucketPast
from natstui.model.kv_session import KeyValueSession
from natstui.model.kv_transfer import export_entries
from natstui.model.polling import Poll
from natstui.model.work import Work
from natstui.ui import kv_changes as change
from natstui.ui import words
from natstui.ui.board_table import BoardTable
from natstui.ui.confirm import TextView
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.filtered import FilteredTable
from natstui.ui.kv_help import PAST_DIFF_HELP, PAST_HELP
from natstui.ui.kv_key import KeyLevel, about_entry
from natstui.ui.lines import LineList
from natstui.ui.message_level import export_problem
from natstui.ui.note_line import NoteLine
from natstui.ui.pane import Level
from natstui.ui.table import Column
from natstui.ui.value_diff import differences

LOOK_EVERY = 1.0
LOOK_AGAIN_AFTER = 5.0
_PREVIEW = 120
_INKS = {
    Since.CHANGED: "warn",
    Since.DELETED: "bad",
    Since.ADDED: "good",
    Since.UNKNOWN: "accent",
    Since.PASSED: "muted",
    Since.REWRITTEN: "muted",
    Since.SAME: "faint",
}
_NOTHING = "—"


def as_of_problem(text: str) -> str | None:
    """Why it is no moment to look back to, or None."""
    try:
        parse_as_of(text)
    except ValueError as error:
        return str(error)
    return None


def as_of_words(as_of: AsOf) -> str:
    """The moment in few words."""
    if as_of.at is None:
        return f"revision {as_of.revision:,}"
    return _when(as_of.at, "%H:%M:%S")


def _when(at: float, of_today: str) -> str:
    """The time of day, or the date too where it was another day."""
    when, today = time.localtime(at), time.localtime(time.time())
    return time.strftime(of_today if when[:3] == today[:3] else "%Y-%m-%d %H:%M", when)


def _shown(version: KeyVersion | Look) -> str:
    return version.operation or preview(version.head, _PREVIEW)[1]


class _Columns:
    """What the table says of a key; of one that did not change, what is known of it now."""

    def __init__(self, past: BucketPast) -> None:
        self.past = past

    def all(self) -> tuple[Column[KeyPast], ...]:
        return (
            Column("since", self._since, 10, lambda row: (RANK[row.since], row.key), ink=self._ink),
            Column("key", lambda row: row.key, 24, lambda row: row.key, ink="strong"),
            Column("then", self._then, ink=self._then_ink, at_least=14),
            Column("now", self._now, 20, ink=self._now_ink),
            Column("rev then", self._revision, 8, right=True, ink="muted", leave_out=2),
            Column("rev now", self._revision_now, 8, right=True, ink="muted", leave_out=3),
            Column("written", self._age, 7, self._at, True, True, "muted", leave_out=1),
        )

    def version_then(self, row: KeyPast) -> KeyVersion | Look | None:
        if row.now is not None:
            return row.then
        look = self.past.kv.looks.get(row.key)
        return look if look is not None and look.revision <= row.seq else None

    def _since(self, row: KeyPast) -> str:
        return "…" if row.now is None and self.past.is_reading else row.since

    def _ink(self, row: KeyPast) -> str:
        return _INKS[row.since]

    def _then(self, row: KeyPast) -> str:
        if row.since is Since.UNKNOWN and row.first is not None:
            return f"? before {_when(row.first.at, '%H:%M')}"
        version = self.version_then(row)
        if version is None:
            return "…" if row.now is None else _NOTHING
        return _shown(version)

    def _then_ink(self, row: KeyPast) -> str:
        if row.since is Since.UNKNOWN:
            return "accent"
        version = self.version_then(row)
        return "muted" if version is None else "bad" if version.operation else "plain"

    def _now(self, row: KeyPast) -> str:
        return "" if row.now is None else _shown(row.now)

    def _now_ink(self, row: KeyPast) -> str:
        return "bad" if row.now is not None and row.now.operation else "plain"

    def _revision(self, row: KeyPast) -> str:
        version = self.version_then(row)
        return f"{version.revision:,}" if version else ""

    def _revision_now(self, row: KeyPast) -> str:
        return f"{row.now.revision:,}" if row.now else ""

    def _at(self, row: KeyPast) -> float:
        return row.now.at if row.now is not None else 0.0

    def _age(self, row: KeyPast) -> str:
        return words.age(time.time() - row.now.at) if row.now is not None else ""


class PastLevel(FilteredTable):
    """All keys, those that differ first; enter compares one with what it is now."""

    THING = "key"
    HELP = PAST_HELP
    WRITES = frozenset({"revert"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "filter", key_display="/", tooltip="Filter", id="past.filter"),
        Binding("t", "as_of", "as of", tooltip="Look back to another moment", id="past.as-of"),
        Binding("V", "revert", "revert", tooltip="Make it what it was", id="past.revert"),
        Binding("x", "export", "export", tooltip="Export it as it was", id="past.export"),
    ]

    def __init__(self, desk: Desk, kv: KeyValueSession, as_of: AsOf) -> None:
        self.kv = kv
        self.past = BucketPast(desk.session, kv.name, as_of, kv.pattern)
        self.poll = Poll(desk.session, self.past.load, every=LOOK_EVERY)
        super().__init__(desk, self.poll)
        self.columns = _Columns(self.past)
        self.table = BoardTable(self.past.rows, self.columns.all(), id="kv-past", order="since")
        self.note = NoteLine()
        self._looking = False
        self._problem: Explanation | None = None
        self._again_at = 0.0
        self._drawn: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield self.note

    @property
    def crumb(self) -> str:
        return f"as of {as_of_words(self.past.as_of)}"

    # Drawing

    def frame(self) -> None:
        seen = (self.past.kv.looks.version, self.past.is_reading)
        if seen != self._drawn:
            # Their lines say more than the rows themselves know.
            self._drawn = seen
            self.past.rows.version += 1
        super().frame()
        self.note.say(self._note())
        self._look_at_what_is_seen()

    def empty(self) -> list[list[Span]]:
        return [[("strong", "The bucket is empty, and it was.")], [("muted", "esc goes back")]]

    def _note(self) -> list[Span]:
        row: KeyPast | None = self.table.item
        if row is None or self.past.seq is None:
            return []
        if row.reason:
            return [("accent", row.reason)]
        if not self.past.is_complete:
            return [("muted", "what expired or was purged without a mark cannot be seen any more")]
        return [("muted", "nothing that was stored until then is gone: this is all of it")]

    def summary(self) -> list[Span]:
        counts = self.past.counts
        said: list[Span] = []
        for since in (Since.CHANGED, Since.DELETED, Since.ADDED, Since.UNKNOWN):
            if counts[since]:
                said += [(_INKS[since], f"{counts[since]:,} {since}"), ("muted", " · ")]
        if not said and not self.past.is_reading:
            said = [("good", "nothing differs"), ("muted", " · ")]
        return [*said, ("muted", words.plural(self.past.rows.total, "key"))]

    def counts(self) -> list[Span]:
        past = self.past
        if past.seq is None:
            return []
        said: list[Span] = [("muted", f"revision {past.seq:,}")]
        if past.is_reading:
            left = f" · {past.end - past.read_to:,} to be read"
            return [*said, ("warn", left)]
        since = past.end - 1 - past.seq
        said.append(("muted", f" · {words.plural(max(0, since), 'write')} since"))
        if past.kv.is_cut:
            said.append(("warn", f" · of {past.kv.expected:,} keys; S asks for some"))
        return said

    def trouble(self) -> str:
        if self.poll.problem is not None and self.past.rows.total:
            return self.poll.problem.what
        return self._problem.what if self._problem is not None else ""

    # Values of what did not change are read when their lines come into view

    def _in_view(self) -> list[str]:
        table = self.table
        rows = range(table.top, min(table.top + table.page, len(table.rows)))
        return [table.rows[row].key for row in rows if table.rows[row].now is None]

    def _look_at_what_is_seen(self) -> None:
        can_ask = self.past.kv.bucket is not None and self.poll.state in ("ready", "loading")
        if self._looking or not can_ask or time.monotonic() < self._again_at:
            return
        if self.past.kv.looks.missing(self._in_view()):
            self._looking = True
            self.tui.start(self._look())

    async def _look(self) -> None:
        try:
            await self.past.kv.look_at(self._in_view())
            self._problem = None
        except (errors.Error, TimeoutError) as error:
            self._problem = explain(error, settings=self.desk.session.settings)
            self._again_at = time.monotonic() + LOOK_AGAIN_AFTER
        finally:
            self._looking = False

    # Keys

    def action_as_of(self) -> None:
        """Ask for another moment."""
        ask_as_of(self, self.kv, replace=True)

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        row: KeyPast | None = self.table.item
        if row is not None:
            self.tui.start(self._open(row))

    async def _open(self, row: KeyPast) -> None:
        if row.now is None:
            await self.pane.push(KeyLevel(self.desk, self.past.kv, row.key))
            return
        if (both := await self._both(row)) is not None:
            await self.pane.push(PastDiffLevel(self.desk, self, row, *both))

    async def _both(self, row: KeyPast) -> tuple[KeyEntry | None, KeyEntry | None] | None:
        """What it held, and what it holds, in full; None if they could not be read."""
        try:
            return await self.past.entry_then(row.key), await self.past.entry_now(row.key)
        except (errors.Error, TimeoutError) as error:
            self.pane.complain(error)
            return None

    def action_revert(self) -> None:
        """Make the key under the cursor what it was, over the newest revision that is seen."""
        row: KeyPast | None = self.table.item
        if row is not None:
            self.tui.start(self.revert(self, row))

    async def revert(self, level: Level, row: KeyPast) -> None:
        """Write what it held again, or delete it where it held nothing; after asking."""
        if row.since is Since.UNKNOWN:
            level.pane.say(f"nobody knows what {row.key} held then", bad=True)
            return
        if not row.differs:
            level.pane.say(f"{row.key} holds what it held")
            return
        if (both := await self._both(row)) is None:
            return
        then, now = both
        if now is None:
            level.pane.say(f"{row.key} is gone without a mark: C creates it anew", bad=True)
        elif base_value(then) is None:
            await change.delete(level, self.past.kv, row.key, now)
        elif then is not None:
            await change.revert(level, self.past.kv, then, now)

    def action_export(self) -> None:
        """Ask where to, then write what the keys that are listed held then."""
        rows = self.past.rows
        keys = [rows[place].key for place in range(len(rows))]
        name = time.strftime(f"{self.past.kv.name}-as-of-{self.past.seq or 0}-%H%M%S.ndjson")
        self.pane.ask(
            f"export {words.plural(len(keys), 'key')} as they were to",
            name,
            export_problem,
            lambda path: self._export(keys, Path(path).expanduser()),
        )

    def _export(self, keys: list[str], path: Path) -> None:
        past = self.past
        unknown = sum(
            past.changed[key].since is Since.UNKNOWN for key in keys if key in past.changed
        )
        work = Work(f"exporting {past.kv.name}", total=len(keys), unit="keys")

        async def export() -> str:
            written = await export_entries(past.kv.name, keys, past.entries_then, path, work)
            left_out = f"; {unknown:,} unknown are not in it" if unknown else ""
            return f"exported {words.plural(written, 'key')} to {path}{left_out}"

        self.pane.begin(work, export())


class PastDiffLevel(Level):
    """What one key held, and what it holds."""

    HELP = PAST_DIFF_HELP
    WRITES = frozenset({"revert"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("V", "revert", "revert", tooltip="Make it what it was", id="past.revert-one"),
    ]

    def __init__(
        self,
        desk: Desk,
        past: PastLevel,
        row: KeyPast,
        then: KeyEntry | None,
        now: KeyEntry | None,
    ) -> None:
        super().__init__(desk)
        self.past, self.row, self.then, self.now = past, row, then, now
        self.text = TextView([[("muted", "Comparing…")]])
        self._compared = False

    def compose(self) -> ComposeResult:
        yield self.text

    @property
    def crumb(self) -> str:
        return self.row.key

    def target(self) -> Widget:
        return self.text

    def shown(self) -> None:
        super().shown()
        if not self._compared:
            self._compared = True
            self.tui.start(self._compare())

    def frame(self) -> None:
        self.text.sync()

    def about(self) -> list[Span]:
        return [(_INKS[self.row.since], self.row.since)]

    async def _compare(self) -> None:
        then: Span = ("bad", f"- then  {_about(self.then)}")
        if self.row.since is Since.UNKNOWN:
            then = ("accent", f"? then  {self.row.reason}")
        lines: list[list[Span]] = [[then], [("good", f"+ now   {_about(self.now)}")], []]
        values = (base_value(entry) or b"" for entry in (self.then, self.now))
        self.text.set_lines([*lines, *await differences(*values)])

    def action_revert(self) -> None:
        """Make the key what it was."""
        self.tui.start(self.past.revert(self, self.row))


def _about(entry: KeyEntry | None) -> str:
    if entry is None:
        return "there was no such key"
    return f"{about_entry(entry)}, {words.day_and_time(entry.at)}"


def ask_as_of(level: Level, kv: KeyValueSession, *, replace: bool = False) -> None:
    """Ask for a moment, and show the bucket as it was then; `replace`: instead of this level."""

    async def show(text: str) -> None:
        pane, past = level.pane, PastLevel(level.desk, kv, parse_as_of(text))
        if replace:
            await pane.pop()
        await pane.push(past)

    level.pane.ask(
        "as of (2h ago, 12:30, 2026-01-31 08:00, #1234)",
        "",
        as_of_problem,
        lambda text: level.tui.start(show(text)),
    )
