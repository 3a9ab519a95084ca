"""The servers that every other test stands on: they start, return and go when they should."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ServerFactory
from tests.support.auth import token
from tests.support.cluster import Cluster, HubAndLeaf
from tests.support.server import NatsServer, ServerFailed
from tests.support.waiting import wait_until


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def info(port: int) -> dict[str, Any]:
    """What the server says first to whoever connects."""
    with connect(port) as connection, connection.makefile() as lines:
        found: dict[str, Any] = json.loads(lines.readline().removeprefix("INFO "))
        return found


def refuses(port: int) -> bool:
    try:
        connect(port).close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_stopped_server_returns_on_its_port(server: NatsServer) -> None:
    first = info(server.port)["server_id"]
    server.stop()
    assert refuses(server.port)
    server.start()
    assert info(server.port)["server_id"] != first


def test_a_killed_server_returns_on_its_port(server: NatsServer) -> None:
    with connect(server.port) as connection, connection.makefile() as lines:
        assert lines.readline().startswith("INFO")
        server.kill()
        assert lines.readline() == ""
    server.start()
    assert info(server.port)["port"] == server.port


def test_a_paused_server_says_nothing_until_it_is_resumed(server: NatsServer) -> None:
    server.pause()
    with connect(server.port) as connection:
        connection.settimeout(0.05)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        server.resume()
        connection.settimeout(20)
        assert connection.recv(4) == b"INFO"


def test_a_server_in_lame_duck_mode_sends_its_clients_away(server: NatsServer) -> None:
    with connect(server.port) as connection, connection.makefile("rw") as lines:
        lines.readline()
        lines.write('CONNECT {"protocol":1}\r\nPING\r\n')
        lines.flush()
        wait_until(lambda: "PONG" in lines.readline(), "the server knows this client")
        server.lame_duck()
        wait_until(lambda: '"ldm":true' in lines.readline(), "the server tells this client")
        wait_until(lambda: lines.readline() == "", "the server closes the connection")
    wait_until(lambda: not server.running, "the server is gone")


def test_a_server_that_does_not_start_shows_why(server_factory: ServerFactory) -> None:
    with pytest.raises(ServerFailed, match=r'unknown field "nonsense"'):
        server_factory("nonsense: true")


def test_a_running_server_takes_another_configuration_or_says_why_not(server: NatsServer) -> None:
    assert "auth_required" not in info(server.port)
    server.reload(token("secret"))
    assert info(server.port)["auth_required"] is True
    with pytest.raises(ServerFailed, match="Failed to reload"):
        server.reload("authorization {")


def test_listeners_get_ports_of_their_own(server_factory: ServerFactory) -> None:
    server = server_factory(websocket="no_tls: true", leafnodes="")
    ports = {server.port, server.port_of("websocket"), server.port_of("leafnodes")}
    assert len(ports) == 3
    assert not any(refuses(port) for port in ports)
    assert server.monitor("varz")["websocket"]["port"] == server.port_of("websocket")


def test_a_cluster_with_jetstream_is_led_when_it_is_ready(js_cluster: Cluster) -> None:
    meta = js_cluster.meta_leader().monitor("jsz")["meta_cluster"]
    assert meta["cluster_size"] == 3
    assert js_cluster[meta["leader"]] in js_cluster.servers


def test_a_leaf_is_connected_when_it_is_ready(hub_and_leaf: HubAndLeaf) -> None:
    assert hub_and_leaf.leaf.monitor("leafz")["leafs"][0]["name"] == "hub"


def test_no_server_outlives_a_test_run_that_is_killed(tmp_path: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from tests.support.server import NatsServer
server = NatsServer(Path({str(tmp_path)!r}))
server.start()
print(server.port, flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as run:
        assert run.stdout is not None
        port = int(run.stdout.readline())
        assert not refuses(port)
        run.kill()
    wait_until(lambda: refuses(port), "its server is gone as well")
