"""Two systems side by side: what is not the same, and of one thing what differs in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from natstui.client import errors
from natstui.model.comparing import AssetPair, Compared, Comparison
from natstui.model.comparison_words import difference_words, verdict_words
from natstui.model.explain import explain
from natstui.model.key_comparing import KeyPair, Revision
from natstui.model.session import Session
from natstui.model.work import Work
from natstui.ui import words
from natstui.ui.confirm import TextView
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.lines import LineList
from natstui.ui.pane import Level
from natstui.ui.table import Column, TableView
from natstui.ui.value_diff import differences

Line = list[Span]
Pair = Compared

COMPARE_HELP = """\
What is not the same here and there; what is the same is only counted. The
other connection is read-only, makes nothing, and ends when one goes back.

COLOURS
  - red    what this context has
  + green  what the other one has"""

_INKS = {"different": "warn", "only_a": "bad", "only_b": "good"}


def _side(side: Revision | None) -> str:
    return "" if side is None else f"rev {side.revision:,}, {words.short_size(side.size)}"


def _columns(comparison: Comparison[Any]) -> tuple[Column[Any], ...]:
    a, b = comparison.a.name, comparison.b.name
    first: tuple[Column[Any], ...] = (
        Column(
            comparison.nouns[0], lambda pair: pair.name, sort=lambda pair: pair.name, ink="strong"
        ),
        Column(
            "verdict",
            lambda pair: verdict_words(pair.verdict, a, b),
            18,
            sort=lambda pair: pair.verdict,
            ink=lambda pair: _INKS.get(pair.verdict, "plain"),
        ),
    )
    if comparison.nouns[0] != "key":
        return (*first, Column("what", _what, 40, ink="plain", leave_out=1))
    return (
        *first,
        Column(a, lambda pair: _side(pair.a), 18, ink="muted", leave_out=1),
        Column(b, lambda pair: _side(pair.b), 18, ink="muted", leave_out=1),
    )


def _name(pair: Pair) -> str:
    return pair.name


def _what(pair: AssetPair) -> str:
    return difference_words(pair)


class CompareLevel(Level):
    """The things that differ; beside them, where there is room, how one of them does."""

    HELP = COMPARE_HELP
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash", "filter", "filter", key_display="/", tooltip="Filter", id="compare.filter"
        ),
    ]

    def __init__(self, desk: Desk, comparison: Comparison[Any]) -> None:
        super().__init__(desk)
        self.comparison = comparison
        self.table: TableView[Any] = TableView(
            comparison.rows, _columns(comparison), id="compare-table"
        )
        self.text = TextView([], id="compare-text")
        self.work: Work | None = None
        self._shown: object = None
        self._reading = False

    def compose(self) -> ComposeResult:
        with Horizontal(classes="compare-body"):
            yield self.table
            yield self.text

    async def on_unmount(self) -> None:
        if self.work is not None:
            self.work.cancel()
        await self.comparison.b.close()

    @property
    def crumb(self) -> str:
        return f"{self.comparison.nouns[1]} against {self.comparison.b.name}"

    def target(self) -> Widget:
        return self.table

    # Comparing

    def shown(self) -> None:
        super().shown()
        if self.work is None:
            self.refresh_now()

    def refresh_now(self) -> None:
        """Compare anew."""
        work = Work("comparing", unit=self.comparison.nouns[1])
        if self.pane.begin(work, self.comparison.run(work)):
            self.work = work
            self._shown = None

    # Drawing

    def frame(self) -> None:
        self.table.say_while_empty(self._hint())
        self.table.sync()
        item = self.table.item
        if self.text.region and item != self._shown and not self._reading:
            self._shown = item
            if item is None:
                self.text.set_lines([])
            else:
                self._reading = True
                self.tui.start(self._read(item))
        self.text.sync()

    def _hint(self) -> list[Line]:
        if self.work is None or self.work.is_running:
            return [[("strong", "Comparing…")]]
        if self.work.state != "done":
            return [
                [("strong", "Not compared.")],
                [("accent", "r"), ("muted", "  tries again, "), ("accent", "esc"), _BACK],
            ]
        if self.table.rows.filter:
            return [[("strong", "Nothing that differs matches the filter.")]]
        return [[("good", self.comparison.summary)]]

    async def _read(self, item: Pair) -> None:
        try:
            self.text.set_lines(await pair_lines(self.comparison, item))
        except (errors.Error, TimeoutError) as error:
            said = str(explain(error, settings=self.desk.session.settings))
            self.text.set_lines([[("bad", said)]])
        finally:
            self._reading = False

    def about(self) -> list[Span]:
        counts, rows = self.comparison.counts, self.table.rows
        if rows.filter:
            found = f"  {len(rows):,} of {rows.total:,}"
            return [("warn", f"filter {rows.filter}"), ("muted", found)]
        a, b = self.comparison.a.name, self.comparison.b.name
        said: list[Span] = [
            (_INKS[verdict], f"{counts[verdict]:,} {verdict_words(verdict, a, b)}  ")
            for verdict in ("different", "only_a", "only_b")
            if counts[verdict]
        ]
        return [*said, ("muted", f"{counts['same']:,} the same")]

    def counts(self) -> list[Span]:
        guard = self.comparison.b.guard
        return [
            ("muted", f"{self.comparison.b.name}: asked "),
            ("plain", f"{guard.requests:,}"),
            ("muted", " times · writes "),
            ("good" if not guard.writes else "bad", f"{guard.writes:,}"),
        ]

    def out(self) -> bool:
        if not self.table.rows.filter:
            return False
        self.table.rows.set_filter("")
        return True

    def action_filter(self) -> None:
        """Ask for words that a name must have."""
        rows = self.table.rows
        self.pane.ask(
            "filter", rows.filter, lambda _: None, rows.set_filter, changed=rows.set_filter
        )

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        if (item := self.table.item) is not None:
            self.tui.start(self.pane.push(PairLevel(self.desk, self.comparison, item)))


_BACK: Span = ("muted", "  goes back")


class PairLevel(Level):
    """One thing in full: what differs, line by line."""

    HELP = COMPARE_HELP

    def __init__(self, desk: Desk, comparison: Comparison[Any], pair: Pair) -> None:
        super().__init__(desk)
        self.comparison = comparison
        self.pair = pair
        self.text = TextView([[("muted", "Comparing…")]])
        self._read_it = False

    def compose(self) -> ComposeResult:
        yield self.text

    @property
    def crumb(self) -> str:
        return self.pair.name

    def target(self) -> Widget:
        return self.text

    def shown(self) -> None:
        super().shown()
        if not self._read_it:
            self.refresh_now()

    def refresh_now(self) -> None:
        """Read both sides anew."""
        self._read_it = True
        self.tui.start(self._read())

    def frame(self) -> None:
        self.text.sync()

    async def _read(self) -> None:
        try:
            self.text.set_lines(await pair_lines(self.comparison, self.pair))
        except (errors.Error, TimeoutError) as error:
            self.pane.complain(error)


async def pair_lines(comparison: Comparison[Any], pair: Pair) -> list[Line]:
    """Which side has what, then the lines that differ."""
    lines: list[Line] = [[("strong", pair.name)]]
    sides = (("bad", "-", comparison.a, "a"), ("good", "+", comparison.b, "b"))
    for ink, sign, session, side in sides:
        lines.append([(ink, f"{sign} {session.name}"), ("muted", _about(pair, side))])
    return [*lines, [], *await differences(*await comparison.texts(pair))]


def _about(pair: Pair, side: str) -> str:
    known = getattr(pair, side)
    if known is None:
        return "  is not there"
    if not isinstance(pair, KeyPair):
        return ""
    at = words.day_and_time(known.at)
    return f"  revision {known.revision:,}, {words.size(known.size)}, {at}"


async def compare(level: Level, comparison_with: Callable[[Session], Comparison[Any]]) -> None:
    """Ask what with, and open the comparison below `level`; start it with `tui.start`."""
    there = await level.desk.choose_session()
    if there is not None:
        await level.pane.push(CompareLevel(level.desk, comparison_with(there)))
