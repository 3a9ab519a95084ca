"""Services (ADR-32): endpoints that answer requests, found and watched by one convention.

    async def double(request: micro.Request) -> None:
        await request.respond(str(2 * int(request.data)).encode())

    async with await micro.add_service(nc, name="doubler", version="1.0.0") as service:
        await service.add_endpoint(name="double", handler=double)
        ...

The other side asks with `Client.request`, and looks around with `ping`, `info`, `stats` and
`discover`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from .config import (
    NO_QUEUE_GROUP,
    EndpointConfig,
    GroupConfig,
    ServiceConfig,
    ServiceConfigError,
    ServiceOptions,
    merged,
)
from .control import ServiceVerb, control_subject
from .discovery import discover, info, ping, stats
from .endpoint import Endpoint
from .group import Group
from .request import Handler, Request, ServiceError, error_headers
from .responses import EndpointInfo, EndpointStats, ServiceInfo, ServicePing, ServiceStats
from .service import Service

if TYPE_CHECKING:
    from ..aio.client import Client

__all__ = [
    "NO_QUEUE_GROUP",
    "Endpoint",
    "EndpointConfig",
    "EndpointInfo",
    "EndpointStats",
    "Group",
    "GroupConfig",
    "Handler",
    "Request",
    "Service",
    "ServiceConfig",
    "ServiceConfigError",
    "ServiceError",
    "ServiceInfo",
    "ServicePing",
    "ServiceStats",
    "ServiceVerb",
    "add_service",
    "control_subject",
    "discover",
    "error_headers",
    "info",
    "ping",
    "stats",
]


async def add_service(
    nc: Client, config: ServiceConfig | None = None, **options: Unpack[ServiceOptions]
) -> Service:
    """Start a service, of a configuration, or of its fields as keyword arguments, or both.

    It answers those who look for services from now on; add endpoints for the others.
    Raises ServiceConfigError, and what `Client.subscribe` raises.
    """
    service = Service(nc, merged(ServiceConfig, config, options))
    await service.start()
    return service
