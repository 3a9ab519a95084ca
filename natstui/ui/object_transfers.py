"""Transfers: what is on its way, how fast, and how it ended."""

from __future__ import annotations

import time
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from natstui.model.object_transfers import Transfer
from natstui.ui import words
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.lines import LineList
from natstui.ui.object_help import TRANSFERS_HELP
from natstui.ui.pane import Level
from natstui.ui.table import Column, TableView

_ARROWS = {"up": "↑", "down": "↓", "check": "="}
_BAR = 10
_INKS = {"running": "plain", "done": "good", "cancelled": "warn", "failed": "bad"}
_STATES = {"done": "✓", "cancelled": "ended", "failed": "✗"}


def bar(share: float) -> str:
    """So much of ten cells."""
    full = int(share * _BAR)
    return "█" * full + "░" * (_BAR - full)


def _share(row: Transfer) -> str:
    if not row.is_running:
        return _STATES[row.state]
    return "" if row.share is None else f"{bar(row.share)} {row.share:>4.0%}"


def _bytes(row: Transfer) -> str:
    done = words.short_size(row.done)
    return f"{done} of {words.short_size(row.total)}" if row.total else done


def _speed(row: Transfer) -> str:
    speed = row.rate.per_second if row.is_running else row.per_second
    return f"{words.short_size(speed)}/s" if row.done else ""


def _left(row: Transfer) -> str:
    if not row.is_running:
        return words.age(row.seconds)
    left = row.seconds_left
    return "" if left is None else words.age(left)


COLUMNS: tuple[Column[Transfer], ...] = (
    Column(" ", lambda row: _ARROWS[row.direction], 1, ink="accent"),
    Column("object", lambda row: f"{row.bucket}/{row.object}", ink="strong", at_least=14),
    Column("done", _share, 15, ink=lambda row: _INKS[row.state]),
    Column("bytes", _bytes, 16, right=True),
    Column("speed", _speed, 8, right=True, ink="accent"),
    Column("time", _left, 4, right=True, ink="muted"),
    Column("file", lambda row: row.path, 24, ink="muted", leave_out=2),
    Column("outcome", lambda row: row.note or row.result, 40, ink="muted", leave_out=1),
)


def _sampled(desk: Desk) -> list[Transfer]:
    """Those that run, their rates as of now: one that stands still says nothing by itself."""
    running, now = desk.transfers.running, time.monotonic()
    for transfer in running:
        transfer.rate.sample(now, transfer.done)
    return running


def transfer_counts(desk: Desk) -> list[Span]:
    """What runs, for the last line of any level of the pane; [] if nothing does."""
    running = _sampled(desk)
    if not running:
        return []
    done, total = sum(each.done for each in running), sum(each.total for each in running)
    share = f" {done / total:.0%}" if total else ""
    notes = [each.note for each in running if each.note]
    if not desk.session.is_connected:
        notes = ["waits for a server"]  # they notice with their next answer, and that takes a while
    speed = f" {words.short_size(sum(each.rate.per_second for each in running))}/s"
    return [
        ("accent", f"{words.plural(len(running), 'transfer')}{share}"),
        ("warn", f" {notes[0]}") if notes else ("plain", speed),
        ("muted", "  T"),
    ]


class TransfersLevel(Level):
    """The newest first; the line below says in full how the one under the cursor ended."""

    HELP = TRANSFERS_HELP
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+x", "end", "end it", tooltip="End the transfer", id="transfers.end"),
        Binding("x", "forget", "forget ended", tooltip="Forget those ended", id="transfers.forget"),
    ]

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.transfers = desk.transfers
        self.table = TableView(self.transfers.rows, COLUMNS, id="transfers")
        self._seen: tuple[int, ...] = ()

    def compose(self) -> ComposeResult:
        yield self.table

    @property
    def crumb(self) -> str:
        return "transfers"

    def target(self) -> Widget:
        return self.table

    def frame(self) -> None:
        running = _sampled(self.desk)
        seen = tuple(each.version for each in self.transfers.rows.items)
        if seen != self._seen or running:
            self._seen = seen
            self.transfers.rows.touch()
        self.table.say_while_empty(
            [
                [("strong", "Nothing was transferred yet.")],
                [("muted", "in a bucket: u uploads a file, d downloads one, v checks a digest")],
            ]
        )
        self.table.sync()

    def about(self) -> list[Span]:
        return [("muted", f"{len(self.transfers.running)} running")]

    def counts(self) -> list[Span]:
        item = self.table.item
        if item is None:
            return []
        if item.is_running and not self.desk.session.is_connected:
            what = "ended, removes what was sent" if item.is_ending else "goes on"
            return [("warn", f"{item.name}: {what} once there is a server")]
        return [("plain", item.note or item.result or item.name)] if item.error is None else []

    def trouble(self) -> str:
        item = self.table.item
        return item.result if item is not None and item.error is not None else ""

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        if (item := self.table.item) is not None:
            self.pane.say(item.result or item.note or item.name, bad=item.state == "failed")

    def action_end(self) -> None:
        """End the transfer under the cursor."""
        if (item := self.table.item) is not None and item.is_running:
            item.cancel()

    def action_forget(self) -> None:
        """Forget those that have ended."""
        self.transfers.forget_ended()
