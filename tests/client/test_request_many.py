from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

import natstui.client as nats
from natstui.client import Client, Msg
from natstui.client.errors import (
    BadSubjectError,
    BadTimeoutError,
    ConnectionClosedError,
    ConnectionDrainingError,
    Error,
    NoRespondersError,
    PublishRefusedError,
)
from tests.conftest import ServerFactory
from tests.support.server import NatsServer
from tests.support.waiting import eventually

FOREVER = 30.0  # seconds; a test that waits for that has failed


@pytest.fixture
async def client(server: NatsServer) -> AsyncIterator[Client]:
    async with await nats.connect(server.url) as client:
        yield client


@pytest.fixture
async def responder(server: NatsServer) -> AsyncIterator[Client]:
    async with await nats.connect(server.url) as client:
        yield client


async def answer_with(responder: Client, *payloads: bytes) -> None:
    """Answer each request on "ask" with these messages."""

    async def answer(msg: Msg) -> None:
        for payload in payloads:
            await responder.publish(msg.reply, payload)

    await responder.subscribe("ask", cb=answer)
    await responder.flush()


async def payloads_of(answers: AsyncGenerator[Msg, None]) -> list[bytes]:
    return [answer.data async for answer in answers]


async def interest(client: Client, server: NatsServer) -> list[str]:
    """The subjects that the client subscribes to, as the server knows."""
    await client.flush()
    return known_interest(client, server)


def known_interest(client: Client, server: NatsServer) -> list[str]:
    (connection,) = server.monitor(f"connz?subs=1&cid={client.client_id}")["connections"]
    subjects: list[str] = connection.get("subscriptions_list", [])
    return subjects


async def test_all_answers_come_in_order(client: Client, responder: Client) -> None:
    await answer_with(responder, b"1", b"2", b"3")
    answers = client.request_many("ask", timeout=FOREVER, max_messages=3)
    assert await payloads_of(answers) == [b"1", b"2", b"3"]


async def test_the_request_carries_payload_and_headers(client: Client, responder: Client) -> None:
    async def answer(msg: Msg) -> None:
        await msg.respond(msg.data)  # with the headers of the request

    await responder.subscribe("ask", cb=answer)
    await responder.flush()
    answers = client.request_many(
        "ask", b"what?", headers={"Trace": "7"}, timeout=FOREVER, max_messages=1
    )
    (got,) = [answer async for answer in answers]
    assert got.data == b"what?"
    assert got.headers == {"Trace": "7"}


async def test_many_responders_answer_one_request(client: Client, responder: Client) -> None:
    await answer_with(responder, b"a")
    await answer_with(responder, b"b")
    assert sorted(await payloads_of(client.request_many("ask", stall=0.2, timeout=FOREVER))) == [
        b"a",
        b"b",
    ]


async def test_a_stall_that_is_no_time_ends_nothing(client: Client, responder: Client) -> None:
    asked: list[Msg] = []

    async def answer(msg: Msg) -> None:
        asked.append(msg)
        await msg.respond(b"1")

    await responder.subscribe("ask", cb=answer)
    await responder.flush()
    async with aclosing(client.request_many("ask", stall=float("nan"), timeout=FOREVER)) as answers:
        assert (await anext(answers)).data == b"1"
        another = asyncio.ensure_future(anext(answers))
        await client.flush()
        loop: Any = asyncio.get_running_loop()
        timers = [timer.when() for timer in loop._scheduled]
        assert not any(map(math.isnan, timers))  # it would stop those behind it
        await asked[0].respond(b"2")
        assert (await another).data == b"2"


async def test_it_ends_at_the_total_timeout(
    server: NatsServer, client: Client, responder: Client
) -> None:
    await answer_with(responder, b"1")
    assert await payloads_of(client.request_many("ask", timeout=0.2)) in ([b"1"], [])
    assert await interest(client, server) == []


async def test_that_nothing_comes_is_no_error(client: Client, responder: Client) -> None:
    await answer_with(responder)
    assert await payloads_of(client.request_many("ask", timeout=0.1)) == []


async def test_an_endless_stream_ends_at_the_total_timeout(
    client: Client, responder: Client
) -> None:
    async def flood(msg: Msg) -> None:
        while not responder.is_closed:
            await responder.publish(msg.reply, b"again")
            await asyncio.sleep(0)

    await responder.subscribe("ask", cb=flood)
    await responder.flush()
    answers = 0
    async with asyncio.timeout(FOREVER):
        while answers < 2:  # it was stopped by its time, and not by the end of the answers
            async for _ in client.request_many("ask", timeout=0.2):
                answers += 1
                await asyncio.sleep(0)  # slower than they come
    await responder.close()


