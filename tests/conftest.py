"""Servers for every test that asks for one: started in milliseconds, and nobody else's.

Only where the name says so do the tests of a worker share one.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Protocol

import pytest
from coverage import Coverage
from hypothesis import settings

from natstui.demo.nats_server import NatsServerError
from tests.support.certificates import Certificates
from tests.support.cluster import Cluster, HubAndLeaf
from tests.support.environment import environment_at
from tests.support.server import NatsServer, program

# A busy machine takes its time, for one example in a hundred.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# Programs that tests start hear ctrl-c, even if the tests run in the background of a script, where
# shells ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Looked for now, while HOME is that of whoever runs the tests: some give themselves another one.
with suppress(NatsServerError):
    program()


class ServerFactory(Protocol):
    def __call__(
        self, config: str = "", *, jetstream: bool | str = False, **listeners: str
    ) -> NatsServer: ...


class ClusterFactory(Protocol):
    def __call__(
        self,
        config: str = "",
        *,
        name: str = "cluster",
        size: int = 3,
        jetstream: bool | str = False,
        **listeners: str,
    ) -> Cluster: ...


# Measuring makes drawing twice as slow, and drawing is most of what these tests do.
UNMEASURED = ("ui", "e2e")


@pytest.fixture(autouse=True)
def measured(request: pytest.FixtureRequest) -> Iterator[None]:
    """Coverage, if it is measured at all, is that of everything beneath the screen."""
    coverage = Coverage.current()
    if coverage is None or not any(part in request.path.parts for part in UNMEASURED):
        yield
        return
    coverage.stop()
    yield
    coverage.start()


@pytest.fixture
def server_factory(tmp_path: Path) -> Iterator[ServerFactory]:
    """Starts servers with the given configuration texts; see NatsServer."""
    servers: list[NatsServer] = []

    def start(config: str = "", *, jetstream: bool | str = False, **listeners: str) -> NatsServer:
        name = f"s{len(servers) + 1}"
        folder = tmp_path / "servers" / name
        server = NatsServer(folder, config, name=name, jetstream=jetstream, **listeners)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.release()


@pytest.fixture
def server(server_factory: ServerFactory) -> NatsServer:
    """A plain server."""
    return server_factory()


@pytest.fixture
def js_server(server_factory: ServerFactory) -> NatsServer:
    """A server with JetStream and an empty store."""
    return server_factory(jetstream=True)


@pytest.fixture
def cluster_factory(tmp_path: Path) -> Iterator[ClusterFactory]:
    """Starts clusters; see Cluster. With JetStream it takes seconds when votes split."""
    clusters: list[Cluster] = []

    def start(
        config: str = "",
        *,
        name: str = "cluster",
        size: int = 3,
        jetstream: bool | str = False,
        **listeners: str,
    ) -> Cluster:
        folder = tmp_path / "clusters" / str(len(clusters))
        cluster = Cluster(folder, config, name=name, size=size, jetstream=jetstream, **listeners)
        clusters.append(cluster)
        cluster.start()
        return cluster

    yield start
    for cluster in clusters:
        cluster.release()


@pytest.fixture
def cluster(cluster_factory: ClusterFactory) -> Cluster:
    """Three servers without JetStream."""
    return cluster_factory()


@pytest.fixture
def js_cluster(cluster_factory: ClusterFactory) -> Cluster:
    """Three servers with JetStream, for a test that stops some of them."""
    return cluster_factory(jetstream=True)


@pytest.fixture(scope="session")
def shared_js_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three servers with JetStream, the same for all tests of a worker.

    A test uses names of its own there (`unique_name`), and stops none of the servers.
    """
    cluster = Cluster(tmp_path_factory.mktemp("shared"), name="shared", jetstream=True)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.release()


_numbers = count(1)


@pytest.fixture
def unique_name() -> str:
    """For a stream or bucket on a shared server: no other test of this worker gets it."""
    return f"T{next(_numbers)}"


@pytest.fixture
def hub_and_leaf(tmp_path: Path) -> Iterator[HubAndLeaf]:
    """Two servers, one the other's leaf, with JetStream in the domains hub and leaf."""
    pair = HubAndLeaf(tmp_path, jetstream=True)
    try:
        pair.start()
        yield pair
    finally:
        pair.release()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """For programs that a test starts: an empty home folder and no settings."""
    return environment_at(tmp_path / "home")
