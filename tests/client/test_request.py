"""A request gets its own answer, or an error that says why not."""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import AsyncIterator
from typing import Any

import pytest

import natstui.client as nats
from natstui.client.errors import (
    ConnectionClosedError,
    Error,
    NoRespondersError,
    TimeoutError,
)
from natstui.client.protocol.headers import encode_headers
from tests.conftest import ServerFactory
from tests.support.auth import user_with_permissions, users
from tests.support.server import NatsServer
from tests.support.waiting import eventually

BOTH_STYLES = pytest.mark.parametrize("old_style", [False, True])


@pytest.fixture
async def nc(server: NatsServer) -> AsyncIterator[nats.Client]:
    async with await nats.connect(server.url, name="asking") as nc:
        yield nc


@pytest.fixture
async def responder(server: NatsServer) -> AsyncIterator[nats.Client]:
    """Answers on `echo` with what it was sent; gets what is sent to `silent`; on `later`, answers
    when the message after it has come."""
    held: list[nats.Msg] = []

    async def echo(msg: nats.Msg) -> None:
        await msg.respond(msg.data)

    async def later(msg: nats.Msg) -> None:
        held.append(msg)
        if len(held) > 1:
            await held.pop(0).respond(b"late")

    async with await nats.connect(server.url, name="responder") as responder:
        await responder.subscribe("echo", cb=echo)
        await responder.subscribe("later", cb=later)
        await responder.subscribe("silent")
        await responder.flush()
        yield responder


async def subscriptions(server: NatsServer, name: str) -> list[str]:
    connz = await asyncio.to_thread(server.monitor, "connz?subs=1")
    (found,) = [one for one in connz["connections"] if one["name"] == name]
    return [str(subject) for subject in found.get("subscriptions_list", [])]


# Answers


@BOTH_STYLES
async def test_a_request_is_answered(
    nc: nats.Client, responder: nats.Client, old_style: bool
) -> None:
    for payload in (b"first", b"", b"x" * 100_000):
        answer = await nc.request("echo", payload, timeout=10, old_style=old_style)
        assert isinstance(answer, nats.Msg)
        assert answer.data == payload
        assert answer.headers is None
        assert answer.subject.startswith("_INBOX.")


@BOTH_STYLES
async def test_headers_go_both_ways(
    nc: nats.Client, responder: nats.Client, old_style: bool
) -> None:
    answer = await nc.request(
        "echo", b"hello", timeout=10, old_style=old_style, headers={"Tag": ["a", "b"]}
    )
    assert answer.headers == {"Tag": ["a", "b"]}


@BOTH_STYLES
async def test_of_many_answers_the_first_counts(
    nc: nats.Client, responder: nats.Client, old_style: bool
) -> None:
    async def insist(msg: nats.Msg) -> None:
        for number in range(3):
            await msg.respond(b"%s %d" % (msg.data, number))

    await responder.subscribe("insist", cb=insist)
    await responder.flush()
    for payload in (b"a", b"b"):
        answer = await nc.request("insist", payload, timeout=10, old_style=old_style)
        assert answer.data == payload + b" 0"


async def test_all_requests_share_one_subscription(
    server: NatsServer, nc: nats.Client, responder: nats.Client
) -> None:
    for _ in range(20):
        await nc.request("echo", timeout=10)
    (inbox,) = await subscriptions(server, "asking")
    assert inbox.startswith("_INBOX.")
    assert inbox.endswith(".*")


async def test_requests_of_the_old_style_leave_no_subscription(
    server: NatsServer, nc: nats.Client, responder: nats.Client
) -> None:
    await nc.request("echo", timeout=10, old_style=True)
    with pytest.raises(TimeoutError):
        await nc.request("silent", timeout=0.01, old_style=True)
    with pytest.raises(NoRespondersError):
        await nc.request("nobody", timeout=10, old_style=True)
    await nc.flush()
    assert await subscriptions(server, "asking") == []


@BOTH_STYLES
async def test_a_thousand_requests_at_once(
    nc: nats.Client, responder: nats.Client, old_style: bool
) -> None:
    answers = await asyncio.gather(
        *(
            nc.request("echo", b"%d" % number, timeout=30, old_style=old_style)
            for number in range(1000)
        )
    )
    assert [answer.data for answer in answers] == [b"%d" % number for number in range(1000)]


