"""Groups: endpoints whose subjects begin alike."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, Unpack

from .config import EndpointConfig, EndpointOptions, GroupConfig, GroupOptions, merged

if TYPE_CHECKING:
    from .endpoint import Endpoint
    from .service import Service


class EndpointManager(Protocol):
    """What endpoints can be added to: services and groups."""

    async def add_endpoint(
        self, config: EndpointConfig | None = None, **options: Unpack[EndpointOptions]
    ) -> Endpoint: ...


class GroupManager(Protocol):
    """What groups can be added to: services and groups."""

    def add_group(
        self, config: GroupConfig | None = None, **options: Unpack[GroupOptions]
    ) -> Group: ...


class Group:
    """Endpoints of a service under one prefix; made by `add_group`."""

    def __init__(self, service: Service, config: GroupConfig) -> None:
        self._service = service
        self._prefix = config.name
        self._queue_group = config.queue_group

    async def add_endpoint(
        self, config: EndpointConfig | None = None, **options: Unpack[EndpointOptions]
    ) -> Endpoint:
        """Add an endpoint at `<group>.<subject>`; see `Service.add_endpoint`."""
        config = merged(EndpointConfig, config, options)
        return await self._service.add_endpoint(
            replace(
                config,
                subject=self._within(config.subject or config.name),
                queue_group=self._queue_group if config.queue_group is None else config.queue_group,
            )
        )

    def add_group(
        self, config: GroupConfig | None = None, **options: Unpack[GroupOptions]
    ) -> Group:
        """A group within this one, at `<group>.<name>`. Raises ServiceConfigError."""
        config = merged(GroupConfig, config, options)
        return Group(
            self._service,
            GroupConfig(
                self._within(config.name),
                self._queue_group if config.queue_group is None else config.queue_group,
            ),
        )

    def _within(self, subject: str) -> str:
        return ".".join(part for part in (self._prefix, subject) if part)
