"""The objects of one bucket; beside them, where there is room, what is known of one."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from natstui.model.object_entry import ObjectEntry
from natstui.model.object_session import ObjectSession
from natstui.model.polling import Poll
from natstui.ui import object_changes as change
from natstui.ui import words
from natstui.ui.clipboard import copy_text
from natstui.ui.confirm import TextView
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.filtered import FilteredTable
from natstui.ui.lines import LineList
from natstui.ui.object_detail import ObjectLevel
from natstui.ui.object_help import OBJECTS_HELP
from natstui.ui.object_kept import KeptLevel
from natstui.ui.object_transfers import TransfersLevel, transfer_counts
from natstui.ui.object_words import age, entry_lines, short
from natstui.ui.table import Column, TableView

LOAD_EVERY = 1.0

_INKS = {"object": "strong", "deleted": "faint", "unreadable": "bad"}


def _name(entry: ObjectEntry) -> str:
    return f"{short(entry.name)} → {short(entry.target)}" if entry.target else short(entry.name)


def _size(entry: ObjectEntry) -> str:
    match entry.kind:
        case "object":
            return words.short_size(entry.size)
        case "deleted":
            return "DEL"
        case "unreadable":
            return "?"
    return "link"


def _columns(objects: ObjectSession) -> tuple[Column[ObjectEntry], ...]:
    return (
        Column(" ", lambda entry: "●" if objects.was_changed(entry) else "", 1, ink="accent"),
        Column(
            "name",
            _name,
            sort=lambda entry: entry.name.lower(),
            ink=lambda entry: _INKS.get(entry.kind, "accent"),
        ),
        Column(
            "size",
            _size,
            6,
            sort=lambda entry: entry.size,
            right=True,
            descending=True,
            ink=lambda entry: "plain" if entry.kind == "object" else "muted",
        ),
        Column(
            "chunks",
            lambda entry: f"{entry.chunks:,}" if entry.kind == "object" else "",
            7,
            sort=lambda entry: entry.chunks,
            right=True,
            descending=True,
            ink="muted",
            leave_out=1,
        ),
        Column("age", age, 4, sort=lambda entry: -entry.at, right=True, ink="muted"),
        Column("description", lambda entry: short(entry.description), 22, ink="muted", leave_out=2),
    )


class ObjectsLevel(FilteredTable):
    """Objects, links and deletions; enter opens one."""

    THING = "object"
    KIND = "objects"
    HELP = OBJECTS_HELP
    WRITES = frozenset({"upload", "link", "link_bucket", "edit", "delete"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash", "filter", "filter", key_display="/", tooltip="Filter", id="objects.filter"
        ),
        Binding("u", "upload", "upload", tooltip="Upload a file", id="objects.upload"),
        Binding("d", "download", "download", tooltip="Download it", id="objects.download"),
        Binding("v", "verify", "check", tooltip="Check its digest", id="objects.verify"),
        Binding("T", "transfers", "transfers", tooltip="Transfers", id="objects.transfers"),
        Binding("E", "edit", "edit", tooltip="Edit what is said of it", id="objects.edit"),
        Binding("l", "link", "link", show=False, tooltip="Link to it", id="objects.link"),
        Binding(
            "B",
            "link_bucket",
            "link bucket",
            show=False,
            tooltip="Link to a whole bucket",
            id="objects.link-bucket",
        ),
        Binding("D", "delete", "delete", show=False, tooltip="Delete it", id="objects.delete"),
        Binding("K", "kept", "kept", show=False, tooltip="What is kept", id="objects.kept"),
        Binding(
            "y", "copy", "copy", show=False, tooltip="Copy the digest", id="objects.copy-digest"
        ),
        Binding(
            "Y", "copy_name", "copy name", show=False, tooltip="Copy the name", id="objects.copy"
        ),
    ]

    def __init__(self, desk: Desk, bucket: str) -> None:
        self.objects = ObjectSession(desk.session, bucket)
        self.poll = Poll(desk.session, self.objects.load, every=LOAD_EVERY)
        super().__init__(desk, self.poll)
        self.table = TableView(
            self.objects.rows, _columns(self.objects), id="objects-table", order="name"
        )
        self.text = TextView([], id="object-text")

    def compose(self) -> ComposeResult:
        with Horizontal(classes="objects-body"):
            yield self.table
            yield self.text

    @property
    def crumb(self) -> str:
        return self.objects.name

    @property
    def of(self) -> str:
        return self.objects.name

    # Drawing

    def frame(self) -> None:
        super().frame()
        if self.text.region:
            entry = self.table.item
            self.text.set_lines(entry_lines(entry) if entry else [])
            self.text.sync()

    def empty(self) -> list[list[Span]]:
        upload: list[Span] = [("accent", "u"), ("muted", "  uploads a file; ")]
        if self.desk.session.read_only:
            upload = []
        others: Span = ("muted", "what others put appears by itself")
        return [[("strong", "The bucket is empty.")], [*upload, others]]

    def summary(self) -> list[Span]:
        objects = self.objects
        total = objects.rows.total
        spans: list[Span] = [
            ("plain", f"{total:,} {'entry' if total == 1 else 'entries'}"),
            ("muted", f" · {words.size(objects.total_bytes)}"),
        ]
        return [*spans, ("warn", " · there are more")] if objects.is_cut else spans

    def about(self) -> list[Span]:
        bucket = self.objects.bucket
        spans = super().about()
        if bucket is not None and bucket.why_unchangeable:
            spans = [*spans, ("warn", " · sealed" if bucket.is_sealed else " · mirror")]
        return spans

    def counts(self) -> list[Span]:
        changes: list[Span] = [("muted", "changes "), ("plain", f"{self.objects.changes:,}")]
        return transfer_counts(self.desk) or changes

    def trouble(self) -> str:
        problem = self.poll.problem
        return problem.what if problem is not None and self.objects.rows.total else ""

    def refresh_now(self) -> None:
        self.objects.list_anew()
        super().refresh_now()

    # One of them

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        entry = self.table.item
        if entry is None:
            return
        self.objects.saw(entry)
        link = entry.link
        if entry.kind == "bucket link" and link is not None:
            self.tui.start(self._open_bucket(link.bucket))
        else:
            self.tui.start(self.pane.push(ObjectLevel(self.desk, self.objects, entry)))

    async def _open_bucket(self, bucket: str) -> None:
        try:
            level = ObjectsLevel(self.desk, bucket)
            await level.objects.load()
        except change.Troubles as error:
            self.pane.complain(error)
        else:
            await self.pane.push(level)

    def action_download(self) -> None:
        """Ask where to, then write it into a new file."""
        if (entry := self.table.item) is not None:
            self.tui.start(change.ask_download(self, entry))

    def action_verify(self) -> None:
        """Read it all and compare it with its digest."""
        if (entry := self.table.item) is not None:
            change.verify(self, entry)

    def action_upload(self) -> None:
        """Ask for a file and a name, and put it."""
        change.ask_upload(self, self.objects)

    def action_link(self) -> None:
        """Give the object another name, here or in another bucket."""
        if (entry := self.table.item) is not None:
            change.ask_link(self, self.objects, entry)

    def action_link_bucket(self) -> None:
        """Let a name stand for a whole bucket."""
        change.ask_bucket_link(self, self.objects)

    def action_edit(self) -> None:
        """Edit name, description, headers and metadata."""
        if (entry := self.table.item) is not None:
            change.edit(self, self.objects, entry)

    def action_delete(self) -> None:
        """Delete the object or link."""
        if (entry := self.table.item) is not None:
            self.tui.start(change.delete(self, self.objects, entry))

    def action_copy(self) -> None:
        """The digest, to the clipboard of the terminal."""
        if (entry := self.table.item) is not None:
            change.copy_digest(self, entry)

    def action_copy_name(self) -> None:
        """The name, to the clipboard of the terminal."""
        if (entry := self.table.item) is not None:
            self.pane.say(copy_text(self.app, entry.name))

    # Elsewhere

    def action_transfers(self) -> None:
        """What is on its way, and what was."""
        self.tui.start(self.pane.push(TransfersLevel(self.desk)))

    def action_kept(self) -> None:
        """What the bucket keeps, and whose it is."""
        self.tui.start(self.pane.push(KeptLevel(self.desk, self.objects)))
