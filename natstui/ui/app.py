"""The app: one frame around the panes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.theme import Theme
from textual.widgets import Input, TextArea

from natstui.model.alert import Alert
from natstui.model.config import ThemeChoice
from natstui.model.context_choices import ContextChoices
from natstui.model.recording import Recording, RecordingError
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.tailing import Tail
from natstui.model.terminal import TerminalTraits
from natstui.model.view_store import ViewStore
from natstui.model.writing import Writer
from natstui.ui import faults, suspending, terminal, upkeep
from natstui.ui.bell import announcement
from natstui.ui.confirm import ConfirmDialog, Question
from natstui.ui.context_chooser import ContextChooser
from natstui.ui.desk import Desk
from natstui.ui.doctor import DoctorScreen
from natstui.ui.events import EventDrawer
from natstui.ui.guarded import Guarded
from natstui.ui.help import HelpScreen
from natstui.ui.journal import JournalScreen
from natstui.ui.keyline import KeyLine
from natstui.ui.keymap import keymap, keys_of
from natstui.ui.on_terminal import OnTerminal
from natstui.ui.own_colours import coloured
from natstui.ui.palette import KeyCommands
from natstui.ui.pane import Pane
from natstui.ui.panes import pane_binding_id, pane_bindings
from natstui.ui.publish import PublishDialog
from natstui.ui.pump import FramePump
from natstui.ui.recording_screen import RecordingScreen
from natstui.ui.replay import ReplayDialog
from natstui.ui.safe import Notifier, Severity, clean
from natstui.ui.service_call import CallDialog
from natstui.ui.session_view import SessionView
from natstui.ui.status import StatusLine
from natstui.ui.switching import Switching
from natstui.ui.tabs import TabLine
from natstui.ui.tail import TailPane
from natstui.ui.theme import NATSTUI_PLAIN, THEMES, Inks, variable_defaults
from natstui.ui.typeahead import KeysInOrder
from natstui.ui.watches import WatchScreen

# Dialogs with something in them that changes by itself.
DRAWN = (
    PublishDialog,
    JournalScreen,
    DoctorScreen,
    CallDialog,
    ContextChooser,
    WatchScreen,
    RecordingScreen,
    ReplayDialog,
)


class NatsTui(Guarded, OnTerminal, KeysInOrder):
    """Draws a session that somebody else opened and will close."""

    # Not relative: that would be to the file of a subclass.
    CSS_PATH = str(Path(__file__).with_name("natstui.tcss"))
    # Textual declares it without ClassVar.
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-narrow"),
        (120, "-wide"),
    ]
    COMMANDS: ClassVar = App.COMMANDS | {KeyCommands}
    BINDINGS: ClassVar[list[BindingType]] = [
        *pane_bindings(),
        Binding("p", "publish", "publish", tooltip="Publish or request", id="app.publish"),
        Binding(
            "U",
            "journal",
            "journal",
            show=False,
            tooltip="Restore what was deleted",
            id="app.journal",
        ),
        Binding(
            "W",
            "watches",
            "watches",
            show=False,
            tooltip="Watch what is under the cursor; all watches",
            id="app.watches",
        ),
        Binding("e", "toggle_events", "events", tooltip="Connection events", id="app.events"),
        Binding(
            "r", "redraw", "refresh", show=False, tooltip="Draw everything anew", id="app.refresh"
        ),
        Binding(
            "c",
            "contexts",
            "contexts",
            show=False,
            tooltip="Change to another context",
            id="app.contexts",
        ),
        Binding(
            "R", "reconnect", "reconnect", show=False, tooltip="Reconnect now", id="app.reconnect"
        ),
        Binding(
            "f8", "doctor", "doctor", show=False, tooltip="Diagnose the connection", id="app.doctor"
        ),
        Binding("q", "quit", "quit", show=False, tooltip="Quit", id="app.quit"),
        Binding(
            "ctrl+z",
            "suspend_process",
            "suspend",
            show=False,
            tooltip="Back to the shell; fg goes on here",
            id="app.suspend",
        ),
        Binding(
            "ctrl+c",
            "interrupt",
            "interrupt",
            show=False,
            tooltip="Quit from anywhere; copy what is selected",
            id="app.interrupt",
            priority=True,
        ),
        Binding(
            "colon",
            "command_palette",
            "commands",
            key_display=":",
            tooltip="All commands by name",
            id="app.palette",
        ),
        Binding(
            "question_mark", "help", "help", key_display="?", tooltip="This help", id="app.help"
        ),
        Binding("ctrl+p", "command_palette", "commands", id="app.palette-while-typing"),
        Binding("f1", "help", "help", id="app.help-while-typing"),
    ]

    def __init__(
        self,
        session: Session,
        tail: Tail,
        traits: TerminalTraits | None = None,
        contexts: ContextChoices | None = None,
        store: ViewStore | None = None,
    ) -> None:
        """`contexts` are what one may go over to, `store` is where views are kept."""
        super().__init__(traits)
        self.contexts = contexts or ContextChoices(session.settings)
        self.notifier = Notifier(self)
        self.faults: Counter[str] = Counter()
        config = session.settings.config
        self.pump = FramePump(self, self._draw, self._sample, fps=self.traits.fps)
        self.status = StatusLine(session)
        self.view = SessionView(self, session, tail)
        self.switching = Switching(self, store)
        self.tabs = TabLine(
            {pane.KEY: pane.NAME for pane in self.panes},
            {pane.KEY: self.key_name(pane_binding_id(pane)) for pane in self.panes},
        )
        self.events = EventDrawer(session.timeline)
        self.help = HelpScreen()
        self.publish = PublishDialog(session, self.view.draft)
        self._inks: tuple[Theme, Inks] | None = None
        for theme in THEMES:
            self.register_theme(theme)
        self._choose_theme(config.theme)
        self.set_keymap(keymap(config))

    # What is looked at

    @property
    def session(self) -> Session:
        return self.view.session

    @property
    def tail(self) -> Tail:
        return self.view.tail

    @property
    def desk(self) -> Desk:
        return self.view.desk

    @property
    def writer(self) -> Writer:
        return self.view.writer

    @property
    def tail_pane(self) -> TailPane:
        return self.view.tail_pane

    @property
    def panes(self) -> list[Pane]:
        return self.view.panes

    @property
    def pane(self) -> Pane:
        return self.view.pane

    async def show_view(self, view: SessionView) -> None:
        """Show another session's view; that of the one before stays where it is, behind it."""
        self.view = view
        self.status.session = view.session
        self.events.be_about(view.session.timeline)
        self.publish.belong_to(view.session, view.draft)
        await self.screen_stack[0].mount(view, before=self.events)
        view.pane.open()
        self.draw_now()

    # The frame

    def compose(self) -> ComposeResult:
        yield self.status
        yield self.tabs
        yield self.view
        yield self.events
        yield KeyLine()

    def on_mount(self) -> None:
        # Installed screens stay when they are closed, so that the next time they are only shown.
        self.install_screen(self.help, "help")
        self.install_screen(self.publish, "publish")
        self.pane.open()
        self.pump.start()
        for text in self.switching.notices:
            self.say(text, "warning")

    def on_ready(self) -> None:
        """The app is drawn: what it is made of stays."""
        upkeep.keep_what_there_is()

    def _draw(self) -> None:
        if not self.is_running or not self.screen_stack:
            return  # we are leaving: what is on the screen is taken apart
        try:
            self.status.sync(is_slowed=self.pump.is_slowed, firing=self.desk.watching.firing)
            if len(self.screen_stack) == 1 or isinstance(self.screen, ConfirmDialog):
                self.pane.frame()
                self.tabs.say(self.pane.KEY, self.pane.state())
                self.events.sync()
            elif isinstance(self.screen, DRAWN):
                self.screen.frame()
        except Exception as error:  # one frame lost; the next one may be well
            self.fault(error)

    def key_took_effect(self) -> None:
        """What a key did is seen at once, not with the next frame."""
        self.draw_now()

    def draw_now(self) -> None:
        """Draw what changed, and do not wait for the next frame."""
        self.pump.draw()

    def _sample(self, now: float) -> None:
        upkeep.forget_what_is_gone()
        if (away := self.absence.tick()) > suspending.LONG:
            self.came_back(away)
        self.session.sample()
        self.tail.sample(now)

    # Colours and safety

    def _choose_theme(self, choice: ThemeChoice) -> None:
        """What the environment says, else the configuration; its colours are in that theme."""
        asked = os.environ.get("NATSTUI_THEME", "") or choice.name
        if asked not in self.available_themes and self.traits.colors in ("16", "none"):
            asked = NATSTUI_PLAIN.name
        if asked not in self.available_themes:
            asked = os.environ.get("TEXTUAL_THEME", "") or THEMES[0].name
        if choice.colors and asked in self.available_themes:
            self.register_theme(coloured(self.available_themes[asked], choice.colors))
        if asked in self.available_themes:
            self.theme = asked

    @property
    def inks(self) -> Inks:
        """The inks of the current theme."""
        theme = self.current_theme
        if self._inks is None or self._inks[0] is not theme:
            generated = theme.to_color_system().generate()
            variables = {**variable_defaults(theme), **generated, **theme.variables}
            colourless = self.traits.colors == "none"
            self._inks = theme, Inks(theme, variables, colourless=colourless)
        return self._inks[1]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return variable_defaults(self.current_theme)

    # The terminal

    @property
    def why_no_copy(self) -> str:
        if not self.traits.clipboard:
            return "this terminal has no clipboard; x exports it"
        if self.pump.congestion.is_congested:
            return "the terminal does not keep up; try again in a moment"
        return ""

    def came_back(self, seconds: float) -> None:
        """Nothing ran for so long: is the connection still there?"""
        self.start(self.session.came_back(seconds))

    def key_name(self, id: str) -> str:
        """The first of a binding's keys, as one would read it."""
        key = keys_of(id, self.session.settings.config)[0]
        return self.get_key_display(Binding(key, "", ""))

    # Saying things

    def say(self, text: str, severity: Severity = "information") -> None:
        """A short message in the corner; `text` may be anything."""
        self.notifier.say(text, severity)

    def fault(self, error: Exception) -> None:
        """A fault of ours: one line, and on we go. The same one is written down once."""
        said = faults.describe(error)
        path = faults.log_path() if said in self.faults else faults.record(error)
        self.faults[said] += 1
        self.say(f"{said} \N{MIDDLE DOT} details in {path}", "error")

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something in the background; if it fails, that is a fault like any other."""
        self.run_worker(self._guard(work), group=self.view.group, exit_on_error=False)

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # nobody awaits a worker: without this it would fail unseen
            self.fault(error)

    async def run_action(self, *args: object, **kwargs: object) -> bool:
        """As Textual does, but an action that fails does not end the app."""
        try:
            return await super().run_action(*args, **kwargs)  # type: ignore[arg-type]  # as they came
        except Exception as error:  # any fault of ours in any action
            self.fault(error)
            return True

    def _handle_exception(self, error: Exception) -> None:
        """What nothing could catch ends the app; Textual's traceback stays out of the terminal."""
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        path = faults.record(error)
        self._exit_renderables.append(f"natstui: {faults.describe(error)}; details in {path}")
        self._close_messages_no_wait()

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Publishing is greyed out where it would be refused."""
        return None if action == "publish" and self.session.read_only else True

    async def action_pane(self, key: str) -> None:
        """Go to the pane that has this key, to where it was left."""
        await self.view.go_to(key)

    def action_contexts(self) -> None:
        """Choose another context, and go over to it once it is connected."""
        self.start(self._change_context())

    async def _change_context(self) -> None:
        chosen = await self.push_screen_wait(ContextChooser(self.contexts, self.view))
        if chosen is not None:
            await self.switching.go_over(chosen)

    def action_publish(self) -> None:
        """Open the dialog with the draft as it was left."""
        self.push_screen(self.publish)

    def action_interrupt(self) -> None:
        """End as the signal would, from anywhere; but what is selected in a field is copied."""
        field = self.screen.focused
        if isinstance(field, Input | TextArea) and field.selected_text:
            field.action_copy()
        else:
            self.exit(return_code=128 + signal.SIGINT)

    async def action_quit(self) -> None:
        """End; while something is on its way, ask first."""
        if self._unfinished():
            self.start(self._ask_quit())
        else:
            self.exit()

    def _unfinished(self) -> list[str]:
        here = [transfer.name for transfer in self.desk.transfers.running]
        return [*here, *self.switching.running]

    async def _ask_quit(self) -> None:
        names = self._unfinished()
        question = Question(
            "Quit natstui",
            [
                *([("warn", name)] for name in names),
                [("plain", "They end, and what they left by then is removed.")],
            ],
            verb="quit",
        )
        if await self.desk.ask_whether(question):
            self.exit()

    def say_traits(self) -> None:
        """Say how the terminal is drawn on, and what decided so."""
        self.say(" \N{MIDDLE DOT} ".join(self.traits.reasons))

    def action_toggle_events(self) -> None:
        """Open the event drawer, or close it."""
        if self.events.display:
            self.events.display = False
            self.pane.open()
        else:
            self.events.open()

    def action_watches(self) -> None:
        """What is watched; to begin with, one of what is under the cursor."""
        self.push_screen(WatchScreen(self.desk.watching, self.pane.to_watch()))

    def alarmed(self, session: Session, alerts: list[Alert]) -> None:
        """A watch fired, or what it fired for is over: into the drawer, and for who looks away."""
        for alert in alerts:
            fired = alert.kind == "fired"
            session.tell("alert" if fired else "recovered", alert.text)
            self.say(alert.text, "warning" if fired else "information")
        if not self.pump.congestion.is_congested:
            terminal.write(self, announcement(alerts, self.traits))

    def action_journal(self) -> None:
        """Show what writes destroyed, to be restored."""
        self.push_screen(JournalScreen(self.desk))

    def action_reconnect(self) -> None:
        """Leave the server, or stop waiting for the next attempt."""
        self.start(self.session.reconnect())

    def action_doctor(self) -> None:
        """Find out what stands between us and each server."""
        self.push_screen(DoctorScreen(self.session.settings))

    @on(TailPane.Open)
    def _open_recording(self, event: TailPane.Open) -> None:
        try:
            recording = Recording([event.path])
        except RecordingError as error:
            self.say(str(error), "error")
        else:
            self.push_screen(RecordingScreen(self.desk, recording, self.contexts))

    def action_help(self) -> None:
        """Help for what has the focus."""
        screen = self.screen
        about = screen if isinstance(screen, RecordingScreen) else self.pane
        self.help.be_about(screen.active_bindings.values(), screen.focused, about.help_text())
        self.push_screen(self.help)

    def action_command_palette(self) -> None:
        """Everything that a key does, by name."""
        super().action_command_palette()
        self.call_after_refresh(self._quiet_palette)

    def _quiet_palette(self) -> None:
        for field in self.screen.query(Input):
            field.cursor_blink = False

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What has no key of its own."""
        yield SystemCommand("Theme", "Choose other colours", self.action_change_theme)
        yield SystemCommand("Screenshot", "Save this screen as SVG", self.deliver_screenshot)
        yield SystemCommand("Terminal", "What it is taken for, and why", self.say_traits)


