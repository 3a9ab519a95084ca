"""Going over to another session without leaving: the new one is there before the old one goes."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from natstui.model.draft import Draft
from natstui.model.session import Session
from natstui.model.tailing import Tail
from natstui.model.view_state import ViewState, ViewStateError, view_name
from natstui.model.view_store import ViewStore
from natstui.model.watch import parse_watch
from natstui.ui import upkeep
from natstui.ui.session_view import SessionView

if TYPE_CHECKING:
    from natstui.ui.app import NatsTui

_ENDING_SECONDS = 5.0


class Switching:
    """Changes the view of the app, and brings those it left to their end.

    `store` is where views are kept from one start to the next, None: nowhere.
    """

    def __init__(self, app: NatsTui, store: ViewStore | None = None) -> None:
        self.store = store
        self.leaving: list[SessionView] = []
        self.notices: list[str] = []
        self._app = app
        self._kept: dict[str, ViewState] = {}
        self._drafts: dict[str, Draft] = {}  # payloads are kept nowhere else
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def running(self) -> list[str]:
        """What is still under way over connections that were left."""
        return [name for view in self.leaving for name in view.desk.running]

    # Remembering

    def load(self, session: Session) -> ViewState | None:
        """How it was looked at the last time; what cannot be read is said and forgotten."""
        name = view_name(session.settings)
        if name in self._kept or self.store is None:
            return self._kept.get(name)
        try:
            return self.store.load(name)
        except ViewStateError as error:
            self._say(f"not as it was left: {error}")
            return None

    def keep(self, view: SessionView) -> None:
        """Remember how it is looked at, in memory and on the disk. OSError: not on the disk."""
        name, state = view_name(view.session.settings), view.remember()
        self._kept[name], self._drafts[name] = state, view.draft
        if self.store is not None:
            self.store.save(name, state)

    async def begin(self, view: SessionView, *, fresh: bool = False) -> None:
        """Watch what the configuration says, and show the view as it was left if not `fresh`."""
        for text in view.session.settings.config.watches:
            with suppress(ValueError):  # it is there twice
                await view.desk.watching.add(parse_watch(text))
        if not fresh:
            await self.come_back(view)

    async def come_back(self, view: SessionView) -> None:
        """Show it as it was left, before it is mounted; what was asked for goes first."""
        if (state := self.load(view.session)) is not None:
            await view.come_back(state, with_tail=not view.session.settings.subjects)

    def _say(self, text: str) -> None:
        """Before there is a screen, `notices` keeps it until there is one."""
        if self._app.is_running:
            self._app.say(text, "warning")
        else:
            self.notices.append(text)

    # Changing

    async def go_over(self, session: Session) -> None:
        """Show this session, which is connected, and let go of the one before it."""
        app, old = self._app, self._app.view
        try:
            self.keep(old)
        except OSError as error:
            self._say(f"how it is looked at is not kept: {error.strerror or error}")
        new = SessionView(app, session, Tail(session))
        new.draft = self._drafts.get(view_name(session.settings), new.draft)
        await self.begin(new)
        old.pane.leave()
        old.display = False
        await app.show_view(new)
        self.leaving.append(old)
        task = asyncio.create_task(self._end(old), name="session-end")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _end(self, view: SessionView) -> None:
        """What it has begun comes to its end, then the connection is drained."""
        try:
            # Nobody sees any more what it would be about.
            await view.desk.watching.stop()
            await view.desk.finished()
            await self._end_workers(view)
            if (recorder := await view.tail.stop_recording()) is not None:
                self._say(f"the recording has ended: {recorder.outcome} · {recorder.path}")
            if view.is_attached:
                await view.remove()
            await view.session.close()
        except Exception as error:  # nobody awaits it: without this it would fail unseen
            self._app.fault(error)
        finally:
            self.leaving.remove(view)
        upkeep.forget_views()

    async def _end_workers(self, view: SessionView) -> None:
        """What was begun for it, such as a request, has a moment left."""
        mine = [each for each in self._app.workers if each.group == view.group]
        with suppress(TimeoutError):
            async with asyncio.timeout(_ENDING_SECONDS):
                # Whatever became of them was said by themselves.
                await asyncio.gather(*(each.wait() for each in mine), return_exceptions=True)
        for worker in mine:
            worker.cancel()

    async def close(self) -> list[str]:
        """End everything; what is left undone, or could not be kept, in words."""
        left, tasks = [*self.leaving, self._app.view], [*self._tasks]
        said: list[str] = []
        try:
            self.keep(self._app.view)
        except OSError as error:
            said.append(f"how it was looked at is not kept: {error.strerror or error}")
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for view in left:
            await view.tail.stop_recording()
            await view.desk.watching.stop()
            said += await view.desk.transfers.stop()
            await view.session.close()
        return said
