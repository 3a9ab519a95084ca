"""The tail pane: what is flowing, now."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget

from natstui.model.export import export_ndjson
from natstui.model.filter import Filter, FilterError, parse_filter
from natstui.model.tail import Record
from natstui.model.tailing import Tail
from natstui.model.view_state import TailState
from natstui.ui import words
from natstui.ui.clipboard import copy_payload, copy_text
from natstui.ui.correlations import CorrelationsLevel
from natstui.ui.counters import CounterLine
from natstui.ui.depths import Depths
from natstui.ui.desk import Desk
from natstui.ui.detail import DetailView
from natstui.ui.drawing import Span
from natstui.ui.field_list import FieldsLevel
from natstui.ui.help import TAIL_HELP
from natstui.ui.lines import LineList
from natstui.ui.pane import Level, Pane
from natstui.ui.polled import no_connection, waiting
from natstui.ui.prompt import Prompt
from natstui.ui.readings import TailSource
from natstui.ui.recording_line import RecordingLine
from natstui.ui.subject_bar import SubjectBar
from natstui.ui.subject_tree import SubjectTree
from natstui.ui.tail_rows import TailRows
from natstui.ui.typeahead import LOST_AFTER


class MessageList(LineList):
    """The tail's messages; the last line is where it is live."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("end,G", "live", "live", show=False, tooltip="Go back to live", id="tail.live"),
    ]

    class Live(Message):
        """Back to what is live."""

    def action_live(self) -> None:
        self.post_message(self.Live())