async def run_async(
    settings: Settings,
    traits: TerminalTraits,
    contexts: ContextChoices | None = None,
    store: ViewStore | None = None,
    *,
    fresh: bool = False,
) -> int:
    """Open the client, run the app over it, drain; the process's exit code.

    It is looked at as the last time, as far as the `store` knows; not so if it is to be `fresh`.
    """
    session = Session(settings)
    tail = Tail(session)
    for subject in dict.fromkeys(settings.subjects):
        await tail.add(subject)
    session.open()
    app = NatsTui(session, tail, traits, contexts, store)
    await app.switching.begin(app.view, fresh=fresh)
    try:
        await app.run_async(mouse=traits.mouse)
        if (task := asyncio.current_task()) and task.cancelling():
            # Textual takes SIGINT for a wish to quit and says nothing of it.
            raise asyncio.CancelledError
        return app.return_code or 0
    finally:
        for said in await app.switching.close():
            print(f"natstui: {clean(said)}", file=sys.stderr)


def run(
    settings: Settings,
    traits: TerminalTraits,
    contexts: ContextChoices | None = None,
    store: ViewStore | None = None,
    *,
    fresh: bool = False,
) -> int:
    """The explorer, until it is left; the process's exit code."""
    return asyncio.run(run_async(settings, traits, contexts, store, fresh=fresh))
