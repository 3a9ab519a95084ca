"""The names that programs import, where nats-py has them."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import MISSING, fields

import pytest

NAMES = {
    "natstui.client.micro": ["Request", "Service", "ServiceConfig", "Handler", "add_service"],
    "natstui.client.micro.request": [
        "ERROR_HEADER",
        "ERROR_CODE_HEADER",
        "Handler",
        "Request",
        "ServiceError",
    ],
    "natstui.client.micro.service": [
        "DEFAULT_PREFIX",
        "DEFAULT_QUEUE_GROUP",
        "INFO_RESPONSE_TYPE",
        "NAME_REGEX",
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
        "Service",
        "ServiceConfig",
        "ServiceIdentity",
        "ServiceInfo",
        "ServicePing",
        "ServiceStats",
        "ServiceVerb",
        "StatsHandler",
        "control_subject",
    ],
}

# Required fields first, then those with a default; positional, in this order.
FIELDS = {
    "EndpointConfig": ("name handler", "queue_group subject metadata"),
    "EndpointInfo": ("name subject queue_group", "metadata"),
    "EndpointStats": (
        "name subject queue_group num_requests num_errors processing_time average_processing_time",
        "last_error data",
    ),
    "GroupConfig": ("name", "queue_group"),
    "ServiceConfig": ("name version", "description metadata queue_group stats_handler"),
    "ServiceInfo": ("name id version", "description endpoints metadata type"),
    "ServicePing": ("id name version", "metadata type"),
    "ServiceStats": ("id name version started", "endpoints metadata type"),
}


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in NAMES.items() for name in names]
)
def test_names(module: str, name: str) -> None:
    assert hasattr(importlib.import_module(module), name)


@pytest.mark.parametrize("name", FIELDS)
def test_fields(name: str) -> None:
    kind = getattr(importlib.import_module("natstui.client.micro.service"), name)
    positional = [field for field in fields(kind) if not field.kw_only]
    required = [
        field.name
        for field in positional
        if field.default is MISSING and field.default_factory is MISSING
    ]
    optional = [field.name for field in positional if field.name not in required]
    assert (" ".join(required), " ".join(optional)) == FIELDS[name]


def test_everything_in_all_is_there() -> None:
    for name in NAMES:
        module = importlib.import_module(name)
        for exported in getattr(module, "__all__", []):
            assert hasattr(module, exported)


def test_what_is_awaited() -> None:
    micro = importlib.import_module("natstui.client.micro")
    assert inspect.iscoroutinefunction(micro.add_service)
    awaited = {
        name
        for name, member in inspect.getmembers(micro.Service, inspect.isfunction)
        if not name.startswith("_") and inspect.iscoroutinefunction(member)
    }
    assert awaited == {"start", "add_endpoint", "reset", "stop"}