class TailPane(Pane):
    """Subjects, messages, the chosen message, counters."""

    KEY, NAME, HELP = "1", "Tail", TAIL_HELP
    SOURCE: ClassVar[type[TailSource]] = TailSource

    class Open(Message):
        """Open the recording in this file or folder."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause", "pause", tooltip="Pause, or go on", id="tail.pause"),
        Binding(
            "slash",
            "filter",
            "filter",
            key_display="/",
            tooltip="Filter messages",
            id="tail.filter",
        ),
        Binding("a", "add", "add", tooltip="Add a subject", id="tail.add-subject"),
        Binding("d", "remove", "remove", tooltip="Remove a subject", id="tail.remove-subject"),
        Binding("y", "copy", "copy", tooltip="Copy the payload", id="tail.copy-payload"),
        Binding(
            "Y",
            "copy_subject",
            "copy subject",
            show=False,
            tooltip="Copy the subject",
            id="tail.copy-subject",
        ),
        Binding(
            "x", "export", "export", tooltip="Export what is in view as NDJSON", id="tail.export"
        ),
        Binding("t,T", "tree", "tree", tooltip="Subjects, and who went silent", id="tail.tree"),
        Binding("f", "fields", "fields", tooltip="Fields and their values", id="tail.fields"),
        Binding(
            "w",
            "conversations",
            "waterfall",
            tooltip="Messages that belong together",
            id="tail.conversations",
        ),
        Binding(
            "ctrl+r",
            "record",
            "record",
            show=False,
            tooltip="Record to a file, or stop recording",
            id="tail.record",
        ),
        Binding("ctrl+o", "open", "open", show=False, tooltip="Open a recording", id="tail.open"),
        Binding(
            "escape",
            "out",
            "clear filter",
            show=False,
            tooltip="Close the message, clear the filter",
            id="tail.out",
        ),
    ]

    def __init__(self, tail: Tail, desk: Desk) -> None:
        super().__init__(id="tail")
        self.tail = tail
        self.desk = desk
        self.depths: Depths | None = None
        self.rows = TailRows(tail.view, tail.session.settings.config.decoders)
        self.subject_bar = SubjectBar(tail)
        self.list = MessageList(self.rows, following=True, id="messages")
        self.detail = DetailView(id="detail")
        self.recording = RecordingLine()
        self.counters = CounterLine(tail, tail.session.guard)
        self.prompt = Prompt(id="prompt")
        self._live_before_detail = False

    def compose(self) -> ComposeResult:
        yield self.subject_bar
        with Horizontal(id="tail-body"):
            yield self.list
            yield self.detail
        yield self.recording
        yield self.counters
        yield self.prompt

    def target(self) -> Widget:
        return self.list if self.depths is None else self.depths.target()

    # Coming back

    def remember_tail(self) -> TailState:
        """What is tailed, and how it is looked at."""
        view = self.tail.view
        subjects = tuple(subject.pattern for subject in self.tail.subjects.subjects)
        return TailState(subjects, view.filter.text if view.filter else "", paused=view.paused)

    async def come_back_to(self, state: TailState) -> None:
        """Tail it as it was, before the pane is mounted; subjects that are tailed stay."""
        for pattern in state.subjects:
            if self.tail.subjects.problem_with(pattern) is None:
                await self.tail.add(pattern)
        if not _filter_problem(state.filter):
            self.tail.view.set_filter(parse_filter(state.filter))
        if state.paused:
            self._freeze()

    # Drawing

    def frame(self) -> None:
        """Draw what changed; called each frame while the pane is seen."""
        self.tail.view.search()
        if self.depths is not None:
            self.depths.frame()
            self._look_at_recorder()
            return
        self.list.say_while_empty(self._hint())
        self.list.sync()
        if self.rows.make_room(self.list.top, self.list.top + self.list.page):
            self.list.redraw()
        if self.detail.display:
            self.detail.advance()
        self.subject_bar.sync()
        self._look_at_recorder()
        self.counters.sync()

    def state(self) -> list[Span]:
        """What the tab line says of the pane."""
        view = self.tail.view
        if not view.paused:
            session = self.tail.session
            return [("good", "● live")] if session.is_connected else waiting(session)
        state: list[Span] = [("alarm", "‖ PAUSED"), ("muted", f"  {view.newer:,} newer")]
        if view.overtaken:
            state.append(("warn", f" · {view.overtaken:,} kept only for this view"))
        return [*state, ("muted", f"  {self.tui.key_name('tail.pause')}: live")]

    def _hint(self) -> list[list[Span]]:
        session, subjects = self.tail.session, self.tail.subjects.subjects
        if self.tail.view.paused and not self.tail.view.window.end:
            return [
                [("strong", "Paused, as it was left.")],
                [("accent", "space"), ("muted", "  shows what has arrived since")],
            ]
        if self.tail.view.filter is not None and self.tail.buffer.kept:
            return [
                [("strong", "No message matches the filter.")],
                [
                    ("accent", self.tui.key_name("tail.filter")),
                    ("muted", "  changes it, "),
                    ("accent", self.tui.key_name("tail.out")),
                    ("muted", "  clears it"),
                ],
            ]
        if not subjects:
            return [
                [("strong", "Nothing is tailed yet.")],
                [
                    ("accent", self.tui.key_name("tail.add-subject")),
                    ("muted", "  adds a subject; > is every subject there is"),
                ],
            ]
        names = ", ".join(subject.pattern for subject in subjects)
        if session.is_connected:
            return [[("strong", "Listening, nothing has arrived yet.")], [("muted", names)]]
        promise = f"{names}: the tail begins by itself once there is a connection"
        return no_connection(session, promise)

    # Following and pausing

    def action_pause(self) -> None:
        """Freeze what is in view, or go back to live."""
        if self.tail.view.paused:
            self._go_live()
        else:
            self._freeze()

    def _freeze(self) -> None:
        self.tail.view.pause()
        self.list.following = False

    def _go_live(self) -> None:
        self.tail.view.resume()
        self.list.follow()

    @property
    def is_live(self) -> bool:
        """Whether new messages appear by themselves."""
        return not self.tail.view.paused

    def to_end(self) -> None:
        """Go to where the newest messages are."""
        self._go_live()

    @on(MessageList.Live)
    def _live(self) -> None:
        self.to_end()

    @on(LineList.Moved)
    def _moved(self, event: LineList.Moved) -> None:
        if not self.list.following and not self.tail.view.paused:
            self._freeze()
        if self.detail.display:
            self._show(event.row)

    # The chosen message

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        if not self.detail.display:
            self._live_before_detail = self.is_live
        self._freeze()
        if self._show(event.row):
            self.detail.display = True
            self.add_class("-detail")
            self.detail.focus()

    @on(DetailView.Closed)
    def _close_detail(self) -> None:
        self.detail.display = False
        self.remove_class("-detail")
        self.list.focus()
        if self._live_before_detail:
            self._go_live()

    @on(DetailView.Neighbour)
    def _neighbour(self, event: DetailView.Neighbour) -> None:
        self._live_before_detail = False
        self.list.move(event.lines)

    def _show(self, row: int) -> bool:
        record = self._record(row)
        if record is not None and not record.is_note:
            self.detail.show_record(record)
            return True
        return False

    def _record(self, row: int) -> Record | None:
        try:
            return self.tail.view.record(row)
        except LookupError:
            return None

    @property
    def current(self) -> Record | None:
        """The message that keys act on: the one in the detail, or under the cursor."""
        if self.detail.display and self.detail.has_focus:
            return self.detail.record
        record = self._record(self.list.cursor)
        return None if record is None or record.is_note else record

    def to_watch(self) -> str:
        subjects = [subject.pattern for subject in self.tail.subjects.subjects]
        if (record := self.current) is not None:
            subjects = [record.subject]
        return f"subject {subjects[0]}: silent 60s" if subjects else ""

    def action_copy(self) -> None:
        """The payload, to the clipboard of the terminal, wherever it is."""
        if (record := self.current) is not None:
            self._say(copy_payload(self.app, record.payload))

    def action_copy_subject(self) -> None:
        """The subject, to the clipboard of the terminal."""
        if (record := self.current) is not None:
            self._say(copy_text(self.app, record.subject))

    # Subjects

    def action_add(self) -> None:
        """Ask for a subject and tail it, too."""
        self._ask("add subject", "", self._no_subject, self._add)

    def _no_subject(self, text: str) -> str | None:
        problems = (self.tail.subjects.problem_with(pattern) for pattern in text.split() or [""])
        return next((problem for problem in problems if problem), None)

    def _add(self, text: str) -> None:
        for pattern in dict.fromkeys(text.split()):
            self.tui.start(self.tail.add(pattern))

    def action_remove(self) -> None:
        """Ask which subject to remove."""
        patterns = [subject.pattern for subject in self.tail.subjects.subjects]
        if not patterns:
            self._say("no subject is tailed")
        elif len(patterns) == 1:
            self._ask("remove subject", patterns[0], self._not_tailed, self._remove)
        else:
            choice = " ".join(f"{number} {name}" for number, name in enumerate(patterns, 1))
            self._ask(f"remove  {choice}", "", self._not_tailed, self._remove)

    def _not_tailed(self, text: str) -> str | None:
        return None if self._named(text) else "not one of the subjects, or their numbers"

    def _named(self, text: str) -> str | None:
        """A subject by itself or by its number."""
        patterns = [subject.pattern for subject in self.tail.subjects.subjects]
        if text in patterns:
            return text
        if text.isdecimal() and 1 <= int(text) <= len(patterns):
            return patterns[int(text) - 1]
        return None

    def _remove(self, text: str) -> None:
        if (pattern := self._named(text)) is not None:
            self.tui.start(self.tail.remove(pattern))

    @on(SubjectBar.Clicked)
    def _clicked(self, event: SubjectBar.Clicked) -> None:
        match event.kind:
            case "add":
                self.action_add()
            case "filter":
                self.action_filter()
            case "remove":
                self._remove(event.pattern)

    # Filter

    def action_filter(self) -> None:
        """Ask for a filter; nothing typed shows everything."""
        now = self.tail.view.filter
        self._ask("filter", now.text if now else "", _filter_problem, self._set_filter)

    def action_out(self) -> None:
        """Close the message, or else show everything again."""
        if self.detail.display:
            self._close_detail()
        elif self.tail.view.filter is not None:
            self._set_filter("")

    def _set_filter(self, text: str) -> None:
        view = self.tail.view
        record = self._record(self.list.cursor)
        view.set_filter(parse_filter(text), self.search_from(record))
        view.search()
        self.list.redraw()
        if self.is_live:
            self.list.follow()
        else:
            self.list.go_to(view.row_of(record.seq) if record else view.end - 1)

    def search_from(self, record: Record | None) -> int | None:
        """Where a search begins: see `TailView.set_filter`."""
        return None

    # Looking deeper

    def action_fields(self) -> None:
        """Which fields the messages have, and their values."""
        self.tui.start(self._look_deeper(FieldsLevel(self.desk, self._source())))

    def action_conversations(self) -> None:
        """Which messages belong together, and how long it takes from one to the next."""
        self.tui.start(self._look_deeper(CorrelationsLevel(self.desk, self._source())))

    def action_tree(self) -> None:
        """The subjects as a tree: how many, how fast, who went silent."""
        self.tui.start(self._look_deeper(SubjectTree(self.desk, self._source())))

    def _source(self) -> TailSource:
        subjects = self.tail.subjects
        patterns = lambda: [subject.pattern for subject in subjects.subjects]  # noqa: E731
        return self.SOURCE(self.tail.view, self._surface_with, patterns)

    async def _look_deeper(self, level: Level) -> None:
        await self.query(Depths).remove()
        self.depths = Depths(self.desk, level, self._surface)
        self._show_messages(False)
        await self.mount(self.depths)
        self.depths.target().focus()

    def _surface_with(self, filter_text: str) -> None:
        self._surface()
        self._set_filter(filter_text)

    def _surface(self) -> None:
        if self.depths is not None:
            depths, self.depths = self.depths, None
            self._show_messages(True)
            self.screen.set_focus(self.list)
            # The next key waits for the last one, and that may still be on its way through there.
            depths.display = False
            self.set_timer(LOST_AFTER, depths.remove)

    def _show_messages(self, shown: bool) -> None:
        for widget in (self.subject_bar, self.query_one("#tail-body"), self.counters):
            widget.display = shown

    def help_text(self) -> str:
        return self.HELP if self.depths is None else self.depths.help_text()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What acts on the messages waits until they are to be seen again."""
        return self.depths is None or action == "pause"

    # Export

    def action_export(self) -> None:
        """Ask where to, then write what was in view when this was asked for."""
        records, count = self.in_view()
        name = time.strftime("natstui-%Y%m%d-%H%M%S.ndjson")
        self._ask(
            f"export {count} to",
            name,
            _export_problem,
            lambda path: self.tui.start(self._write(records, Path(path).expanduser())),
        )

    def in_view(self) -> tuple[Iterable[Record], str]:
        """What is in view now, oldest first, and in words how much that is."""
        records = [record for record in self.tail.view.records() if not record.is_note]
        return records, words.plural(len(records), "message")

    async def _write(self, records: Iterable[Record], path: Path) -> None:
        try:
            written = await export_ndjson(records, path)
        except OSError as error:
            self._say(f"not exported to {path}: {error.strerror or error}", bad=True)
        else:
            self._say(f"exported {words.plural(written, 'message')} to {path}")

    # Recording

    def action_record(self) -> None:
        """Ask where to, and record what comes from then on; or stop recording."""
        if self.tail.recorder is not None:
            self.tui.start(self._stop_recording())
            return
        wanted = self.tail.view.filter
        name = time.strftime("natstui-%Y%m%d-%H%M%S-recording.ndjson")
        which = "what the filter lets through" if wanted else "all that comes"
        self._ask(f"record {which} to", name, _export_problem, lambda to: self._begin(to, wanted))

    def _begin(self, path: str, wanted: Filter | None) -> None:
        try:
            self.tail.record(Path(path).expanduser(), wanted)
        except OSError as error:
            self._say(f"not recorded to {path}: {error.strerror or error}", bad=True)

    async def _stop_recording(self) -> None:
        recorder = await self.tail.stop_recording()
        if recorder is not None:
            lost = f", {recorder.lost:,} lost" if recorder.lost else ""
            said = f"{recorder.outcome}{lost} · {recorder.path}"
            self._say(said, bad=bool(recorder.problem or lost))

    def action_open(self) -> None:
        """Ask for a recording, and show it in front of everything else."""
        self._ask("open the recording", "", _not_there, self._open)

    def _open(self, path: str) -> None:
        self.post_message(self.Open(Path(path.strip()).expanduser()))

    def _look_at_recorder(self) -> None:
        """It may have ended by itself, on a full disk."""
        recorder = self.tail.recorder
        if recorder is not None and not recorder.is_running:
            self.tui.start(self._stop_recording())
            recorder = None
        self.recording.sync(recorder)

    # Asking and saying

    def _ask(
        self,
        label: str,
        text: str,
        check: Callable[[str], str | None],
        answer: Callable[[str], None],
    ) -> None:
        back = self.screen.focused or self.list
        self.counters.display = False
        self.prompt.ask(label, text, check, answer, left=lambda: self._asked(back))

    def _asked(self, back: Any) -> None:
        self.counters.display = True
        back.focus()

    def _say(self, text: str, *, bad: bool = False) -> None:
        self.tui.say(text, "error" if bad else "information")


def _filter_problem(text: str) -> str | None:
    try:
        parse_filter(text)
    except FilterError as error:
        return str(error)
    return None


def _not_there(text: str) -> str | None:
    path = Path(text.strip()).expanduser()
    return None if text.strip() and path.exists() else "there is no such file"


def _export_problem(text: str) -> str | None:
    path = Path(text).expanduser()
    if not text.strip():
        return "a file name is needed"
    if path.exists():
        return "that file exists, and nothing is overwritten"
    return None if path.parent.is_dir() else "there is no such folder"
