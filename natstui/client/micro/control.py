"""The subjects under which services are found and watched (ADR-32)."""

from __future__ import annotations

from enum import StrEnum

DEFAULT_PREFIX = "$SRV"


class ServiceVerb(StrEnum):
    """What may be asked of a service."""

    PING = "PING"
    STATS = "STATS"
    INFO = "INFO"


def control_subject(
    verb: ServiceVerb, name: str | None = None, id: str | None = None, prefix: str = DEFAULT_PREFIX
) -> str:
    """`<prefix>.<verb>[.<name>[.<id>]]`: all services, those of a name, or one instance.

    The prefix is another one where the services of an account are imported under it.
    Raises ValueError for an id without a name.
    """
    if id and not name:
        raise ValueError("nats: a service is not found by its id alone, its name is needed too")
    return ".".join(token for token in (prefix, verb.value, name, id) if token)