async def test_a_callback_may_ask_others(
    server: NatsServer, nc: nats.Client, responder: nats.Client
) -> None:
    async def ask_again(msg: nats.Msg) -> None:
        answer = await nc.request("echo", msg.data + b"!", timeout=10)
        await msg.respond(answer.data)

    await nc.subscribe("relay", cb=ask_again)
    for old_style in (False, True):
        answer = await nc.request("relay", b"hello", timeout=10, old_style=old_style)
        assert answer.data == b"hello!"


async def test_a_request_may_be_answered_by_who_asks(nc: nats.Client) -> None:
    async def answer(msg: nats.Msg) -> None:
        await msg.respond(msg.data + msg.data)

    await nc.subscribe("double", cb=answer)
    assert (await nc.request("double", b"12", timeout=10)).data == b"1212"


async def test_an_answer_gives_back_the_headers_as_they_are_by_then(
    nc: nats.Client, responder: nats.Client
) -> None:
    async def sign(msg: nats.Msg) -> None:
        assert msg.headers is not None
        msg.headers["Signed"] = "yes"
        if msg.data:
            await msg.respond(b"", headers={"Only": "this"})
        else:
            await msg.respond(b"")

    await responder.subscribe("sign", cb=sign)
    await responder.flush()
    asked = {"Trace": "7f"}
    answer = await nc.request("sign", timeout=10, headers=asked)
    assert answer.headers == {"Trace": "7f", "Signed": "yes"}
    assert asked == {"Trace": "7f"}
    answer = await nc.request("sign", b"x", timeout=10, headers=asked)
    assert answer.headers == {"Only": "this"}


async def test_a_message_without_a_reply_subject_cannot_be_answered(nc: nats.Client) -> None:
    sub = await nc.subscribe("a")
    await nc.publish("a")
    with pytest.raises(Error, match="reply"):
        await (await sub.next_msg(10)).respond(b"")
    with pytest.raises(Error, match="client"):
        await nats.Msg(None, "a", reply="b").respond(b"")


# Nobody answers


@BOTH_STYLES
async def test_nobody_responds(nc: nats.Client, old_style: bool) -> None:
    for headers in (None, {"A": "b"}):
        with pytest.raises(NoRespondersError, match="nobody"):
            await nc.request("nobody", timeout=None, old_style=old_style, headers=headers)


@BOTH_STYLES
async def test_an_answer_that_only_looks_like_nobody_is_an_answer(
    nc: nats.Client, responder: nats.Client, old_style: bool
) -> None:
    async def pretend(msg: nats.Msg) -> None:
        await msg.respond(b"", headers={"Status": "503"})

    await responder.subscribe("pretend", cb=pretend)
    await responder.flush()
    answer = await nc.request("pretend", timeout=10, old_style=old_style)
    assert answer.headers == {"Status": "503"}


@BOTH_STYLES
async def test_an_answer_with_something_in_it_is_an_answer(
    nc: nats.Client, responder: nats.Client, old_style: bool
) -> None:
    head = encode_headers({}, 503)

    async def answer_like_a_server(msg: nats.Msg) -> None:
        line = f"HPUB {msg.reply} {len(head)} {len(head) + 4}"
        responder._outbox.publish(line.encode(), head, b"data")

    await responder.subscribe("status", cb=answer_like_a_server)
    await responder.flush()
    answer = await nc.request("status", timeout=10, old_style=old_style)
    assert (answer.status, answer.data) == (503, b"data")


@BOTH_STYLES
async def test_an_answer_that_does_not_come_in_time(
    nc: nats.Client, responder: nats.Client, old_style: bool
) -> None:
    for kind in (TimeoutError, asyncio.TimeoutError, builtins.TimeoutError):
        with pytest.raises(kind):
            await nc.request("silent", timeout=0.01, old_style=old_style)


@BOTH_STYLES
async def test_a_late_answer_is_nobody_elses(
    nc: nats.Client, responder: nats.Client, old_style: bool
) -> None:
    with pytest.raises(TimeoutError):
        await nc.request("later", timeout=0.01, old_style=old_style)
    await nc.publish("later")  # lets the answer go
    assert (await nc.request("echo", b"mine", timeout=10, old_style=old_style)).data == b"mine"
    assert nc.last_error is None


