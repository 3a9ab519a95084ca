"""What a service says of itself, as objects and as the JSON of ADR-32.

What is read comes from anybody: fields that are not known are ignored, those that others leave
out or set to null have a default, and the wrong type is a JsonParseError.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from ..errors import JsonParseError

INFO_RESPONSE_TYPE = "io.nats.micro.v1.info_response"
PING_RESPONSE_TYPE = "io.nats.micro.v1.ping_response"
STATS_RESPONSE_TYPE = "io.nats.micro.v1.stats_response"


class ServiceIdentity(Protocol):
    """What all responses tell: which instance of which service speaks."""

    id: str
    name: str
    version: str
    metadata: dict[str, str]


@dataclass
class EndpointInfo:
    """An endpoint: where it listens. `queue_group` is `""` when it is in none."""

    name: str
    subject: str
    queue_group: str
    metadata: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> EndpointInfo:
        return cls(
            name=_text(data, "name"),
            subject=_text(data, "subject"),
            queue_group=_text(data, "queue_group", ""),
            metadata=_texts(data, "metadata"),
        )

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "subject": self.subject,
            "queue_group": self.queue_group,
            "metadata": self.metadata,
        }


@dataclass
class EndpointStats:
    """What an endpoint did since the service was started or reset.

    Times are nanoseconds spent in the handler; the average is for one request. `num_errors` and
    `last_error` (`""`: none) are of requests that were answered with an error. `data` is what the
    service's `stats_handler` adds.
    """

    name: str
    subject: str
    queue_group: str
    num_requests: int
    num_errors: int
    processing_time: int
    average_processing_time: int
    last_error: str | None = ""
    data: Any = None

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> EndpointStats:
        return cls(
            name=_text(data, "name"),
            subject=_text(data, "subject"),
            queue_group=_text(data, "queue_group", ""),
            num_requests=_number(data, "num_requests"),
            num_errors=_number(data, "num_errors"),
            processing_time=_number(data, "processing_time"),
            average_processing_time=_number(data, "average_processing_time"),
            last_error=_text(data, "last_error", ""),
            data=data.get("data"),
        )

    def to_dict(self) -> dict[str, Any]:
        told = {
            "name": self.name,
            "subject": self.subject,
            "queue_group": self.queue_group,
            "num_requests": self.num_requests,
            "num_errors": self.num_errors,
            "last_error": self.last_error or "",
            "processing_time": self.processing_time,
            "average_processing_time": self.average_processing_time,
        }
        return told if self.data is None else {**told, "data": self.data}


@dataclass
class ServicePing:
    """That an instance is there. `rtt` is set by who asked: seconds until its answer was read."""

    id: str
    name: str
    version: str
    metadata: dict[str, str] = field(default_factory=dict)
    type: str = PING_RESPONSE_TYPE
    rtt: float | None = field(default=None, kw_only=True, compare=False)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ServicePing:
        return cls(**_identity(data, PING_RESPONSE_TYPE))

    def to_dict(self) -> dict[str, Any]:
        return _standard_fields(self, self.type)


@dataclass
class ServiceStats:
    """What an instance did. `started` is when it was started or reset (aware, UTC)."""

    id: str
    name: str
    version: str
    started: datetime
    endpoints: list[EndpointStats] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    type: str = STATS_RESPONSE_TYPE

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ServiceStats:
        return cls(
            **_identity(data, STATS_RESPONSE_TYPE),
            started=_time(data, "started"),
            endpoints=[EndpointStats.from_dict(each) for each in _objects(data, "endpoints")],
        )

    def to_dict(self) -> dict[str, Any]:
        return {
            **_standard_fields(self, self.type),
            "started": self.started.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "endpoints": [endpoint.to_dict() for endpoint in self.endpoints],
        }


@dataclass
class ServiceInfo:
    """What an instance is for, and its endpoints."""

    name: str
    id: str
    version: str
    description: str | None = ""
    endpoints: list[EndpointInfo] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    type: str = INFO_RESPONSE_TYPE

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ServiceInfo:
        return cls(
            **_identity(data, INFO_RESPONSE_TYPE),
            description=_text(data, "description", ""),
            endpoints=[EndpointInfo.from_dict(each) for each in _objects(data, "endpoints")],
        )

    def to_dict(self) -> dict[str, Any]:
        return {
            **_standard_fields(self, self.type),
            "description": self.description or "",
            "endpoints": [endpoint.to_dict() for endpoint in self.endpoints],
        }


def _standard_fields(service: ServiceIdentity, type: str) -> dict[str, Any]:
    return {
        "type": type,
        "name": service.name,
        "id": service.id,
        "version": service.version,
        "metadata": service.metadata,
    }


def _identity(data: dict[str, Any], type: str) -> dict[str, Any]:
    """The standard fields as arguments. Raises JsonParseError for a response of another type."""
    if _text(data, "type", type) != type:
        raise JsonParseError(f"nats: a service sent {data['type']!r} instead of {type!r}")
    return {
        "id": _text(data, "id"),
        "name": _text(data, "name"),
        "version": _text(data, "version"),
        "metadata": _texts(data, "metadata"),
        "type": type,
    }


def _text(data: dict[str, Any], key: str, default: str | None = None) -> str:
    value = data.get(key)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise _unfit(key, value)
    return value


def _number(data: dict[str, Any], key: str) -> int:
    value = data.get(key)
    if value is None:
        return 0
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise _unfit(key, value) from None


def _texts(data: dict[str, Any], key: str) -> dict[str, str]:
    value = data.get(key) or {}
    if not isinstance(value, dict):
        raise _unfit(key, value)
    return {name: str(text) for name, text in value.items()}


def _objects(data: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = data.get(key) or []
    if not (isinstance(value, list) and all(isinstance(each, dict) for each in value)):
        raise _unfit(key, value)
    return value


def _time(data: dict[str, Any], key: str) -> datetime:
    text = _text(data, key)
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise _unfit(key, text) from None


def _unfit(key: str, value: object) -> JsonParseError:
    return JsonParseError(f"nats: a service sent {key!r} as {value!r}")
