"""One test for each defect that users of JetStream from Python have met, by what it guards.

What can be seen only when servers, consumers or messages are lost is in the files of those things.
"""

from __future__ import annotations

import asyncio
import copy
import json
from typing import Any

import pytest

from natstui.client import Client, Headers, Msg
from natstui.client.errors import PublishRefusedError
from natstui.client.js import api
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import KeyDeletedError
from tests.client.conftest import tasks_of_clients
from tests.client.js.conftest import Connect
from tests.client.sniffer import sniffing
from tests.conftest import ServerFactory
from tests.support.proxy import FaultyProxy
from tests.support.server import NatsServer
from tests.support.waiting import eventually

# What is sent.


async def use_everything(js: JetStreamContext) -> None:
    """The usual calls, most of them with few options: what is not given must not be sent."""
    await js.add_stream(name="S", subjects=["s.>"])
    config = (await js.stream_info("S", subjects_filter=">")).config
    await js.update_stream(config, allow_direct=True)
    await js.publish("s.a", b"1")
    pull = await js.pull_subscribe("s.>", "pulled")
    await (await pull.fetch())[0].ack_sync()
    assert await pull.fetch(2, no_wait=True) == []
    push = await js.subscribe("s.>", durable="pushed", idle_heartbeat=5, flow_control=True)
    await (await push.next_msg(20)).nak()
    consumer = await js.consumer("S", "pulled")
    assert await consumer.fetch_no_wait(5) == []
    await js.update_consumer("S", (await consumer.info()).config, max_ack_pending=5)
    await js.pause_consumer("S", "pulled", "2099-01-01T00:00:00Z")
    await js.resume_consumer("S", "pulled")
    assert len(await js.ordered_consumer("S").fetch(1)) == 1
    assert len([each async for each in (await js.stream("S")).get_msgs()]) == 1
    await js.get_msg("S", 1, direct=True)
    kv = await js.create_key_value(bucket="B")
    await kv.create("k", b"v")
    await kv.purge("k")
    async with await kv.watchall() as watcher:
        assert await watcher.updates() is not None
    await js.update_key_value(bucket="B", history=5)
    store = await js.create_object_store(bucket="O")
    await store.put("o", b"data")
    await store.add_link("l", await store.get_info("o"))
    await store.update_meta("o", api.ObjectMeta(name="p"))
    await store.get("p")
    await js.streams_info()
    await js.consumers_info("S")
    await js.purge_stream("S")
    await js.account_info()


def has_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(has_null, value.values()))
    return any(map(has_null, value)) if isinstance(value, list) else value is None


async def test_nothing_null_or_unknown_is_ever_sent(js_server: NatsServer, nc: Client) -> None:
    """Newer servers refuse requests with fields that they do not know, or that are null.

    The first is what this server would have said, to any of them.
    """
    async with sniffing(js_server) as sniffer:
        await use_everything(nc.jetstream(timeout=20))
        heard = await sniffer.heard(nc)
    requests = [msg for msg in heard if msg.subject.startswith("$JS.API.") and msg.data]
    assert len(requests) > 20
    for request in requests:
        body = json.loads(request.data)
        assert not has_null(body), (request.subject, body)
        assert "template_owner" not in body.get("config", body)
    infos = [json.loads(msg.data) for msg in heard if msg.subject.startswith("$O.O.M.")]
    assert len(infos) == 3
    assert not any(map(has_null, infos))


async def test_what_a_server_knows_and_the_client_does_not_survives_an_edit(
    js_server: NatsServer, connect: Connect
) -> None:
    """An option was reset by whoever changed another one with a client that is older than it."""
    async with FaultyProxy("127.0.0.1", js_server.port) as proxy:
        # To the client, these two are of a server of the future.
        hidden = {b'"compression"': b'"entanglemen"', b'"max_batch"': b'"max_quark"'}

        def hide(data: bytes) -> bytes:
            for name, stranger in hidden.items():
                data = data.replace(name, stranger)
            return data

        def unhide(data: bytes) -> bytes:
            for name, stranger in hidden.items():
                data = data.replace(stranger, name)
            return data

        js = (await connect(js_server.url)).jetstream(timeout=20)
        await js.add_stream(name="S", subjects=["s"], compression="s2")
        await js.add_consumer("S", durable_name="c", max_batch=7)
        proxy.to_client.alter(hide)
        proxy.to_server.alter(unhide)
        behind = (await connect(proxy.url)).jetstream(timeout=20)

        stream = (await behind.stream_info("S")).config
        assert stream.compression is None
        await behind.update_stream(stream, max_msgs=5)
        consumer = (await behind.consumer_info("S", "c")).config
        assert consumer.max_batch is None
        await behind.update_consumer("S", consumer, max_ack_pending=5)

        stream = (await js.stream_info("S")).config
        assert (stream.compression, stream.max_msgs) == ("s2", 5)
        consumer = (await js.consumer_info("S", "c")).config
        assert (consumer.max_batch, consumer.max_ack_pending) == (7, 5)


