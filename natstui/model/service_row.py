"""Endpoints taken together: a whole service, one of its endpoints, or one of its instances."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from enum import IntEnum
from typing import NamedTuple

from natstui.model.service_instance import NANOSECONDS, Endpoint, Instance


class Severity(IntEnum):
    """How bad it is, the best first."""

    FINE = 0
    IDLE = 1
    UNKNOWN = 2
    ERRORS = 3
    FEWER = 4
    SILENT = 5


class ServiceState(NamedTuple):
    """How it stands, in a word and in a sentence."""

    severity: Severity
    badge: str
    reason: str


class ServiceRow:
    """Some endpoints of some instances, and their numbers added up.

    Totals are those of the instances that answer, and where none does, the last ones that were
    heard. What a silent instance did is no rate of now. `average` and `recent` are seconds per
    request, since the start and in the last ten seconds, None without a request.
    """

    def __init__(
        self,
        key: Hashable,
        name: str,
        instances: Sequence[Instance],
        endpoints: Sequence[Endpoint],
        now: float,
        subject: str = "",
    ) -> None:
        """`now` is the wall clock."""
        self.key = key
        self.name = name
        self.subject = subject
        self.now = now
        self.instances = instances
        self.endpoints = endpoints
        self.alive = [each for each in instances if not each.is_silent]
        self.silent = [each for each in instances if each.is_silent]
        lively = [each for each in endpoints if not each.instance.is_silent]
        counted = lively or endpoints
        self.requests = sum(each.requests for each in counted)
        self.errors = sum(each.errors for each in counted)
        self.request_rate = sum(each.request_rate.per_second for each in lively)
        self.error_rate = sum(each.error_rate.per_second for each in lively)
        time_rate = sum(each.time_rate.per_second for each in lively)
        spent = sum(each.nanoseconds for each in counted)
        self.average = spent / self.requests / NANOSECONDS if self.requests else None
        self.recent = time_rate / self.request_rate / NANOSECONDS if self.request_rate else None
        self.state = _judge(self)

    @property
    def error_share(self) -> float:
        """How many of the requests of the last ten seconds were answered with an error."""
        return min(1.0, self.error_rate / self.request_rate) if self.request_rate else 0.0

    @property
    def last_error(self) -> str:
        """What one of them said last, "" if there was none; the server does not say when."""
        return next((each.last_error for each in self._worst_first() if each.last_error), "")

    def _worst_first(self) -> list[Endpoint]:
        return sorted(self.endpoints, key=lambda each: -each.error_rate.per_second)

    @property
    def last_heard(self) -> float:
        """The wall clock of the last answer of those that are silent."""
        return max((each.heard_at for each in self.silent), default=0.0)

    @property
    def silent_for(self) -> float:
        """Seconds since then."""
        return max(0.0, self.now - self.last_heard)

    @property
    def versions(self) -> str:
        """The versions there are: 1.4.2, or 1.4.2 2.0.0."""
        return " ".join(sorted({each.version for each in self.alive or self.instances}))

    @property
    def queue_groups(self) -> str:
        """The queue groups of the endpoints, "" for those in none."""
        return " ".join(sorted({each.queue_group for each in self.endpoints}))

    @property
    def words(self) -> str:
        """What a filter searches."""
        said = [self.name, self.subject, self.state.badge]
        for instance in self.instances:
            said += [instance.key.id, instance.version, instance.description]
            said += [text for pair in instance.metadata.items() for text in pair]
        for endpoint in self.endpoints:
            said += [*endpoint.key, endpoint.queue_group, endpoint.last_error]
        return " ".join(dict.fromkeys(said))


def _judge(row: ServiceRow) -> ServiceState:
    many = len(row.instances) > 1
    if row.silent and not row.alive:
        who = "none of its instances answers" if many else "it does not answer"
        return ServiceState(Severity.SILENT, "silent", f"{who} any more")
    if row.silent:
        silent, all_of_them = len(row.silent), len(row.instances)
        reason = f"{silent:,} of {all_of_them:,} instances do not answer any more"
        return ServiceState(Severity.FEWER, f"{silent:,} silent", reason)
    if row.error_rate > 0:
        share = f"{row.error_share:.0%}" if row.error_share >= 0.01 else "<1%"
        reason = "of the requests of the last ten seconds are answered with an error"
        return ServiceState(Severity.ERRORS, f"{share} errors", reason)
    if not any(each.has_stats for each in row.instances):
        reason = "it answers to PING, and not to STATS"
        return ServiceState(Severity.UNKNOWN, "no stats", reason)
    if row.request_rate > 0:
        return ServiceState(Severity.FINE, "ok", "no errors in the last ten seconds")
    return ServiceState(Severity.IDLE, "idle", "no requests in the last ten seconds")


def service_row(name: str, instances: Sequence[Instance], now: float) -> ServiceRow:
    """A whole service."""
    endpoints = [each for instance in instances for each in instance.endpoints.values()]
    return ServiceRow(name, name, instances, endpoints, now)


def endpoint_rows(instances: Sequence[Instance], now: float) -> list[ServiceRow]:
    """Each endpoint of a service, over all its instances, by name."""
    found: dict[tuple[str, str], list[Endpoint]] = {}
    for instance in instances:
        for key, endpoint in instance.endpoints.items():
            found.setdefault(key, []).append(endpoint)
    return [
        ServiceRow(key, key[0], [each.instance for each in found[key]], found[key], now, key[1])
        for key in sorted(found)
    ]


def instance_rows(instances: Sequence[Instance], now: float) -> list[ServiceRow]:
    """Each instance of a service, the oldest first."""
    in_order = sorted(instances, key=lambda each: (each.started, each.key.id))
    return [
        ServiceRow(each.key, each.key.id, [each], list(each.endpoints.values()), now)
        for each in in_order
    ]
