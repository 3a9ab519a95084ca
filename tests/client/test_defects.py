"""One test for each defect that users of asyncio clients for NATS have met, by what it guards.

What needs a cluster, TLS or a hostile network is in the files of those names.
"""

from __future__ import annotations

import asyncio
import functools
import signal
import sys
from typing import Any

import pytest

from natstui.client import Headers, Msg
from natstui.client import connect as open_client
from natstui.client.errors import (
    BadHeaderError,
    ConnectionClosedError,
    Error,
    FlushTimeoutError,
    MaxPayloadError,
    NoRespondersError,
    NoServersError,
    SecureConnWantedError,
    SlowConsumerError,
    TimeoutError,
)
from tests.client.conftest import Connect
from tests.conftest import ServerFactory
from tests.support.callbacks import Callbacks
from tests.support.peers import Peer
from tests.support.proxy import FaultyProxy
from tests.support.server import NatsServer
from tests.support.waiting import eventually

FAST: dict[str, Any] = {"reconnect_time_wait": 0.02}


async def ignore(message: Msg) -> None:
    pass


# Round trips


async def test_flush_ping_does_not_overtake_publishes(connect: Connect, proxy: FaultyProxy) -> None:
    client = await connect(proxy.url)
    sent = bytearray()

    def look(data: bytes) -> bytes:
        sent.extend(data)
        return data

    proxy.to_server.alter(look)
    for number in range(2000):
        await client.publish("news", b"%d" % number)
    await client.flush()
    assert sent.count(b"PUB news") == 2000
    assert sent.endswith(b"PUB news 4\r\n1999\r\nPING\r\n")


async def test_late_pong_after_flush_timeout_does_not_kill_the_reader(
    connect: Connect, proxy: FaultyProxy
) -> None:
    client = await connect(proxy.url)
    sub = await client.subscribe("news")
    proxy.to_client.stall()
    with pytest.raises(FlushTimeoutError):
        await client.flush(0.02)
    proxy.to_client.resume()
    await client.flush()
    await client.publish("news", b"alive")
    assert (await sub.next_msg(20)).data == b"alive"


async def test_pending_requests_end_when_the_client_is_closed(
    connect: Connect, server: NatsServer
) -> None:
    client = await connect(server.url)
    await client.subscribe("deaf", cb=ignore)
    asking = [asyncio.create_task(client.request("deaf", timeout=60)) for _ in range(10)]
    await client.flush()
    await client.close()
    for end in await asyncio.gather(*asking, return_exceptions=True):
        assert isinstance(end, ConnectionClosedError)


async def test_flush_while_reconnecting_is_no_success(connect: Connect, server: NatsServer) -> None:
    client = await connect(server.url, **FAST)
    server.kill()
    await eventually(lambda: client.is_reconnecting, "the connection is lost")
    with pytest.raises(FlushTimeoutError):
        await client.flush(0.02)


# What the server says


async def test_invalid_subject_is_told_and_does_not_close_the_client(
    connect: Connect, server: NatsServer, callbacks: Callbacks
) -> None:
    client = await connect(
        server.url, pedantic=True, skip_subject_validation=True, **callbacks.options
    )
    await client.publish("a..b")
    assert "Invalid Publish Subject" in str(await callbacks.until_error(Error))
    await client.flush()
    assert callbacks.told == ["connected"]


async def test_headers_count_for_max_payload(
    connect: Connect, server_factory: ServerFactory, callbacks: Callbacks
) -> None:
    server = server_factory("max_payload: 5000")
    client = await connect(server.url, **callbacks.options)
    sub = await client.subscribe("news")
    for _ in range(2):  # the first message to a subject goes another way than those after it
        with pytest.raises(MaxPayloadError, match="5000 at most"):
            await client.publish("news", bytes(4990), headers={"Key": "value"})
        with pytest.raises(MaxPayloadError):
            await client.publish("news", bytes(5001))
        with pytest.raises(MaxPayloadError):
            await client.request("news", bytes(5001))
        await client.publish("news", bytes(5000))
        assert len((await sub.next_msg(20)).data) == 5000
    assert callbacks.errors == []


