"""The object buckets of the account."""

from __future__ import annotations

import time
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from natstui.model.kv_create import COMMON, parse_bucket
from natstui.model.object_board import ObjectBoard, ObjectBucketRow
from natstui.model.polling import Poll
from natstui.model.view_state import LevelState, is_name
from natstui.ui import words
from natstui.ui.confirm import Question
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.filtered import FilteredTable
from natstui.ui.lines import LineList
from natstui.ui.object_help import OBJECT_BUCKETS_HELP
from natstui.ui.object_list import ObjectsLevel
from natstui.ui.object_transfers import TransfersLevel, transfer_counts
from natstui.ui.pane import Level
from natstui.ui.stream_changes import Troubles, delete_stream, seal
from natstui.ui.stream_info import InfoLevel
from natstui.ui.table import Column, TableView

LOAD_EVERY = 2.0


def _last(row: ObjectBucketRow) -> str:
    at = row.stream.last_at
    return "" if at is None else words.age(time.time() - at)


def _limit(row: ObjectBucketRow) -> str:
    limit = row.bucket.max_bytes
    return words.short_size(limit) if limit else ""


COLUMNS: tuple[Column[ObjectBucketRow], ...] = (
    Column("bucket", lambda row: row.name, sort=lambda row: row.name.lower(), ink="strong"),
    Column(
        "bytes",
        lambda row: row.stream.problem or words.short_size(row.stream.bytes),
        7,
        sort=lambda row: row.stream.bytes,
        right=True,
        descending=True,
        ink=lambda row: "bad" if row.stream.problem else "plain",
    ),
    Column("limit", _limit, 6, right=True, ink="muted"),
    Column(
        "messages",
        lambda row: words.count(row.stream.messages),
        8,
        sort=lambda row: row.stream.messages,
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
    Column("ttl", lambda row: words.age(row.bucket.ttl) if row.bucket.ttl else "", 4, ink="muted"),
    Column("R", lambda row: str(row.stream.replicas), 1, ink="muted", leave_out=2),
    Column(
        "",
        lambda row: "sealed" if row.bucket.is_sealed else "mirror" if row.bucket.is_mirror else "",
        6,
        ink="warn",
    ),
    Column(
        "store",
        lambda row: str(row.bucket.config.get("storage") or ""),
        6,
        ink="muted",
        leave_out=4,
    ),
    Column("description", lambda row: row.description[:200], 28, ink="muted", leave_out=5),
)


class ObjectBucketTable(FilteredTable):
    """All of them; enter opens the objects of one."""

    THING = "bucket"
    KIND = "object buckets"
    HELP = OBJECT_BUCKETS_HELP
    WRITES = frozenset({"create", "delete", "seal"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "filter", key_display="/", tooltip="Filter", id="objects.find"),
        Binding("i", "info", "info", tooltip="All that is known of it", id="objects.bucket-info"),
        Binding("T", "transfers", "transfers", tooltip="Transfers", id="objects.all-transfers"),
        Binding("C", "create", "create", tooltip="Create a bucket", id="objects.create-bucket"),
        Binding(
            "D", "delete", "delete", show=False, tooltip="Delete it", id="objects.delete-bucket"
        ),
        Binding("L", "seal", "seal", show=False, tooltip="Seal it for ever", id="objects.seal"),
    ]

    def __init__(self, desk: Desk) -> None:
        self.board = ObjectBoard(desk.session)
        self.poll = Poll(desk.session, self.board.load, every=LOAD_EVERY)
        super().__init__(desk, self.poll)
        self.table = TableView(self.board.rows, COLUMNS, id="object-buckets", order="bucket")

    @property
    def crumb(self) -> str:
        return "Objects"

    def empty(self) -> list[list[Span]]:
        create: list[Span] = [("accent", "C"), ("muted", "  creates one")]
        if self.desk.session.read_only:
            create = [("muted", "read-only: none can be created here")]
        return [[("strong", "There is no object bucket in this account.")], create]

    def summary(self) -> list[Span]:
        return [
            ("plain", words.plural(self.board.rows.total, "bucket")),
            ("muted", f" · {words.size(self.board.total_bytes)}"),
        ]

    def counts(self) -> list[Span]:
        return transfer_counts(self.desk)

    def trouble(self) -> str:
        problem = self.poll.problem
        return problem.what if problem is not None and self.board.rows.total else ""

    def reopen(self, state: LevelState) -> Level | None:
        if not is_name(state.name):
            return None
        match state.kind:
            case "objects":
                return ObjectsLevel(self.desk, state.name)
            case "stream":
                return InfoLevel(self.desk, state.name)
        return None

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        if (row := self.table.item) is not None:
            self.tui.start(self.pane.push(ObjectsLevel(self.desk, row.name)))

    def action_info(self) -> None:
        """Configuration and state of the stream that the bucket is."""
        if (row := self.table.item) is not None:
            self.tui.start(self.pane.push(InfoLevel(self.desk, row.bucket.stream)))

    def action_transfers(self) -> None:
        """What is on its way, and what was."""
        self.tui.start(self.pane.push(TransfersLevel(self.desk)))

    def action_create(self) -> None:
        """Ask for the name of a bucket and what it keeps, and create it."""
        self.pane.ask(
            "create bucket NAME ttl=30d max=1GiB …",
            "",
            _bucket_problem,
            lambda text: self.tui.start(self._create(text)),
        )

    async def _create(self, text: str) -> None:
        fields = parse_bucket(text, COMMON)
        name = fields["bucket"]
        if any(row.name == name for row in self.board.rows.items):
            self.pane.say(f"there is a bucket {name} already", bad=True)
            return
        question = Question(
            f"Create bucket {name}",
            [[("plain", "A stream is made for it: "), ("strong", f"OBJ_{name}")]],
            verb="create it",
            facts={key: str(value) for key, value in fields.items()},
        )
        if not await self.desk.ask_whether(question):
            return
        try:
            await self.desk.writer.write(
                f"create object bucket {name}", lambda js: js.create_object_store(**fields)
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

    def action_seal(self) -> None:
        """Seal the bucket for ever."""
        if (row := self.table.item) is not None:
            self.tui.start(seal(self, row.bucket.stream))


def _bucket_problem(text: str) -> str | None:
    try:
        parse_bucket(text, COMMON)
    except ValueError as error:
        return str(error)
    return None
