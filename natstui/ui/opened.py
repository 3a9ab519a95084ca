"""`natstui open`: the app with a recording in front of it, and no connection."""

from __future__ import annotations

import asyncio

from natstui.model.context_choices import ContextChoices
from natstui.model.recording import Recording
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.tailing import Tail
from natstui.model.terminal import TerminalTraits
from natstui.ui.app import NatsTui
from natstui.ui.recording_screen import RecordingScreen


class OpenedTui(NatsTui):
    """Shows a recording; leaving it is leaving the app."""

    def __init__(
        self,
        session: Session,
        recording: Recording,
        traits: TerminalTraits | None = None,
        contexts: ContextChoices | None = None,
    ) -> None:
        super().__init__(session, Tail(session), traits=traits, contexts=contexts)
        self.recording = recording

    def on_ready(self) -> None:
        super().on_ready()
        screen = RecordingScreen(self.desk, self.recording, self.contexts)
        self.push_screen(screen, self._left)

    def _left(self, _: None) -> None:
        self.exit()


async def run_async(
    settings: Settings,
    traits: TerminalTraits,
    recording: Recording,
    contexts: ContextChoices | None = None,
) -> int:
    """Show the recording until it is left; the process's exit code. Nothing is connected to."""
    session = Session(settings)
    app = OpenedTui(session, recording, traits, contexts)
    try:
        await app.run_async(mouse=traits.mouse)
        if (task := asyncio.current_task()) and task.cancelling():
            # Textual takes SIGINT for a wish to quit and says nothing of it.
            raise asyncio.CancelledError
        return app.return_code or 0
    finally:
        await session.close()
        recording.close()


def run(
    settings: Settings,
    traits: TerminalTraits,
    recording: Recording,
    contexts: ContextChoices | None = None,
) -> int:
    """As `run_async`, from outside a loop."""
    return asyncio.run(run_async(settings, traits, recording, contexts))