@BOTH_STYLES
async def test_a_request_without_a_timeout_waits(
    nc: nats.Client, responder: nats.Client, old_style: bool
) -> None:
    asking = asyncio.create_task(nc.request("later", timeout=None, old_style=old_style))
    await nc.request("echo", timeout=10)
    assert not asking.done()
    await nc.publish("later")
    assert (await asking).data == b"late"


# Giving up


@BOTH_STYLES
async def test_a_request_that_is_cancelled_leaves_nothing_behind(
    server: NatsServer, nc: nats.Client, responder: nats.Client, old_style: bool
) -> None:
    asking = asyncio.create_task(nc.request("later", timeout=None, old_style=old_style))
    await nc.request("echo", timeout=10)
    before = await subscriptions(server, "asking")
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await nc.publish("later")
    assert (await nc.request("echo", b"mine", timeout=10)).data == b"mine"
    after = await subscriptions(server, "asking")
    assert len(after) == 1
    assert len(before) == (2 if old_style else 1)


@BOTH_STYLES
@pytest.mark.parametrize("end", ["close", "drain"])
async def test_requests_end_with_the_client(
    server: NatsServer, responder: nats.Client, old_style: bool, end: str
) -> None:
    nc = await nats.connect(server.url, drain_timeout=0.1)
    asking = [
        asyncio.create_task(nc.request("silent", timeout=timeout, old_style=old_style))
        for timeout in (None, 3600)
    ]
    await nc.request("echo", timeout=10)
    await getattr(nc, end)()
    for task in asking:
        with pytest.raises(ConnectionClosedError):
            await task
    with pytest.raises(ConnectionClosedError):
        await nc.request("echo", old_style=old_style)


# Another connection


async def test_requests_go_on_with_the_next_connection(server: NatsServer) -> None:
    async def echo(msg: nats.Msg) -> None:
        await msg.respond(msg.data)

    options: dict[str, Any] = {"reconnect_time_wait": 0.01}
    async with (
        await nats.connect(server.url, **options) as responder,
        await nats.connect(server.url, **options) as nc,
    ):
        await responder.subscribe("echo", cb=echo)
        await responder.flush()
        await nc.request("echo", timeout=10)
        server.kill()
        await eventually(lambda: nc.is_reconnecting and responder.is_reconnecting, "both noticed")
        server.start()
        await responder.flush()
        await nc.flush()
        assert (await nc.request("echo", b"again", timeout=10)).data == b"again"


async def test_the_first_request_may_be_made_without_a_connection(server: NatsServer) -> None:
    async def echo(msg: nats.Msg) -> None:
        await msg.respond(msg.data)

    async with await nats.connect(server.url, reconnect_time_wait=0.01) as nc:
        await nc.subscribe("echo", cb=echo)
        server.kill()
        await eventually(lambda: nc.is_reconnecting, "the client noticed")
        asking = asyncio.create_task(nc.request("echo", b"patience", timeout=None))
        await asyncio.sleep(0)
        server.start()
        assert (await asking).data == b"patience"


async def test_a_client_that_connects_again_makes_requests_again(server: NatsServer) -> None:
    async def echo(msg: nats.Msg) -> None:
        await msg.respond(msg.data)

    nc = nats.Client()
    for payload in (b"first", b"second"):
        await nc.connect(server.url)
        await nc.subscribe("echo", cb=echo)
        assert (await nc.request("echo", payload, timeout=10)).data == payload
        await nc.close()


# What the server does not allow


@BOTH_STYLES
async def test_a_client_that_may_not_listen_to_its_inbox_is_told(
    server_factory: ServerFactory, old_style: bool
) -> None:
    server = server_factory(users(user_with_permissions("u", "p", subscribe_deny=["_INBOX.>"])))

    async def ignore(error: Exception) -> None: ...

    async with await nats.connect(
        server.url, user="u", password="p", error_cb=ignore, inbox_prefix="_INBOX"
    ) as nc:
        await nc.subscribe("silent")
        for _ in range(2):
            with pytest.raises(Error, match="Permissions Violation"):
                await nc.request("silent", timeout=None, old_style=old_style)
        assert nc.is_connected
