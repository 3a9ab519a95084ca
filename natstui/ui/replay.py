"""The dialog to replay a recording: what it would do, then how far it is."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input
from textual.worker import Worker

from natstui.client.errors import Error
from natstui.model.context_choices import Choice, ContextChoices
from natstui.model.contexts import ContextError
from natstui.model.explain import address, explain
from natstui.model.reaching import UnreachableError
from natstui.model.recording import Recording
from natstui.model.replay_form import ReplayForm
from natstui.model.replay_plan import ReplayPlan
from natstui.model.replay_run import ReplayRun
from natstui.model.replay_words import plan_facts
from natstui.model.settings import Settings
from natstui.ui import words
from natstui.ui.confirm import Question, TextView
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.guarded import Guarded
from natstui.ui.keyline import KeyLine
from natstui.ui.prompt import QuietInput
from natstui.ui.safe import Words

_SLICE_SECONDS = 0.01
_FIELDS = (
    ("to", "To", "a context, or the URL of a server"),
    ("prefix", "Prefix", "in front of every subject; empty: as they were"),
    ("mappings", "Map", "orders.*.new=load.$1 …"),
    ("speed", "Speed", "1: as it came; 2: twice as fast; max"),
    ("rate", "Rate", "messages a second at most; none"),
)


class ReplayDialog(Guarded, ModalScreen[None]):
    """Where to, as what and how fast; below it what that means, and what came of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "send", "send it", id="replay.send"),
        Binding("escape", "leave", "close, end it", id="replay.close"),
    ]

    def __init__(self, desk: Desk, recording: Recording, contexts: ContextChoices) -> None:
        super().__init__()
        self.desk = desk
        self.recording = recording
        self.contexts = contexts
        self.form = ReplayForm(to=desk.session.name)
        self.fields = {
            name: QuietInput(
                getattr(self.form, name),
                id=f"replay-{name}",
                compact=True,
                select_on_focus=False,
                placeholder=placeholder,
            )
            for name, _, placeholder in _FIELDS
        }
        self.plan: ReplayPlan | None = None
        self.sending: ReplayRun | None = None
        self._worker: Worker[None] | None = None
        self._is_planning = False
        self.text = TextView([], id="replay-text")
        self.outcome = Words(id="replay-outcome")

    def compose(self) -> ComposeResult:
        with Vertical(id="replay-dialog") as dialog:
            dialog.border_title = "Replay"
            for name, label, _ in _FIELDS:
                with Horizontal(classes="field"):
                    yield Words(label, classes="field-label")
                    yield self.fields[name]
            yield self.text
            yield self.outcome
            yield KeyLine()

    def on_mount(self) -> None:
        self.fields["prefix"].focus()
        self.tui.start(self.contexts.load())
        self._plan_anew()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Sending is greyed out where it would be refused."""
        return None if action == "send" and self.desk.session.read_only else True

    # What would be done

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.sending is None:
            self._plan_anew()

    def _plan_anew(self) -> None:
        form = self.form
        for name, field in self.fields.items():
            setattr(form, name, field.value)
        try:
            options = form.options()
        except ValueError as error:
            self.plan = None
            self._say(str(error), bad=True)
            return
        self._say("")
        if self.plan is None or self.plan.options != options:
            self.plan = ReplayPlan(self.recording, options)

    async def _plan_on(self) -> None:
        """Go through the recording, in slices between which the loop has its turn."""
        try:
            while self.is_attached and (plan := self.plan) is not None and not plan.is_done:
                plan.work(_SLICE_SECONDS)
                await asyncio.sleep(0)
        finally:
            self._is_planning = False

    def frame(self) -> None:
        """Draw what changed; called each frame."""
        plan = self.plan
        if plan is not None and not plan.is_done and not self._is_planning:
            self._is_planning = True
            self.tui.start(self._plan_on())
        self.text.set_lines(self._lines(plan))
        self.text.sync()
        if self.sending is not None and self._worker is not None and self._worker.is_running:
            note = self.sending.replay.note
            self._say(f"{self.sending.said}{f'; {note}' if note else ''}; esc ends it")

    def _lines(self, plan: ReplayPlan | None) -> list[list[Span]]:
        if plan is None:
            return []
        if not plan.is_done:
            return [[("muted", f"going through the recording: {plan.progress:.0%}")]]
        lines: list[list[Span]] = []
        before = ""
        for ink, about, text in plan_facts(plan, self.form.to):
            shown = "" if about == before else about
            lines.append([("muted", f"{shown:<9} "), (ink, text)])
            before = about
        return lines

    # Doing it

    def action_send(self) -> None:
        """Ask once more, and send it."""
        plan = self.plan
        if self.sending is not None and self._worker is not None and self._worker.is_running:
            return
        if plan is None or not plan.is_done or not plan.messages:
            self._say("there is nothing to send yet", bad=True)
        else:
            self._worker = self.run_worker(self._send(plan), exit_on_error=False)

    async def _send(self, plan: ReplayPlan) -> None:
        try:
            settings = await self._settings()
            if await self.desk.ask_whether(self._question(plan, settings)):
                await self._run(ReplayRun(plan, settings))
        except (Error, OSError, TimeoutError, ContextError) as error:
            said = f"{self.sending.said}. " if self.sending and self.sending.replay.sent else ""
            why = explain(error, settings=self.desk.session.settings)
            self._say(f"{said}{why}", bad=True)
        except UnreachableError as error:
            self._say(str(error), bad=True)
        except Exception as error:  # nobody awaits a worker: without this it would fail unseen
            self.tui.fault(error)
        finally:
            self.sending = None

    async def _run(self, sending: ReplayRun) -> None:
        self.sending = sending
        self._say("connecting…")
        try:
            await sending.run()
        except asyncio.CancelledError:
            self._say(f"ended: {sending.said}", bad=True)
            raise
        self._say(sending.said, bad=not sending.is_complete)

    def _question(self, plan: ReplayPlan, settings: Settings) -> Question:
        place = self.form.to.strip() or self.desk.session.name
        servers = ", ".join(map(address, settings.servers))
        as_they_were = not plan.options.prefix and not plan.options.mappings
        lines: list[list[Span]] = [
            [("plain", f"{words.plural(plan.messages, 'message')} go to {servers}.")]
        ]
        if as_they_were:
            lines.append([("warn", "To the subjects that they had: whoever listens gets them.")])
        # What nobody can take back asks for a name.
        name = place if as_they_were else ""
        return Question(f"Replay to {place}", lines, verb="send it", name=name)

    async def _settings(self) -> Settings:
        """Of where it goes; ContextError if there is no such place."""
        to = self.form.to.strip()
        if not to or to == self.desk.session.name:
            return self.desk.session.settings
        self.contexts.find("")
        rows = self.contexts.rows
        known = {rows[row].name: rows[row] for row in range(len(rows))}
        choice: Choice | None = known.get(to) or self.contexts.typed(to)
        if choice is None or choice.problem:
            raise ContextError(choice.problem if choice else f"there is no context {to!r}")
        return await self.contexts.settings(choice)

    def action_leave(self) -> None:
        """End the replay, if one runs; else close the dialog."""
        if self._worker is not None and self._worker.is_running:
            self._worker.cancel()
        else:
            self.dismiss()

    def _say(self, text: str, *, bad: bool = False) -> None:
        self.outcome.set_class(bad, "-bad")
        self.outcome.say(text)
