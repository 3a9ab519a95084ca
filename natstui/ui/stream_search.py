"""What a search through a whole stream found, while it goes on and afterwards."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from natstui.model.filter import Filter
from natstui.model.stream_reader import StreamReader
from natstui.model.stream_search import StreamSearch
from natstui.model.work import Work
from natstui.ui import words
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.message_level import MessageLevel
from natstui.ui.stream_help import SEARCH_HELP


class SearchLevel(MessageLevel):
    """Hits in a list; the search begins when it is opened, and can be ended and gone on with."""

    HELP = SEARCH_HELP
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "go_on", "go on", tooltip="End the search, or go on", id="search.go-on"),
    ]

    def __init__(self, desk: Desk, reader: StreamReader, wanted: Filter) -> None:
        # A reader of its own: what it learns of the stream is not the window's affair.
        own = StreamReader(reader.session, reader.stream, reader.subject)
        self.search = StreamSearch(own, wanted)
        super().__init__(desk, own, self.search, following=False)
        self.work: Work | None = None
        self._first_shown = False

    @property
    def crumb(self) -> str:
        return f"search {self.search.filter.text}"

    def on_mount(self) -> None:
        self.action_go_on()

    def hidden(self) -> None:
        super().hidden()
        if self.work is not None and self not in self.pane.levels:
            self.work.cancel()

    def frame(self) -> None:
        self.list.say_while_empty(self._hint())
        if not self._first_shown and self.search.hits:
            # The newest hit is the one that was found first.
            self._first_shown = True
            self.list.go_to(self.search.end - 1)
        self.draw_messages()

    def _hint(self) -> list[list[Span]]:
        if self.work is not None and self.work.is_running:
            return [[("strong", "Searching…")], [("muted", "ctrl+x ends it, esc goes back")]]
        if self.search.is_complete:
            return [
                [("strong", "Nothing was found.")],
                [("muted", f"{self.search.searched:,} messages were searched; esc goes back")],
            ]
        return [
            [("strong", "Nothing was found so far.")],
            [("accent", "space"), ("muted", "  goes on with it")],
        ]

    def about(self) -> list[Span]:
        return [("plain", f"{self.search.hits:,} "), ("muted", "hits")]

    def counts(self) -> list[Span]:
        search = self.search
        spans: list[Span] = [("plain", f"{search.searched:,} searched")]
        if not search.is_complete and search.total:
            spans.append(("warn", f" · {search.done / search.total:.0%}, space goes on"))
        if search.partial:
            partly = words.plural(search.partial, "message")
            spans.append(("warn", f" · {partly} too large to be searched whole"))
        return spans

    async def _run(self, work: Work) -> str:
        outcome = await self.search.run(work)
        # What was found is on the screen; only what is not there has to be told.
        return outcome if self.search.is_full else ""

    def action_go_on(self) -> None:
        """End the search, or go on with it."""
        if self.work is not None and self.work.is_running:
            self.work.cancel()
            return
        if self.search.is_complete:
            return
        work = Work("search", total=self.search.total)
        work.if_cancelled = ""  # the last line says how far it came
        if self.pane.begin(work, self._run(work)):
            self.work = work