async def test_what_came_in_time_is_handed_out_however_long_each_takes(
    client: Client, responder: Client
) -> None:
    await answer_with(responder, b"1", b"2", b"3")
    got = []
    async for answer in client.request_many("ask", timeout=1):
        got.append(answer.data)
        if len(got) == 1:
            await asyncio.sleep(1.1)  # longer than the whole request may take
    assert got == [b"1", b"2", b"3"]


async def test_it_ends_when_answers_stall(client: Client, responder: Client) -> None:
    await answer_with(responder, b"1", b"2")
    async with asyncio.timeout(FOREVER):
        answers = client.request_many("ask", timeout=None, stall=0.1)
        assert await payloads_of(answers) == [b"1", b"2"]


async def test_the_first_answer_may_take_longer_than_a_stall(
    client: Client, responder: Client
) -> None:
    async def think(msg: Msg) -> None:
        await asyncio.sleep(0.3)
        await responder.publish(msg.reply, b"late")

    await responder.subscribe("ask", cb=think)
    await responder.flush()
    assert await payloads_of(client.request_many("ask", timeout=FOREVER, stall=0.05)) == [b"late"]


@pytest.mark.parametrize("stall", [0, -1, 2 * FOREVER])
async def test_a_stall_outside_of_the_timeout_counts_for_nothing(
    client: Client, responder: Client, stall: float
) -> None:
    async def answer(msg: Msg) -> None:
        await responder.publish(msg.reply, b"1")
        await asyncio.sleep(0.05)
        await responder.publish(msg.reply, b"2")

    await responder.subscribe("ask", cb=answer)
    await responder.flush()
    answers = client.request_many("ask", timeout=FOREVER, stall=stall, max_messages=2)
    assert await payloads_of(answers) == [b"1", b"2"]


async def test_it_ends_with_the_count(
    server: NatsServer, client: Client, responder: Client
) -> None:
    await answer_with(responder, b"1", b"2", b"3", b"4")
    answers = client.request_many("ask", timeout=FOREVER, max_messages=2)
    assert await payloads_of(answers) == [b"1", b"2"]
    assert await interest(client, server) == []


async def test_an_empty_payload_is_the_usual_sentinel(client: Client, responder: Client) -> None:
    await answer_with(responder, b"1", b"2", b"", b"beyond")
    answers = client.request_many("ask", timeout=FOREVER, sentinel=True)
    assert await payloads_of(answers) == [b"1", b"2"]


async def test_without_a_sentinel_an_empty_answer_is_one(client: Client, responder: Client) -> None:
    await answer_with(responder, b"1", b"", b"2")
    answers = client.request_many("ask", timeout=FOREVER, max_messages=3)
    assert await payloads_of(answers) == [b"1", b"", b"2"]


async def test_a_function_may_be_the_sentinel(client: Client, responder: Client) -> None:
    await answer_with(responder, b"1", b"", b"end", b"beyond")
    answers = client.request_many(
        "ask", timeout=FOREVER, sentinel=lambda answer: answer.data == b"end"
    )
    assert await payloads_of(answers) == [b"1", b""]


async def test_what_the_sentinel_raises_comes_out(
    server: NatsServer, client: Client, responder: Client
) -> None:
    await answer_with(responder, b"1")

    def broken(answer: Msg) -> bool:
        raise LookupError("broken")

    with pytest.raises(LookupError, match="broken"):
        await payloads_of(client.request_many("ask", timeout=FOREVER, sentinel=broken))
    assert await interest(client, server) == []


async def test_nobody_listens(server: NatsServer, client: Client) -> None:
    with pytest.raises(NoRespondersError, match="'nobody'"):
        await payloads_of(client.request_many("nobody", timeout=FOREVER, sentinel=True))
    assert await interest(client, server) == []


async def test_a_status_of_the_server_is_the_last_message(js_server: NatsServer) -> None:
    async with await nats.connect(js_server.url) as client:
        config = b'{"name":"S","subjects":["s.*"],"allow_direct":true}'
        await client.request("$JS.API.STREAM.CREATE.S", config, timeout=5)
        for subject in ("s.1", "s.2"):
            await client.request(subject, subject.encode(), timeout=5)
        batch = client.request_many(
            "$JS.API.DIRECT.GET.S", b'{"multi_last":["s.*"]}', timeout=FOREVER
        )
        *messages, last = [answer async for answer in batch]
    assert [message.data for message in messages] == [b"s.1", b"s.2"]
    assert last.status == 204


