"""One connection: how it moves, what it listens to, and all that its server says of it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widget import Widget

from natstui.model.connection_board import ConnectionBoard, ConnectionRow
from natstui.model.polling import Poll
from natstui.model.system_answer import number, objects, text
from natstui.model.system_boards import SystemBoards
from natstui.ui import words
from natstui.ui.confirm import TextView
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.polled import poll_hint
from natstui.ui.server_help import CONNECTIONS_HELP
from natstui.ui.server_keys import ServerKeys
from natstui.ui.stream_info import fields
from natstui.ui.system_words import load_words, trouble_words

Line = list[Span]

LOAD_EVERY = 2.0
_MOST_SHOWN = 500
# Next to both there must be room for a minute of bars in 80 columns.
_NAME, _NUMBER = 9, 8
_LIST = "subscriptions_list_detail"


class ConnectionPage(ServerKeys):
    """One page; scrolls."""

    HELP = CONNECTIONS_HELP

    def __init__(
        self, desk: Desk, boards: SystemBoards, board: ConnectionBoard, row: ConnectionRow
    ) -> None:
        self.row = row
        # Of its own: to ask for one must not look like a look at all of them.
        self.board = ConnectionBoard(desk.session, closed=board.closed)
        self.board.adopt(row)
        self.poll = Poll(desk.session, self._look, every=LOAD_EVERY, took=lambda: self.board.took)
        super().__init__(desk, boards, *([] if board.closed else [self.poll]))
        self.text = TextView([])
        self.gone = False
        self._drawn = -1

    def compose(self) -> ComposeResult:
        yield self.text

    @property
    def crumb(self) -> str:
        return self.row.name

    def target(self) -> Widget:
        return self.text

    async def _look(self) -> None:
        self.gone = not await self.board.look_at(self.row.key) and not self.board.problems
        self.row = self.board.find(self.row.key) or self.row

    def frame(self) -> None:
        if self.polls:
            self.text.say_while_empty(poll_hint(self.poll, []))
        if self.board.version != self._drawn:
            self._drawn = self.board.version
            self.text.set_lines(connection_lines(self.row, gone=self.gone))
        self.text.sync()

    def about(self) -> list[Span]:
        return [("muted", f"{self.row.server} · cid {self.row.key.id}")]

    def counts(self) -> list[Span]:
        return load_words(self.board, self.poll)

    def trouble(self) -> str:
        return trouble_words(self.board, self.poll)


def connection_lines(row: ConnectionRow, *, gone: bool) -> list[Line]:
    """Movement first, then the subscriptions, then the rest."""
    lines: list[Line] = []
    if row.reason:
        lines += [[("bad" if row.was_slow else "warn", f"closed: {row.reason}")], []]
    elif gone:
        lines += [[("warn", "it is not connected any more; these are its last numbers")], []]
    lines += [
        [
            ("muted", f"{'messages':<{_NAME}}"),
            ("plain", f"{words.rate(row.messages.per_second):>{_NUMBER}} "),
            ("accent", words.bars(list(row.bars.bars))),
        ],
        [
            ("muted", f"{'bytes':<{_NAME}}"),
            ("plain", f"{words.short_size(row.bytes.per_second) + '/s':>{_NUMBER}}"),
        ],
        [],
        [("title", "SUBSCRIPTIONS"), ("muted", f"  {row.subscriptions:,}")],
        *_subscriptions(row),
        [],
        [("title", "CONNECTION")],
    ]
    rest = {key: value for key, value in row.info.items() if key != _LIST}
    return [*lines, *fields(rest)]


def _subscriptions(row: ConnectionRow) -> list[Line]:
    found = objects(row.info, _LIST)
    lines: list[Line] = []
    for each in found[:_MOST_SHOWN]:
        line: Line = [("plain", f"  {text(each, 'subject')}")]
        if group := text(each, "qgroup"):
            line.append(("muted", f"  queue group {group}"))
        line.append(("muted", f"  {number(each, 'msgs'):,} messages"))
        lines.append(line)
    if len(found) > _MOST_SHOWN:
        lines.append([("warn", f"  and {len(found) - _MOST_SHOWN:,} more")])
    return lines
