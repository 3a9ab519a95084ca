"""What a pane is, and the levels that one goes down to in it.

To add a pane: write a class in a file of its own and put it into `natstui.ui.panes`. Most panes
are a `DrillPane`, whose levels are `Level`s:

    class StreamsPane(DrillPane):
        KEY, NAME, HELP = "2", "Streams", STREAMS_HELP

        def __init__(self, desk: Desk) -> None:
            super().__init__(desk, StreamTable(desk))

    class StreamTable(Level):           # its first level; enter: self.pane.push(OneStream(...))
        crumb = "Streams"
        ...

Three rules. Only the level that is seen works: `shown` starts its polls and `hidden` stops them.
What arrives goes into models; `frame`, called ten times a second while the level is seen, draws
what changed. And nothing changes the server but `desk.writer`, after `ask_whether`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget

from natstui.client import errors
from natstui.model.explain import explain
from natstui.model.polling import Poll
from natstui.model.view_state import LevelState
from natstui.model.work import Work
from natstui.ui import counters
from natstui.ui.confirm import Question
from natstui.ui.counters import ProofLine
from natstui.ui.crumbs import CrumbLine
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.guarded import Guarded
from natstui.ui.polled import poll_state
from natstui.ui.prompt import Check, Prompt
from natstui.ui.safe import Words


class Pane(Guarded, Vertical):
    """One of the things that a digit opens. It is mounted when it is first opened, and stays."""

    KEY: ClassVar[str] = ""
    NAME: ClassVar[str] = ""
    HELP: ClassVar[str] = ""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._focused: Widget | None = None

    def frame(self) -> None:
        """Draw what changed; called each frame while the pane is seen."""

    def state(self) -> list[Span]:
        """What the tab line says of the pane."""
        return []

    def shown(self) -> None:
        """It is seen from now on."""

    def hidden(self) -> None:
        """It is not seen any more: ask the server nothing."""

    def help_text(self) -> str:
        """What `?` says beyond the keys."""
        return self.HELP

    def to_watch(self) -> str:
        """A watch of what is under the cursor, to begin with; "" if it cannot be watched."""
        return ""

    def target(self) -> Widget:
        """What has the focus when the pane is opened for the first time."""
        raise NotImplementedError

    def remember(self) -> tuple[LevelState, ...]:
        """What brings one back to where one is."""
        return ()

    def come_back(self, states: tuple[LevelState, ...]) -> None:
        """Be as it was, before it is mounted."""

    def open(self) -> None:
        """Show it where it was left."""
        self.display = True
        self.shown()
        back = self._focused
        (back if back is not None and back.is_attached and back.display else self.target()).focus()

    def leave(self) -> None:
        """Show something else; where one was is remembered."""
        focused = self.screen.focused
        inside = focused is not None and self in focused.ancestors_with_self
        self._focused = focused if inside else self._focused
        self.hidden()
        self.display = False


class Level(Guarded, Vertical):
    """One level of a pane, such as the table of streams or the messages of one.

    `WRITES` are the names of its actions that change something: greyed out in read-only mode.
    `KIND` is what a view state calls it, "" for one that nobody is brought back to.
    """

    WRITES: ClassVar[frozenset[str]] = frozenset()
    HELP: ClassVar[str] = ""
    KIND: ClassVar[str] = ""

    def __init__(self, desk: Desk, *polls: Poll, id: str | None = None) -> None:
        super().__init__(id=id, classes="level")
        self.desk = desk
        self.polls = polls
        self._pane: DrillPane | None = None

    @property
    def crumb(self) -> str:
        """What the breadcrumb calls it; it may hold anything."""
        raise NotImplementedError

    @property
    def pane(self) -> DrillPane:
        """The pane that it is a level of; or was, for what comes to its end behind the scene."""
        if self._pane is None:
            self._pane = next(
                (each for each in self.ancestors if isinstance(each, DrillPane)), None
            )
        if self._pane is None:
            raise LookupError("a level without a pane")
        return self._pane

    def frame(self) -> None:
        """Draw what changed."""

    def about(self) -> list[Span]:
        """A few words at the right end of the breadcrumb."""
        return []

    def counts(self) -> list[Span]:
        """What the pane's last line says at its left end."""
        return []

    def trouble(self) -> str:
        """What is wrong though there is something to see: a line of its own, of any length."""
        return ""

    def shown(self) -> None:
        """It is seen from now on."""
        for poll in self.polls:
            poll.start()

    def hidden(self) -> None:
        """It is not seen any more."""
        for poll in self.polls:
            poll.stop()

    def refresh_now(self) -> None:
        """Ask anew: `r` was pressed."""
        for poll in self.polls:
            poll.now()

    def to_watch(self) -> str:
        """As of a pane."""
        return ""

    def out(self) -> bool:
        """Leave something within the level (a filter, a message); False if there is nothing."""
        return False

    def target(self) -> Widget:
        """What has the focus."""
        raise NotImplementedError

    # Coming back

    @property
    def kind(self) -> str:
        """What a view state calls it."""
        return self.KIND

    @property
    def of(self) -> str:
        """What it is a level of, such as the name of a stream: with that it is opened again."""
        return ""

    def remember(self) -> LevelState | None:
        """What brings one back here; None if nothing does."""
        return LevelState(self.kind, self.of) if self.kind else None

    def come_back(self, state: LevelState) -> None:
        """Be as it was, before it is mounted: nothing is loaded yet."""

    def reopen(self, state: LevelState) -> Level | None:
        """The level below this one that `state` is of; None if there is no such level."""
        return None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What changes something is greyed out in read-only mode."""
        return None if action in self.WRITES and self.desk.session.read_only else True


class DrillPane(Pane):
    """A pane of levels: breadcrumb, the level that is seen, a line of counts, a prompt."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", tooltip="Back, level by level", id="pane.back"),
        Binding("r", "ask_anew", "refresh", show=False, tooltip="Ask anew", id="pane.refresh"),
        Binding("ctrl+x", "cancel", "cancel", tooltip="End what is running", id="pane.cancel"),
    ]

    def __init__(self, desk: Desk, first: Level) -> None:
        super().__init__(id=self.NAME.lower())
        self.desk = desk
        self.levels: list[Level] = [first]
        self.crumbs = CrumbLine()
        self.body = Vertical(classes="levels")
        self.trouble = Words(classes="trouble")
        self.trouble.display = False
        self.proof = ProofLine(desk.session)
        self.prompt = Prompt(id=f"{self.NAME.lower()}-prompt")
        self.work: Work | None = None
        self._targets: dict[Level, Widget] = {}
        self._troubled = ""

    def compose(self) -> ComposeResult:
        yield self.crumbs
        for level in self.levels:
            level.display = level is self.level
        with self.body:
            yield from self.levels
        yield self.trouble
        yield self.proof
        yield self.prompt

    @property
    def level(self) -> Level:
        """The one that is seen."""
        return self.levels[-1]

    # Drawing

    def frame(self) -> None:
        for poll in self.level.polls:
            if poll.fault is not None:
                fault, poll.fault = poll.fault, None
                self.tui.fault(fault)
        self.level.frame()
        self._say_trouble(self.level.trouble())
        self._look_at_work()
        self.crumbs.say([level.crumb for level in self.levels], self.level.about())
        busy = self.work is not None and self.work.is_running
        if busy and self.work is not None:
            self.proof.say(counters.progress(self.work), counters.brief_progress(self.work))
        else:
            self.proof.say(self.level.counts())

    def _say_trouble(self, trouble: str) -> None:
        if trouble != self._troubled:
            self._troubled = trouble
            self.trouble.say(trouble)
            self.trouble.display = bool(trouble)

    def state(self) -> list[Span]:
        return poll_state(self.desk.session, self.level.polls)

    def shown(self) -> None:
        self.level.shown()

    def hidden(self) -> None:
        self.level.hidden()

    def to_watch(self) -> str:
        return self.level.to_watch()

    def target(self) -> Widget:
        return self.level.target()

    def help_text(self) -> str:
        return self.level.HELP or self.HELP

    # Coming back

    def remember(self) -> tuple[LevelState, ...]:
        """The levels, as far down as one can be brought back."""
        states: list[LevelState] = []
        for level in self.levels:
            if (state := level.remember()) is None:
                break
            states.append(state)
        return tuple(states)

    def come_back(self, states: tuple[LevelState, ...]) -> None:
        """Open the levels as they were, before the pane is mounted."""
        for number, state in enumerate(states):
            if number:
                level = self.level.reopen(state)
                if level is None:
                    return
                self.levels.append(level)
            self.level.come_back(state)

    # Levels

    async def push(self, level: Level) -> None:
        """Go down to `level`."""
        here = self.level
        if (focused := self.screen.focused) is not None and here in focused.ancestors:
            self._targets[here] = focused
        here.hidden()
        here.display = False
        self.levels.append(level)
        await self.body.mount(level)
        level.shown()
        level.target().focus()

    async def pop(self) -> None:
        """Go up again, to where one was; on the first level nothing happens."""
        if len(self.levels) == 1:
            return
        gone = self.levels.pop()
        gone.hidden()
        back = self.level
        back.display = True
        back.shown()
        (self._targets.pop(back, None) or back.target()).focus()
        await gone.remove()

    async def action_back(self) -> None:
        """Out of what is open on this level, else up one."""
        if not self.level.out():
            await self.pop()

    def action_ask_anew(self) -> None:
        """Ask the server anew, and draw everything anew."""
        self.level.refresh_now()
        self.refresh(layout=True)

    # Work that takes a while

    def begin(self, work: Work, doing: Coroutine[Any, Any, str]) -> bool:
        """Start a piece of work whose progress is shown; False if there is one already."""
        if self.work is not None and self.work.is_running:
            doing.close()
            self.say(f"{self.work.name} is still running; ctrl+x ends it", bad=True)
            return False
        self.work = work
        self.desk.begin(work, doing)
        self.refresh_bindings()
        return True

    def action_cancel(self) -> None:
        """End the work that is running."""
        if self.work is not None:
            self.work.cancel()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is something to end only while something runs."""
        return action != "cancel" or (self.work is not None and self.work.is_running)

    def _look_at_work(self) -> None:
        work = self.work
        if work is None or work.is_running:
            return
        self.work = None
        self.refresh_bindings()
        if work.error is not None:
            self.complain(work.error)
        elif work.outcome:
            self.say(work.outcome)

    # Asking and saying

    def ask(
        self,
        label: str,
        text: str,
        check: Check,
        answer: Callable[[str], None],
        changed: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Ask for one line; `answer` is called with what `check` lets pass, `changed` with what is
        being typed.
        """
        focused = self.screen.focused
        # Of one question after another, the second begins while the prompt still has the focus.
        here = focused is not None and self.level in focused.ancestors
        back = focused if focused is not None and here else self.level.target()
        self.proof.display = False
        self.prompt.ask(label, text, check, answer, left=lambda: self._asked(back), changed=changed)

    def _asked(self, back: Widget) -> None:
        self.proof.display = True
        (back if back.is_attached else self.level.target()).focus()

    async def ask_whether(self, question: Question) -> bool:
        """Say what will happen, and ask whether it should. Call it from within `tui.start`."""
        return await self.desk.ask_whether(question)

    def say(self, text: str, *, bad: bool = False) -> None:
        """A short message in the corner."""
        self.tui.say(text, "error" if bad else "information")

    def complain(self, error: Exception) -> None:
        """Say why something did not work out; what is not the world's fault is ours."""
        if isinstance(error, errors.Error | OSError | TimeoutError | ValueError):
            self.say(str(explain(error, settings=self.desk.session.settings)), bad=True)
        else:
            self.tui.fault(error)
