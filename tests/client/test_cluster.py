"""A cluster tells of its members, loses some, gets others, and sends clients away politely."""

from __future__ import annotations

import json

import pytest

from natstui.client import Client
from natstui.client.errors import NoServersError
from tests.client.conftest import Connect
from tests.conftest import ClusterFactory
from tests.support.auth import user_and_password
from tests.support.callbacks import Callbacks
from tests.support.cluster import Cluster
from tests.support.proxy import FaultyProxy
from tests.support.server import NatsServer
from tests.support.waiting import eventually


def member_of(client: Client, cluster: Cluster) -> NatsServer:
    """The server that the client is connected to."""
    assert client.connected_url is not None
    return next(server for server in cluster if server.port == client.connected_url.port)


def ports(client: Client) -> set[int | None]:
    return {url.port for url in client.servers}


async def test_members_are_lost_one_by_one(
    connect: Connect, cluster: Cluster, callbacks: Callbacks
) -> None:
    client = await connect(cluster.urls[0], reconnect_time_wait=0.02, **callbacks.options)
    assert len(client.discovered_servers) == 2
    sub = await client.subscribe("news")
    for lost in range(1, 3):
        member_of(client, cluster).kill()
        await callbacks.until("reconnected", lost)
        await client.publish("news", b"%d" % lost)
        assert (await sub.next_msg(20)).data == b"%d" % lost
    last = member_of(client, cluster)
    last.kill()
    await callbacks.until("disconnected", 3)
    await client.publish("news", b"3")
    last.start()
    assert (await sub.next_msg(timeout=10)).data == b"3"
    assert callbacks.told == ["connected", *["disconnected", "reconnected"] * 3]
    assert client.stats["reconnects"] == 3


async def test_members_come_and_go(
    connect: Connect, cluster: Cluster, callbacks: Callbacks
) -> None:
    third = cluster["n3"]
    third.stop()
    client = await connect(cluster.urls[0], **callbacks.options)
    await eventually(lambda: third.port not in ports(client), "it knows two")
    assert len(client.servers) == 2
    assert "discovered_server" not in callbacks.told
    third.start()
    await callbacks.until("discovered_server")
    assert ports(client) == {server.port for server in cluster}
    third.stop()
    await eventually(lambda: third.port not in ports(client), "it is forgotten")
    third.start()
    await callbacks.until("discovered_server", 2)
    await client.flush()
    assert callbacks.told == ["connected", "discovered_server", "discovered_server"]


async def test_what_the_user_listed_is_kept(
    connect: Connect, cluster: Cluster, callbacks: Callbacks
) -> None:
    client = await connect(cluster.urls, dont_randomize=True, **callbacks.options)
    assert client.discovered_servers == []
    watcher = await connect(cluster.urls[0])
    cluster["n3"].stop()
    await eventually(lambda: len(watcher.servers) == 2, "the news is out")
    await client.flush()
    assert [url.port for url in client.servers] == [server.port for server in cluster]


async def test_discovered_servers_may_be_ignored(
    connect: Connect, cluster: Cluster, callbacks: Callbacks
) -> None:
    client = await connect(
        cluster.urls[0],
        ignore_discovered_servers=True,
        max_reconnect_attempts=1,
        reconnect_time_wait=0.02,
        **callbacks.options,
    )
    assert client.discovered_servers == []
    cluster["n1"].kill()
    await callbacks.until("closed")
    assert isinstance(client.last_error, NoServersError)


async def test_discovered_servers_are_told_who_we_are(
    connect: Connect, cluster_factory: ClusterFactory, callbacks: Callbacks
) -> None:
    cluster = cluster_factory(user_and_password("user", "a:b@c"), size=2)
    url = f"nats://user:a%3Ab%40c@127.0.0.1:{cluster['n1'].port}"
    client = await connect(url, **callbacks.options)
    cluster["n1"].kill()
    await callbacks.until("reconnected")
    assert member_of(client, cluster) is cluster["n2"]


async def test_a_client_leaves_a_lame_duck_before_it_is_sent_away(
    connect: Connect, cluster_factory: ClusterFactory, callbacks: Callbacks
) -> None:
    cluster = cluster_factory('lame_duck_grace_period: "20s"', size=2)
    duck, other = cluster
    client = await connect(duck.url, **callbacks.options)
    sub = await client.subscribe("news")
    duck.lame_duck()
    await callbacks.until("lame_duck_mode")
    await client.publish("news", b"before")
    await callbacks.until("reconnected")
    assert member_of(client, cluster) is other
    assert duck.running
    await client.publish("news", b"after")
    assert (await sub.next_msg(20)).data == b"before"
    assert (await sub.next_msg(20)).data == b"after"
    await client.close()
    assert callbacks.told == [
        "connected",
        "lame_duck_mode",
        *["disconnected", "reconnected"],
        *["disconnected", "closed"],
    ]
    assert callbacks.errors == []


async def test_a_lame_duck_without_others_is_kept_until_it_goes(
    connect: Connect, server: NatsServer, callbacks: Callbacks
) -> None:
    client = await connect(server.url, reconnect_time_wait=0.02, **callbacks.options)
    server.lame_duck()
    await callbacks.until("disconnected")
    await eventually(lambda: not server.running, "the server is gone")
    server.start()
    await callbacks.until("reconnected")
    await client.flush()
    assert callbacks.told == ["connected", "lame_duck_mode", "disconnected", "reconnected"]


@pytest.mark.parametrize("allowed", [False, True])
async def test_lame_duck_mode_is_told_once(
    connect: Connect, server: NatsServer, proxy: FaultyProxy, callbacks: Callbacks, allowed: bool
) -> None:
    client = await connect(
        [proxy.url, server.url], dont_randomize=True, allow_reconnect=allowed, **callbacks.options
    )
    assert client.server_info is not None
    lame = b"INFO %s\r\n" % json.dumps(client.server_info.raw | {"ldm": True}).encode()
    proxy.to_client.inject(lame + lame)
    await callbacks.until("lame_duck_mode")
    proxy.to_client.inject(lame)
    if allowed:
        await callbacks.until("reconnected")
    else:
        await client.flush()
    assert callbacks.told.count("lame_duck_mode") == 1
