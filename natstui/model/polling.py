"""Asking the server again and again, for as long as somebody looks, and no more than it can bear.

    poll = Poll(session, board.load, every=2.0)
    poll.start()      # the pane is seen
    poll.stop()       # it is not

The next question waits at least as long as `SHARE` times what the last one took: a server that is
slow to answer is asked less often, and however many streams there are, we never keep it busy for
more than a tenth of the time. A lost connection stops it, a new one goes on at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Literal

from natstui.client import errors
from natstui.model.asking import ask
from natstui.model.explain import Explanation, explain
from natstui.model.session import NotConnectedError, Session
from natstui.model.timeline import Event

SHARE = 9
LONGEST_PAUSE = 60.0

PollState = Literal["waiting", "loading", "ready", "failed"]


class Poll:
    """Calls `load` while it is started; `version` grows with everything that it comes to know.

    `state`: "waiting" for a connection, "loading" the first time, "ready" with what was loaded,
    "failed" with `problem` (an Explanation), which is tried again like everything else.
    `took`: seconds that the last answer took. `resumed_at`: the wall clock when it last went on
    after a lost connection, None if it never had to. `fault`: what went wrong in our own code.
    `loads` counts the answers. Whoever is in `listeners` is called with each change.
    """

    def __init__(
        self,
        session: Session,
        load: Callable[[], Coroutine[Any, Any, None]],
        every: float,
        clock: Callable[[], float] = time.monotonic,
        took: Callable[[], float | None] | None = None,
    ) -> None:
        """`took` says what the last answer cost, where that is not how long `load` took: it may
        have waited for those who do not answer.
        """
        self.session = session
        self.every = every
        self.state: PollState = "waiting"
        self.problem: Explanation | None = None
        self.took = 0.0
        self.resumed_at: float | None = None
        self.fault: Exception | None = None
        self.version = 0
        self.loads = 0
        self.listeners: list[Callable[[], None]] = []
        self._load = load
        self._clock = clock
        self._took = took
        self._task: asyncio.Task[None] | None = None
        self._again = asyncio.Event()
        self._lost = False

    @property
    def is_running(self) -> bool:
        """Whether somebody looks."""
        return self._task is not None

    @property
    def pause(self) -> float:
        """How long it waits after an answer, in seconds."""
        every = max(self.every, self.session.settings.config.limits.ask_every)
        return min(max(every, self.took * SHARE), LONGEST_PAUSE)

    def start(self) -> None:
        """Ask now and from now on; safe to call twice."""
        if self._task is None:
            self.session.listeners.append(self._on_event)
            self._begin()

    def stop(self) -> None:
        """Ask no more; what was loaded stays."""
        if self._task is not None:
            self.session.listeners.remove(self._on_event)
            self._task.cancel()
            self._task = None

    def now(self) -> None:
        """Do not wait for the next time."""
        self._again.set()

    def _on_event(self, event: Event) -> None:
        if event.kind in ("disconnected", "closed"):
            self._lost = True
        if event.kind in ("disconnected", "closed", "connected", "reconnected"):
            # What was asked on the old connection is not answered any more.
            self._begin()

    def _begin(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.create_task(self._run(), name="poll")

    async def _run(self) -> None:
        while True:
            self._again.clear()
            if self.session.is_connected:
                await self._once()
            elif self.state != "ready":
                self._change("waiting")
            await self._wait()

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self.pause):
                await self._again.wait()

    async def _once(self) -> None:
        if self.state != "ready":
            self._change("loading")
        started = self._clock()
        try:
            await ask(self.session, self._load())
        except NotConnectedError:
            self._change("waiting")
        except (errors.Error, TimeoutError) as error:
            self._failed(error)
        except Exception as error:  # a fault of ours must be seen, and must not end the polling
            self.fault = error
            self._failed(error)
        else:
            if self._lost:
                self._lost, self.resumed_at = False, time.time()
            self.problem = None
            self.loads += 1
            self._change("ready")
        took = self._took() if self._took is not None else None
        self.took = self._clock() - started if took is None else took

    def _failed(self, error: Exception) -> None:
        self.problem = explain(error, settings=self.session.settings)
        self._change("failed")

    def _change(self, state: PollState) -> None:
        self.state = state
        self.version += 1
        for listener in self.listeners:
            listener()
