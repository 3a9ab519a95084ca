"""What servers and JetStream say by themselves: who came and went, who was refused, who leads now.

Subscriptions, from when they are first looked at; nothing is asked, nothing acknowledged. Left out
is what only counts (`STATSZ`, `CONNS`), and the audit of every API request: servers write it only
for those who listen, and most of the requests would be ours.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from typing import NamedTuple

from natstui.client import errors
from natstui.client.aio.client import Client
from natstui.client.aio.msg import Msg
from natstui.model.gathering import read_object
from natstui.model.session import Session
from natstui.model.system_answer import Json, moment, objects, text
from natstui.model.tail import Record
from natstui.model.timeline import Event

SUBJECTS = (
    "$SYS.ACCOUNT.*.CONNECT",
    "$SYS.ACCOUNT.*.DISCONNECT",
    "$SYS.ACCOUNT.*.LEAFNODE.CONNECT",
    "$SYS.SERVER.*.CLIENT.AUTH.ERR",
    "$SYS.SERVER.*.SHUTDOWN",
    "$SYS.SERVER.*.LAMEDUCK",
    "$JS.EVENT.ADVISORY.STREAM.>",
    "$JS.EVENT.ADVISORY.CONSUMER.>",
    "$JS.EVENT.ADVISORY.DOMAIN.>",
    "$JS.EVENT.ADVISORY.SERVER.>",
    "$JS.EVENT.ADVISORY.API.LIMIT_REACHED",
)
MOST_EVENTS = 5_000


class SystemEvent(NamedTuple):
    """An event: `kind` in a word, what it is about, in words; `bad` if somebody should look."""

    number: int
    kind: str
    about: str
    bad: bool
    record: Record


class SystemEvents:
    """Listens to `subjects` from `start` on; `version` grows with each event. `seen` is how many
    there were, `evicted` how many made room for newer ones; `denied` are the subjects that this
    user may not subscribe to. `heard` is called with each event, from within the read.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.subjects = tuple(map(session.settings.here, SUBJECTS))
        self.seen = 0
        self.kinds: Counter[str] = Counter()
        self.denied: set[str] = set()
        self.since = 0.0
        self.heard: Callable[[], None] = lambda: None
        self.events: deque[SystemEvent] = deque(maxlen=MOST_EVENTS)
        self._client: Client | None = None
        self._listens = False

    @property
    def version(self) -> int:
        return self.seen

    @property
    def evicted(self) -> int:
        return self.seen - len(self.events)

    async def start(self) -> None:
        """Listen on the session's client; safe to call often, and after another one was made."""
        client = self.session.client
        if client is None or client is self._client or not self.session.is_connected:
            return
        if not self._listens:
            self._listens = True
            self.session.listeners.append(self._on_event)
        self._client = client
        self.since = self.since or time.time()
        try:
            for subject in self.subjects:
                await client.subscribe(subject, hook=self._heard)
        except errors.Error:
            self._client = None  # the connection went; with the next one it is tried again

    def _on_event(self, event: Event) -> None:
        refusal = event.denied
        if (
            refusal is not None
            and refusal.kind == "subscription"
            and refusal.subject in self.subjects
        ):
            self.denied.add(refusal.subject)

    def _heard(self, msg: Msg) -> None:
        said = read_object(msg.data) or {}
        raw = msg.raw_headers
        at = moment(said, "timestamp") or time.time()
        record = Record(
            self.seen, at, msg.subject, msg.reply, raw, msg.data, len(raw) + len(msg.data)
        )
        kind, about, bad = describe(self.session.settings.as_published(msg.subject), said)
        self.events.append(SystemEvent(self.seen, kind, about, bad, record))
        self.kinds[kind] += 1
        self.seen += 1
        self.heard()


def describe(subject: str, said: Json) -> tuple[str, str, bool]:
    """The kind of an event, what it is about, and whether somebody should look."""
    tokens = subject.split(".")
    if subject.startswith("$JS."):
        return _advisory(tokens[3:], said)
    if subject.endswith(".CLIENT.AUTH.ERR"):
        return "refused", f"{_client(said)}: {text(said, 'reason') or 'not authorized'}", True
    if subject.endswith(".DISCONNECT"):
        reason = text(said, "reason")
        bad = reason not in ("", "Client Closed", "Server Shutdown")
        return "left", f"{_client(said)}: {reason or 'no reason given'}", bad
    if subject.endswith(".LEAFNODE.CONNECT"):
        return "leaf came", _client(said), False
    if subject.endswith(".CONNECT"):
        return "came", _client(said), False
    kind = {"SHUTDOWN": "shutdown", "LAMEDUCK": "lame duck"}.get(tokens[-1], tokens[-1].lower())
    return kind, f"server {_server(said)}", True


_BAD = ("LOST", "MAX_DELIVERIES", "TERMINATED", "OUT_OF_STORAGE", "LIMIT", "NAK", "ABANDONED")


def _advisory(tokens: list[str], said: Json) -> tuple[str, str, bool]:
    of, what = tokens[0].lower() if tokens else "", "_".join(tokens[1:3])
    action = tokens[1] if len(tokens) > 1 else ""
    names = [text(said, "stream"), text(said, "consumer")]
    parts = [" > ".join(name for name in names if name)]
    if leader := _leader(said):
        parts.append(f"led by {leader}")
    for name in ("action", "reason", "server", "domain"):
        if value := text(said, name):
            parts.append(f"{name} {value}")
    if isinstance(sequence := said.get("stream_seq"), int):
        parts.append(f"message {sequence:,}")
    bad = any(word in what for word in _BAD)
    return f"{of} {action.lower().replace('_', ' ')}".strip(), ", ".join(filter(None, parts)), bad


def _leader(said: Json) -> str:
    """The name of who leads now: of a domain's leader the server tells only the id of a peer."""
    leader = text(said, "leader")
    peers = {text(each, "peer"): text(each, "name") for each in objects(said, "replicas")}
    return peers.get(leader) or leader


def _client(said: Json) -> str:
    name, user = text(said, "client", "name"), text(said, "client", "user")
    account = text(said, "client", "name_tag") or text(said, "client", "acc")
    who = name or user or "a client without a name"
    where = f" of {account}" if account else ""
    return f"{who}{where} at {text(said, 'client', 'host') or 'somewhere'}, {_server(said)}"


def _server(said: Json) -> str:
    return text(said, "server", "name") or text(said, "server", "id")
