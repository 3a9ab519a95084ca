"""What services, groups and endpoints are made of, checked before anything is subscribed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

from ..errors import BadSubjectError, Error
from ..options import is_coroutine_callable
from ..protocol.subjects import check_queue, check_subscribe_subject
from .request import Handler

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from .responses import EndpointStats

    Config = TypeVar("Config", bound=DataclassInstance)

DEFAULT_QUEUE_GROUP = "q"
#: As a `queue_group`: every instance gets every request.
NO_QUEUE_GROUP = ""

NAME_REGEX = re.compile(r"[A-Za-z0-9_-]+")
_NUMBER = r"(?:0|[1-9]\d*)"
_LABEL = rf"(?:{_NUMBER}|\d*[A-Za-z-][0-9A-Za-z-]*)"
SEMVER_REGEX = re.compile(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}"
    rf"(?:-{_LABEL}(?:\.{_LABEL})*)?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?",
    re.ASCII,
)

StatsHandler = Callable[["EndpointStats"], Any]


class ServiceConfigError(Error, ValueError):
    """A service, group or endpoint cannot be as it was configured."""

    default_message = "nats: invalid service configuration"


@dataclass
class ServiceConfig:
    """A service.

    `name` says what kind of service it is (letters, digits, `-` and `_`), `version` is a semantic
    version. `queue_group` is for endpoints that name none, `"q"` if this names none either.
    `stats_handler(stats)` returns what appears as `data` in the statistics of an endpoint:
    anything that JSON can carry.

    Raises ServiceConfigError for a value that ADR-32 does not allow.
    """

    name: str
    version: str
    description: str | None = None
    metadata: dict[str, str] | None = None
    queue_group: str | None = None
    stats_handler: StatsHandler | None = None

    def __post_init__(self) -> None:
        _check_name("service", self.name)
        if not _fits(SEMVER_REGEX, self.version):
            raise ServiceConfigError(
                f"nats: {self.version!r} is no semantic version, such as 1.0.2 or 2.0.0-rc.1"
            )
        _check_metadata(self.metadata)
        _check_queue_group(self.queue_group)


@dataclass
class GroupConfig:
    """A group: `name` is the beginning of its endpoints' subjects, several tokens if you like.

    `queue_group` is for those of its endpoints that name none.
    Raises ServiceConfigError.
    """

    name: str
    queue_group: str | None = None

    def __post_init__(self) -> None:
        if self.name != "":
            _check_subject(self.name)
        if ">" in self.name:
            raise ServiceConfigError(f"nats: group {self.name!r}: nothing can follow a '>'")
        _check_queue_group(self.queue_group)


@dataclass
class EndpointConfig:
    """An endpoint of a service: the `handler`, a coroutine function, is called with each Request.

    It is called where requests to `subject` come in: the name, if none is given; wildcards allowed;
    after the name of the group, if it is in one. `concurrency` is how many requests it may be busy
    with at once; with 1, it gets them one after another, in order.

    Raises ServiceConfigError.
    """

    name: str
    handler: Handler
    queue_group: str | None = None
    subject: str | None = None
    metadata: dict[str, str] | None = None
    concurrency: int = field(default=1, kw_only=True)

    def __post_init__(self) -> None:
        _check_name("endpoint", self.name)
        if not is_coroutine_callable(self.handler):
            raise ServiceConfigError(
                f"nats: the handler of endpoint {self.name!r} is no coroutine function (async "
                f"def): {self.handler!r}"
            )
        _check_concurrency(self.name, self.concurrency)
        _check_subject(self.subject or self.name)
        _check_metadata(self.metadata)
        _check_queue_group(self.queue_group)


class ServiceOptions(TypedDict, total=False):
    """The fields of ServiceConfig as keyword arguments."""

    name: str
    version: str
    description: str | None
    metadata: dict[str, str] | None
    queue_group: str | None
    stats_handler: StatsHandler | None


class GroupOptions(TypedDict, total=False):
    """The fields of GroupConfig as keyword arguments."""

    name: str
    queue_group: str | None


class EndpointOptions(TypedDict, total=False):
    """The fields of EndpointConfig as keyword arguments."""

    name: str
    handler: Handler
    queue_group: str | None
    subject: str | None
    metadata: dict[str, str] | None
    concurrency: int


def merged(kind: type[Config], config: Config | None, options: Mapping[str, Any]) -> Config:
    """The configuration that `config` and the options, which win, make together."""
    return kind(**options) if config is None else replace(config, **options)


def first_named(*queue_groups: str | None) -> str:
    """The queue group that counts: the first one that was given; none is one, too."""
    return next((group for group in queue_groups if group is not None), DEFAULT_QUEUE_GROUP)


def _fits(pattern: re.Pattern[str], text: object) -> bool:
    return isinstance(text, str) and pattern.fullmatch(text) is not None


def _check_name(of: str, name: str) -> None:
    if not _fits(NAME_REGEX, name):
        raise ServiceConfigError(
            f"nats: the {of} name {name!r} is not made of letters, digits, '-' and '_'"
        )


def _check_concurrency(endpoint: str, concurrency: object) -> None:
    if not isinstance(concurrency, int) or concurrency < 1:
        raise ServiceConfigError(
            f"nats: the concurrency of endpoint {endpoint!r} is {concurrency}, and one is the least"
        )


def _check_subject(subject: str) -> None:
    try:
        check_subscribe_subject(subject)
    except BadSubjectError as error:
        raise ServiceConfigError(str(error)) from None


def _check_queue_group(queue_group: str | None) -> None:
    if not queue_group:
        return
    try:
        check_queue(queue_group)
    except BadSubjectError as error:
        raise ServiceConfigError(str(error)) from None


def _check_metadata(metadata: Mapping[Any, Any] | None) -> None:
    if not isinstance(metadata, Mapping | None):
        raise ServiceConfigError(f"nats: metadata is a mapping, not {metadata!r}")
    for key, value in (metadata or {}).items():
        if not (isinstance(key, str) and isinstance(value, str)):
            raise ServiceConfigError(
                f"nats: metadata maps str to str, and {key!r}: {value!r} does not"
            )
