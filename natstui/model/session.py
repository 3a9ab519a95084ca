"""One connection to NATS and all that is to be known about it while it comes and goes."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import ParseResult

from natstui.client import errors
from natstui.client.aio.client import Client
from natstui.client.protocol.info import ServerInfo
from natstui.client.state import ConnectionStatus
from natstui.client.tracing import TracingClient
from natstui.model.denied import Denied, denied
from natstui.model.explain import Explanation, address, explain
from natstui.model.paths import from_home
from natstui.model.probe import diagnose, was_silent
from natstui.model.publish_guard import PublishGuard
from natstui.model.rates import Rate
from natstui.model.settings import Settings
from natstui.model.tail import Record
from natstui.model.timeline import Event, EventKind, Timeline
from natstui.model.trace import Tell, Trace
from natstui.model.trace_file import TraceFile
from natstui.model.words import age

RTT_EVERY = 10.0
RTT_TIMEOUT = 2.0
RTT_PINGS = 3
DRAIN_SECONDS = 2.0
API_WINDOW = 6.5  # more than two of the gusts in which panes ask, or one of the slow ones
GUSTS = 11.0  # seconds; more than two of any of them
# Below this the round trip is that of the machine; its jitter is no news.
_RTT_FLOOR = 0.001
_RTT_CHANGE = 0.25
_ID_SHOWN = 8

_WORDS = {
    ConnectionStatus.DISCONNECTED: "not connected",
    ConnectionStatus.CONNECTED: "connected",
    ConnectionStatus.CLOSED: "closed",
    ConnectionStatus.RECONNECTING: "reconnecting",
    ConnectionStatus.CONNECTING: "connecting",
    ConnectionStatus.DRAINING_SUBS: "draining",
    ConnectionStatus.DRAINING_PUBS: "draining",
}


_SEEKING = (ConnectionStatus.CONNECTING, ConnectionStatus.RECONNECTING)


class NotConnectedError(errors.Error):
    """Nothing can be sent now; waiting for a connection would make it look sent."""

    default_message = "not connected: nothing was sent"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a request and how long it took, in seconds."""

    record: Record
    seconds: float


class Flow(NamedTuple):
    """What is said to flow: messages and bytes in, messages out, per second."""

    messages_in: float = 0.0
    bytes_in: float = 0.0
    messages_out: float = 0.0


