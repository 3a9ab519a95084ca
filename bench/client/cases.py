"""What is measured, and the ratio over nats-py that each case is meant to reach."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

SIZES = (16, 128, 1024)
RECEIVERS = ("callback", "async-for", "next-msg", "hook")
MIXED = 0
"""The `size` of a mixed case: payloads of 16 to 1024 bytes."""


@dataclass(frozen=True)
class Case:
    """One workload at one size; each is measured in a process of its own."""

    group: str
    """publish, receive, request or mixed: what --only takes."""

    kind: str
    """How the client is used: publish, one of RECEIVERS, request, or round-trip: a request that
    the same client answers, in another process."""

    size: int
    """Payload bytes; MIXED for many sizes."""

    headers: bool = False
    concurrency: int = 1
    """Requests on their way at the same time."""

    @property
    def key(self) -> str:
        """The name on the command line and in the JSON: "callback-128-headers", "request-64"."""
        if self.group == "mixed":
            return f"mixed-{self.kind}"
        if self.kind == "round-trip":
            return self.kind
        if self.group == "request":
            return f"request-{self.concurrency}"
        return f"{self.kind}-{self.size}" + ("-headers" if self.headers else "")

    @property
    def mixed(self) -> bool:
        return self.size == MIXED

    @property
    def label(self) -> str:
        """The workload column of the table."""
        if self.kind == "round-trip":
            return "request+answer"
        if self.group == "request":
            return "request" if self.concurrency == 1 else f"request, {self.concurrency} at once"
        name = {"async-for": "async for", "next-msg": "next_msg"}.get(self.kind, self.kind)
        return f"mixed, {name}" if self.mixed else name

    @property
    def size_label(self) -> str:
        """The size column of the table."""
        if self.mixed:
            return "16-1024 B"
        return f"{self.size} B" + (" + headers" if self.headers else "")


def _all_cases() -> Iterable[Case]:
    for kind in ("publish", *RECEIVERS):
        group = "publish" if kind == "publish" else "receive"
        for headers in (False, True):
            for size in SIZES:
                yield Case(group, kind, size, headers)
    for concurrency in (1, 64, 1000):
        yield Case("request", "request", 128, concurrency=concurrency)
    yield Case("request", "round-trip", 128)
    for kind in ("callback", "async-for"):
        yield Case("mixed", kind, MIXED)


CASES = {case.key: case for case in _all_cases()}

ONE_BY_ONE = ("request-1", "round-trip")
"""Where it is latencies that count."""

TARGETS = {
    "publish-128": 4.0,
    "publish-128-headers": 3.0,
    "callback-128": 5.5,
    "callback-128-headers": 3.0,
    "callback-1024": 3.0,
    "async-for-128": 20.0,
    "async-for-128-headers": 5.5,
    "async-for-1024": 8.0,
    "next-msg-128": 10.0,
    "hook-128": 6.0,
    "request-1": 1.5,
    "request-64": 1.6,
    "round-trip": 1.5,
    "mixed-callback": 3.0,
    "mixed-async-for": 10.0,
}
"""The least ratio over nats-py. CPU per message and memory have one target: below nats-py's."""

NATS_JS = {"publish-128": 0.80e6, "callback-128": 0.78e6}
"""Messages a second of nats.js on the machine of docs/decisions.md: a rung to compare with."""


def matching(pattern: str) -> list[Case]:
    """The cases that a glob pattern, or the name of a group, stands for."""
    return [c for key, c in CASES.items() if c.group == pattern or fnmatchcase(key, pattern)]