async def test_initial_connect_is_one_pass_and_names_the_cause() -> None:
    async with Peer(b"+OK\r\n", closes=True) as peer:
        with pytest.raises(NoServersError) as caught:
            await open_client(peer.url)
        assert peer.accepted == 1
    assert isinstance(caught.value.__cause__, Error)
    assert peer.url in str(caught.value)


async def test_tls_that_was_asked_for_is_never_left_out(server: NatsServer) -> None:
    with pytest.raises(SecureConnWantedError):
        await open_client(server.tls_url)


async def test_a_verbose_server_does_not_confuse_requests(
    connect: Connect, server: NatsServer
) -> None:
    client = await connect(server.url, verbose=True, pedantic=True)
    sub = await client.subscribe("news")
    for _ in range(10):
        await client.publish("news")
        await sub.next_msg(20)
        await client.flush()
    with pytest.raises(NoRespondersError):
        await client.request("nobody")


# Messages


async def test_repeated_headers_are_all_kept(connect: Connect, server: NatsServer) -> None:
    client = await connect(server.url)
    sub = await client.subscribe("news")
    await client.publish("news", headers={"Tag": ["new", "urgent"], "Name": "Grüße ☃"})
    headers = (await sub.next_msg(20)).headers
    assert headers is not None
    assert headers.get_all("Tag") == ["new", "urgent"]
    assert headers["Name"] == "Grüße ☃"


async def test_headers_that_are_no_utf8_are_not_dropped(
    connect: Connect, proxy: FaultyProxy
) -> None:
    client = await connect(proxy.url)
    sub = await client.subscribe("news")
    proxy.to_client.alter(lambda data: data.replace(b"caf*", b"caf\xe9"))
    await client.publish("news", headers={"Place": "caf*", "Other": "fine"})
    headers = (await sub.next_msg(20)).headers
    assert headers is not None
    assert headers["Place"].encode("utf-8", "surrogateescape") == b"caf\xe9"
    assert headers["Other"] == "fine"


@pytest.mark.parametrize(
    "headers",
    [{"Key": "a\r\nOther: b"}, {"Key\r\nOther": "b"}, {"Key: x": "b"}, {"Key": ["a", "b\n c"]}],
)
async def test_headers_bring_in_no_others(
    connect: Connect, server: NatsServer, headers: dict[str, str]
) -> None:
    client = await connect(server.url)
    for _ in range(2):
        with pytest.raises(BadHeaderError):
            await client.publish("news", headers=headers)
        await client.publish("news")
    await client.flush()
    assert client.stats["out_msgs"] == 2


async def test_headers_of_the_caller_are_not_changed(connect: Connect, server: NatsServer) -> None:
    client = await connect(server.url)
    mine = {"Key": " value "}
    repeated = Headers({"Key": ["a", "b"]})
    await client.publish("news", headers=mine)
    await client.publish("news", headers=repeated)
    assert mine == {"Key": " value "}
    assert repeated.get_all("Key") == ["a", "b"]


@pytest.mark.parametrize(
    ("reply", "domain"),
    [
        ("$JS.ACK.S.C.1.7.3.1700000000000000000.5", None),
        ("$JS.ACK.hub.ACC.S.C.1.7.3.1700000000000000000.5", "hub"),
        ("$JS.ACK._.ACC.S.C.1.7.3.1700000000000000000.5.token", None),
    ],
)
async def test_ack_subjects_of_every_length_are_read(
    connect: Connect, proxy: FaultyProxy, reply: str, domain: str | None
) -> None:
    client = await connect(proxy.url)
    sub = await client.subscribe("news")
    proxy.to_client.alter(lambda data: data.replace(b"reply", reply.encode()))
    await client.publish("news", reply="reply")
    metadata = (await sub.next_msg(20)).metadata
    assert (metadata.stream, metadata.consumer, metadata.domain) == ("S", "C", domain)
    assert (metadata.sequence.stream, metadata.sequence.consumer) == (7, 3)
    assert (metadata.num_delivered, metadata.num_pending) == (1, 5)


