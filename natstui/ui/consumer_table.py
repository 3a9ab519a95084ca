"""All consumers of all streams in one table, and below it why the one under the cursor is stuck."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.strip import Strip

from natstui.model.comparing import ConsumerComparison
from natstui.model.consumer_board import ConsumerBoard
from natstui.model.consumer_row import ConsumerRow, Key
from natstui.model.consumer_state import Severity
from natstui.model.polling import Poll
from natstui.model.rates import Steady
from natstui.model.view_state import LevelState, is_name
from natstui.ui import consumer_changes as change
from natstui.ui import words
from natstui.ui.board_table import BoardTable
from natstui.ui.compare import compare
from natstui.ui.consumer_detail import ConsumerLevel
from natstui.ui.consumer_help import CONSUMERS_HELP
from natstui.ui.consumer_keys import CHANGES, ConsumerKeys
from natstui.ui.consumer_words import ack_words, drain_words, full_name, slope_words, state_ink
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.filtered import FilteredTable
from natstui.ui.lines import Inked, LineList
from natstui.ui.pane import Level
from natstui.ui.table import Column

LOAD_EVERY = 2.0
# So many seconds more or less for a look are no news.
_NO_NEWS = 0.01


def _unacked_ink(row: ConsumerRow) -> str:
    if row.ack_limit and row.outstanding >= row.ack_limit:
        return "bad"
    return "plain" if row.outstanding else "faint"


COLUMNS: tuple[Column[ConsumerRow], ...] = (
    Column("consumer", full_name, sort=lambda row: row.key, ink="strong", at_least=20),
    Column(
        "state",
        lambda row: row.standing.badge,
        15,
        sort=lambda row: (row.standing.severity, row.lag),
        descending=True,
        ink=state_ink,
    ),
    Column(
        "pending",
        lambda row: words.count(row.pending),
        8,
        sort=lambda row: row.pending,
        right=True,
        descending=True,
        ink=lambda row: "plain" if row.pending else "faint",
    ),
    Column(
        "unacked",
        ack_words,
        9,
        sort=lambda row: row.outstanding,
        right=True,
        descending=True,
        ink=_unacked_ink,
    ),
    Column(
        "sent",
        lambda row: words.rate(row.deliver_rate.per_second),
        7,
        sort=lambda row: row.deliver_rate.per_second,
        right=True,
        descending=True,
        ink=lambda row: "accent" if row.deliver_rate.per_second else "faint",
    ),
    Column(
        "ack",
        lambda row: words.rate(row.ack_rate.per_second) if row.acknowledges else "none",
        7,
        sort=lambda row: row.ack_rate.per_second,
        right=True,
        descending=True,
        ink=lambda row: "accent" if row.ack_rate.per_second else "faint",
    ),
    Column(
        "lag",
        slope_words,
        8,
        sort=lambda row: row.slope.per_second,
        right=True,
        descending=True,
        ink=lambda row: "warn" if row.standing.severity == Severity.GROWING else "muted",
        leave_out=1,
    ),
    Column(
        "drain",
        drain_words,
        5,
        sort=lambda row: float("inf") if row.drain_seconds is None else row.drain_seconds,
        right=True,
        descending=True,
        ink="muted",
        leave_out=2,
    ),
    Column(
        "redel",
        lambda row: words.count(row.redelivered),
        6,
        sort=lambda row: row.redelivered,
        right=True,
        descending=True,
        ink=lambda row: "warn" if row.redelivered else "faint",
        leave_out=3,
    ),
    Column(
        "wait",
        lambda row: "push" if row.is_push else words.count(row.waiting),
        5,
        sort=lambda row: row.waiting,
        right=True,
        descending=True,
        ink="muted",
        leave_out=4,
    ),
    Column("why", lambda row: row.standing.reason, 40, ink="muted", leave_out=9),
)


class ReasonLine(Inked):
    """One line: how the consumer under the cursor stands, in a sentence."""

    def __init__(self) -> None:
        super().__init__(classes="reason")
        self._row: tuple[str, ...] = ()
        self._line: list[Span] = []

    def say(self, row: ConsumerRow | None) -> None:
        """Call it each frame."""
        said = (full_name(row), *map(str, row.standing)) if row is not None else ()
        if row is None or said == self._row:
            return
        self._row = said
        self._line = [
            ("plain", " "),
            (state_ink(row), row.standing.badge),
            ("plain", f"  {row.standing.reason}"),
        ]
        self.refresh()

    def render_line(self, y: int) -> Strip:
        return self.one_line(self._line)


class ConsumerTable(FilteredTable, ConsumerKeys):
    """All of them; enter opens one."""

    THING = "consumer"
    KIND = "consumers"
    HELP = CONSUMERS_HELP
    WRITES = CHANGES | {"create"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash", "filter", "filter", key_display="/", tooltip="Filter", id="consumers.filter"
        ),
        Binding(
            "C", "create", "create", show=False, tooltip="Create a consumer", id="consumers.create"
        ),
        Binding(
            "equals_sign",
            "compare",
            "compare",
            show=False,
            key_display="=",
            tooltip="Compare with another context",
            id="consumers.compare",
        ),
    ]

    def __init__(self, desk: Desk) -> None:
        self.board = ConsumerBoard(desk.session)
        self.board.advisories.also = desk.dead_letters.hear
        self.poll = Poll(desk.session, self.board.load, every=LOAD_EVERY)
        super().__init__(desk, self.poll)
        self.table = BoardTable(self.board.rows, COLUMNS, id="consumers-table", order="state")
        self.reason = ReasonLine()
        self._took = Steady()

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield self.reason

    @property
    def crumb(self) -> str:
        return "Consumers"

    @property
    def row(self) -> ConsumerRow | None:
        return self.table.item

    def frame(self) -> None:
        super().frame()
        self.reason.say(self.row)
        self.reason.display = self.row is not None

    def empty(self) -> list[list[Span]]:
        return [
            [("strong", "No stream of this account has a consumer.")],
            [
                ("accent", "C"),
                ("muted", "  creates one, "),
                ("accent", "2"),
                ("muted", "  shows the streams"),
            ],
        ]

    def summary(self) -> list[Span]:
        rows = self.board.rows
        stuck, growing = self.board.stuck(), self.board.states[Severity.GROWING]
        said: list[Span] = [("plain", words.plural(rows.total, "consumer"))]
        if stuck:
            said += [("muted", " · "), ("bad", f"{stuck:,} stuck")]
        if growing:
            said += [("muted", " · "), ("warn", f"{growing:,} growing")]
        return said

    def trouble(self) -> str:
        board, problem = self.board, self.poll.problem
        if problem is not None:
            return problem.what if board.rows.total else ""
        if board.problems:
            stream, said = next(iter(board.problems.items()))
            count = words.plural(len(board.problems), "stream")
            return f"the consumers of {count} are not listed: {stream}: {said}"
        denied = board.advisories.denied
        return f"what is given up is seen late: may not subscribe to {denied}" if denied else ""

    def counts(self) -> list[Span]:
        board, poll = self.board, self.poll
        if not board.asked:
            return [("muted", f"stream {board.looked_at:,} of {board.streams:,}")]
        took = self._took.take(board.took, max(_NO_NEWS, self._took.shown / 2))
        return [
            ("muted", words.plural(board.asked, "request")),
            ("muted", f" in {words.seconds(took)}"),
            ("muted", f", every {poll.pause:.0f} s"),
        ]

    def reopen(self, state: LevelState) -> Level | None:
        if state.kind != ConsumerLevel.KIND or len(state.at) != 2:
            return None
        key = Key(*map(str, state.at))
        if not all(map(is_name, key)):
            return None
        row = ConsumerRow(key)
        return ConsumerLevel(self.desk, self.board, row)

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        if (row := self.row) is not None:
            self.tui.start(self.pane.push(ConsumerLevel(self.desk, self.board, row)))

    def action_compare(self) -> None:
        """Compare all consumers with those of another context."""
        here = self.desk.session
        self.tui.start(compare(self, lambda there: ConsumerComparison(here, there)))

    def action_create(self) -> None:
        """Create a consumer."""
        change.ask_create(self, self.row.stream if self.row is not None else "")
