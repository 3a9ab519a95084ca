"""Handlers that may fail: one line on the screen, and the app goes on.

Textual would end the app, with its traceback over the screen.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Protocol, cast

from textual import events
from textual.message import Message
from textual.message_pump import MessagePump

from natstui.model.session import Session
from natstui.ui.safe import Severity
from natstui.ui.theme import Inks

# What goes wrong while a widget is made cannot be survived: it would be there by half.
_FATAL_DURING = (events.Load, events.Compose, events.Mount)


class Frame(Protocol):
    """What the app does for the widgets in it."""

    @property
    def inks(self) -> Inks: ...

    @property
    def why_no_copy(self) -> str:
        """What stands against copying to the terminal's clipboard, or ""."""

    @property
    def session(self) -> Session:
        """What is drawn."""

    def key_name(self, id: str) -> str:
        """The first of a binding's keys, as one would read it."""

    def say(self, text: str, severity: Severity = "information") -> None:
        """A short message in the corner."""

    def fault(self, error: Exception) -> None:
        """A fault of ours: one line, and on we go."""

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something in the background."""

    def draw_now(self) -> None:
        """Draw what changed at once, and not with the next frame: somebody waits for it."""


class Guarded(MessagePump):
    """Mixed into app and widgets: a handler that fails is reported, and the next one is called."""

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:  # any fault of ours: the point of this class
            if isinstance(message, _FATAL_DURING):
                raise
            self.tui.fault(error)

    @property
    def tui(self) -> Frame:
        """The app, as its widgets know it."""
        return cast(Frame, self.app)