async def test_a_wait_that_is_cancelled_loses_no_message(
    connect: Connect, server: NatsServer
) -> None:
    client = await connect(server.url)
    awaited, iterated = await client.subscribe("news"), await client.subscribe("news")
    iterator = aiter(iterated.messages)

    async def following() -> Msg:
        return await anext(iterator)

    for number in range(50):
        waits = [asyncio.create_task(awaited.next_msg(20)), asyncio.create_task(following())]
        await client.publish("news", b"%d" % number)
        if number % 2:
            await asyncio.sleep(0)
        for wait in waits:
            wait.cancel()
        ends = await asyncio.gather(*waits, return_exceptions=True)
        await client.flush()
        for sub, end in zip((awaited, iterated), ends, strict=True):
            message = end if isinstance(end, Msg) else await sub.next_msg(20)
            assert message.data == b"%d" % number
        iterator = aiter(iterated.messages)


# Callbacks


class Answering:
    """An object that can be called."""

    async def __call__(self, message: Msg) -> None:
        await message.respond(b"answer")


async def answer(prefix: str, message: Msg) -> None:
    await message.respond(b"answer")


@pytest.mark.parametrize(
    "callback",
    [Answering(), Answering().__call__, functools.partial(answer, "prefix")],
    ids=["object", "method", "partial"],
)
async def test_whatever_gives_a_coroutine_takes_messages(
    connect: Connect, server: NatsServer, callback: Any
) -> None:
    client = await connect(server.url)
    await client.subscribe("question", cb=callback)
    assert (await client.request("question", timeout=20)).data == b"answer"


async def test_a_plain_function_is_no_callback(connect: Connect, server: NatsServer) -> None:
    client = await connect(server.url)
    for wrong in (lambda message: None, "callback"):
        with pytest.raises(Error, match="coroutine"):
            await client.subscribe("news", cb=wrong)  # type: ignore[arg-type]
    await client.flush()
    assert server.monitor("connz")["connections"][0]["subscriptions"] == 0


async def test_an_exception_in_a_callback_stops_nothing(
    connect: Connect, server: NatsServer
) -> None:
    told: list[Exception] = []
    seen: list[bytes] = []

    async def error_cb(error: Exception) -> None:
        told.append(error)
        raise RuntimeError("in the error callback, too")

    async def fail(message: Msg) -> None:
        seen.append(message.data)
        raise LookupError(message.data)

    def hook(message: Msg) -> None:
        seen.append(message.data)
        raise ArithmeticError(message.data)

    client = await connect(server.url, error_cb=error_cb)
    await client.subscribe("news", cb=fail)
    await client.subscribe("news", hook=hook)
    for number in range(3):
        await client.publish("news", b"%d" % number)
    await eventually(lambda: len(told) == 6, "all errors are told")
    assert sorted(seen) == [b"0", b"0", b"1", b"1", b"2", b"2"]
    assert {type(error) for error in told} == {LookupError, ArithmeticError}
    await client.flush()


async def test_a_future_that_was_cancelled_does_not_kill_the_reader(
    connect: Connect, server: NatsServer
) -> None:
    client = await connect(server.url)
    first: asyncio.Future[Msg] = asyncio.get_running_loop().create_future()
    await client.subscribe("news", future=first)
    sub = await client.subscribe("news")
    first.cancel()
    for _ in range(2):
        await client.publish("news")
        await sub.next_msg(20)


