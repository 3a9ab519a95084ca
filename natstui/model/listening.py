"""Listening to subjects for as long as somebody wants to, over connections that come and go.

Plain subscriptions: nothing is asked, nothing acknowledged. A hook is called from within the read
for every message, and must only append to a model.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from natstui.client import errors
from natstui.client.aio.client import Client
from natstui.client.aio.msg import Msg
from natstui.client.aio.subscription import Subscription
from natstui.model.session import Session
from natstui.model.timeline import Event


class Listener:
    """From `start` to `stop`. `denied` are the subjects that this user may not subscribe to,
    `since` is when it began (0 before), `gaps` how often the connection was lost meanwhile.
    """

    def __init__(
        self, session: Session, subjects: Iterable[str], heard: Callable[[Msg], None]
    ) -> None:
        self.session = session
        self.subjects = tuple(subjects)
        self.denied: set[str] = set()
        self.since = 0.0
        self.gaps = 0
        self._heard = heard
        self._client: Client | None = None
        self._subscriptions: list[Subscription] = []
        self._is_told = False

    @property
    def is_listening(self) -> bool:
        """Whether there is a subject that may be listened to, and a connection to hear it."""
        allowed = self.denied < set(self.subjects)
        return self._client is not None and self.session.is_connected and allowed

    async def start(self) -> None:
        """Listen on the session's client; safe to call often, and after another one was made."""
        client = self.session.client
        if client is None or client is self._client or not self.session.is_connected:
            return
        if not self._is_told:
            self._is_told = True
            self.session.listeners.append(self._on_event)
        self._client, self._subscriptions = client, []
        self.since = self.since or time.time()
        try:
            for subject in self.subjects:
                self._subscriptions.append(await client.subscribe(subject, hook=self._heard))
        except errors.Error:
            self._client = None  # the connection went; with the next one it is tried again

    async def stop(self) -> None:
        """Hear nothing any more; what was heard stays."""
        if self._is_told:
            self._is_told = False
            self.session.listeners.remove(self._on_event)
        subscriptions, self._subscriptions = self._subscriptions, []
        self._client = None
        for subscription in subscriptions:
            try:
                await subscription.unsubscribe()
            except errors.Error:
                continue  # it ended with its connection

    def _on_event(self, event: Event) -> None:
        refusal = event.denied
        if refusal is not None and refusal.kind == "subscription":
            self.denied.update({refusal.subject}.intersection(self.subjects))
        if event.kind == "disconnected" and self._client is not None:
            self.gaps += 1
