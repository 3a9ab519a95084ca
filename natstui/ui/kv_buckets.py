"""The key-value buckets of the account."""

from __future__ import annotations

import time
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from natstui.model.key_comparing import KeyComparison
from natstui.model.kv_board import BucketBoard, BucketRow
from natstui.model.kv_create import parse_bucket
from natstui.model.polling import Poll
from natstui.model.view_state import LevelState, is_name
from natstui.ui import words
from natstui.ui.compare import compare
from natstui.ui.confirm import Question
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.filtered import FilteredTable
from natstui.ui.kv_help import BUCKETS_HELP
from natstui.ui.kv_keys import KeysLevel
from natstui.ui.lines import LineList
from natstui.ui.pane import Level
from natstui.ui.stream_changes import Troubles, delete_stream
from natstui.ui.table import Column, TableView

LOAD_EVERY = 2.0


def _last(row: BucketRow) -> str:
    at = row.stream.last_at
    return "" if at is None else words.age(time.time() - at)


def _ttl(row: BucketRow) -> str:
    ttl = words.age(row.bucket.ttl) if row.bucket.ttl else ""
    return f"{ttl} own".strip() if row.bucket.allows_ttl else ttl


COLUMNS: tuple[Column[BucketRow], ...] = (
    Column("bucket", lambda row: row.name, sort=lambda row: row.name.lower(), ink="strong"),
    Column(
        "keys",
        lambda row: row.stream.problem or f"{row.keys:,}",
        11,
        sort=lambda row: row.keys,
        right=True,
        descending=True,
        ink=lambda row: "bad" if row.stream.problem else "plain",
    ),
    Column(
        "values",
        lambda row: words.count(row.stream.messages),
        7,
        sort=lambda row: row.stream.messages,
        right=True,
        descending=True,
    ),
    Column(
        "bytes",
        lambda row: words.short_size(row.stream.bytes),
        7,
        sort=lambda row: row.stream.bytes,
        right=True,
        descending=True,
    ),
    Column(
        "writes",
        lambda row: words.rate(row.rate.per_second),
        7,
        sort=lambda row: row.rate.per_second,
        right=True,
        descending=True,
        ink=lambda row: "accent" if row.rate.per_second else "faint",
    ),
    Column("last", _last, 4, sort=lambda row: -(row.stream.last_at or 0.0), right=True),
    Column("history", lambda row: str(row.bucket.history or "all"), 7, right=True, ink="muted"),
    Column("ttl", _ttl, 8, ink="muted"),
    Column("mirror of", lambda row: row.bucket.mirror, 16, ink="muted", leave_out=3),
    Column("R", lambda row: str(row.stream.replicas), 1, ink="muted", leave_out=2),
    Column(
        "store",
        lambda row: str(row.stream.config.get("storage") or ""),
        6,
        ink="muted",
        leave_out=4,
    ),
    Column(
        "description",
        lambda row: str(row.stream.config.get("description") or ""),
        28,
        ink="muted",
        leave_out=5,
    ),
)


class BucketTable(FilteredTable):
    """All of them; enter opens the keys of one."""

    THING = "bucket"
    KIND = "buckets"
    HELP = BUCKETS_HELP
    WRITES = frozenset({"create", "delete"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "filter", key_display="/", tooltip="Filter", id="kv.filter"),
        Binding("C", "create", "create", tooltip="Create a bucket", id="kv.create-bucket"),
        Binding("D", "delete", "delete", show=False, tooltip="Delete it", id="kv.delete-bucket"),
        Binding(
            "equals_sign",
            "compare",
            "compare",
            show=False,
            key_display="=",
            tooltip="Compare with another context",
            id="kv.compare",
        ),
    ]

    def __init__(self, desk: Desk) -> None:
        self.board = BucketBoard(desk.session)
        self.poll = Poll(desk.session, self.board.load, every=LOAD_EVERY)
        super().__init__(desk, self.poll)
        self.table = TableView(self.board.rows, COLUMNS, id="kv-buckets", order="bucket")

    @property
    def crumb(self) -> str:
        return "KV"

    def to_watch(self) -> str:
        return f"bucket {row.name}: silent 1h" if (row := self.table.item) else ""

    def empty(self) -> list[list[Span]]:
        create: list[Span] = [("accent", "C"), ("muted", "  creates one")]
        if self.desk.session.read_only:
            create = [("muted", "read-only: none can be created here")]
        return [[("strong", "There is no key-value bucket in this account.")], create]

    def summary(self) -> list[Span]:
        rows = self.board.rows
        return [
            ("plain", words.plural(rows.total, "bucket")),
            ("muted", f" · {words.size(self.board.total_bytes)}"),
        ]

    def trouble(self) -> str:
        problem = self.poll.problem
        return problem.what if problem is not None and self.board.rows.total else ""

    def reopen(self, state: LevelState) -> Level | None:
        if state.kind != KeysLevel.KIND or not is_name(state.name):
            return None
        return KeysLevel(self.desk, state.name)

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        if (row := self.table.item) is not None:
            self.tui.start(self.pane.push(KeysLevel(self.desk, row.name)))

    def action_compare(self) -> None:
        """Compare the keys of the bucket with those in another context."""
        if (row := self.table.item) is not None:
            here, name = self.desk.session, row.name
            self.tui.start(compare(self, lambda there: KeyComparison(here, there, name)))

    def action_create(self) -> None:
        """Ask for the name of a bucket and what it keeps, and create it."""
        self.pane.ask(
            "create bucket NAME history=5 ttl=1h …",
            "",
            _bucket_problem,
            lambda text: self.tui.start(self._create(text)),
        )

    async def _create(self, text: str) -> None:
        fields = parse_bucket(text)
        name = fields["bucket"]
        question = Question(
            f"Create bucket {name}",
            [[("plain", "A stream is made for it: "), ("strong", f"KV_{name}")]],
            verb="create it",
            facts={key: str(value) for key, value in fields.items()},
        )
        if not await self.desk.ask_whether(question):
            return
        try:
            await self.desk.writer.write(
                f"create bucket {name}", lambda js: js.create_key_value(**fields)
            )
        except Troubles as error:
            self.pane.complain(error)
            return
        self.refresh_now()
        self.pane.say(f"bucket {name} is created")

    def action_delete(self) -> None:
        """Delete the bucket and everything in it."""
        if (row := self.table.item) is not None:
            self.tui.start(delete_stream(self, row.bucket.stream))


def _bucket_problem(text: str) -> str | None:
    try:
        parse_bucket(text)
    except ValueError as error:
        return str(error)
    return None
