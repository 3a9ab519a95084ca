"""Every change that the explorer makes to what is stored goes through here.

    saved = await writer.save("stream.messages", "ORDERS", "message 17", messages)
    await writer.write("delete message 17 of ORDERS", lambda js: js.delete_msg("ORDERS", 17), saved)

First what will be destroyed is saved, then the change is made, then a line says how it went. If
the saving fails nothing is changed, and if no line can be written, neither.
"""

from __future__ import annotations

import asyncio
import builtins
import time
from collections.abc import AsyncIterable, Callable, Coroutine
from typing import Any, TypeVar

from natstui.client import errors
from natstui.client.js.client import JetStreamContext
from natstui.model.asking import ask, jetstream
from natstui.model.explain import identity
from natstui.model.export import timestamp
from natstui.model.journal import Entry, Journal, new_id
from natstui.model.session import Session

T = TypeVar("T")


class Writer:
    """Makes changes, saves before and writes down after. `version` grows with each write.

    `running` says what is being changed right now.
    """

    def __init__(
        self,
        session: Session,
        journal: Journal | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.session = session
        self.journal = journal or Journal()
        self.version = 0
        self.running: list[str] = []
        self._idle = asyncio.Event()
        self._idle.set()
        self._clock = clock

    @property
    def allowed(self) -> bool:
        """Whether anything may be changed."""
        return not self.session.read_only

    async def save(
        self, kind: str, target: str, what: str, items: AsyncIterable[dict[str, Any]]
    ) -> Entry:
        """Save what is about to be destroyed; OSError, and what `items` raises.

        PublishRefusedError in read-only mode: nothing will be destroyed.
        """
        self._check_allowed(what)
        at = self._clock()
        entry = Entry(
            id=new_id(at),
            at=at,
            kind=kind,
            target=target,
            what=what,
            context=self.session.name,
            server=self.session.server,
            user=identity(self.session.settings),
        )
        saved = await self.journal.save(entry, items)
        for old in await asyncio.to_thread(self.journal.expire, at):
            self._audit(f"forget, for room in the journal: {old.what}", "done", old)
        return saved

    async def write(
        self,
        what: str,
        change: Callable[[JetStreamContext], Coroutine[Any, Any, T]],
        saved: Entry | None = None,
        *,
        timeout: float | None = None,
    ) -> T:
        """Make a change, described by `what`, and write down how it went.

        Raises what `change` does, PublishRefusedError in read-only mode, NotConnectedError, OSError
        if no line could be written.
        """
        self._check_allowed(what)
        await asyncio.to_thread(self.journal.check_audit)
        js = jetstream(self.session, timeout)
        self.running.append(what)
        self._idle.clear()
        try:
            outcome = await ask(self.session, change(js))
        except BaseException as error:  # also when it is cancelled: it may have been done
            self._audit(what, _result(error), saved)
            raise
        finally:
            self.running.remove(what)
            if not self.running:
                self._idle.set()
        self._audit(what, "done", saved)
        return outcome

    async def finished(self) -> None:
        """Return when nothing is being changed."""
        await self._idle.wait()

    def _check_allowed(self, what: str) -> None:
        if not self.allowed:
            raise errors.PublishRefusedError(f"read-only: refused to {what}")

    def _audit(self, what: str, result: str, saved: Entry | None) -> None:
        self.version += 1
        self.journal.audit(
            {
                "ts": timestamp(self._clock()),
                "context": self.session.name,
                "server": self.session.server,
                "user": identity(self.session.settings) or None,
                "what": what,
                "result": result,
                "journal": saved.id if saved else None,
            }
        )


def _result(error: BaseException) -> str:
    if isinstance(error, asyncio.CancelledError):
        return "unknown: given up while waiting for the answer"
    if isinstance(error, errors.TimeoutError | builtins.TimeoutError):
        return "unknown: no answer in time"
    return f"failed: {error}"