async def test_a_request_that_was_given_up_does_not_spoil_later_ones(
    connect: Connect, server: NatsServer
) -> None:
    client = await connect(server.url)
    held: list[Msg] = []

    async def hold(message: Msg) -> None:
        held.append(message)

    await client.subscribe("question", cb=hold)
    with pytest.raises(TimeoutError):
        await client.request("question", b"1", timeout=0.02)
    cancelled = asyncio.create_task(client.request("question", b"2", timeout=None))
    await eventually(lambda: len(held) == 2, "both have come")
    cancelled.cancel()
    third = asyncio.create_task(client.request("question", b"3", timeout=None))
    await eventually(lambda: len(held) == 3, "the third has come")
    for message in held:
        await message.respond(message.data)
    assert (await third).data == b"3"


# Limits


async def test_what_a_slow_subscription_drops_is_counted(
    connect: Connect, server: NatsServer, callbacks: Callbacks
) -> None:
    client = await connect(server.url, **callbacks.options)
    few = await client.subscribe("news", pending_msgs_limit=10)
    small = await client.subscribe("news", pending_bytes_limit=1000)
    for episode in range(1, 3):
        for _ in range(100):
            await client.publish("news", bytes(100))
        await client.flush()
        assert (few.pending_msgs, few.pending_bytes, few.dropped) == (10, 1000, 90 * episode)
        assert (small.pending_msgs, small.pending_bytes, small.dropped) == (10, 1000, 90 * episode)
        for sub in (few, small):
            for _ in range(10):
                await sub.next_msg(20)
            assert (sub.pending_msgs, sub.pending_bytes) == (0, 0)
    await eventually(lambda: len(callbacks.errors) == 4, "each episode is told once")
    assert {type(error) for error in callbacks.errors} == {SlowConsumerError}


async def test_a_loop_that_only_publishes_lets_others_run(
    connect: Connect, server: NatsServer
) -> None:
    client = await connect(server.url)
    sub = await client.subscribe("news", pending_msgs_limit=0, pending_bytes_limit=0)
    arrived = 0
    for _ in range(50_000):
        await client.publish("news", bytes(100))
        arrived = max(arrived, sub.delivered)
    assert arrived > 0  # the loop could read meanwhile
    await client.flush()
    assert sub.delivered == 50_000


async def test_publishing_after_the_loop_was_blocked_is_no_error(
    connect: Connect, server: NatsServer
) -> None:
    client = await connect(server.url, pending_size=1000)
    sub = await client.subscribe("news")
    for _ in range(100):  # far more than pending_size, without a pause to write
        await client.publish("news", bytes(500))
    await client.flush()
    assert sub.delivered == 100


# The end


async def test_leaving_a_subscription_after_the_client_is_no_error(
    connect: Connect, server: NatsServer
) -> None:
    client = await connect(server.url)
    async with await client.subscribe("news") as sub:
        await sub.unsubscribe()
    async with await client.subscribe("news"):
        await client.close()


PROGRAM = """
import asyncio, sys
import natstui.client as nats

async def main():
    async with nats.Client() as client:
        await client.connect(sys.argv[1], connect_timeout=60)
        async def work(message):
            await asyncio.sleep(60)
        sub = await client.subscribe("news")
        await client.subscribe("news", cb=work)
        await client.publish("news")
        await client.flush()
        print("waiting", flush=True)
        await client.request("news", timeout=60)

asyncio.run(main())
"""


@pytest.mark.parametrize("connected", [False, True])
async def test_ctrl_c_leaves_nothing_behind(server: NatsServer, connected: bool) -> None:
    async with Peer() as silent:
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-X", "dev", "-c", PROGRAM),
            server.url if connected else silent.url,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert program.stdout is not None
        if connected:
            while await program.stdout.readline() != b"waiting\n":
                pass
        else:
            await eventually(lambda: silent.open, "it connects")
        program.send_signal(signal.SIGINT)
        _, complaints = await program.communicate()
        await eventually(lambda: not silent.open, "the socket is closed")
    assert complaints.strip().endswith(b"KeyboardInterrupt")
    for word in (b"Warning", b"destroyed", b"never retrieved"):
        assert word not in complaints, complaints.decode()
