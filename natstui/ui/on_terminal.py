"""The app and its terminal: what is drawn with, what is copied to it, who has it meanwhile."""

from __future__ import annotations

import os
from typing import Any, cast

from rich.console import Console
from textual import on
from textual.app import App
from textual.binding import Binding
from textual.driver import Driver
from textual.filter import LineFilter

from natstui.model.terminal import TerminalTraits
from natstui.ui import clipboard, suspending, terminal
from natstui.ui.fewer_colours import FewerColours
from natstui.ui.glyphs import FewerGlyphs, key_in_words
from natstui.ui.guarded import Frame
from natstui.ui.safe import TerminalSafe


class OnTerminal(App[int]):
    """Mixed into the app: it does as `traits` say."""

    def __init__(self, traits: TerminalTraits | None, *args: Any, **kwargs: Any) -> None:
        # The traits have it already; Textual would grey what was asked for in colour.
        without = os.environ.pop("NO_COLOR", None)
        super().__init__(*args, **kwargs)
        if without is not None:
            os.environ["NO_COLOR"] = without
        self.animation_level = "none"
        self.traits = traits or TerminalTraits()
        # How many colours there are is known better than by Rich's guess: see FewerColours.
        self.console = Console(
            color_system="truecolor",
            file=self.console.file,
            legacy_windows=False,
            force_terminal=True,
            safe_box=False,
        )
        self.absence = suspending.Absence()
        reducing = FewerGlyphs(self.traits.glyphs), FewerColours(self.traits.colors)
        self._last_filters = [TerminalSafe(), *(each for each in reducing if each.enabled)]

    def on_ready(self) -> None:
        """The terminal is ours."""
        suspending.resume_once(self, self.absence)

    def on_unmount(self) -> None:
        """It is given back."""
        terminal.write(self, terminal.EMPTY)

    def came_back(self, seconds: float) -> None:
        """Nothing ran for so long."""

    # Drawing

    def get_line_filters(self) -> list[LineFilter]:
        """Textual's own, the one that no control character passes, what the terminal can show."""
        return [*super().get_line_filters(), *self._last_filters]

    def get_key_display(self, binding: Binding) -> str:
        """As Textual does, in words where there are no signs for keys."""
        shown = super().get_key_display(binding)
        return shown if self.traits.glyphs == "unicode" else key_in_words(shown)

    def action_redraw(self) -> None:
        """Draw everything anew, in case something else wrote to the terminal."""
        self.screen.refresh(layout=True)
        for widget in self.screen.walk_children():
            widget.refresh()

    # Copying

    def copy_to_clipboard(self, text: str) -> None:
        """As Textual does, and through whoever stands between us and the terminal."""
        super().copy_to_clipboard(text)
        if wrapped := clipboard.through(self.traits.multiplexer, text):
            terminal.write(self, wrapped)

    # ctrl+z

    def action_suspend_process(self) -> None:
        """Stop until the shell that started us says `fg`."""
        if suspending.can_stop():
            terminal.write(self, terminal.EMPTY)
            suspending.stop()
        else:
            cast(Frame, self).say("there is no shell to go back to; q quits")

    @on(Driver.SignalResume)
    def _resumed(self) -> None:
        """Nothing of what was on the screen is there any more."""
        self.action_redraw()
        self.came_back(self.absence.stopped)
