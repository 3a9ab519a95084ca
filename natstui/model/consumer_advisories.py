"""What servers advise of single messages: that a consumer has given one up, or that it was ended.

A subscription, from when the board was first opened; nothing is asked, nothing acknowledged. What
was advised before it began is not known.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from natstui.client import errors
from natstui.client.aio.client import Client
from natstui.client.aio.msg import Msg
from natstui.model.consumer_row import Key
from natstui.model.session import Session
from natstui.model.timeline import Event

_PREFIX = "$JS.EVENT.ADVISORY.CONSUMER."
SUBJECTS = (f"{_PREFIX}MAX_DELIVERIES.*.*", f"{_PREFIX}MSG_TERMINATED.*.*")
# Anybody who may publish to them can make up consumers.
MOST_CONSUMERS = 10_000
KEPT_SEQUENCES = 100


@dataclass
class Advised:
    """Of one consumer: how many messages were given up, how many were terminated by a client, and
    the latest sequences in the stream of both, the newest last."""

    given_up: int = 0
    terminated: int = 0
    sequences: deque[int] = field(default_factory=lambda: deque(maxlen=KEPT_SEQUENCES))


class ConsumerAdvisories:
    """Listens from `start` on; `version` grows with each. `denied` is a subject that this user may
    not subscribe to, "" if there is none."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.version = 0
        self.denied = ""
        self.advised: dict[Key, Advised] = {}
        self._subjects = [session.settings.here(subject) for subject in SUBJECTS]
        self.also: Callable[[Msg], None] = lambda _: None  # who wants to hear them, too
        self._client: Client | None = None

    async def start(self) -> None:
        """Listen on the session's client; safe to call often, and after another one was made."""
        client = self.session.client
        if client is None or client is self._client or not self.session.is_connected:
            return
        if self._client is None:
            self.session.listeners.append(self._on_event)
        self._client = client
        for subject in self._subjects:
            try:
                await client.subscribe(subject, hook=self._heard)
            except errors.Error:
                self._client = None  # the connection went; with the next one it is tried again
                self.session.listeners.remove(self._on_event)
                return

    def of(self, key: Key) -> Advised:
        """What was heard of a consumer."""
        return self.advised.get(key) or _NOTHING

    def _on_event(self, event: Event) -> None:
        refusal = event.denied
        if (
            refusal is not None
            and refusal.kind == "subscription"
            and refusal.subject in self._subjects
        ):
            self.denied = refusal.subject

    def _heard(self, msg: Msg) -> None:
        self.also(msg)
        subject = self.session.settings.as_published(msg.subject)
        kind, stream, consumer = subject.removeprefix(_PREFIX).split(".")
        key = Key(stream, consumer)
        if key not in self.advised and len(self.advised) >= MOST_CONSUMERS:
            return
        advised = self.advised.setdefault(key, Advised())
        if kind == "MAX_DELIVERIES":
            advised.given_up += 1
        else:
            advised.terminated += 1
        if (sequence := _sequence(msg.data)) is not None:
            advised.sequences.append(sequence)
        self.version += 1


_NOTHING = Advised()


def _sequence(data: bytes) -> int | None:
    try:
        said: Any = json.loads(data)
    except (ValueError, RecursionError):
        return None
    sequence = said.get("stream_seq") if isinstance(said, dict) else None
    return sequence if isinstance(sequence, int) else None