class Session:
    """The client, opened once and kept; `version` grows when something to be shown changed.

    `open` returns at once and connects in the background, for as long as it takes. Whoever is in
    `listeners` hears of every event, in the order they happened, from within the loop. The lines of
    `settings.trace` go to `tell`, by default into a file that the timeline names.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        tell: Tell | None = None,
    ) -> None:
        self.settings = settings
        self.timeline = Timeline(settings.config.limits.events)
        for problem in settings.config.problems:
            self.timeline.add("config", str(problem))
        for note in settings.notes:
            self.timeline.add("note", note)
        self.guard = PublishGuard(read_only=settings.read_only, api_prefix=settings.api_prefix)
        self.listeners: list[Callable[[Event], None]] = []
        self.client: Client | None = None
        self.rtt: float | None = None
        self.last_error = ""
        self.advice = ""
        self.lame_duck = False
        self._place = ""
        self.messages_in, self.bytes_in = Rate(), Rate()
        self.messages_out, self.bytes_out = Rate(), Rate()
        self.api_requests = Rate(API_WINDOW)
        self.gathered = 0  # answers to questions that go to many
        self._questions = Rate()
        self._gusts: deque[tuple[float, float]] = deque()
        self.flow = Flow()
        self._clock = clock
        self._opening: asyncio.Task[None] | None = None
        self._pulse: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[None] | None = None
        # What listens at addresses that did not answer as a NATS server; until we are connected.
        self._others: dict[str, Explanation] = {}
        self._trace_file: TraceFile | None = None
        self._trace = self._new_trace(tell) if settings.trace else None

    # What there is to know

    @property
    def version(self) -> int:
        """Grows with each event; rates, the round trip and the countdown change without it."""
        return self.timeline.version

    @property
    def status(self) -> ConnectionStatus:
        """Where the client stands; DISCONNECTED before `open`."""
        return self.client.status if self.client else ConnectionStatus.DISCONNECTED

    @property
    def status_word(self) -> str:
        """The status as a person says it."""
        return _WORDS[self.status]

    @property
    def is_connected(self) -> bool:
        return self.status is ConnectionStatus.CONNECTED

    @property
    def has_tried_all(self) -> bool:
        """Whether connecting to each of the servers failed, at least once."""
        pool = self.client.server_pool if self.client else []
        return bool(pool) and all(each.last_error is not None for each in pool)

    @property
    def has_given_up(self) -> bool:
        """Whether it will not try again by itself."""
        events = self.timeline.events
        # Options that cannot be leave a client that was never opened, hence not closed either.
        return self.status is ConnectionStatus.CLOSED or (
            bool(events) and events[-1].kind == "closed"
        )

    @property
    def read_only(self) -> bool:
        return self.settings.read_only

    @property
    def name(self) -> str:
        """What this connection is called: the context, or without one the first server."""
        return self.settings.context or address(self.settings.servers[0])

    @property
    def server(self) -> str:
        """Name and version of the server, or "" without one."""
        info = self.client.server_info if self.client and self.is_connected else None
        return f"{_server_name(info)} {info.version}" if info else ""

    @property
    def attempt(self) -> str:
        """What is being tried while there is no connection, or ""."""
        if self.client is None or self.status not in _SEEKING:
            return ""
        pool = self.client.server_pool
        if not pool:
            return ""
        # The pool writes down when an attempt begins as soon as it is decided on.
        server = max(pool, key=lambda each: each.last_attempt or 0.0)
        # The failures of the first pass are not counted as reconnects.
        failures = sum(
            each.reconnects + (each.last_error is not None and not each.did_connect)
            for each in pool
        )
        words = f"trying {_address(server.url)}, attempt {failures + 1}"
        wait = (server.last_attempt or 0.0) - self._clock()
        return f"{words}, next in {math.ceil(wait)} s" if wait > 0 else words

    @property
    def obstacle(self) -> str:
        """What went wrong last while there is no connection, or ""."""
        return "" if self.is_connected or self.client is None else self.last_error

    def sample(self) -> None:
        """Take the rates; call it about once a second."""
        now = self._clock()
        stats = self.client.stats if self.client else _NO_STATS
        self.messages_in.sample(now, stats["in_msgs"])
        self.bytes_in.sample(now, stats["in_bytes"])
        self.messages_out.sample(now, stats["out_msgs"])
        self.bytes_out.sample(now, stats["out_bytes"])
        self.api_requests.sample(now, self.guard.requests)
        asked = self.guard.published - self.guard.writes
        self._questions.sample(now, asked + self.gathered)
        self._say_flow()

    def _say_flow(self) -> None:
        """Asking again and again comes in gusts: as much as we ask for ourselves is no news."""
        now = Flow(
            self.messages_in.per_second, self.bytes_in.per_second, self.messages_out.per_second
        )
        ours = self._gust()
        said = self.flow
        news = max(
            abs(now.messages_in - said.messages_in), abs(now.messages_out - said.messages_out)
        )
        if news > ours or not ours:
            self.flow = now

    def _gust(self) -> float:
        """The most that we asked for in a second, and were told, of late."""
        now = self._clock()
        self._gusts.append((now, self._questions.per_second))
        while self._gusts[0][0] < now - GUSTS:
            self._gusts.popleft()
        return max(most for _, most in self._gusts)

    # Opening and closing

    def open(self) -> None:
        """Start to connect; a faulty option shows as the event "closed"."""
        self.client = TracingClient(self._trace) if self._trace else Client()
        self._opening = asyncio.create_task(self._connect(self.client), name="session-open")
        self._pulse = asyncio.create_task(self._measure(), name="session-rtt")

    async def reconnect(self) -> None:
        """Try now: leave the server, or open the client anew if it has given up."""
        self._others.clear()
        if self.client is not None and not self.client.is_closed:
            await self.client.force_reconnect()
            return
        await self.close()
        self.open()

    async def came_back(self, seconds: float) -> None:
        """Nothing ran for so long: go on, and leave a connection that is dead meanwhile."""
        away = f"stopped for {age(seconds)}"
        client = self.client
        if client is None or not self.is_connected:
            self._happened("resumed", away)
            return
        self._happened("resumed", f"{away}; is the server still there?")
        try:
            await client.rtt(self.settings.timeout)
        except errors.Error as error:
            if client.is_connected:
                self._say("error", explain(error, self.server, self.settings))
                await client.force_reconnect()
        else:
            self._happened("resumed", f"{self.server} answers, nothing was lost")

    def tell(self, kind: EventKind, text: str) -> None:
        """Write down something that is not about the connection."""
        self._happened(kind, text)

    async def close(self) -> None:
        """Drain for a moment, then close whatever is left; safe to call twice."""
        for task in (self._pulse, self._opening, self._asking):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        self._pulse = self._opening = self._asking = None
        client = self.client
        if client is None:
            return
        if client.is_connected:
            with suppress(errors.Error, OSError, TimeoutError):
                await asyncio.wait_for(client.drain(), DRAIN_SECONDS)
        if not client.is_closed:
            await client.close()
        if self._trace_file is not None:
            self._trace_file.close()

    # What is sent

    async def publish(
        self,
        subject: str,
        payload: bytes,
        reply: str = "",
        headers: Mapping[str, list[str]] | None = None,
    ) -> None:
        """Publish and wait until the server has it.

        NotConnectedError, Error if the server does not permit it, PublishRefusedError in read-only
        mode, or what else the client raises; but for a lost connection nothing was published.
        """
        client = self._connected_client()
        before = self.timeline.denials(Denied("publish", subject))
        await client.publish(subject, payload, reply=reply, headers=headers or None)
        await client.flush(timeout=self.settings.timeout)
        # The server refuses in the order of what was sent, hence before it answers the flush.
        await asyncio.sleep(0)
        if self.timeline.denials(Denied("publish", subject)) > before:
            raise errors.Error(f'nats: permissions violation for publish to "{subject}"')

    async def request(
        self, subject: str, payload: bytes, headers: Mapping[str, list[str]] | None = None
    ) -> Reply:
        """Publish and wait for one answer; raises as `publish`, and NoRespondersError,
        TimeoutError."""
        client = self._connected_client()
        started = self._clock()
        msg = await client.request(
            subject, payload, timeout=self.settings.timeout, headers=headers or None
        )
        seconds = self._clock() - started
        raw = msg.raw_headers
        size = len(raw) + len(msg.data)
        record = Record(0, time.time(), msg.subject, msg.reply, raw, msg.data, size)
        return Reply(record, seconds)

    def _connected_client(self) -> Client:
        if self.client is None or not self.is_connected:
            raise NotConnectedError
        return self.client

    # What happens

    async def _connect(self, client: Client) -> None:
        self._happened("connecting", self._whereto())
        options = {
            "retry_on_failed_connect": True,
            "max_reconnect_attempts": -1,
            **self.settings.connect_options,
            "publish_guard": self.guard,
            "error_cb": self._on_error,
            "connected_cb": self._on_connected,
            "disconnected_cb": self._on_disconnected,
            "reconnected_cb": self._on_reconnected,
            "discovered_server_cb": self._on_discovered,
            "lame_duck_mode_cb": self._on_lame_duck,
            "closed_cb": self._on_closed,
        }
        try:
            await client.connect(list(self.settings.servers), **options)
        except Exception as error:  # options, credentials, callbacks of theirs: shown, not fatal
            self._say("closed", explain(error, "", self.settings))

    def _new_trace(self, tell: Tell | None) -> Trace | None:
        if tell is None:
            try:
                tell = self._trace_file = TraceFile()
            except OSError as error:
                self.timeline.add("note", f"no trace: {error.filename}: {error.strerror}")
                return None
            self.timeline.add("note", f"trace: {from_home(self._trace_file.path)}")
        trace = Trace(tell, self.settings.api_prefix)
        self.listeners.append(trace.happened)
        return trace

    def _whereto(self) -> str:
        servers = ", ".join(map(_without_secrets, self.settings.servers))
        proxy = self.settings.connect_options.get("socks_proxy")
        return f"{servers}, through the SOCKS proxy {_without_secrets(proxy)}" if proxy else servers

    async def _measure(self) -> None:
        while True:
            if self.client is not None and self.is_connected:
                with suppress(errors.Error):
                    # The best of a few: what we were busy with is not the network's fault.
                    trips = [await self.client.rtt(RTT_TIMEOUT) for _ in range(RTT_PINGS)]
                    self._show_rtt(min(trips))
            await asyncio.sleep(RTT_EVERY)

    def _show_rtt(self, seconds: float) -> None:
        """Keep what is shown until it is clearly wrong: jitter must not repaint an idle screen."""
        seconds = max(seconds, _RTT_FLOOR)
        if self.rtt is None or abs(seconds - self.rtt) > self.rtt * _RTT_CHANGE:
            self.rtt = seconds

    def _happened(self, kind: EventKind, text: str, refusal: Denied | None = None) -> None:
        event = self.timeline.add(kind, text, refusal)
        for listener in self.listeners:
            listener(event)

    def _where(self) -> str:
        url = self.client.connected_url if self.client else None
        return f"{_address(url)}, {self.server}" if url else self.server

    async def _on_connected(self) -> None:
        self._arrived("connected")

    async def _on_reconnected(self) -> None:
        self._arrived("reconnected")

    def _arrived(self, kind: EventKind) -> None:
        self.last_error = self.advice = ""
        self._others.clear()
        self.lame_duck = False
        self._place = self._where()
        self._happened(kind, self._place)
        self._remeasure()

    def _remeasure(self) -> None:
        self.rtt = None
        if self._pulse is not None:
            self._pulse.cancel()
            self._pulse = asyncio.create_task(self._measure(), name="session-rtt")

    async def _on_disconnected(self) -> None:
        self._happened("disconnected", self._place)

    async def _on_discovered(self) -> None:
        servers = self.client.discovered_servers if self.client else []
        self._happened("discovered", ", ".join(map(_address, servers)))

    async def _on_lame_duck(self) -> None:
        self.lame_duck = True
        self._happened("lame duck", "the server is about to shut down; moving to another one")

    async def _on_closed(self) -> None:
        self._happened("closed", self.last_error or "closed by us")

    async def _on_error(self, error: Exception) -> None:
        tried = self._attempted(error)
        where = tried or (self.client.connected_url if self.client else None)
        server = _address(where) if where else ""
        explanation = explain(error, server, self.settings)
        if tried and was_silent(error):
            explanation = self._others.get(server, explanation)
            self._find_out(error, server)
        refusal = denied(error)
        self._say("denied" if refusal else "error", explanation, refusal)

    def _attempted(self, error: Exception) -> ParseResult | None:
        """The server that could not be connected to for this error."""
        pool = self.client.server_pool if self.client else []
        return next((server.url for server in pool if server.last_error is error), None)

    async def asked(self) -> None:
        """Return when it is known what listens where no NATS server answered."""
        if self._asking is not None:
            await asyncio.wait([self._asking])

    def _find_out(self, error: Exception, server: str) -> None:
        """Ask what listens there, once, beside the client's own attempts."""
        if server not in self._others and (self._asking is None or self._asking.done()):
            self._asking = asyncio.create_task(self._ask(error, server), name="session-ask")

    async def _ask(self, error: Exception, server: str) -> None:
        explanation = await diagnose(error, server, self.settings)
        if self.is_connected:
            return
        self._others[server] = explanation
        if explanation != explain(error, server, self.settings):
            self._say("error", explanation)

    def _say(
        self, kind: EventKind, explanation: Explanation, refusal: Denied | None = None
    ) -> None:
        self.last_error, self.advice = explanation.what, explanation.do
        self._happened(kind, str(explanation), refusal)


_NO_STATS = {"in_msgs": 0, "in_bytes": 0, "out_msgs": 0, "out_bytes": 0}


def _server_name(info: ServerInfo) -> str:
    """Its name; a server without one calls itself by its id, which is 56 characters long."""
    named = info.server_name not in ("", info.server_id)
    return info.server_name if named else f"{info.server_id[:_ID_SHOWN]}…"


def _address(url: ParseResult) -> str:
    """The URL without user and password."""
    return f"{url.scheme}://{url.netloc.rpartition('@')[2]}"


def _without_secrets(url: str) -> str:
    scheme, mark, rest = url.rpartition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"
