"""Choosing another context: all there are, found by typing, and a server by its URL."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from natstui.model.context_choices import Choice, ContextChoices
from natstui.model.contexts import ContextError
from natstui.model.reaching import UnreachableError, reach
from natstui.model.session import Session
from natstui.ui.confirm import Question
from natstui.ui.drawing import Span
from natstui.ui.guarded import Guarded
from natstui.ui.keyline import KeyLine
from natstui.ui.lines import LineList
from natstui.ui.prompt import QuietInput
from natstui.ui.safe import Words
from natstui.ui.table import Column, TableView
from natstui.ui.theme import SCHEME_COLOURS

if TYPE_CHECKING:
    from natstui.ui.session_view import SessionView


def _ink(choice: Choice) -> str:
    return "faint" if choice.problem else "strong"


def _stripe(choice: Choice) -> str:
    scheme = choice.color_scheme.lower()
    return f"scheme-{scheme}" if scheme in SCHEME_COLOURS else "faint"


def _about(choice: Choice) -> str:
    """Of what is wrong the end, without the names of context and file."""
    if not choice.problem:
        return choice.description
    return f"broken: {choice.problem.rpartition('): ')[2]}"


# By whether it is to compare with.
TITLES = {True: "Compare with another context", False: "Change to another context"}


class ContextTable(TableView[Choice]):
    """It never has the focus: what is typed goes into the line above it."""

    can_focus = False

    def __init__(self, choices: ContextChoices, view: SessionView) -> None:
        settings = view.session.settings

        def mark(choice: Choice) -> str:
            return "●" if choices.is_current(choice, settings) else ""

        columns: tuple[Column[Choice], ...] = (
            Column(" ", mark, 1, ink="good"),
            Column("  ", lambda each: "▌" if _stripe(each) != "faint" else "", 1, ink=_stripe),
            Column("context", lambda each: each.name, 18, ink=_ink),
            Column("url", lambda each: each.address, 26, ink="muted", leave_out=2),
            Column("description", _about, ink=lambda each: "faint" if each.problem else "plain"),
        )
        super().__init__(choices.rows, columns, id="context-table")


class ContextChooser(Guarded, ModalScreen[Session | None]):
    """Answers with a session that is connected; the one that there was is left alone until then."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "take it", id="contexts.choose", priority=True),
        Binding("escape", "leave", "close", id="contexts.leave"),
        Binding("down", "move(1)", "down", show=False, id="contexts.down"),
        Binding("up", "move(-1)", "up", show=False, id="contexts.up"),
        Binding("pagedown", "move(10)", "page down", show=False, id="contexts.page-down"),
        Binding("pageup", "move(-10)", "page up", show=False, id="contexts.page-up"),
    ]

    def __init__(
        self, choices: ContextChoices, view: SessionView, *, to_compare: bool = False
    ) -> None:
        """To compare: what runs here goes on here, and the session may change nothing."""
        super().__init__()
        self.choices = choices
        self.view = view
        self.to_compare = to_compare
        self.table = ContextTable(choices, view)
        self.outcome = Words(id="context-outcome")
        self._field = QuietInput(
            id="context-filter", compact=True, placeholder="a name, or the URL of a server"
        )
        self._attempt: asyncio.Task[Session] | None = None
        self._going: Choice | None = None
        self._said: tuple[str, bool] = ("", False)
        self._shown: tuple[str, bool] = ("", False)

    def compose(self) -> ComposeResult:
        with Vertical(id="context-dialog") as dialog:
            dialog.border_title = TITLES[self.to_compare]
            with Horizontal(classes="field"):
                yield self._field
            yield self.table
            yield self.outcome
            yield KeyLine()

    def on_mount(self) -> None:
        self.choices.find("")
        self._field.focus()
        self.tui.start(self._load())

    async def _load(self) -> None:
        await self.choices.load()
        settings = self.view.session.settings
        current = (each for each in self.choices.rows.items)
        here = next((each for each in current if self.choices.is_current(each, settings)), None)
        if here is not None:
            self.table.go_to_item((here.kind, here.name))

    async def on_unmount(self) -> None:
        await self._give_up()

    # Drawing

    def frame(self) -> None:
        """Draw what changed; called each frame."""
        self.table.say_while_empty([[("strong", "No context is called like that.")]])
        self.table.sync()
        self._look_at_attempt()
        shown = self._outcome()
        if shown != self._shown:
            self._shown = shown
            self.outcome.set_class(shown[1], "-bad")
            self.outcome.say(shown[0])

    def _outcome(self) -> tuple[str, bool]:
        if self._going is not None:
            return f"connecting to {self._going.name}… esc gives up", False
        if self._said[0]:
            return self._said
        choice = self.choice
        return (choice.problem, True) if choice is not None else ("", False)

    @property
    def choice(self) -> Choice | None:
        """What enter takes."""
        return self.table.item

    # Keys

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._said = ("", False)
        self.choices.find(event.value)
        self.table.sync()

    def action_move(self, lines: int) -> None:
        """Move over the contexts."""
        self._said = ("", False)
        self.table.move(lines)

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        self.action_choose()

    def action_choose(self) -> None:
        """Connect to it; once there is a connection, go over."""
        choice = self.choice
        if choice is None or self._going is not None:
            return
        if choice.problem:
            self._said = (choice.problem, True)
        elif self.choices.is_current(choice, self.view.session.settings):
            self._stay(choice)
        else:
            self._going = choice
            self.tui.start(self._go(choice))

    def _stay(self, choice: Choice) -> None:
        if self.to_compare:
            self._said = (f"{choice.name} is this one: choose another", True)
        else:
            self.dismiss(None)

    async def action_leave(self) -> None:
        """Give up connecting; if nothing is tried, close."""
        if self._attempt is None:
            self.dismiss(None)
            return
        await self._give_up()
        self._said = ("given up; nothing has changed", False)

    # Connecting

    async def _go(self, choice: Choice) -> None:
        asks = bool(self.view.desk.running or self.view.tail.recorder) and not self.to_compare
        if asks and not await self.view.desk.ask_whether(self._question(choice)):
            self._going = None
            return
        if self.is_attached:
            self._attempt = asyncio.create_task(self._connect(choice), name="context-connect")

    def _question(self, choice: Choice) -> Question:
        here = self.view.session.name
        lines: list[list[Span]] = []
        if running := self.view.desk.running:
            lines += [
                *([("warn", name)] for name in running),
                [("plain", f"This goes on over the connection to {here},")],
                [("plain", "which is drained when it is done.")],
            ]
        if (recorder := self.view.tail.recorder) is not None:
            lines.append([("warn", f"The recording ends: {recorder.path}")])
        return Question(f"Change to {choice.name}", lines, verb="change")

    async def _connect(self, choice: Choice) -> Session:
        settings = await self.choices.settings(choice)
        session = Session(replace(settings, read_only=True) if self.to_compare else settings)
        try:
            await reach(session, session.settings.timeout)
        except BaseException:
            await session.close()
            raise
        return session

    def _look_at_attempt(self) -> None:
        if self._attempt is None or not self._attempt.done():
            return
        attempt, choice, self._attempt, self._going = self._attempt, self._going, None, None
        name = choice.name if choice is not None else ""
        try:
            session = attempt.result()
        except (UnreachableError, ContextError) as error:
            still = f"not changed to {name}, still on {self.view.session.name}"
            said = f"no connection to {name}" if self.to_compare else still
            self._said = (f"{said}: {error}", True)
        else:
            self.dismiss(session)

    async def _give_up(self) -> None:
        attempt, self._attempt, self._going = self._attempt, None, None
        if attempt is None:
            return
        attempt.cancel()
        with suppress(asyncio.CancelledError, UnreachableError, ContextError):
            # It came to be connected just now, and nobody wants it any more.
            await (await attempt).close()
