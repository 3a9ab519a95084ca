"""What a service may be made of, and in which ways it is said."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from natstui.client import Client, micro
from natstui.client.errors import Error
from natstui.client.micro import (
    NO_QUEUE_GROUP,
    EndpointConfig,
    GroupConfig,
    Request,
    Service,
    ServiceConfig,
    ServiceConfigError,
)

UNTYPED: Any = {
    "number": {"a": 1},
    "key": {1: "a"},
    "handler": None,
    "function": print,
    "nan": float("nan"),
    "text": "a",
}


async def nothing(request: Request) -> None:
    raise AssertionError("nobody asked")


async def answer_name(request: Request) -> None:
    await request.respond(request.subject.encode())


@pytest.mark.parametrize("name", ["a", "A-Z_09", "_", "-"])
def test_names_that_fit(name: str) -> None:
    ServiceConfig(name=name, version="1.0.0")
    EndpointConfig(name=name, handler=nothing)


@pytest.mark.parametrize("name", ["", "a b", "a.b", "*", ">", "é", "a\n", "$SRV", None, 7])
def test_names_that_do_not(name: Any) -> None:
    with pytest.raises(ServiceConfigError, match="name"):
        ServiceConfig(name=name, version="1.0.0")
    with pytest.raises(ServiceConfigError, match="name"):
        EndpointConfig(name=name, handler=nothing)


@pytest.mark.parametrize(
    "version",
    [
        "0.0.0",
        "1.2.3",
        "10.20.30",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-0a.x-y.92",
        "1.0.0+build.5",
        "1.0.0-rc.1+001",
        "99999999999999999999.0.0",
    ],
)
def test_versions_that_fit(version: str) -> None:
    ServiceConfig(name="a", version=version)


@pytest.mark.parametrize(
    "version",
    [
        "",
        "1",
        "1.2",
        "1.2.3.4",
        "v1.2.3",
        "01.2.3",
        "1.2.3-",
        "1.2.3-01",
        "1.2.3-a..b",
        "1.2.3+",
        "1.2.3 ",
        "1.2.3\n",
        "1\N{ARABIC-INDIC DIGIT ONE}.0.0",
        None,
    ],
)
def test_versions_that_do_not(version: Any) -> None:
    with pytest.raises(ServiceConfigError, match="version"):
        ServiceConfig(name="a", version=version)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(partial(ServiceConfig, "a", "1.0.0", queue_group="q q"), id="queue"),
        pytest.param(
            partial(ServiceConfig, "a", "1.0.0", metadata=UNTYPED["number"]), id="metadata"
        ),
        pytest.param(partial(GroupConfig, "a.>"), id="group-of-all"),
        pytest.param(partial(GroupConfig, "a b"), id="group-subject"),
        pytest.param(partial(GroupConfig, "a", queue_group="\n"), id="group-queue"),
        pytest.param(partial(EndpointConfig, "a", UNTYPED["handler"]), id="no-handler"),
        pytest.param(partial(EndpointConfig, "a", UNTYPED["function"]), id="no-coroutine"),
        pytest.param(partial(EndpointConfig, "a", nothing, concurrency=0), id="no-concurrency"),
        pytest.param(partial(EndpointConfig, "a", nothing, concurrency=UNTYPED["nan"]), id="nan"),
        pytest.param(partial(ServiceConfig, "a", "1.0.0", metadata=UNTYPED["text"]), id="text"),
        pytest.param(partial(GroupConfig, UNTYPED["handler"]), id="group-none"),
        pytest.param(partial(EndpointConfig, "a", nothing, subject="a..b"), id="subject"),
        pytest.param(partial(EndpointConfig, "a", nothing, subject="a.>.b"), id="wildcard"),
        pytest.param(partial(EndpointConfig, "a", nothing, queue_group=" "), id="endpoint-queue"),
        pytest.param(partial(EndpointConfig, "a", nothing, metadata=UNTYPED["key"]), id="key"),
    ],
)
def test_what_cannot_be_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(ServiceConfigError):
        make()


def test_it_is_a_value_error_and_one_of_ours() -> None:
    assert issubclass(ServiceConfigError, ValueError)
    assert issubclass(ServiceConfigError, Error)


async def test_a_configuration_and_options_make_one(nc: Client) -> None:
    config = ServiceConfig(name="a", version="1.0.0", description="of the configuration")
    service = await micro.add_service(nc, config, version="2.0.0")
    info = service.info()
    assert (info.name, info.version, info.description) == ("a", "2.0.0", "of the configuration")
    await service.add_endpoint(EndpointConfig("one", nothing))
    await service.add_endpoint(EndpointConfig("two", nothing), subject="zwei")
    group = service.add_group(GroupConfig("g"), queue_group="gq")
    await group.add_endpoint(EndpointConfig("three", nothing), subject="drei")
    assert [(each.name, each.subject, each.queue_group) for each in service.info().endpoints] == [
        ("one", "one", "q"),
        ("two", "zwei", "q"),
        ("three", "g.drei", "gq"),
    ]
    assert config.version == "1.0.0"


async def test_what_is_missing_is_named(nc: Client) -> None:
    with pytest.raises(TypeError, match="version"):
        await micro.add_service(nc, name="a")


async def add(service: Service, path: tuple[str, ...], **options: Any) -> str:
    """The subject of an endpoint in groups, which answers."""
    where: Service | micro.Group = service
    for name in path:
        where = where.add_group(name=name)
    endpoint = await where.add_endpoint(name="end", handler=answer_name, **options)
    return endpoint.info().subject


@pytest.mark.parametrize(
    ("path", "subject", "expected"),
    [
        ((), None, "end"),
        ((), "a.b", "a.b"),
        (("g",), None, "g.end"),
        (("g",), "a.b", "g.a.b"),
        (("g", "h"), None, "g.h.end"),
        (("g.h", "i"), "x", "g.h.i.x"),
        (("",), None, "end"),
        (("g", "", "h"), None, "g.h.end"),
        (("g", "*"), "x.>", "g.*.x.>"),
    ],
)
async def test_groups_are_the_beginning_of_subjects(
    nc: Client, asker: Client, path: tuple[str, ...], subject: str | None, expected: str
) -> None:
    service = await micro.add_service(nc, name="a", version="1.0.0")
    assert await add(service, path, subject=subject) == expected
    await nc.flush()
    asked = expected.replace("*", "any").replace(">", "rest")
    assert (await asker.request(asked, timeout=20)).data == asked.encode()


@pytest.mark.parametrize(
    ("of_service", "of_group", "of_inner", "of_endpoint", "expected"),
    [
        (None, None, None, None, "q"),
        ("s", None, None, None, "s"),
        ("s", "g", None, None, "g"),
        ("s", "g", "i", None, "i"),
        ("s", "g", "i", "e", "e"),
        (None, None, None, "e", "e"),
        (None, "g", None, None, "g"),
        (NO_QUEUE_GROUP, None, None, None, ""),
        (NO_QUEUE_GROUP, "g", None, None, "g"),
        ("s", NO_QUEUE_GROUP, None, None, ""),
        ("s", "g", NO_QUEUE_GROUP, None, ""),
        ("s", "g", "i", NO_QUEUE_GROUP, ""),
    ],
)
async def test_the_nearest_queue_group_counts(
    nc: Client,
    of_service: str | None,
    of_group: str | None,
    of_inner: str | None,
    of_endpoint: str | None,
    expected: str,
) -> None:
    service = await micro.add_service(nc, name="a", version="1.0.0", queue_group=of_service)
    inner = service.add_group(name="g", queue_group=of_group).add_group(
        name="i", queue_group=of_inner
    )
    endpoint = await inner.add_endpoint(name="e", handler=nothing, queue_group=of_endpoint)
    assert endpoint.info().queue_group == expected
    assert endpoint.stats().queue_group == expected


@pytest.mark.parametrize(("queue_group", "answers"), [(None, 1), (NO_QUEUE_GROUP, 2)])
async def test_a_request_goes_to_one_instance_or_to_all(
    nc: Client, asker: Client, queue_group: str | None, answers: int
) -> None:
    for _ in range(2):
        service = await micro.add_service(nc, name="a", version="1.0.0", queue_group=queue_group)
        await service.add_endpoint(name="end", handler=answer_name)
    await nc.flush()
    got = [each async for each in asker.request_many("end", timeout=20, stall=0.2)]
    assert len(got) == answers


async def test_metadata_cannot_be_changed_afterwards(nc: Client) -> None:
    metadata, of_endpoint = {"region": "eu"}, {"kind": "read"}
    service = await micro.add_service(nc, name="a", version="1.0.0", metadata=metadata)
    await service.add_endpoint(name="end", handler=nothing, metadata=of_endpoint)
    for told in (metadata, service.info().metadata, service.stats().metadata):
        told["region"] = "us"
    of_endpoint["kind"] = service.info().endpoints[0].metadata["kind"] = "write"
    info = service.info()
    assert (info.metadata, info.endpoints[0].metadata) == ({"region": "eu"}, {"kind": "read"})
