"""Several nats-servers that know each other: a cluster, a hub with a leaf."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.support.server import NatsServer
from tests.support.waiting import wait_until


class Cluster:
    """Servers with routes between all of them, named n1, n2, n3 and so on."""

    def __init__(
        self,
        folder: Path,
        config: str = "",
        *,
        name: str = "cluster",
        size: int = 3,
        jetstream: bool | str = False,
        **listeners: str,
    ) -> None:
        self.name = name
        self.servers = [
            NatsServer(
                folder / f"n{number}",
                config,
                name=f"n{number}",
                jetstream=jetstream,
                cluster="",
                **listeners,
            )
            for number in range(1, size + 1)
        ]
        routes = ", ".join(f"nats://127.0.0.1:{one.port_of('cluster')}" for one in self.servers)
        for server in self.servers:
            server.listeners["cluster"] = f"name: {name}\nroutes: [{routes}]"

    def __iter__(self) -> Iterator[NatsServer]:
        return iter(self.servers)

    def __getitem__(self, name: str) -> NatsServer:
        """The server of this name, as stream and consumer information names their leaders."""
        return next(server for server in self.servers if server.name == name)

    @property
    def urls(self) -> list[str]:
        return [server.url for server in self.servers]

    def start(self) -> None:
        """Start all of it, and return when it is ready; see `wait_until_ready`."""
        for server in self.servers:
            server.start()
        self.wait_until_ready()

    def release(self) -> None:
        for server in self.servers:
            server.release()

    def wait_until_ready(self) -> None:
        """Return when the running servers have routes to each other and one JetStream leader."""
        wait_until(self._is_connected, f"{self.name} has its routes", last_seen=self._logs)
        if self.servers[0].jetstream is not False:
            wait_until(
                self._is_led,
                f"{self.name} has a JetStream leader",
                timeout=40,
                last_seen=self._logs,
            )

    def meta_leader(self) -> NatsServer:
        """The server that leads JetStream. Raises LookupError while nobody does."""
        leaders = {server.monitor("jsz")["meta_cluster"].get("leader") for server in self._up}
        # When the leader is lost, the others go on naming it for a moment.
        if len(leaders) == 1:
            for server in self._up:
                if server.name in leaders:
                    return server
        raise LookupError(f"no leader yet, the servers name {leaders}")

    @property
    def _up(self) -> list[NatsServer]:
        return [server for server in self.servers if server.running]

    def _is_connected(self) -> bool:
        for server in self._up:
            routes = server.monitor("routez")["routes"]
            if len({route["remote_id"] for route in routes}) < len(self._up) - 1:
                return False
        return True

    def _is_led(self) -> bool:
        try:
            meta = self.meta_leader().monitor("jsz")["meta_cluster"]
        except LookupError:
            return False
        current = [one for one in meta.get("replicas", []) if one["current"]]
        return len(current) >= len(self._up) - 1

    def _logs(self) -> str:
        return "\n".join(f"{server}\n{server.log}" for server in self.servers)


class HubAndLeaf:
    """A server, and another that is connected to it as a leaf node."""

    def __init__(self, folder: Path, config: str = "", *, jetstream: bool = False) -> None:
        self._jetstream = jetstream
        hub_jetstream: bool | str = "domain: hub" if jetstream else False
        leaf_jetstream: bool | str = "domain: leaf" if jetstream else False
        self.hub = NatsServer(
            folder / "hub", config, name="hub", jetstream=hub_jetstream, leafnodes=""
        )
        remote = f"nats-leaf://127.0.0.1:{self.hub.port_of('leafnodes')}"
        self.leaf = NatsServer(
            folder / "leaf",
            f'leafnodes {{ reconnect: 1, remotes: [{{ url: "{remote}" }}] }}\n{config}',
            name="leaf",
            jetstream=leaf_jetstream,
        )

    def start(self) -> None:
        """Start both, and return when they are connected."""
        self.hub.start()
        self.leaf.start()
        wait_until(
            lambda: self._knows(self.hub, "leaf") and self._knows(self.leaf, "hub"),
            "the leaf is connected",
            last_seen=lambda: self.hub.log + self.leaf.log,
        )

    def _knows(self, server: NatsServer, other: str) -> bool:
        """Whether it has the other one, and what that takes for its JetStream, if it has that."""
        leafs = server.monitor("leafz?subs=1")["leafs"]
        if len(leafs) != 1 or not self._jetstream:
            return len(leafs) == 1
        calls = {f"$JS.{other}.API.{call}" for call in ("INFO", "STREAM.>", "CONSUMER.>")}
        return calls <= set(leafs[0].get("subscriptions_list", []))

    def release(self) -> None:
        self.leaf.release()
        self.hub.release()
