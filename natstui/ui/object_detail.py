"""One object: all that is known of it without reading its bytes."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from natstui.model.object_entry import ObjectEntry
from natstui.model.object_session import ObjectSession
from natstui.model.polling import Poll
from natstui.ui import object_changes as change
from natstui.ui.confirm import TextView
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.object_help import OBJECT_HELP
from natstui.ui.object_transfers import TransfersLevel, transfer_counts
from natstui.ui.object_words import entry_lines, short
from natstui.ui.pane import Level
from natstui.ui.polled import poll_hint
from natstui.ui.stream_messages import MessagesLevel

LOOK_EVERY = 1.0


class ObjectLevel(Level):
    """Its info, headers, metadata and what is stored of it; looked at anew each second."""

    HELP = OBJECT_HELP
    WRITES = frozenset({"upload", "link", "edit", "delete"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "download", "download", tooltip="Download it", id="object.download"),
        Binding("v", "verify", "check", tooltip="Check its digest", id="object.verify"),
        Binding("u", "upload", "upload", tooltip="Upload another version", id="object.upload"),
        Binding("b", "chunks", "chunks", tooltip="Its chunks", id="object.chunks"),
        Binding("m", "history", "infos", tooltip="Its infos that are kept", id="object.history"),
        Binding("T", "transfers", "transfers", tooltip="Transfers", id="object.transfers"),
        Binding("E", "edit", "edit", tooltip="Edit what is said of it", id="object.edit"),
        Binding("l", "link", "link", show=False, tooltip="Link to it", id="object.link"),
        Binding("D", "delete", "delete", show=False, tooltip="Delete it", id="object.delete"),
        Binding("y", "copy", "copy", show=False, tooltip="Copy the digest", id="object.copy"),
    ]

    def __init__(self, desk: Desk, objects: ObjectSession, entry: ObjectEntry) -> None:
        self.objects = objects
        self.entry = entry
        self.stored: int | None = None
        self._is_gone = False
        self.poll = Poll(desk.session, self._load, every=LOOK_EVERY)
        super().__init__(desk, self.poll)
        self.text = TextView([], id="object-info")

    def compose(self) -> ComposeResult:
        yield self.text

    @property
    def crumb(self) -> str:
        return short(self.entry.name)

    def target(self) -> Widget:
        return self.text

    async def _load(self) -> None:
        if self.entry.info is None:
            return
        now = await self.objects.latest(self.entry.name)
        self._is_gone = now is None
        if now is not None:
            self.entry = now
            self.objects.saw(now)
        if self.entry.kind == "object":
            self.stored = await self.objects.stored_chunks(self.entry)

    def frame(self) -> None:
        self.text.say_while_empty(poll_hint(self.poll, []))
        lines = entry_lines(self.entry, self.stored)
        if self._is_gone:
            gone: list[Span] = [("alarm", "It is gone; this is what it was.")]
            lines = [gone, [], *lines]
        self.text.set_lines(lines)
        self.text.sync()

    def counts(self) -> list[Span]:
        return transfer_counts(self.desk)

    def trouble(self) -> str:
        return self.poll.problem.what if self.poll.problem is not None else ""

    def action_download(self) -> None:
        """Ask where to, then write it into a new file."""
        self.tui.start(change.ask_download(self, self.entry))

    def action_verify(self) -> None:
        """Read it all and compare it with its digest."""
        change.verify(self, self.entry)

    def action_upload(self) -> None:
        """Ask for a file, and put it in the place of this one."""
        change.ask_upload(self, self.objects, self.entry.name)

    def action_chunks(self) -> None:
        """The messages that its bytes are in."""
        if self.entry.kind != "object":
            self.pane.say("it has no bytes of its own", bad=True)
            return
        self._push_messages(self.entry.chunk_subject)

    def action_history(self) -> None:
        """The infos that the bucket keeps of it."""
        self._push_messages(self.entry.subject)

    def _push_messages(self, subject: str) -> None:
        self.tui.start(self.pane.push(MessagesLevel(self.desk, self.objects.stream, subject)))

    def action_transfers(self) -> None:
        """What is on its way, and what was."""
        self.tui.start(self.pane.push(TransfersLevel(self.desk)))

    def action_edit(self) -> None:
        """Edit name, description, headers and metadata."""
        change.edit(self, self.objects, self.entry)

    def action_link(self) -> None:
        """Give it another name, here or in another bucket."""
        change.ask_link(self, self.objects, self.entry)

    def action_delete(self) -> None:
        """Delete it."""
        self.tui.start(change.delete(self, self.objects, self.entry))

    def action_copy(self) -> None:
        """The digest, to the clipboard of the terminal."""
        change.copy_digest(self, self.entry)
