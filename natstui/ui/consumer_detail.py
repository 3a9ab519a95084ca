"""One consumer: how it stands, how it moves, and all that the server says of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from natstui.model.consumer_board import ConsumerBoard
from natstui.model.consumer_row import ConsumerRow
from natstui.model.polling import Poll
from natstui.model.view_state import LevelState
from natstui.ui import words
from natstui.ui.confirm import TextView
from natstui.ui.consumer_help import CONSUMERS_HELP
from natstui.ui.consumer_info import Line, info_lines
from natstui.ui.consumer_keys import ConsumerKeys
from natstui.ui.consumer_words import drain_words, slope_words, state_ink
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.polled import poll_hint

LOOK_EVERY = 1.0
_NAME = 8
_NUMBER = 7


class ConsumerLevel(ConsumerKeys):
    """One page, asked for anew each second; scrolls."""

    HELP = CONSUMERS_HELP
    KIND = "consumer"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "peek", "next", show=False, id="consumer.peek"),
    ]

    def __init__(self, desk: Desk, board: ConsumerBoard, row: ConsumerRow) -> None:
        self.board = board
        self._row = row
        self.poll = Poll(desk.session, self._look, every=LOOK_EVERY)
        super().__init__(desk, self.poll)
        self.text = TextView([])
        self._drawn: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        yield self.text

    @property
    def crumb(self) -> str:
        return f"{self._row.stream} > {self._row.name}"

    @property
    def row(self) -> ConsumerRow | None:
        return self._row

    def remember(self) -> LevelState | None:
        return LevelState(self.kind, at=tuple(self._row.key))

    def target(self) -> Widget:
        return self.text

    async def _look(self) -> None:
        await self.board.look_at(self._row.key)
        self._row = self.board.find(self._row.key) or self._row

    def frame(self) -> None:
        self.text.say_while_empty(poll_hint(self.poll, []))
        seen = (self.poll.version, self.board.advisories.version, self._row.info.get("ts"))
        if seen != self._drawn and self._row.info:
            self._drawn = seen
            lines = movement_lines(self._row)
            self.text.set_lines([*lines, [], *info_lines(self._row, self._advised())])
        self.text.sync()

    def _advised(self) -> list[Line]:
        advised = self.board.advisories.of(self._row.key)
        if not advised.given_up and not advised.terminated:
            return []
        shown = ", ".join(f"{sequence:,}" for sequence in list(advised.sequences)[-10:])
        return [
            [
                ("muted", "advised since we listen: "),
                ("bad", f"{advised.given_up:,} given up"),
                ("muted", ", "),
                ("warn", f"{advised.terminated:,} terminated"),
                ("muted", f"; the latest at {shown}"),
            ]
        ]

    def about(self) -> list[Span]:
        return [(state_ink(self._row), self._row.standing.badge)]

    def trouble(self) -> str:
        return self.poll.problem.what if self.poll.problem is not None and self._row.info else ""

    def peek_crumb(self, row: ConsumerRow) -> str:
        return "next"

    async def gone(self) -> None:
        await self.pane.pop()


def movement_lines(row: ConsumerRow) -> list[Line]:
    """How it stands, and a line of bars each for deliveries, acks, and what is pending."""
    acks = words.rate(row.ack_rate.per_second) if row.acknowledges else "none"
    more = "  ".join(part for part in (slope_words(row), _drains(row)) if part)
    return [
        [(state_ink(row), row.standing.badge), ("plain", f"  {row.standing.reason}")],
        [],
        _bar_line("sent", words.rate(row.deliver_rate.per_second), row.deliver_bars.bars),
        _bar_line("ack", acks, row.ack_bars.bars),
        _bar_line("pending", words.count(row.pending), row.pending_bars.bars),
        [("faint", f"{'':{_NAME + _NUMBER + 2}}{_AXIS}")],
        [("muted", f"{'lag':<{_NAME}}{words.count(row.lag):>{_NUMBER}}  "), ("plain", more)],
    ]


_AXIS = f"{'60 s ago':<57}now"


def _drains(row: ConsumerRow) -> str:
    drain = drain_words(row)
    if not drain:
        return ""
    return "does not get less" if drain == "never" else f"nothing left in {drain}"


def _bar_line(name: str, number: str, bars: Iterable[int]) -> Line:
    drawn = words.bars(list(bars))
    return [("muted", f"{name:<{_NAME}}"), ("plain", f"{number:>{_NUMBER}}  "), ("accent", drawn)]
