"""A service: endpoints that answer requests, and that anybody can find and watch (ADR-32)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Unpack

from ..errors import Error
from ..nuid import NUID
from .config import (
    DEFAULT_QUEUE_GROUP,
    NAME_REGEX,
    NO_QUEUE_GROUP,
    SEMVER_REGEX,
    EndpointConfig,
    EndpointOptions,
    GroupConfig,
    GroupOptions,
    ServiceConfig,
    ServiceConfigError,
    StatsHandler,
    first_named,
    merged,
)
from .control import DEFAULT_PREFIX, ServiceVerb, control_subject
from .endpoint import ENDED, Endpoint
from .group import EndpointManager, Group, GroupManager
from .request import Handler, Request, ServiceError
from .responses import (
    INFO_RESPONSE_TYPE,
    PING_RESPONSE_TYPE,
    STATS_RESPONSE_TYPE,
    EndpointInfo,
    EndpointStats,
    ServiceIdentity,
    ServiceInfo,
    ServicePing,
    ServiceStats,
)

if TYPE_CHECKING:
    from ..aio.client import Client
    from ..aio.msg import Msg
    from ..aio.subscription import Subscription

__all__ = [
    "DEFAULT_PREFIX",
    "DEFAULT_QUEUE_GROUP",
    "INFO_RESPONSE_TYPE",
    "NAME_REGEX",
    "NO_QUEUE_GROUP",
    "PING_RESPONSE_TYPE",
    "SEMVER_REGEX",
    "STATS_RESPONSE_TYPE",
    "Endpoint",
    "EndpointConfig",
    "EndpointInfo",
    "EndpointManager",
    "EndpointStats",
    "Group",
    "GroupConfig",
    "GroupManager",
    "Handler",
    "Request",
    "Service",
    "ServiceConfig",
    "ServiceConfigError",
    "ServiceError",
    "ServiceIdentity",
    "ServiceInfo",
    "ServicePing",
    "ServiceStats",
    "ServiceVerb",
    "StatsHandler",
    "control_subject",
]

Description = Callable[[], ServicePing | ServiceInfo | ServiceStats]


class Service:
    """One instance of a service; made by `add_service`.

    As a context manager it is started on entering, and stopped on leaving.
    """

    def __init__(self, client: Client, config: ServiceConfig) -> None:
        self._client = client
        self._config = replace(config, metadata=dict(config.metadata or {}))
        self._id = NUID().next().decode()
        self._started: datetime | None = None
        self._endpoints: list[Endpoint] = []
        self._controls: list[Subscription] = []
        self._stopping = False
        self._stopped = asyncio.Event()
        self._error: BaseException | None = None

    @property
    def id(self) -> str:
        """Which of the instances that have the same name this is."""
        return self._id

    @property
    def stopped(self) -> asyncio.Event:
        """Set when it has stopped: by `stop`, or because its client was closed or drained."""
        return self._stopped

    @property
    def error(self) -> BaseException | None:
        """Why it was stopped, if that was told."""
        return self._error

    async def start(self) -> None:
        """Begin to answer those who look for services; `add_service` has done so.

        Raises Error once it was stopped, and what `Client.subscribe` raises.
        """
        self._check_not_stopped()
        if self._started is not None:
            return
        self._started = datetime.now(UTC)
        name = self._config.name
        described: dict[ServiceVerb, Description] = {
            ServiceVerb.PING: self._ping,
            ServiceVerb.INFO: self.info,
            ServiceVerb.STATS: self.stats,
        }
        for verb, describe in described.items():
            for whose in ((), (name,), (name, self._id)):
                await self._answer_on(control_subject(verb, *whose), describe)
        self._watch_client()

    async def add_endpoint(
        self, config: EndpointConfig | None = None, **options: Unpack[EndpointOptions]
    ) -> Endpoint:
        """Add an endpoint, of a configuration, or of its fields as keyword arguments, or both.

            await service.add_endpoint(name="add", handler=add)

        The handler is a coroutine function that takes a `Request`. What it raises goes to whoever
        asked, a ServiceError as it is and anything else with code 500, and is counted; the client's
        `error_cb` is told too, unless it is a ServiceError.

        Of `queue_group`, the first that is given counts: the endpoint's, the group's, the
        service's, `"q"`. With `NO_QUEUE_GROUP`, every instance gets every request.

        Raises ServiceConfigError, Error once the service was stopped, and what `Client.subscribe`
        raises.
        """
        self._check_not_stopped()
        config = merged(EndpointConfig, config, options)
        queue_group = first_named(config.queue_group, self._config.queue_group)
        endpoint = Endpoint(
            self._client, replace(config, queue_group=queue_group), self._config.stats_handler
        )
        await endpoint.start()
        self._endpoints.append(endpoint)
        return endpoint

    def add_group(
        self, config: GroupConfig | None = None, **options: Unpack[GroupOptions]
    ) -> Group:
        """A group, to add endpoints to. Raises ServiceConfigError."""
        return Group(self, merged(GroupConfig, config, options))

    def info(self) -> ServiceInfo:
        """What it is for, and its endpoints."""
        return ServiceInfo(
            **self._identity(),
            description=self._config.description or "",
            endpoints=[endpoint.info() for endpoint in self._endpoints],
        )

    def stats(self) -> ServiceStats:
        """What it did since it was started or reset. Calls the `stats_handler`."""
        return ServiceStats(
            **self._identity(),
            started=self._started or datetime.now(UTC),
            endpoints=[endpoint.stats() for endpoint in self._endpoints],
        )

    async def reset(self) -> None:
        """Count from zero, beginning now."""
        self._started = datetime.now(UTC)
        for endpoint in self._endpoints:
            endpoint.reset()

    async def stop(self, error: BaseException | None = None) -> None:
        """Take no further requests; return when those that had arrived were answered.

        That is bounded by the client's `drain_timeout`. The client stays open. `error` is kept as
        the reason. Idempotent; to a handler it returns at once, since that has to finish too.
        """
        if not self._stopping:
            self._stopping = True
            self._error = error
            # In a task of its own, so that a caller who leaves does no harm.
            self._client._own(self._wind_down(), "nats-service-stop")
        if not self._client.is_own_task():
            await self._stopped.wait()

    async def _wind_down(self) -> None:
        try:
            # Until the last request is answered, it can be seen by those who look for services.
            await asyncio.gather(*(endpoint.stop() for endpoint in self._endpoints))
        finally:
            for sub in self._controls:
                with suppress(*ENDED):
                    await sub.unsubscribe()
            self._stopped.set()

    async def __aenter__(self) -> Service:
        await self.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop(exc)

    def __repr__(self) -> str:
        state = "stopped" if self._stopped.is_set() else f"{len(self._endpoints)} endpoints"
        return f"<Service {self._config.name} {self._config.version} {self._id} {state}>"

    def _identity(self) -> dict[str, Any]:
        return {
            "id": self._id,
            "name": self._config.name,
            "version": self._config.version,
            "metadata": dict(self._config.metadata or {}),
        }

    def _ping(self) -> ServicePing:
        return ServicePing(**self._identity())

    async def _answer_on(self, subject: str, describe: Description) -> None:
        self._controls.append(
            await self._client.subscribe(subject, cb=partial(self._answer, describe))
        )

    async def _answer(self, describe: Description, msg: Msg) -> None:
        if msg.reply:
            answer = json.dumps(describe().to_dict()).encode()
            await self._client.publish(msg.reply, answer)

    def _check_not_stopped(self) -> None:
        if self._stopping:
            raise Error(f"nats: service {self._config.name!r} was stopped")

    def _watch_client(self) -> None:
        """Notice that the client ends, and the service with it."""
        (task,) = self._controls[0]._tasks
        task.add_done_callback(self._on_control_ended)

    def _on_control_ended(self, task: asyncio.Task[None]) -> None:
        if self._client.is_closed or self._client.is_draining:
            self._stopping = True
            self._stopped.set()
