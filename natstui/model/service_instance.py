"""One instance of a service and its endpoints: what they say of themselves, and what moves."""

from __future__ import annotations

from typing import Any, NamedTuple

from natstui.client.micro import (
    EndpointInfo,
    EndpointStats,
    ServiceInfo,
    ServicePing,
    ServiceStats,
)
from natstui.model.rates import History, Rate, Steady

RATE_WINDOW = 10.0
BARS = 60  # seconds
NANOSECONDS = 1e9
# Once an answer can get lost, or be late.
MISSED_LOOKS = 2
MOST_ENDPOINTS = 1_000
MOST_COUNTED = 2**64
# What two answers may be apart in seconds before anybody wants to know.
_NO_NEWS = 0.01


class InstanceKey(NamedTuple):
    """What an instance is known by."""

    service: str
    id: str


class EndpointKey(NamedTuple):
    """What an endpoint is known by, within its service: all instances have the same ones."""

    name: str
    subject: str


class Endpoint:
    """An endpoint of one instance.

    `request_rate` and `error_rate` are per second over the last ten seconds, from what moved
    between two answers; `request_bars` and `error_bars` are the last sixty seconds.
    """

    def __init__(self, instance: Instance, key: EndpointKey) -> None:
        self.instance = instance
        self.key = key
        self.queue_group = ""
        self.metadata: dict[str, str] = {}
        self.requests = 0
        self.errors = 0
        self.nanoseconds = 0
        self.last_error = ""
        self.data: Any = None
        self.start_over()

    def start_over(self) -> None:
        """The service was started anew, or its numbers were reset."""
        self.request_rate, self.error_rate = Rate(RATE_WINDOW), Rate(RATE_WINDOW)
        self.time_rate = Rate(RATE_WINDOW)
        self.request_bars, self.error_bars = History(BARS), History(BARS)

    def take(self, now: float, stats: EndpointStats) -> None:
        """Take an answer that came at `now`, a time that never goes back."""
        self.queue_group = stats.queue_group
        self.requests, self.errors = _count(stats.num_requests), _count(stats.num_errors)
        self.nanoseconds = _count(stats.processing_time)
        self.last_error = stats.last_error or ""
        self.data = stats.data
        self.request_rate.sample(now, self.requests)
        self.error_rate.sample(now, self.errors)
        self.time_rate.sample(now, self.nanoseconds)
        self.request_bars.sample(now, self.requests)
        self.error_bars.sample(now, self.errors)

    def describe(self, info: EndpointInfo) -> None:
        """Take what it says of itself."""
        self.queue_group, self.metadata = info.queue_group, info.metadata


def _count(said: int) -> int:
    """Whatever anybody says, it is a number that can be counted with."""
    return max(0, min(said, MOST_COUNTED))


class Instance:
    """An instance; `heard_at` is the wall clock of its last answer, `missed` how many looks went
    by without one. `rtt` is about how long its answer to PING took, in seconds, None before it.
    """

    def __init__(self, key: InstanceKey) -> None:
        self.key = key
        self.version = ""
        self.description = ""
        self.metadata: dict[str, str] = {}
        self.started = 0.0
        self.rtt: float | None = None
        self._rtt = Steady()
        self.heard_at = 0.0
        self.missed = 0
        self.has_stats = False
        self.is_described = False
        self.endpoints: dict[EndpointKey, Endpoint] = {}
        self.endpoints_cut = 0

    @property
    def is_silent(self) -> bool:
        """Whether it does not answer any more."""
        return self.missed >= MISSED_LOOKS

    def heard(self, at: float) -> None:
        """It answered, at `at` by the wall clock."""
        self.heard_at, self.missed = at, 0

    def take_ping(self, ping: ServicePing, rtt: float) -> None:
        """Take the answer to PING."""
        self._identify(ping)
        self.rtt = self._rtt.take(rtt, max(_NO_NEWS, self._rtt.shown / 2))

    def take_info(self, info: ServiceInfo) -> None:
        """Take the answer to INFO."""
        self._identify(info)
        self.description, self.is_described = info.description or "", True
        for each in info.endpoints:
            if (endpoint := self._endpoint(each.name, each.subject)) is not None:
                endpoint.describe(each)

    def take_stats(self, now: float, stats: ServiceStats) -> None:
        """Take the answer to STATS, which came at `now`, a time that never goes back."""
        self._identify(stats)
        started = stats.started.timestamp()
        if self.has_stats and started != self.started:
            for endpoint in self.endpoints.values():
                endpoint.start_over()
        self.started, self.has_stats = started, True
        self.endpoints_cut = 0
        for each in stats.endpoints:
            counted = self._endpoint(each.name, each.subject)
            if counted is not None:
                counted.take(now, each)
            else:
                self.endpoints_cut += 1

    def _identify(self, said: ServicePing | ServiceInfo | ServiceStats) -> None:
        self.version, self.metadata = said.version, said.metadata

    def _endpoint(self, name: str, subject: str) -> Endpoint | None:
        key = EndpointKey(name, subject)
        if key not in self.endpoints and len(self.endpoints) >= MOST_ENDPOINTS:
            return None
        return self.endpoints.get(key) or self.endpoints.setdefault(key, Endpoint(self, key))
