"""The watches: what is watched, how it stands, and what it said lastly."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from natstui.model.alert import Watched
from natstui.model.rows import Rows
from natstui.model.watch import ANY, EXAMPLE, parse_watch
from natstui.model.watching import Watching
from natstui.ui import words
from natstui.ui.guarded import Guarded
from natstui.ui.keyline import KeyLine
from natstui.ui.prompt import Prompt
from natstui.ui.safe import Words
from natstui.ui.table import Column, TableView

_INKS = {"firing": "alarm", "waiting": "warn", "fine": "good", "unknown": "muted"}


def _what(watched: Watched) -> str:
    if watched.problem:
        return watched.problem
    named = ", ".join(watched.firing[:3]) if ANY in watched.watch.names else ""
    return ": ".join(filter(None, (named, watched.known)))


def _last(watched: Watched) -> str:
    last = watched.last
    return f"{last.kind} {words.clock(last.at)[:8]}" if last else ""


COLUMNS: tuple[Column[Watched], ...] = (
    Column("state", lambda each: each.state, 7, ink=lambda each: _INKS[each.state]),
    Column("watch", lambda each: each.watch.text, at_least=30),
    Column("now", _what, 17, ink="muted", leave_out=1),
    Column("last", _last, 18, ink="muted", leave_out=2),
)

HOW = [
    [("strong", "Nothing is watched.")],
    [("accent", "a"), ("muted", " adds a watch; a few of them:")],
    [("plain", "consumer ORDERS > billing: pending>1000 for 30s")],
    [("plain", "consumer *: redelivered rising")],
    [("plain", "stream ORDERS: silent 60s")],
    [("plain", "bucket config: keys>10k")],
    [("plain", "subject orders.>: /fail|refused/")],
]


class WatchTable(TableView[Watched]):
    """Its keys are those of the screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "screen.add", "add", show=False, id="watches.add-here"),
    ]


class WatchScreen(Guarded, ModalScreen[None]):
    """All watches; `suggestion` is what one would ask first, where one came from."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "add", tooltip="Add a watch", id="watches.add"),
        Binding("d,delete,D", "remove", "remove", tooltip="Watch it no more", id="watches.remove"),
        Binding("escape,q,W", "dismiss", "close", id="watches.close"),
    ]

    def __init__(self, watching: Watching, suggestion: str = "") -> None:
        super().__init__()
        self.watching = watching
        self.suggestion = suggestion
        self.rows: Rows[Watched] = Rows(_identity)
        self.table = WatchTable(self.rows, COLUMNS, id="watches-table")
        self.outcome = Words(id="watches-outcome")
        self.prompt = Prompt(id="watches-prompt")
        self._version = -1

    def compose(self) -> ComposeResult:
        with Vertical(id="watches-dialog") as dialog:
            dialog.border_title = "Watches"
            yield self.outcome
            yield self.table
            yield self.prompt
            yield KeyLine()

    def on_mount(self) -> None:
        self.table.say_while_empty(HOW)
        self.frame()
        self.table.focus()
        if not self.watching.watched and self.suggestion:
            self.action_add()

    def frame(self) -> None:
        """Draw what changed; called each frame."""
        if self._version != self.watching.version:
            self._version = self.watching.version
            self.rows.set_items(self.watching.watched)
        self.table.sync()

    def action_add(self) -> None:
        """Ask for a watch."""
        text, self.suggestion = self.suggestion or EXAMPLE, ""
        self.prompt.ask("watch", text, _problem, self._add, left=self._left)

    def _left(self) -> None:
        self.table.focus()

    def _add(self, text: str) -> None:
        self.tui.start(self._added(text))

    async def _added(self, text: str) -> None:
        try:
            await self.watching.add(parse_watch(text))
        except ValueError as error:
            self._say(str(error), bad=True)
        else:
            self._say("")

    def action_remove(self) -> None:
        """Watch what is under the cursor no more; `a` has it again."""
        watched = self.table.item
        if watched is not None:
            self.suggestion = watched.watch.text
            self.tui.start(self.watching.remove(watched))
            self._say(f"removed: {watched.watch.text}")

    def _say(self, text: str, *, bad: bool = False) -> None:
        self.outcome.set_class(bad, "-bad")
        self.outcome.say(text)


def _identity(watched: Watched) -> Hashable:
    return watched.watch.text


def _problem(text: str) -> str | None:
    try:
        parse_watch(text)
    except ValueError as error:
        return str(error)
    return None