async def test_what_is_unknown_of_an_object_survives_a_change_of_its_description(
    js: JetStreamContext,
) -> None:
    store = await js.create_object_store(bucket="O")
    await store.put("o", b"data")
    stored = await js.get_last_msg("OBJ_O", "$O.O.M.bw==")
    info = json.loads(stored.data or b"") | {"licence": {"spdx": "MIT"}}
    await js.publish("$O.O.M.bw==", json.dumps(info).encode(), headers={"Nats-Rollup": "sub"})
    await store.update_meta("o", api.ObjectMeta(description="new"))
    stored = await js.get_last_msg("OBJ_O", "$O.O.M.bw==")
    changed = json.loads(stored.data or b"")
    assert (changed["description"], changed["licence"]) == ("new", {"spdx": "MIT"})


async def test_what_a_caller_passes_stays_as_it_is(js: JetStreamContext) -> None:
    """Names, subjects and inboxes were written into it, and met again in the next call."""
    await js.add_stream(name="S", subjects=["s"])
    consumer = api.ConsumerConfig(description="mine")
    bucket = api.KeyValueConfig(bucket="B")
    store = api.ObjectStoreConfig(bucket="O")
    meta = api.ObjectMeta(headers={"a": "b"})
    headers = {"Tag": "x"}
    before = copy.deepcopy((consumer, bucket, store, meta, headers))

    await js.subscribe("s", durable="pushed", config=consumer)
    await js.subscribe("s", ordered_consumer=True, config=consumer)
    await js.pull_subscribe("s", "pulled", config=consumer)
    await js.add_consumer("S", consumer, durable_name="added")
    await js.publish("s", headers=headers, stream="S")
    await (await js.publish_async("s", headers=headers, stream="S"))
    await js.create_key_value(bucket, history=5)
    await (await js.create_object_store(config=store, description="d")).put("o", b"data", meta)
    assert (consumer, bucket, store, meta, headers) == before


# What comes back.


async def test_ack_subjects_of_eleven_tokens_are_read(
    server_factory: ServerFactory, connect: Connect
) -> None:
    """Servers make them on demand since 2.14, and a reader that expects twelve dies of them."""
    server = server_factory("feature_flags { js_ack_fc_v2: true }", jetstream=True)
    js = (await connect(server.url)).jetstream(timeout=20)
    await js.add_stream(name="S", subjects=["s"])
    await js.publish("s", b"data")

    pull = await js.pull_subscribe("s", "pulled")
    (message,) = await pull.fetch()
    assert message.reply.startswith("$JS.ACK._.")
    assert message.reply.count(".") == 10
    metadata = message.metadata
    assert (metadata.stream, metadata.consumer, metadata.domain) == ("S", "pulled", None)
    assert (metadata.sequence.stream, metadata.num_pending) == (1, 0)
    await message.ack_sync()
    assert (await pull.consumer_info()).num_ack_pending == 0

    push = await js.subscribe("s", idle_heartbeat=5)
    assert (await push.next_msg(20)).metadata.sequence.consumer == 1
    ordered = await js.subscribe("s", ordered_consumer=True)
    assert (await ordered.next_msg(20)).data == b"data"
    assert (await js.ordered_consumer("S").next()).data == b"data"

    kv = await js.create_key_value(bucket="B")
    await kv.put("k", b"v")
    async with await kv.watchall() as watcher:
        entry = await watcher.updates(20)
    assert entry is not None
    assert (entry.key, entry.value, entry.revision, entry.delta) == ("k", b"v", 1, 0)
    store = await js.create_object_store(bucket="O")
    await store.put("o", b"data")
    assert (await store.get("o")).data == b"data"


async def test_repeated_headers_are_kept_wherever_they_are_read(js: JetStreamContext) -> None:
    await js.add_stream(name="S", subjects=["s"], allow_direct=True)
    await js.publish("s", headers=Headers({"Tag": ["new", "urgent"]}))
    stream = await js.stream("S")
    (pulled,) = await (await js.pull_subscribe("s", "c")).fetch()
    read: list[Any] = [pulled, await stream.get_msg(1), await stream.get_msg(1, direct=True)]
    read += [each async for each in stream.get_msgs()]
    read += [each async for each in stream.get_last_msgs()]
    assert len(read) == 5
    for message in read:
        assert message.headers.get_all("Tag") == ["new", "urgent"]

    store = await js.create_object_store(bucket="O")
    await store.put("o", b"", api.ObjectMeta(headers={"Tag": ["new", "urgent"]}))
    headers = (await store.get_info("o")).headers
    assert isinstance(headers, Headers)
    assert headers.get_all("Tag") == ["new", "urgent"]


