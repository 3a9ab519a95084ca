"""Leaders, peers, accounts, seals."""

from __future__ import annotations

import contextlib

import pytest

from natstui.client.errors import TimeoutError
from natstui.client.js import api
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import (
    APIError,
    ApiLevelError,
    NotFoundError,
    ServiceUnavailableError,
)
from tests.client.js.conftest import Connect, until
from tests.client.js.reading import publish
from tests.conftest import ClusterFactory
from tests.support.auth import WITH_SYSTEM_USER
from tests.support.cluster import Cluster


@pytest.fixture
async def cluster_js(shared_js_cluster: Cluster, connect: Connect) -> JetStreamContext:
    return (await connect(shared_js_cluster.urls)).jetstream(timeout=20)


async def leader(js: JetStreamContext, stream: str, consumer: str = "") -> str:
    """Its name, when there is one."""
    found = ""
    # While there is none, nobody answers.
    js = js._nc.jetstream(timeout=1)

    async def is_there() -> bool:
        nonlocal found
        try:
            if consumer:
                cluster = (await js.consumer_info(stream, consumer)).cluster
            else:
                cluster = (await js.stream_info(stream)).cluster
        except (APIError, TimeoutError):
            return False
        found = (cluster and cluster.leader) or ""
        return bool(found)

    await until(is_there, "there is a leader")
    return found


async def test_another_leader_of_a_stream(cluster_js: JetStreamContext, unique_name: str) -> None:
    await cluster_js.add_stream(name=unique_name, subjects=[unique_name], num_replicas=3)
    before = await leader(cluster_js, unique_name)
    assert await cluster_js.step_down_stream(unique_name) is True

    async def changed() -> bool:
        return await leader(cluster_js, unique_name) != before

    await until(changed, "another one leads")


async def test_a_certain_leader(cluster_js: JetStreamContext, unique_name: str) -> None:
    await cluster_js.add_stream(name=unique_name, subjects=[unique_name], num_replicas=3)
    await cluster_js.add_consumer(unique_name, durable_name="c")
    for consumer in ("", "c"):
        before = await leader(cluster_js, unique_name, consumer)
        wanted = next(name for name in ("n1", "n2", "n3") if name != before)
        placement = api.Placement(preferred=wanted)

        async def is_led(wanted: str = wanted, consumer: str = consumer) -> bool:
            return await leader(cluster_js, unique_name, consumer) == wanted

        if consumer:
            await cluster_js.step_down_consumer(unique_name, consumer, placement)
        else:
            await cluster_js.step_down_stream(unique_name, placement)
        await until(is_led, f"{wanted} leads")


async def test_another_leader_of_a_consumer(cluster_js: JetStreamContext, unique_name: str) -> None:
    await cluster_js.add_stream(name=unique_name, subjects=[unique_name], num_replicas=3)
    await cluster_js.add_consumer(unique_name, durable_name="c")
    before = await leader(cluster_js, unique_name, "c")
    assert await cluster_js.step_down_consumer(unique_name, "c") is True

    async def changed() -> bool:
        return await leader(cluster_js, unique_name, "c") != before

    await until(changed, "another one leads")
    with pytest.raises(NotFoundError):
        await cluster_js.step_down_consumer(unique_name, "x")
    with pytest.raises(NotFoundError):
        await cluster_js.step_down_stream("X")


async def test_a_replica_elsewhere(cluster_js: JetStreamContext, unique_name: str) -> None:
    await cluster_js.add_stream(name=unique_name, subjects=[unique_name], num_replicas=2)

    async def followers() -> set[str | None]:
        await leader(cluster_js, unique_name)
        cluster = (await cluster_js.stream_info(unique_name)).cluster
        assert cluster is not None
        return {replica.name for replica in cluster.replicas or []}

    (before,) = await followers()
    assert before is not None
    assert await cluster_js.remove_stream_peer(unique_name, before) is True

    async def moved() -> bool:
        return await followers() not in ({before}, set())

    await until(moved, "another server has it")
    with pytest.raises(APIError):
        await cluster_js.remove_stream_peer(unique_name, "nobody")


