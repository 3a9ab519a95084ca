"""A level that lists stored messages and opens one: what a stream's window and a search share."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.worker import Worker

from natstui.client import errors
from natstui.model.asking import ask
from natstui.model.explain import Explanation, explain
from natstui.model.export import export_ndjson
from natstui.model.polling import Poll
from natstui.model.stream_reader import StreamReader
from natstui.model.stream_window import is_cut, whole
from natstui.model.tail import Record
from natstui.ui import words
from natstui.ui.clipboard import copy_payload, copy_text
from natstui.ui.desk import Desk
from natstui.ui.detail import DetailView
from natstui.ui.lines import LineList
from natstui.ui.pane import Level
from natstui.ui.stored_rows import Records, StoredRows

Reading = Callable[[], Coroutine[Any, Any, None]]


class StoredList(LineList):
    """A list whose ends may lie beyond what is in memory."""

    class Edge(Message):
        """Go to the very first message, or to the very last."""

        def __init__(self, which: str) -> None:
            super().__init__()
            self.which = which

    def action_first(self) -> None:
        self.post_message(self.Edge("first"))

    def action_last(self) -> None:
        self.post_message(self.Edge("last"))


class MessageLevel(Level):
    """Messages of a stream in a list, one of them in full beside or in front of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "copy", show=False, tooltip="Copy the payload", id="stored.copy"),
        Binding(
            "Y",
            "copy_subject",
            "copy subject",
            show=False,
            tooltip="Copy the subject",
            id="stored.copy-subject",
        ),
        Binding(
            "x",
            "export",
            "export",
            show=False,
            tooltip="Export what is loaded as NDJSON",
            id="stored.export",
        ),
    ]

    def __init__(
        self, desk: Desk, reader: StreamReader, records: Records, *polls: Poll, following: bool
    ) -> None:
        super().__init__(desk, *polls)
        self.reader = reader
        self.records = records
        self.rows = StoredRows(records, desk.session.settings.config.decoders)
        self.list = StoredList(self.rows, following=following, classes="stored-list")
        self.detail = DetailView()
        self.problem: Explanation | None = None
        self._reading: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(classes="stored-body"):
            yield self.list
            yield self.detail

    def target(self) -> Widget:
        return self.detail if self.detail.display and self.has_class("-detail") else self.list

    def draw_messages(self) -> None:
        """Draw what changed of the list and the open message."""
        self.list.sync()
        if self.rows.make_room(self.list.top, self.list.top + self.list.page):
            self.list.redraw()
        if self.has_class("-detail"):
            self.detail.advance()

    @on(StoredList.Edge)
    def _edge(self, event: StoredList.Edge) -> None:
        event.stop()
        self.go_edge(event.which)

    def go_edge(self, which: str) -> None:
        """Go to the first message, or to the last."""
        self.list.go_to(self.records.first if which == "first" else self.records.end - 1)

    def out(self) -> bool:
        if not self.has_class("-detail"):
            return False
        self._close_detail()
        return True

    # Reading in the background

    def read(self, work: Reading, *, at_once: bool = False) -> None:
        """Do a piece of reading, one at a time: what is under way goes first, unless `at_once`."""
        if at_once or not self.is_reading:
            reading = partial(self._read, work)
            self._reading = self.run_worker(reading, exclusive=True, exit_on_error=False)

    @property
    def is_reading(self) -> bool:
        return self._reading is not None and self._reading.is_running

    async def _read(self, work: Reading) -> None:
        try:
            await ask(self.desk.session, work())
            self.problem = None
            self.tui.draw_now()
        except (errors.Error, TimeoutError) as error:
            self.problem = explain(error, settings=self.desk.session.settings)
            self.pane.complain(error)
        except Exception as error:  # nobody awaits a worker: without this it would fail unseen
            self.tui.fault(error)

    # The open message

    def record(self, row: int) -> Record | None:
        """The message in a row, None if there is none."""
        try:
            return self.records.record(row)
        except LookupError:
            return None

    @property
    def current(self) -> Record | None:
        """The message that keys act on: the one that is open, or under the cursor."""
        if self.has_class("-detail") and self.detail.has_focus:
            return self.detail.record
        return self.record(self.list.cursor)

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        self.list.following = False
        if self._show(event.row):
            self.add_class("-detail")
            self.detail.focus()

    @on(LineList.Moved)
    def _moved(self, event: LineList.Moved) -> None:
        event.stop()
        if self.has_class("-detail"):
            self._show(event.row)

    @on(DetailView.Closed)
    def _detail_closed(self, event: DetailView.Closed) -> None:
        event.stop()
        self._close_detail()

    def _close_detail(self) -> None:
        self.remove_class("-detail")
        self.list.focus()

    @on(DetailView.Neighbour)
    def _neighbour(self, event: DetailView.Neighbour) -> None:
        event.stop()
        self.list.move(event.lines)

    def _show(self, row: int) -> bool:
        record = self.record(row)
        if record is None:
            return False
        self.detail.show_record(record, self._about(record))
        if is_cut(record):
            self.tui.start(self._show_whole(record))
        return True

    def _about(self, record: Record) -> str:
        return f"sequence {record.seq:,} of {self.reader.stream}"

    async def _show_whole(self, record: Record) -> None:
        try:
            message = await whole(self.reader, record)
        except (errors.Error, TimeoutError) as error:
            self.pane.complain(error)
            return
        if self.detail.record is record:
            self.detail.show_record(message, self._about(message))

    # Copying and exporting

    def action_copy(self) -> None:
        """The payload, to the clipboard of the terminal, wherever it is."""
        if (record := self.current) is not None:
            self.tui.start(self._copy(record))

    async def _copy(self, record: Record) -> None:
        try:
            message = await whole(self.reader, record)
        except (errors.Error, TimeoutError) as error:
            self.pane.complain(error)
        else:
            self.pane.say(copy_payload(self.app, message.payload))

    def action_copy_subject(self) -> None:
        """The subject, to the clipboard of the terminal."""
        if (record := self.current) is not None:
            self.pane.say(copy_text(self.app, record.subject))

    def loaded(self) -> list[Record]:
        """The messages that are in memory."""
        return [self.records.record(row) for row in range(self.records.first, self.records.end)]

    def action_export(self) -> None:
        """Ask where to, then write what is in memory; of large messages all of it is read."""
        records = self.loaded()
        name = time.strftime(f"{self.reader.stream}-%Y%m%d-%H%M%S.ndjson")
        self.pane.ask(
            f"export {words.plural(len(records), 'message')} to",
            name,
            export_problem,
            lambda path: self.tui.start(self._export(records, Path(path).expanduser())),
        )

    async def _export(self, records: list[Record], path: Path) -> None:
        try:
            complete = [await whole(self.reader, record) for record in records]
            written = await export_ndjson(complete, path)
        except (errors.Error, OSError, TimeoutError) as error:
            self.pane.complain(error)
        else:
            self.pane.say(f"exported {words.plural(written, 'message')} to {path}")


def export_problem(text: str) -> str | None:
    """Why nothing can be exported to a file of that name, or None."""
    path = Path(text).expanduser()
    if not text.strip():
        return "a file name is needed"
    if path.exists():
        return "that file exists, and nothing is overwritten"
    return None if path.parent.is_dir() else "there is no such folder"