async def test_a_value_that_expired_is_deleted_for_everybody_who_reads(
    js: JetStreamContext,
) -> None:
    """Marks of the server (ADR-48) were read as empty values, and create() after one failed."""
    kv = await js.create_key_value(bucket="B", limit_marker_ttl=60, history=3)
    await kv.put("k", b"v")
    for reason, operation in (("MaxAge", "PURGE"), ("Purge", "PURGE"), ("Remove", "DEL")):
        await js.publish("$KV.B.k", headers={"Nats-Marker-Reason": reason})
        with pytest.raises(KeyDeletedError) as deleted:
            await kv.get("k")
        assert deleted.value.op == operation
        assert (await kv.history("k"))[-1].operation == operation
        assert [entry.operation for entry in await kv.page()][-1] == operation
        assert await kv.get_many(["k"]) == {}
        async with await kv.watch("k") as watcher:
            entry = await watcher.updates(20)
        assert entry is not None
        assert entry.operation == operation
        await kv.create("k", b"again")
        assert (await kv.get("k")).value == b"again"


# What is counted.


async def test_heartbeats_are_not_pending(js: JetStreamContext) -> None:
    """nats.py 298, 332, 372: what is pending was counted wrongly, and messages dropped for it."""
    await js.add_stream(name="S", subjects=["s"])
    for number in range(5):
        await js.publish("s", bytes(number), headers={"Number": str(number)})
    sub = await js.subscribe("s", idle_heartbeat=0.1)
    arrive, heard = sub.deliver, list[Msg]()

    def deliver(messages: list[Msg], size: int) -> None:
        heard.extend(messages)
        arrive(messages, size)

    sub.deliver = deliver
    await eventually(lambda: sum(m.status == 100 for m in heard) > 1, "heartbeats")
    assert sub.pending_msgs == 5
    pending = sub.pending_bytes
    taken = [await sub.next_msg(20) for _ in range(5)]
    assert pending == sum(len(message.data) + len(message.raw_headers) for message in taken)
    assert (sub.pending_msgs, sub.pending_bytes, sub.dropped) == (0, 0, 0)


async def test_what_was_fetched_is_not_pending(
    js: JetStreamContext, errors: list[Exception]
) -> None:
    await js.add_stream(name="S", subjects=["s"])
    for _ in range(50):
        await js.publish_async("s", bytes(1000))
    await js.publish_async_completed()
    sub = await js.pull_subscribe("s", "c", pending_bytes_limit=10_000)
    for _ in range(10):
        assert len(await sub.fetch(5)) == 5
        assert (sub.pending_msgs, sub.pending_bytes) == (0, 0)
    assert errors == []


# What goes on afterwards.


async def test_an_acknowledgement_that_was_not_sent_can_be_sent_again(
    js_server: NatsServer, js: JetStreamContext, connect: Connect
) -> None:
    """The message counted as acknowledged before the attempt, so there was no second one."""
    await js.add_stream(name="S", subjects=["s"])
    await js.publish("s")
    refusing = True

    def guard(subject: str) -> None:
        if refusing and subject.startswith("$JS.ACK."):
            raise PublishRefusedError

    other = await connect(js_server.url, publish_guard=guard)
    sub = await other.jetstream().pull_subscribe("s", "c")
    (message,) = await sub.fetch()
    for answer in (message.ack, message.nak, message.term, message.ack_sync):
        with pytest.raises(PublishRefusedError):
            await answer()
        assert not message.is_acked
    refusing = False
    await message.ack()
    assert message.is_acked


async def test_closing_leaves_no_task_whatever_was_used(
    js_server: NatsServer, connect: Connect
) -> None:
    """nats.py 52, 383, 596, 597, 792: tasks of watchers and object readers stayed."""
    client = await connect(js_server.url)
    js = client.jetstream(timeout=20)
    await use_everything(js)
    kv = await js.key_value("B")
    watcher = await kv.watchall()
    reader = await (await js.object_store("O")).open("p")
    ordered = await js.subscribe("s.>", ordered_consumer=True)
    endless = (await js.consumer("S", "pulled")).messages()
    waiting = [
        asyncio.ensure_future(each)
        for each in (watcher.updates(None), ordered.next_msg(None), endless.next_msg(None))
    ]
    await js.publish_async("s.a")
    await asyncio.sleep(0)  # all of them wait now
    await client.close()
    await asyncio.wait(waiting, timeout=20)
    assert all(each.done() for each in waiting)
    await reader.close()
    assert tasks_of_clients() == []