async def test_outside_of_a_cluster(js: JetStreamContext) -> None:
    await js.add_stream(name="S", subjects=["s"])
    await js.add_consumer("S", durable_name="c")
    with pytest.raises(ServiceUnavailableError, match="clustering"):
        await js.step_down_stream("S")
    with pytest.raises(ServiceUnavailableError, match="clustering"):
        await js.step_down_consumer("S", "c")
    with pytest.raises(ServiceUnavailableError, match="clustering"):
        await js.remove_stream_peer("S", "n1")
    with pytest.raises(ValueError, match="invalid stream name"):
        await js.step_down_stream("a.b")


async def test_what_the_system_account_may(
    cluster_factory: ClusterFactory, connect: Connect
) -> None:
    cluster = cluster_factory(WITH_SYSTEM_USER, jetstream=True)
    js = (await connect(cluster.urls)).jetstream(timeout=20)
    await js.add_stream(name="S", subjects=["s"])
    system = await connect(cluster.urls, user="sys", password="sys")
    admin = system.jetstream(timeout=20)
    before = cluster.meta_leader()
    assert await admin.step_down_meta() is True

    async def another_leads() -> bool:
        try:
            leader = cluster.meta_leader()
        except LookupError:
            return False
        if leader is before:
            # Not yet, or elected again.
            await admin.step_down_meta()
        return leader is not before

    await until(another_leads, "another server leads")

    async def purged() -> bool:
        try:
            return await admin.purge_account("APP")
        except TimeoutError:
            return False  # whoever leads now may not have been ready to answer

    await until(purged, "the account is purged")

    async def is_gone() -> bool:
        return await js.streams_info() == []

    await until(is_gone, "the stream is gone")

    gone = next(server for server in cluster if server is not cluster.meta_leader())
    gone.kill()

    async def forgotten() -> bool:
        with contextlib.suppress(APIError, TimeoutError):
            await system.jetstream(timeout=1).remove_server(gone.name)
        replicas = cluster.meta_leader().monitor("jsz")["meta_cluster"]["replicas"]
        return gone.name not in [replica["name"] for replica in replicas]

    await until(forgotten, "the server is forgotten")


async def test_nothing_changes_in_a_sealed_stream(js: JetStreamContext) -> None:
    await js.add_stream(name="S", subjects=["s.>"])
    await publish(js, 2)
    sealed = await js.seal_stream("S")
    assert sealed.config.sealed
    assert sealed.config.subjects == ["s.>"]
    with pytest.raises(APIError, match="sealed"):
        await js.publish("s.a")
    with pytest.raises(APIError):
        await js.delete_msg("S", 1)
    with pytest.raises(APIError):
        await js.purge_stream("S")
    assert (await js.get_msg("S", 2)).seq == 2
    with pytest.raises(NotFoundError):
        await js.seal_stream("X")


async def test_nobody_is_removed_without_a_name(js: JetStreamContext) -> None:
    with pytest.raises(ValueError, match="the name of a server"):
        await js.remove_server()
    with pytest.raises(ValueError, match="the name of a server"):
        await js.remove_stream_peer("S", "")


async def test_an_older_server(old_server: Connect) -> None:
    js = (await old_server()).jetstream()
    with pytest.raises(ApiLevelError, match="level 1"):
        await js.step_down_stream("S", api.Placement(preferred="n1"))
    with pytest.raises(ApiLevelError, match="level 1"):
        await js.pause_consumer("S", "c", "2030-01-01T00:00:00Z")
    with pytest.raises(ApiLevelError, match="level 1"):
        await js.get_msg("S", start_time="2030-01-01T00:00:00Z", next=True)
    with pytest.raises(ApiLevelError, match="level 1"):
        await js.get_msg("S", start_time="2030-01-01T00:00:00Z", next=True, direct=True)
    with pytest.raises(ApiLevelError, match="level 4"):
        await js.reset_consumer("S", "c")
    with pytest.raises(ApiLevelError, match="level 2"):
        await js.add_stream(name="S", subjects=["s"], allow_atomic=True)
