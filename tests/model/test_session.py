"""A session over real servers: it says what it does, and goes on by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from natstui.client.errors import (
    Error,
    MaxPayloadError,
    NoRespondersError,
    PublishRefusedError,
    TimeoutError,
)
from natstui.client.state import ConnectionStatus
from natstui.model.session import NotConnectedError, Session
from natstui.model.settings import Settings
from tests.conftest import ServerFactory
from tests.support.cluster import Cluster
from tests.support.server import NatsServer
from tests.support.waiting import eventually

NOBODY_MAY = """
authorization {
  users: [{user: u, password: p, permissions: {publish: {deny: ["secret.>"]}}}]
}
"""


@asynccontextmanager
async def opened(*servers: str, **settings: object) -> AsyncIterator[Session]:
    session = Session(Settings(servers=servers, **settings))  # type: ignore[arg-type]
    session.open()
    try:
        yield session
    finally:
        await session.close()


async def connected(session: Session) -> None:
    await eventually(lambda: session.is_connected, "the session is connected")


def kinds(session: Session) -> list[str]:
    return [event.kind for event in session.timeline.events]


async def test_it_connects_and_says_to_what(server: NatsServer) -> None:
    async with opened(server.url) as session:
        await connected(session)
        assert session.status_word == "connected"
        assert session.server.startswith("s1 2.")
        assert session.attempt == ""
        await eventually(lambda: session.rtt, "the round trip was measured")
        await eventually(lambda: "connected" in kinds(session), "it is in the timeline")
        assert session.timeline.events[-1].text.startswith(server.url)


async def test_a_server_without_a_name_has_a_short_one(server_factory: ServerFactory) -> None:
    server = server_factory('server_name: ""')
    async with opened(server.url) as session:
        await connected(session)
        assert session.client is not None
        assert session.client.server_info is not None
        name, version = session.server.split()
        assert session.client.server_info.server_id.startswith(name.removesuffix("…"))
        assert len(name) == 9
        assert version.startswith("2.")


async def test_it_waits_for_a_server_and_says_what_it_tries(server_factory: ServerFactory) -> None:
    server = server_factory()
    server.kill()
    async with opened(server.url, connect_options={"reconnect_time_wait": 0.1}) as session:
        await eventually(lambda: "attempt 3" in session.attempt, "the third attempt")
        assert session.attempt.startswith(f"trying {server.url}, attempt 3")
        assert session.obstacle.startswith("nothing listens on 127.0.0.1:")
        server.start()
        await connected(session)
        assert session.obstacle == ""


async def test_it_returns_after_the_server_was_away(server: NatsServer) -> None:
    async with opened(server.url, connect_options={"reconnect_time_wait": 0.1}) as session:
        await connected(session)
        server.kill()
        await eventually(lambda: "disconnected" in kinds(session), "the loss is noticed")
        assert session.status_word == "reconnecting"
        assert session.timeline.unseen_trouble
        server.start()
        await eventually(lambda: "reconnected" in kinds(session), "it is back")
        assert session.is_connected


async def test_user_and_password_are_shown_nowhere(server: NatsServer) -> None:
    url = server.url.replace("://", "://alice:s3cret@")
    async with opened(url) as session:
        await eventually(lambda: "connected" in kinds(session), "connected")
        texts = " ".join(event.text for event in session.timeline.events)
        assert "s3cret" not in texts
        assert "alice" not in texts


async def test_options_that_make_no_sense_are_an_event(server: NatsServer) -> None:
    async with opened(server.url, connect_options={"inbox_prefix": "a.*"}) as session:
        await eventually(lambda: session.last_error, "the fault is known")
        assert not session.is_connected


async def test_listeners_hear_of_everything(server: NatsServer) -> None:
    heard: list[str] = []
    session = Session(Settings(servers=(server.url,)))
    session.listeners.append(lambda event: heard.append(event.kind))
    session.open()
    await eventually(lambda: "connected" in heard, "the listener hears of it")
    await session.close()
    await eventually(lambda: "closed" in heard, "and of the end")
    assert session.status is ConnectionStatus.CLOSED


async def test_closing_twice_or_unopened_is_nothing() -> None:
    session = Session(Settings())
    await session.close()
    await session.close()


async def test_it_opens_anew_when_it_was_closed(server: NatsServer) -> None:
    async with opened(server.url) as session:
        await connected(session)
        assert session.client is not None
        await session.client.close()
        await session.reconnect()
        await connected(session)


async def test_reconnecting_now_does_not_wait(server: NatsServer) -> None:
    async with opened(server.url, connect_options={"reconnect_time_wait": 3600}) as session:
        await connected(session)
        server.kill()
        await eventually(lambda: "next in" in session.attempt, "it waits")
        server.start()
        await session.reconnect()
        await connected(session)


async def test_a_published_message_arrives(server: NatsServer) -> None:
    async with opened(server.url) as session:
        await connected(session)
        assert session.client is not None
        subscription = await session.client.subscribe("orders.*")
        await session.publish("orders.new", b"12.90", "back.here", {"Tag": ["one", "two"]})
        msg = await subscription.next_msg(timeout=5)
        assert (msg.subject, msg.data, msg.reply) == ("orders.new", b"12.90", "back.here")
        assert msg.headers is not None
        assert msg.headers.get_all("Tag") == ["one", "two"]
        assert session.guard.published == 1


async def test_a_request_brings_its_answer_and_how_long_it_took(server: NatsServer) -> None:
    async with opened(server.url) as session:
        await connected(session)
        assert session.client is not None
        subscription = await session.client.subscribe("help")
        answering = asyncio.create_task(session.request("help", b"?"))
        msg = await subscription.next_msg(timeout=5)
        await msg.respond(b"yes", headers={"K": "v"})
        reply = await answering
        assert (reply.record.payload, reply.record.headers) == (b"yes", b"NATS/1.0\r\nK: v\r\n\r\n")
        assert reply.seconds > 0


async def test_what_the_server_denies_is_not_called_published(
    server_factory: ServerFactory,
) -> None:
    server = server_factory(NOBODY_MAY)
    async with opened(server.url, connect_options={"user": "u", "password": "p"}) as session:
        await connected(session)
        await session.publish("open.x", b"")
        with pytest.raises(Error, match=r"permissions violation.*secret\.x"):
            await session.publish("secret.x", b"")
        await session.publish("open.x", b"")


async def test_a_request_that_is_denied_says_so(server_factory: ServerFactory) -> None:
    server = server_factory(NOBODY_MAY)
    options = {"user": "u", "password": "p"}
    async with opened(server.url, connect_options=options, timeout=0.2) as session:
        await connected(session)
        with pytest.raises(Error, match=r"(?i)permissions violation.*secret\.x"):
            await session.request("secret.x", b"")


def test_it_is_called_after_its_context_or_its_server() -> None:
    assert Session(Settings(context="prod")).name == "prod"
    assert Session(Settings(servers=("nats://u:p@db:4222",))).name == "db:4222"


async def test_what_cannot_be_sent_raises(server_factory: ServerFactory) -> None:
    server = server_factory("max_payload: 1000")
    async with opened(server.url, timeout=0.05) as session:
        with pytest.raises(NotConnectedError):
            await session.publish("a", b"")
        await connected(session)
        with pytest.raises(NoRespondersError):
            await session.request("nobody", b"")
        with pytest.raises(MaxPayloadError):
            await session.publish("a", b"x" * 1001)
        assert session.client is not None
        await session.client.subscribe("silent")
        with pytest.raises(TimeoutError):
            await session.request("silent", b"")


async def test_read_only_refuses_below_everything(server: NatsServer) -> None:
    async with opened(server.url, read_only=True) as session:
        await connected(session)
        with pytest.raises(PublishRefusedError):
            await session.publish("orders.new", b"")
        with pytest.raises(PublishRefusedError):
            await session.request("orders.new", b"")
        assert session.client is not None
        with pytest.raises(PublishRefusedError):
            await session.client.publish("orders.new", b"")
        assert server.monitor("varz")["in_msgs"] == 0
        assert session.guard.refused == 3


async def test_rates_follow_the_traffic(server: NatsServer) -> None:
    now = 0.0
    session = Session(Settings(servers=(server.url,)), clock=lambda: now)
    session.open()
    await connected(session)
    session.sample()
    for _ in range(30):
        await session.publish("orders.new", b"12.90")
    now = 2.0
    session.sample()
    assert (session.messages_out.per_second, session.bytes_out.per_second) == (15, 75)
    now = 60.0
    session.sample()
    session.sample()
    assert session.messages_out.per_second < 1
    await session.close()


async def test_as_much_as_panes_ask_for_is_no_news_of_the_flow(server: NatsServer) -> None:
    now = 0.0
    session = Session(Settings(servers=(server.url,)), clock=lambda: now)
    session.open()
    await connected(session)
    session.sample()
    for _ in range(10):
        await session.publish("$JS.API.STREAM.LIST", b"")
    now = 2.0
    session.sample()
    assert (session.api_requests.per_second, session.flow.messages_out) == (5, 0)
    for _ in range(90):
        await session.publish("orders.new", b"12.90")
    now = 4.0
    session.sample()
    assert session.flow.messages_out == session.messages_out.per_second > 20
    now = 60.0
    session.sample()
    assert session.flow.messages_out == 0
    await session.close()


async def test_an_unopened_session_has_nothing_to_say() -> None:
    session = Session(Settings())
    assert (session.status_word, session.server, session.attempt) == ("not connected", "", "")
    assert session.obstacle == ""


async def test_a_lame_duck_is_announced(server: NatsServer) -> None:
    async with opened(server.url) as session:
        await connected(session)
        server.lame_duck()
        await eventually(lambda: "lame duck" in kinds(session), "the announcement")
        assert session.lame_duck


async def test_a_server_that_joins_the_cluster_is_an_event(cluster: Cluster) -> None:
    first, *_, last = cluster.servers
    last.stop()
    async with opened(first.url) as session:
        await connected(session)
        last.start()
        await eventually(lambda: "discovered" in kinds(session), "the news")
        assert f":{last.port}" in session.timeline.events[-1].text


async def test_who_was_stopped_asks_whether_the_connection_is_still_there(
    server: NatsServer,
) -> None:
    async with opened(server.url, timeout=0.5) as session:
        await connected(session)
        await session.came_back(75)
        said = [event.text for event in session.timeline.events if event.kind == "resumed"]
        assert said[0] == "stopped for 1m; is the server still there?"
        assert said[1].endswith("answers, nothing was lost")
        server.pause()
        try:
            await session.came_back(75)
            assert not session.is_connected
        finally:
            server.resume()
        await connected(session)
        await eventually(lambda: "reconnected" in kinds(session), "it is in the timeline")
        assert "error" in kinds(session)


def test_what_has_no_effect_is_told_in_the_timeline_and_is_no_trouble() -> None:
    session = Session(Settings(notes=("unknown key 'x' is not used",)))
    assert [(each.kind, each.text) for each in session.timeline.events] == [
        ("note", "unknown key 'x' is not used")
    ]
    assert session.timeline.unseen_trouble == 0
