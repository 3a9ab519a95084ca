"""The app in a test: no terminal, no server unless one is given, and its screen as text."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual import events
from textual.pilot import Pilot
from textual.screen import Screen
from textual.strip import Strip

from natstui.model.context_choices import ContextChoices
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.tail import TailBuffer
from natstui.model.tailing import Tail
from natstui.model.terminal import TerminalTraits
from natstui.model.view_store import ViewStore
from natstui.ui import faults
from natstui.ui.app import NatsTui


class Explorer:
    """An app and its pilot; `frame` draws what changed, `text` is what is to be seen."""

    def __init__(self, app: NatsTui, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def tail(self) -> Tail:
        return self.app.tail

    def feed(self, *payloads: str | bytes, subject: str = "orders.new") -> None:
        """Messages, as a subscription brings them."""
        for payload in payloads:
            data = payload.encode() if isinstance(payload, str) else payload
            self.tail.buffer.append(subject, data)

    async def frame(self) -> None:
        """Draw a frame, as the pump does."""
        self.app.pump.tick()
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press keys one by one, each with its effect, and draw."""
        for key in keys:
            await self.pilot.press(key)
        await self.frame()

    async def type(self, text: str) -> None:
        """Give a text to whatever is being written, as pasting does."""
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()

    @property
    def lines(self) -> list[str]:
        """The screen, a string a line."""
        return screen_lines(self.app.screen)

    @property
    def text(self) -> str:
        """The screen."""
        return "\n".join(self.lines)

    def strips(self) -> list[Strip]:
        """The screen with its colours."""
        return self.app.screen._compositor.render_strips()

    def line_with(self, text: str) -> str:
        """The first line with this text."""
        found = [line for line in self.lines if text in line]
        assert found, f"{text!r} is not on the screen:\n{self.text}"
        return found[0]


def screen_lines(screen: Screen[object]) -> list[str]:
    """What the compositor would write; it has no public name for that."""
    return [strip.text.rstrip() for strip in screen._compositor.render_strips()]


@asynccontextmanager
async def explorer(
    *,
    size: tuple[int, int] = (80, 24),
    settings: Settings | None = None,
    subjects: tuple[str, ...] = (),
    max_messages: int = 1_000,
    notifications: bool = False,
    traits: TerminalTraits | None = None,
    contexts: ContextChoices | None = None,
    store: ViewStore | None = None,
) -> AsyncIterator[Explorer]:
    """The app over a session that was not opened; faults that it survived fail the test."""
    session = Session(settings or Settings())
    tail = Tail(session, TailBuffer(max_messages))
    for subject in subjects:
        await tail.add(subject)
    app = NatsTui(session, tail, traits, contexts, store)
    await app.switching.come_back(app.view)
    async with app.run_test(size=size, notifications=notifications) as pilot:
        explorer = Explorer(app, pilot)
        await explorer.frame()
        yield explorer
    assert not app.faults, (app.faults, faults.log_path().read_text())
