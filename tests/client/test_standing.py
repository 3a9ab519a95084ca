"""What a client says of itself: to the server when it introduces itself, and to whoever asks it."""

from __future__ import annotations

import pytest

import natstui.client as nats
from natstui import __version__
from natstui.client.errors import ConnectionClosedError
from tests.client.conftest import Connect
from tests.support.server import NatsServer


async def test_the_server_is_told_who_connects(connect: Connect, server: NatsServer) -> None:
    client = await connect(server.url, name='Grüße "x"')
    [connection] = server.monitor("connz")["connections"]
    assert connection["name"] == 'Grüße "x"'
    assert (connection["lang"], connection["version"]) == ("python3", __version__)
    assert connection["cid"] == client.client_id
    assert client.client_ip == connection["ip"] == "127.0.0.1"


async def test_a_client_knows_its_server(connect: Connect, server: NatsServer) -> None:
    client = await connect(server.url)
    varz = server.monitor("varz")
    info = client.server_info
    assert info is not None
    assert info.server_id == varz["server_id"]
    assert info.version == varz["version"] == ".".join(map(str, client.connected_server_version))
    assert info.max_payload == client.max_payload == varz["max_payload"]
    assert [url.geturl() for url in client.servers] == [server.url]
    assert client.connected_url == client.servers[0]
    await client.close()
    assert client.connected_server_version == (0, 0, 0)
    assert (client.server_info, client.client_id, client.client_ip) == (None, None, None)
    assert client.connected_url is None


async def test_without_echo_ones_own_messages_do_not_come_back(
    connect: Connect, server: NatsServer
) -> None:
    client, other = await connect(server.url, no_echo=True), await connect(server.url)
    sub = await client.subscribe("news")
    await client.publish("news", b"own")
    await client.flush()
    await other.publish("news", b"another's")
    assert (await sub.next_msg(20)).data == b"another's"
    assert sub.delivered == 1


async def test_messages_are_of_the_class_that_a_subclass_of_the_client_names(
    server: NatsServer,
) -> None:
    class Loud(nats.Msg):
        @property
        def words(self) -> str:
            return self.data.decode().upper()

    class Client(nats.Client):
        msg_class = Loud

    async with Client() as client:
        await client.connect(server.url)
        sub = await client.subscribe("news")
        await client.publish("news", b"hear, hear", headers={"A": "b"})
        message = await sub.next_msg(20)
        assert isinstance(message, Loud)
        assert message.words == "HEAR, HEAR"


async def test_a_client_that_never_connected_can_be_asked() -> None:
    client = nats.Client()
    assert client.status is client.DISCONNECTED
    assert (client.servers, client.discovered_servers, client.server_pool) == ([], [], [])
    assert (client.connected_url, client.server_info, client.last_error) == (None, None, None)
    assert (client.ssl_context, client.client_id, client.client_ip) == (None, None, None)
    assert (client.max_payload, client.pending_data_size) == (0, 0)
    assert set(client.stats.values()) == {0}
    assert client.new_inbox().startswith("_INBOX.")
    with pytest.raises(ConnectionClosedError):
        _ = client.options
