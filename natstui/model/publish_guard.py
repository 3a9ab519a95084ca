"""What stands between the explorer and the wire: it counts every publish, and in read-only mode
lets only questions out.

Given to the client as `publish_guard`, it sees each subject before a byte is written, whoever
publishes. So its counts of requests, acks and created consumers are no claim of the panes about
themselves.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Literal

from natstui.client.errors import PublishRefusedError
from natstui.client.protocol.subjects import subject_matches

DEFAULT_API_PREFIX = "$JS.API"

Access = Literal["read", "write"]

# The JetStream API (ADR-2 and later), without its prefix. What is not here counts as a write: a
# newer server's call that we do not know could be anything.
API_ACCESS: dict[str, Access] = {
    "INFO": "read",
    "ACCOUNT.INFO": "read",
    "ACCOUNT.PURGE.*": "write",
    "STREAM.NAMES": "read",
    "STREAM.LIST": "read",
    "STREAM.INFO.*": "read",
    "STREAM.MSG.GET.*": "read",
    "STREAM.SNAPSHOT.*": "read",
    "STREAM.CREATE.*": "write",
    "STREAM.UPDATE.*": "write",
    "STREAM.DELETE.*": "write",
    "STREAM.PURGE.*": "write",
    "STREAM.RESTORE.*": "write",
    "STREAM.MSG.DELETE.*": "write",
    "STREAM.PEER.REMOVE.*": "write",
    "STREAM.LEADER.STEPDOWN.*": "write",
    "DIRECT.GET.*": "read",
    "DIRECT.GET.*.>": "read",
    "CONSUMER.NAMES.*": "read",
    "CONSUMER.LIST.*": "read",
    "CONSUMER.INFO.*.*": "read",
    "CONSUMER.CREATE.>": "write",
    "CONSUMER.DURABLE.CREATE.*.*": "write",
    "CONSUMER.DELETE.*.*": "write",
    "CONSUMER.PAUSE.*.*": "write",
    "CONSUMER.RESET.*.*": "write",
    "CONSUMER.UNPIN.*.*": "write",
    "CONSUMER.LEADER.STEPDOWN.*.*": "write",
    # It moves the consumer on.
    "CONSUMER.MSG.NEXT.*.*": "write",
    "META.LEADER.STEPDOWN": "write",
    "SERVER.REMOVE": "write",
}
_CREATES_CONSUMER = ("CONSUMER.CREATE.", "CONSUMER.DURABLE.CREATE.")
_ACK = "$JS.ACK."
# Asks for the next piece of a snapshot.
_SNAPSHOT_PACE = "$JS.SNAPSHOT.ACK."
_SERVICE_QUESTIONS = ("$SRV.PING", "$SRV.INFO", "$SRV.STATS", "$SRV.SCHEMA")
# A server takes orders there too (RELOAD, KICK, CLAIMS.UPDATE); its reports end in Z
# or are these.
_SYSTEM_REPORTS = ("INFO", "PING", "CONNS")

published_here: ContextVar[set[str] | None] = ContextVar("published_here", default=None)
"""Where a task wants to know what it publishes: see `natstui.model.asking`."""


class PublishGuard:
    """Call it with a subject; PublishRefusedError if it must not go out.

    `published` counts what went out, of which `requests` to the JetStream API, `writes` that may
    change something, `acks` that acknowledged a message and `consumers` that created one;
    `refused` counts what did not go out.
    """

    def __init__(self, *, read_only: bool, api_prefix: str = DEFAULT_API_PREFIX) -> None:
        self.read_only = read_only
        self.published = 0
        self.requests = 0
        self.writes = 0
        self.acks = 0
        self.consumers = 0
        self.refused = 0
        self._prefixes = (api_prefix + ".", DEFAULT_API_PREFIX + ".")

    def __call__(self, subject: str) -> None:
        access = self.access(subject)
        if self.read_only and access == "write":
            self.refused += 1
            raise PublishRefusedError(f"read-only: nothing is published to {subject}")
        self._count(subject, access)
        if (mine := published_here.get()) is not None:
            mine.add(subject)

    def access(self, subject: str) -> Access:
        """Whether publishing to `subject` only asks, or may change something."""
        if call := self._api_call(subject):
            return _api_access(call)
        if subject.startswith("$SYS.REQ."):
            last = subject.rpartition(".")[2]
            return "read" if last in _SYSTEM_REPORTS or last.endswith("Z") else "write"
        return "read" if subject.startswith((*_SERVICE_QUESTIONS, _SNAPSHOT_PACE)) else "write"

    def _count(self, subject: str, access: Access) -> None:
        self.published += 1
        self.writes += access == "write"
        self.acks += subject.startswith(_ACK)
        call = self._api_call(subject)
        self.requests += bool(call)
        self.consumers += call.startswith(_CREATES_CONSUMER)

    def _api_call(self, subject: str) -> str:
        """What is asked of JetStream, without the prefix; "" if it is something else."""
        for prefix in self._prefixes:
            if subject.startswith(prefix):
                return subject.removeprefix(prefix)
        return ""


def _api_access(call: str) -> Access:
    return next((access for each, access in API_ACCESS.items() if _matches(each, call)), "write")


def _matches(pattern: str, call: str) -> bool:
    return pattern == call or ("*" in pattern and subject_matches(pattern, call))
