"""A replay over a connection of its own, from opening that to closing it."""

from __future__ import annotations

from natstui.model.reaching import reach
from natstui.model.replay import Replay
from natstui.model.replay_plan import ReplayPlan
from natstui.model.replay_words import outcome
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.writing import Writer


class ReplayRun:
    """Sends what a plan says, to where `settings` say; `said` is how far it is, or was in the end.

    A line in the audit file says that it was done.
    """

    def __init__(self, plan: ReplayPlan, settings: Settings) -> None:
        self.plan = plan
        self.session = Session(settings)
        self.replay = Replay(self.session, plan.recording, plan.options)

    @property
    def said(self) -> str:
        """How much was sent, and how much of that may be lost."""
        return outcome(self.replay, self.plan.messages)

    @property
    def is_complete(self) -> bool:
        """Whether the server has all of it."""
        return self.replay.confirmed == self.plan.messages

    async def run(self) -> None:
        """Do it. Raises UnreachableError if there is no connection, and what `Replay.run` does;
        OSError if no line in the audit file can be written."""
        what = f"replay {self.plan.recording.name}: {self.plan.messages:,} messages"
        try:
            await reach(self.session, self.session.settings.timeout)
            await Writer(self.session).write(what, lambda _: self.replay.run())
        finally:
            await self.session.close()
