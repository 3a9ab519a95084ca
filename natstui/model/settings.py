"""What one run of natstui was asked for: where to connect, as whom, and what it may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from natstui.model.config import Config

DEFAULT_SERVER = "nats://127.0.0.1:4222"
DEFAULT_TIMEOUT = 5.0
DEFAULT_API_PREFIX = "$JS.API"
DEFAULT_EVENT_PREFIX = "$JS.EVENT"


@dataclass(frozen=True)
class Settings:
    """Everything the command line, the environment and the context file agreed on.

    `servers` are URLs, tried in the client's order. `connect_options` are keyword arguments for
    `natstui.client.connect` (who we are, TLS, inbox prefix, connection name, timeout); they hold
    secrets and are therefore left out of `repr()`. `context` is the name to show, None without one.
    `subjects` are what the tail subscribes to at the start; empty: nothing until one is added.
    `color_scheme` is the context's own, or "". `timeout` is in seconds, for connecting and for
    each request. `notes` are lines about what was given and has no effect. `config` is what the
    user wants of the explorer, wherever it is connected. `trace`: write down each question to
    JetStream, its answer, and what happens to the connection. `monitors` are
    the HTTP monitoring ports of servers that may be asked too.
    """

    servers: tuple[str, ...] = (DEFAULT_SERVER,)
    context: str | None = None
    connect_options: dict[str, Any] = field(default_factory=dict, repr=False)
    read_only: bool = False
    subjects: tuple[str, ...] = ()
    color_scheme: str = ""
    timeout: float = DEFAULT_TIMEOUT
    js_domain: str = ""
    js_api_prefix: str = ""
    js_event_prefix: str = ""
    notes: tuple[str, ...] = ()
    trace: bool = False
    config: Config = field(default_factory=Config, repr=False)
    monitors: tuple[str, ...] = ()

    @property
    def api_prefix(self) -> str:
        """The prefix of JetStream API subjects; a domain wins over a prefix, as in `nats`."""
        if self.js_domain:
            return f"$JS.{self.js_domain}.API"
        return self.js_api_prefix.rstrip(".") or DEFAULT_API_PREFIX

    @property
    def event_prefix(self) -> str:
        """What takes the place of $JS.EVENT where advisories are imported from another account."""
        return self.js_event_prefix.rstrip(".") or DEFAULT_EVENT_PREFIX

    def here(self, event: str) -> str:
        """Where the advisories come that a server publishes to `event` ($JS.EVENT.…)."""
        return event.replace(DEFAULT_EVENT_PREFIX, self.event_prefix, 1)

    def as_published(self, subject: str) -> str:
        """The other way around: what the server calls the advisory that came to `subject`."""
        prefix = self.event_prefix + "."
        known = subject.startswith(prefix)
        return f"{DEFAULT_EVENT_PREFIX}.{subject.removeprefix(prefix)}" if known else subject
