"""How JetStream's JSON becomes dataclasses and goes back without losing anything.

The types of the fields are the schema: `Seconds` is nanoseconds on the wire, a `datetime` is
RFC 3339 text, an enum is its value, a `Base` is an object. What a newer server sends that no field
knows is kept beside the fields and written back, so that reading, editing and writing a
configuration changes what was edited and nothing else.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Union, get_args, get_origin
from typing import get_type_hints as type_hints

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

NANOSECONDS = 1_000_000_000
# Go's zero time: what the server writes for "never" and "none".
ZERO_TIME = "0001-01-01T00:00:00Z"
# Keys of `metadata` that the server writes by itself: versions and API levels.
SERVER_METADATA = "_nats."


class Duration(float):
    """Seconds that remember the exact nanoseconds they were read from.

    A float holds nanoseconds exactly for about a hundred days only; a limit of a year that is read
    and written back must not change.
    """

    ns: int

    @classmethod
    def from_ns(cls, ns: int) -> Duration:
        duration = cls(ns / NANOSECONDS)
        duration.ns = ns
        return duration


Seconds = Annotated[float, Duration]


def to_ns(seconds: float) -> int:
    """Nanoseconds for the wire: exact for integers and what was read, the nearest for floats."""
    if isinstance(seconds, Duration):
        return seconds.ns
    whole = int(seconds)
    return whole * NANOSECONDS + round((seconds - whole) * NANOSECONDS)


class Timestamp(datetime):
    """A UTC datetime that remembers the text it was read from: the server counts nanoseconds."""

    text: str = ""

    @classmethod
    def parse(cls, text: str) -> Timestamp:
        """Raises ValueError for what is not RFC 3339."""
        read = cls.fromisoformat(text).astimezone(UTC)
        read.text = text
        return read


def rfc3339(time: datetime | str) -> str:
    """Text for the wire; a datetime without a zone is local time, as everywhere in Python.

    Raises TypeError for anything else.
    """
    if isinstance(time, str):
        return time
    if not isinstance(time, datetime):
        raise TypeError(f"nats: a time is a datetime or RFC 3339 text, not {time!r}")
    if isinstance(time, Timestamp) and time.text:
        return time.text
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


class UnfitValueError(ValueError):
    """A field has a value that cannot be sent."""


class Base:
    """A dataclass that is an object of the JetStream API."""

    # What the server sent that no field knows; as_dict() gives it back.
    unknown_fields: Mapping[str, Any] = {}

    @classmethod
    def from_response(cls, resp: Mapping[str, Any]) -> Self:
        """Read the class instance from a server response.

        Fields this version does not know are kept in `unknown_fields`; enum values it does not know
        stay plain str; fields a server left out have their default, or zero if they have none.
        """
        schema = _schema(cls)
        values: dict[str, Any] = {}
        unknown: dict[str, Any] = {}
        for wire_name, value in resp.items():
            known = schema.fields.get(wire_name)
            if known is None:
                unknown[wire_name] = value
            elif value is not None:
                values[known.name] = known.decode(value) if known.decode else value
        for name, zero in schema.required.items():
            values.setdefault(name, zero)
        instance = cls(**values)
        if unknown:
            instance.unknown_fields = unknown
        return instance

    def evolve(self, **params: Any) -> Self:
        """Return a copy of the instance with the passed values replaced."""
        copy = dataclasses.replace(self, **params)  # type: ignore[type-var]
        if self.unknown_fields:
            copy.unknown_fields = self.unknown_fields
        return copy

    def as_dict(self) -> dict[str, Any]:
        """Return the object converted into an API-friendly dict.

        Nothing is None in it, durations are nanoseconds, times RFC 3339 text. Raises ValueError,
        naming the field, for what cannot be converted.
        """
        result = dict(self.unknown_fields)
        for wire_name, known in _schema(type(self)).fields.items():
            value = getattr(self, known.name)
            if value is not None:
                try:
                    result[wire_name] = known.encode(value)
                except UnfitValueError:
                    raise
                except (TypeError, ValueError, OverflowError):
                    raise UnfitValueError(
                        f"nats: {known.name} of a {type(self).__name__} cannot be {value!r}"
                    ) from None
        return result

    def required_level(self) -> int:
        """The API level that a server needs to understand what is set here (ADR-44).

        An older one would ignore the rest, and keep a configuration that nobody asked for.
        """
        return max((_level(field, getattr(self, field.name)) for field in _of(self)), default=0)

    def diff(self, other: Base) -> dict[str, tuple[Any, Any]]:
        """What differs, by name in the API: (here, there), None where one side has nothing.

        What the server notes in `metadata` by itself (`_nats.*`) is not a difference.
        """
        here, there = _own(self.as_dict()), _own(other.as_dict())
        return {
            name: (here.get(name), there.get(name))
            for name in {**here, **there}
            if here.get(name) != there.get(name)
        }


def _of(instance: Base) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(instance)  # type: ignore[arg-type]


def _level(field: dataclasses.Field[Any], value: Any) -> int:
    if not value:
        return 0
    only = field.metadata.get("value")
    own = field.metadata.get("level", 0) if only in (None, value) else 0
    inner = value if isinstance(value, list) else [value]
    return max([own, *(item.required_level() for item in inner if isinstance(item, Base))])


def _own(config: dict[str, Any]) -> dict[str, Any]:
    metadata = config.get("metadata")
    if isinstance(metadata, dict):
        config["metadata"] = user_metadata(metadata) or None
    return config


def user_metadata(metadata: Mapping[str, str] | None) -> dict[str, str]:
    """Metadata without what the server writes there by itself."""
    return {k: v for k, v in (metadata or {}).items() if not k.startswith(SERVER_METADATA)}


def wire_name(name: str) -> dict[str, str]:
    """Field metadata for the few whose name in JSON is another one."""
    return {"wire_name": name}


def since(level: int, value: str | None = None) -> dict[str, Any]:
    """Field metadata: servers know the field, or that value of it, from an API level on."""
    return {"level": level, "value": value}


class _Codec(NamedTuple):
    decode: Callable[[Any], Any]
    encode: Callable[[Any], Any]


class _Field(NamedTuple):
    name: str
    # None: as it is in JSON.
    decode: Callable[[Any], Any] | None
    encode: Callable[[Any], Any]


class _Schema(NamedTuple):
    # By their name in JSON, in order.
    fields: dict[str, _Field]
    # What stands in for a field without default that a server leaves out (Go's `omitempty`).
    required: dict[str, Any]


_SCHEMAS: dict[type[Base], _Schema] = {}
_ZEROS: dict[object, Any] = {int: 0, str: "", bool: False}


def _schema(cls: type[Base]) -> _Schema:
    schema = _SCHEMAS.get(cls)
    if schema is None:
        schema = _SCHEMAS[cls] = _read_schema(cls)
    return schema


def _read_schema(cls: type[Base]) -> _Schema:
    hints = type_hints(cls, include_extras=True)
    schema = _Schema({}, {})
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        codec = _codec(hints[field.name]) or (None, encode)
        schema.fields[field.metadata.get("wire_name", field.name)] = _Field(field.name, *codec)
        if field.default is dataclasses.MISSING:
            schema.required[field.name] = _ZEROS.get(hints[field.name])
    return schema


def _codec(hint: Any) -> _Codec | None:
    """How values of a type are read and written; None for what JSON has itself."""
    if hint == Seconds:
        return _Codec(Duration.from_ns, to_ns)
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        codecs = (_codec(arg) for arg in args if arg is not NoneType)
        return next((codec for codec in codecs if codec), None)
    if origin is list and (item := _codec(args[0])):
        return _each_item(item)
    if origin is dict and (item := _codec(args[1])):
        return _each_value(item)
    return _class_codec(hint) if isinstance(hint, type) else None


def _each_item(item: _Codec) -> _Codec:
    return _Codec(
        lambda values: [item.decode(value) for value in values],
        lambda values: [item.encode(value) for value in values],
    )


def _each_value(item: _Codec) -> _Codec:
    return _Codec(
        lambda values: {key: item.decode(value) for key, value in values.items()},
        lambda values: {key: item.encode(value) for key, value in values.items()},
    )


def _class_codec(cls: type) -> _Codec | None:
    if issubclass(cls, Base):
        return _Codec(cls.from_response, encode)
    if issubclass(cls, datetime):
        return _Codec(lambda text: None if text == ZERO_TIME else Timestamp.parse(text), rfc3339)
    if issubclass(cls, Enum):
        values = {member.value: member for member in cls}
        return _Codec(lambda value: values.get(value, value), encode)
    return None


def encode(value: Any) -> Any:
    """Whatever a caller may have put into a field, as JSON has it."""
    match value:
        case Base():
            return value.as_dict()
        case Enum():
            return value.value
        case datetime():
            return rfc3339(value)
        case list() | tuple():
            return [encode(item) for item in value]
        case float() if not math.isfinite(value):
            raise ValueError
        case dict():
            return {encode(key): encode(item) for key, item in value.items()}
        case _:
            return value