async def test_breaking_out_ends_the_subscription(
    server: NatsServer, client: Client, responder: Client
) -> None:
    await answer_with(responder, b"1", b"2")
    async for _ in client.request_many("ask", timeout=FOREVER):
        break
    await eventually(lambda: not known_interest(client, server), "the subscription is gone")


async def test_closing_the_generator_ends_the_subscription_at_once(
    server: NatsServer, client: Client, responder: Client
) -> None:
    await answer_with(responder, b"1", b"2")
    async with aclosing(client.request_many("ask", timeout=FOREVER)) as answers:
        async for _ in answers:
            break
    assert await interest(client, server) == []


async def test_cancelling_ends_the_subscription(
    server: NatsServer, client: Client, responder: Client
) -> None:
    asked = asyncio.Event()

    async def keep_silent(msg: Msg) -> None:
        asked.set()

    await responder.subscribe("ask", cb=keep_silent)
    await responder.flush()
    waiting = asyncio.create_task(payloads_of(client.request_many("ask", timeout=FOREVER)))
    await asked.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await interest(client, server) == []


async def test_answers_take_no_task_each(client: Client, responder: Client) -> None:
    await answer_with(responder, *[b"x"] * 100)
    tasks = len(asyncio.all_tasks())
    async for _ in client.request_many("ask", timeout=FOREVER, max_messages=100):
        assert len(asyncio.all_tasks()) <= tasks


async def test_nothing_is_sent_before_the_iteration(client: Client, responder: Client) -> None:
    requests: list[Msg] = []
    await responder.subscribe("ask", hook=requests.append)
    await responder.flush()
    answers = client.request_many("ask")
    await client.flush()
    await responder.flush()
    assert requests == []
    await answers.aclose()


async def test_closing_the_client_is_told(client: Client, responder: Client) -> None:
    await answer_with(responder, b"1")
    answers = client.request_many("ask", timeout=FOREVER)
    assert (await anext(answers)).data == b"1"
    await client.close()
    with pytest.raises(ConnectionClosedError):
        await anext(answers)


async def test_draining_the_client_is_told_after_the_last_answer(
    client: Client, responder: Client
) -> None:
    await answer_with(responder, b"1", b"2")
    answers = client.request_many("ask", timeout=FOREVER)
    assert (await anext(answers)).data == b"1"
    draining = asyncio.create_task(client.drain())
    assert (await anext(answers)).data == b"2"
    with pytest.raises((ConnectionDrainingError, ConnectionClosedError)):
        await anext(answers)
    await draining


async def test_a_refused_request_leaves_nothing(server: NatsServer) -> None:
    def guard(subject: str) -> None:
        raise PublishRefusedError()

    async with await nats.connect(server.url, publish_guard=guard) as client:
        with pytest.raises(PublishRefusedError):
            await payloads_of(client.request_many("ask"))
        assert await interest(client, server) == []


async def test_a_user_who_may_not_receive_answers_is_told(server_factory: ServerFactory) -> None:
    server = server_factory("""
        authorization { users: [{user: u, password: p, permissions: {subscribe: ["orders.>"]}}] }
    """)

    async def ignore(error: Exception) -> None:
        pass  # it is told there, too

    async with await nats.connect(server.url, user="u", password="p", error_cb=ignore) as client:
        with pytest.raises(Error, match="Permissions Violation"):
            await payloads_of(client.request_many("ask", timeout=FOREVER))


async def test_answers_still_come_after_a_reconnect(
    server: NatsServer, client: Client, responder: Client
) -> None:
    await answer_with(responder, b"1")
    answers = client.request_many("ask", timeout=FOREVER, max_messages=2)
    first = await anext(answers)
    await client.force_reconnect()
    await client.flush()
    await responder.publish(first.subject, b"2")
    assert await payloads_of(answers) == [b"2"]


@pytest.mark.parametrize(
    ("subject", "options", "error"),
    [
        pytest.param("ask", {"timeout": 0}, BadTimeoutError, id="no-time"),
        pytest.param("ask", {"timeout": float("nan")}, BadTimeoutError, id="not-a-time"),
        pytest.param("ask", {"max_messages": 0}, ValueError, id="no-messages"),
        pytest.param("a sk", {}, BadSubjectError, id="subject"),
    ],
)
async def test_bad_arguments(
    server: NatsServer,
    client: Client,
    subject: str,
    options: dict[str, Any],
    error: type[Exception],
) -> None:
    with pytest.raises(error):
        await payloads_of(client.request_many(subject, **options))
    assert await interest(client, server) == []
