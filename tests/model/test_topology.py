"""Gateways and leaf nodes between real servers, and streams with their leaders in a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from natstui.client import connect
from natstui.model import gathering
from natstui.model.asset_board import AssetBoard, AssetHealth, AssetKey, AssetRow
from natstui.model.gathering import Look
from natstui.model.own_account import USER_INFO
from natstui.model.server_board import Health, ServerBoard
from natstui.model.system_answer import text
from natstui.model.system_board import PING
from natstui.model.system_events import SystemEvents
from natstui.model.topology import GATEWAYS, LEAF_NODES, ROUTES, Topology
from tests.conftest import ClusterFactory
from tests.support.auth import WITH_SYSTEM_USER
from tests.support.cluster import Cluster
from tests.support.server import NatsServer
from tests.support.system import look_until, looking


@pytest.fixture
def super_cluster(tmp_path: Path) -> Iterator[list[NatsServer]]:
    """East and west with a gateway between them, and a leaf node of east."""
    east = NatsServer(
        tmp_path / "east", WITH_SYSTEM_USER, name="east", leafnodes="", gateway="name: EAST"
    )
    known = f'{{ name: EAST, url: "nats://127.0.0.1:{east.port_of("gateway")}" }}'
    west = NatsServer(
        tmp_path / "west", WITH_SYSTEM_USER, name="west", gateway=f"name: WEST, gateways: [{known}]"
    )
    remote = f'url: "nats-leaf://app:app@127.0.0.1:{east.port_of("leafnodes")}"'
    leaf = NatsServer(
        tmp_path / "leaf",
        f"leafnodes {{ reconnect: 1, remotes: [ {{ {remote} }} ] }}",
        name="a-leaf",
    )
    servers = [east, west, leaf]
    for server in servers:
        server.config = server.config.replace("jetstream: enabled, ", "")
        server.start()
    yield servers
    for server in servers:
        server.release()


async def test_gateways_and_leaf_nodes(super_cluster: list[NatsServer]) -> None:
    async with looking(super_cluster[1].url) as session:
        topology = Topology(session)

        await look_until(
            lambda: (
                len(topology.bundles("gateway")) == 4
                and topology.bundles("leaf")
                and len(topology.servers) == 2
            ),
            "all links",
            topology,
        )
        gateways = {(each.server, each.kind, each.peer) for each in topology.bundles("gateway")}
        assert gateways == {
            ("east", "gateway out", "WEST"),
            ("east", "gateway in", "WEST"),
            ("west", "gateway out", "EAST"),
            ("west", "gateway in", "EAST"),
        }
        (leaf,) = topology.bundles("leaf")
        assert (leaf.server, leaf.peer, leaf.account) == ("east", "a-leaf", "APP")
        assert leaf.rtt is not None
        assert topology.bundles("route") == []
        assert [text(told.server, "cluster") for told in topology.servers] == ["EAST", "WEST"]
        assert topology.problems == {}
    async with looking(super_cluster[0].url, user="app", password="app") as session:
        topology = Topology(session)
        await topology.load()
        assert list(topology.problems) == [ROUTES, GATEWAYS, LEAF_NODES]
        # The leaf node answers to USER.INFO too, for the user of the link.
        servers, look = ServerBoard(session), Look(session)
        answers = await look.ask_all(USER_INFO, lambda _: None, expected=2)
        assert answers == 2
        servers._answered[USER_INFO] = answers
        await servers.load()
        assert text(servers.own.user, "user") == "app"


async def test_a_cluster_and_what_is_seen_of_a_server_that_dies(
    cluster_factory: ClusterFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster: Cluster = cluster_factory(WITH_SYSTEM_USER, jetstream=True)
    async with await connect(cluster.urls) as app:
        await app.jetstream().add_stream(name="ORDERS", subjects=["o"], num_replicas=3)
        await app.jetstream().publish("o", b"x")
    leader = cluster.meta_leader()
    dying = next(server for server in cluster if server is not leader)
    others = [server.url for server in cluster if server is not dying]
    async with looking(*others) as session:
        servers, assets, topology = ServerBoard(session), AssetBoard(session), Topology(session)
        events = SystemEvents(session)
        await events.start()

        await look_until(
            lambda: (
                servers.rows.total == len(assets.servers) == 3
                and [row.health for row in assets.rows.items] == [AssetHealth.FINE]
                and servers.meta_leader == assets.meta_leader == leader.name
                and len(assets.meta_replicas) == 2
            ),
            "three servers and a stream",
            servers,
            assets,
            timeout=40,
        )
        assert servers.clusters == ["cluster"]
        (orders,) = assets.rows.items
        assert orders.key == AssetKey("APP", "ORDERS")
        assert sorted([orders.leader, *(each.name for each in orders.replicas)]) == [
            "n1",
            "n2",
            "n3",
        ]
        assert assets.leads[orders.leader] == 1
        # Each of three to both others.
        await look_until(lambda: len(topology.bundles("route")) == 6, "all routes", topology)
        assert all(route.rtt is not None for route in topology.bundles("route"))

        monkeypatch.setattr(gathering, "TIMEOUT", 1.0)  # one will not answer
        dying.stop()

        hurt = (AssetHealth.OFFLINE, AssetHealth.BEHIND)
        await look_until(
            lambda: (
                {row.name: row.health for row in servers.rows.items}[dying.name] == Health.SILENT
                and assets.rows.items[0].health in hurt
            ),
            "the death of one",
            servers,
            assets,
            timeout=40,
        )
        silent = next(row for row in servers.rows.items if row.is_silent)
        assert (silent.messages_in.per_second, silent.bytes_out.per_second) == (0, 0)
        assert servers.problems == {}
        assert events.kinds["shutdown"] == 1
        assert PING not in servers.problems


def asset(leader: str, *replicas: dict[str, Any]) -> AssetRow:
    cluster = {"leader": leader, "replicas": list(replicas)}
    return AssetRow(AssetKey("A", "S"), {"cluster": cluster}, "A")


def test_how_a_stream_stands() -> None:
    well: dict[str, Any] = {"name": "n2", "current": True, "active": 5_000_000}
    assert asset("n1", well).health == AssetHealth.FINE
    assert asset("n1", well).replicas[0].silent_for == 0.005
    assert asset("n1", {**well, "lag": 99}).health == AssetHealth.FINE
    assert asset("n1", {**well, "lag": 100}).health == AssetHealth.LAGS
    assert asset("n1", {**well, "current": False}).health == AssetHealth.BEHIND
    assert asset("n1", well, {**well, "offline": True}).health == AssetHealth.OFFLINE
    assert asset("", well).health == AssetHealth.NO_LEADER
    told_by_a_follower = asset("n1", {**well, "name": "n1"}, well)
    assert [each.name for each in told_by_a_follower.replicas] == ["n2"]
    assert told_by_a_follower.size == 3
