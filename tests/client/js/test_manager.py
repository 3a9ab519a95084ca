"""Managing streams and consumers on a real server."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from natstui.client import Headers
from natstui.client.aio.client import Client
from natstui.client.errors import BadSubjectError, PublishRefusedError, TimeoutError
from natstui.client.errors import Error as NatsError
from natstui.client.js import api
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import (
    APIError,
    ApiLevelError,
    BadRequestError,
    ConsumerInvalidResetError,
    Error,
    ErrorCode,
    InvalidBucketNameError,
    NotFoundError,
    ServiceUnavailableError,
)
from natstui.client.js.manager import JetStreamManager
from tests.client.js.conftest import Connect, until
from tests.conftest import ServerFactory
from tests.support.proxy import FaultyProxy
from tests.support.server import NatsServer

PAGE = 256  # what the server puts into one answer


async def test_a_stream_is_created_read_changed_and_deleted(js: JetStreamContext) -> None:
    created = await js.add_stream(name="S", subjects=["s.>"], max_age=3600)
    assert created.did_create
    assert created.config.max_age == 3600
    assert created.created is not None
    assert datetime.now(UTC) - created.created < timedelta(minutes=5)
    changed = await js.update_stream(created.config, max_msgs=5)
    assert changed.config.diff(created.config) == {"max_msgs": (5, -1)}
    assert (await js.stream_info("S")).config.max_msgs == 5
    assert await js.delete_stream("S") is True
    with pytest.raises(NotFoundError) as caught:
        await js.stream_info("S")
    assert caught.value.err_code == ErrorCode.STREAM_NOT_FOUND


async def test_the_configuration_of_a_caller_stays_as_it_is(js: JetStreamContext) -> None:
    config = api.StreamConfig(subjects=["s"])
    before = config.evolve()
    await js.add_stream(config, name="S", storage=api.StorageType.MEMORY)
    assert config == before
    consumer = api.ConsumerConfig(ack_wait=2)
    await js.add_consumer("S", consumer, durable_name="c")
    await js.pull_subscribe("s", "d", config=consumer)
    await js.subscribe("s", config=consumer, durable="p")
    await js.subscribe("s", config=consumer, ordered_consumer=True)
    assert consumer == api.ConsumerConfig(ack_wait=2)


async def test_every_option_of_a_stream_survives_reading_and_writing(js: JetStreamContext) -> None:
    await js.add_stream(name="ORIGIN", subjects=["origin"])
    config = api.StreamConfig(
        name="S",
        description="all of it",
        subjects=["s.>"],
        retention=api.RetentionPolicy.LIMITS,
        max_consumers=10,
        max_msgs=1000,
        max_bytes=1_000_000,
        discard=api.DiscardPolicy.NEW,
        max_age=3600.000000001,
        max_msgs_per_subject=3,
        max_msg_size=1000,
        storage=api.StorageType.FILE,
        num_replicas=1,
        duplicate_window=30,
        sources=[api.StreamSource(name="ORIGIN", filter_subject="origin")],
        deny_delete=True,
        allow_rollup_hdrs=True,
        republish=api.RePublish(src="s.>", dest="copy.>", headers_only=True),
        allow_direct=True,
        discard_new_per_subject=True,
        first_seq=7,
        subject_transform=api.SubjectTransform(src="s.*", dest="s.{{wildcard(1)}}"),
        compression=api.StoreCompression.S2,
        allow_msg_ttl=True,
        metadata={"owner": "me"},
        consumer_limits=api.StreamConsumerLimits(inactive_threshold=60, max_ack_pending=50),
        subject_delete_marker_ttl=60,
    )
    first = (await js.add_stream(config)).config
    assert first.max_age == pytest.approx(3600.000000001, abs=1e-12)
    assert first.as_dict()["max_age"] == 3_600_000_000_001
    again = (await js.update_stream(first)).config
    assert again.as_dict() == first.as_dict()
    assert config.diff(first).keys() <= {"mirror_direct", "persist_mode"}


async def test_a_stream_needs_a_name_and_a_name_has_rules(js: JetStreamContext) -> None:
    with pytest.raises(ValueError, match="name is required"):
        await js.add_stream(subjects=["s"])
    for name in ("", "a b", "a.b", "a*", "a>", "a/b", "a\\b", "a\tb"):
        with pytest.raises(ValueError, match="invalid stream name"):
            await js.stream_info(name)
        with pytest.raises(ValueError, match="invalid consumer name"):
            await js.consumer_info("S", name)


async def test_errors_of_the_server_come_with_its_code_and_words(js: JetStreamContext) -> None:
    await js.add_stream(name="S", subjects=["s"])
    with pytest.raises(BadRequestError) as caught:
        await js.add_stream(name="OTHER", subjects=["s"])
    assert caught.value.err_code == ErrorCode.STREAM_SUBJECTS_OVERLAP
    assert "overlap" in str(caught.value)
    with pytest.raises(BadRequestError) as caught:
        await js.add_stream(name="S", subjects=["t"])
    assert caught.value.err_code == ErrorCode.STREAM_NAME_IN_USE


async def test_nobody_answers_for_jetstream(server: NatsServer, connect: Connect) -> None:
    js = (await connect(server.url)).jetstream()
    with pytest.raises(ServiceUnavailableError) as caught:
        await js.account_info()
    assert caught.value.code == 503


async def test_jetstream_is_not_for_this_account(
    server_factory: ServerFactory, connect: Connect
) -> None:
    server = server_factory(
        "accounts { A { users: [{user: a, password: a}], jetstream: enabled }\n"
        "B { users: [{user: b, password: b}] } }",
        jetstream=True,
    )
    js = (await connect(server.url, user="b", password="b")).jetstream(timeout=1)
    with pytest.raises((ServiceUnavailableError, TimeoutError)):
        await js.account_info()


async def test_the_account_says_what_it_uses_and_may_use(js: JetStreamContext) -> None:
    await js.add_stream(name="S", subjects=["s"])
    await js.publish("s", b"x" * 1000)
    info = await js.account_info()
    assert info.streams == 1
    assert info.storage > 1000
    assert info.limits.max_streams == -1
    assert info.api.level is not None
    assert info.api.level >= 1


async def test_more_streams_and_consumers_than_fit_into_one_answer(js: JetStreamContext) -> None:
    """The seed's client returned the first page only (nats.py 591, 594)."""
    names = {f"S{number}" for number in range(PAGE + 20)}
    for name in names:
        await js.add_stream(name=name, subjects=[name], storage="memory")
    streams = await js.streams_info()
    assert {info.config.name for info in streams} == names
    found = await js.streams_info_iterator()
    assert found.total == len(names)
    assert {info.config.name for info in found} == names
    assert [info.config.name for info in await js.streams_info(subject="S7")] == ["S7"]

    consumers = {f"c{number}" for number in range(PAGE + 20)}
    for name in consumers:
        await js.add_consumer("S0", durable_name=name, mem_storage=True)
    assert {info.name for info in await js.consumers_info("S0")} == consumers
    assert len(await js.consumers_info("S0", offset=0)) == PAGE
    assert len(await js.consumers_info("S0", offset=PAGE)) == 20


async def test_more_subjects_than_fit_into_one_answer(js: JetStreamContext, nc: Client) -> None:
    await js.add_stream(name="S", subjects=["s.>"], storage="memory")
    count = 100_001
    for number in range(count):
        await nc.publish(f"s.{number}")
    await nc.flush(30)
    await until(lambda: _messages(js, "S", count), "everything is stored")
    state = (await js.stream_info("S", ">")).state
    assert state.subjects is not None
    assert len(state.subjects) == count
    few = (await js.stream_info("S", "s.77")).state
    assert few.subjects == {"s.77": 1}


async def _messages(js: JetStreamManager, stream: str, count: int) -> bool:
    return (await js.stream_info(stream)).state.messages == count


async def test_the_stream_of_a_subject(js: JetStreamContext) -> None:
    await js.add_stream(name="A", subjects=["a.>"])
    await js.add_stream(name="B", subjects=["b.>"])
    assert await js.find_stream_name_by_subject("b.1") == "B"
    with pytest.raises(NotFoundError):
        await js.find_stream_name_by_subject("c")
    with pytest.raises(Error, match="several streams"):
        await js.find_stream_name_by_subject(">")


async def test_purging(js: JetStreamContext) -> None:
    await js.add_stream(name="S", subjects=["s.*"])
    for _ in range(4):
        await js.publish("s.a")
        await js.publish("s.b")
    assert await js.purge_stream("S", seq=3)
    assert await _messages(js, "S", 6)
    assert await js.purge_stream("S", subject="s.a", keep=1)
    assert (await js.stream_info("S", ">")).state.subjects == {"s.a": 1, "s.b": 3}
    assert await js.purge_stream("S", subject="s.b")
    assert await _messages(js, "S", 1)
    with pytest.raises(ValueError, match="not both"):
        await js.purge_stream("S", seq=1, keep=1)
    assert await js.purge_stream("S")
    assert await _messages(js, "S", 0)


@pytest.mark.parametrize("direct", [False, True])
async def test_reading_stored_messages(js: JetStreamContext, direct: bool) -> None:
    await js.add_stream(name="S", subjects=["s.*"], allow_direct=True)
    headers = Headers({"Tag": ["new", "urgent"], "Nats-Sequence": "99", "Nats-Stream": "ELSE"})
    await js.publish("s.a", b"first", headers=headers)
    await js.publish("s.b", b"")
    await js.publish("s.a", b"third")

    first = await js.get_msg("S", 1, direct=direct)
    assert (first.stream, first.subject, first.seq, first.data) == ("S", "s.a", 1, b"first")
    assert isinstance(first.headers, Headers)
    assert first.headers.get_all("Tag") == ["new", "urgent"]
    assert first.header is first.headers
    assert first.time is not None
    assert datetime.now(UTC) - first.time < timedelta(minutes=5)

    assert (await js.get_msg("S", subject="s.a", direct=direct)).seq == 3
    assert (await js.get_last_msg("S", "s.b", direct=direct)).data == b""
    assert (await js.get_msg("S", 2, "s.a", direct=direct, next=True)).seq == 3
    assert (await js.get_msg("S", 2, "s.*", direct=direct, next=True)).seq == 2
    second = (await js.get_msg("S", 2, direct=direct)).time
    assert (await js.get_msg("S", start_time=second, direct=direct, next=True)).seq == 2
    for missing in (js.get_msg("S", 9, direct=direct), js.get_last_msg("S", "s.x", direct=direct)):
        with pytest.raises(NotFoundError) as caught:
            await missing
        assert caught.value.err_code == ErrorCode.MESSAGE_NOT_FOUND


async def test_direct_reading_has_to_be_allowed(js: JetStreamContext) -> None:
    await js.add_stream(name="S", subjects=["s"], allow_direct=False)
    await js.publish("s")
    with pytest.raises(ServiceUnavailableError):
        await js.get_msg("S", 1, direct=True)


async def test_deleting_a_message(js: JetStreamContext) -> None:
    await js.add_stream(name="S", subjects=["s"])
    await js.publish("s", b"1")
    await js.publish("s", b"2")
    assert await js.delete_msg("S", 1)
    assert await js.delete_msg("S", 2, no_erase=True)
    assert await _messages(js, "S", 0)
    with pytest.raises(APIError):
        await js.delete_msg("S", 2)


async def test_a_consumer_is_created_read_changed_and_deleted(js: JetStreamContext) -> None:
    await js.add_stream(name="S", subjects=["s.>"])
    created = await js.add_consumer("S", durable_name="c", filter_subject="s.a", ack_wait=2.5)
    assert created.config.ack_wait == 2.5
    assert created.config.filter_subject == "s.a"
    changed = await js.update_consumer("S", created.config, max_ack_pending=3)
    assert changed.config.max_ack_pending == 3
    assert (await js.consumer_info("S", "c")).config.as_dict() == changed.config.as_dict()
    assert await js.delete_consumer("S", "c")
    with pytest.raises(NotFoundError) as caught:
        await js.consumer_info("S", "c")
    assert caught.value.err_code == ErrorCode.CONSUMER_NOT_FOUND


async def test_every_option_of_a_consumer_survives_reading_and_writing(
    js: JetStreamContext,
) -> None:
    await js.add_stream(name="S", subjects=["s.>"])
    config = api.ConsumerConfig(
        durable_name="c",
        description="all of it",
        deliver_policy=api.DeliverPolicy.BY_START_TIME,
        opt_start_time="2026-01-02T03:04:05.123456789Z",
        ack_wait=30,
        max_deliver=4,
        filter_subjects=["s.a", "s.b"],
        replay_policy=api.ReplayPolicy.ORIGINAL,
        sample_freq="50%",
        max_waiting=10,
        max_ack_pending=20,
        headers_only=True,
        inactive_threshold=3600,
        num_replicas=1,
        mem_storage=True,
        backoff=[1, 2.5, 30],
        max_batch=100,
        max_expires=60,
        max_bytes=100_000,
        metadata={"owner": "me"},
        pause_until=datetime(2030, 1, 1, tzinfo=UTC),
        priority_groups=["workers"],
        priority_policy=api.PriorityPolicy.PINNED_CLIENT,
        priority_timeout=45,
    )
    first = (await js.add_consumer("S", config)).config
    assert first.backoff == [1, 2.5, 30]
    assert first.as_dict()["opt_start_time"] == "2026-01-02T03:04:05.123456789Z"
    assert config.diff(first).keys() <= {"name", "ack_wait"}
    # The server refuses to change a start time, so this is exact or it fails.
    again = (await js.update_consumer("S", first)).config
    assert again.as_dict() == first.as_dict()


async def test_creating_and_updating_can_be_strict(js: JetStreamContext) -> None:
    await js.add_stream(name="S", subjects=["s"])
    with pytest.raises(APIError) as caught:
        await js.update_consumer("S", durable_name="c")
    assert caught.value.err_code == ErrorCode.CONSUMER_DOES_NOT_EXIST
    await js.add_consumer("S", durable_name="c", action="create")
    with pytest.raises(APIError) as caught:
        await js.add_consumer("S", durable_name="c", ack_wait=9, action="create")
    assert caught.value.err_code == ErrorCode.CONSUMER_EXISTS
    with pytest.raises(APIError) as caught:
        await js.add_stream(
            name="T", subjects=["t"], max_age=0.01, duplicate_window=60, pedantic=True
        )
    assert caught.value.err_code in (ErrorCode.PEDANTIC, ErrorCode.STREAM_INVALID_CONFIG)


async def test_a_consumer_without_a_name_gets_one(js: JetStreamContext) -> None:
    await js.add_stream(name="S", subjects=["s"])
    info = await js.add_consumer("S", inactive_threshold=60)
    assert info.name
    assert not info.config.durable_name
    assert (await js.consumer_info("S", info.name)).name == info.name


async def test_a_filter_is_part_of_the_subject_that_permissions_see(
    server_factory: ServerFactory, connect: Connect
) -> None:
    server = server_factory(
        "authorization { users: ["
        "{user: admin, password: admin},"
        '{user: a, password: a, permissions: {publish: ["$JS.API.CONSUMER.CREATE.S.*.s.a"]}}'
        "] }",
        jetstream=True,
    )
    admin = (await connect(server.url, user="admin", password="admin")).jetstream()
    await admin.add_stream(name="S", subjects=["s.*"])
    js = (await connect(server.url, user="a", password="a")).jetstream(timeout=20)
    assert (await js.add_consumer("S", filter_subject="s.a")).config.filter_subject == "s.a"
    with pytest.raises(NatsError, match=r"CONSUMER\.CREATE\.S\..*\.s\.b"):
        await js.add_consumer("S", filter_subject="s.b")


async def test_pausing_and_resuming(js: JetStreamContext) -> None:
    await js.add_stream(name="S", subjects=["s"])
    await js.add_consumer("S", durable_name="c")
    paused = await js.pause_consumer("S", "c", datetime.now(UTC) + timedelta(hours=1))
    assert paused.paused
    assert paused.pause_remaining == pytest.approx(3600, abs=60)
    info = await js.consumer_info("S", "c")
    assert info.paused
    assert info.pause_remaining == pytest.approx(3600, abs=60)
    assert not (await js.resume_consumer("S", "c")).paused
    assert (await js.pause_consumer("S", "c", "2030-01-01T00:00:00Z")).pause_until == datetime(
        2030, 1, 1, tzinfo=UTC
    )


async def test_resetting_a_consumer(js: JetStreamContext) -> None:
    await js.add_stream(name="S", subjects=["s"])
    for _ in range(5):
        await js.publish("s")
    sub = await js.pull_subscribe("s", "c")
    for msg in await sub.fetch(5):
        await msg.ack_sync()
    assert (await js.reset_consumer("S", "c", 3)).reset_seq == 3
    assert [msg.metadata.sequence.stream for msg in await sub.fetch(5)] == [3, 4, 5]
    reset = await js.reset_consumer("S", "c", 1)
    assert reset.info.name == "c"
    first, *_ = await sub.fetch(5)
    await first.ack_sync()
    assert (await js.reset_consumer("S", "c")).reset_seq == 2
    again = await sub.fetch(4)
    assert [msg.metadata.sequence.stream for msg in again] == [2, 3, 4, 5]
    assert {msg.metadata.num_delivered for msg in again} == {1}
    with pytest.raises(NotFoundError):
        await js.reset_consumer("S", "nobody", timeout=0.2)
    await js.add_consumer(
        "S", durable_name="late", deliver_policy="by_start_sequence", opt_start_seq=4
    )
    with pytest.raises(ConsumerInvalidResetError):
        await js.reset_consumer("S", "late", 2)


async def test_a_request_says_which_api_level_it_needs(nc: Client) -> None:
    """A server without it must refuse, not ignore what it does not know."""
    js = nc.jetstream(prefix="api", timeout=5)
    asked: list[str | None] = []

    async def answer(msg: object) -> None:
        asked.append((msg.headers or {}).get("Nats-Required-Api-Level"))  # type: ignore[attr-defined]
        refusal = {"code": 412, "err_code": 10185, "description": "JetStream minimum api level"}
        await msg.respond(json.dumps({"error": refusal}).encode())  # type: ignore[attr-defined]

    await nc.subscribe("api.>", cb=answer)
    for config, level in (
        (api.StreamConfig(name="S", subjects=["s"]), None),
        (api.StreamConfig(name="S", allow_msg_ttl=False), None),
        (api.StreamConfig(name="S", allow_msg_ttl=True), "1"),
        (api.StreamConfig(name="S", allow_atomic=True, allow_msg_ttl=True), "2"),
        (api.StreamConfig(name="S", persist_mode="default"), None),
        (api.StreamConfig(name="S", persist_mode="async"), "2"),
        (
            api.StreamConfig(
                name="S",
                sources=[api.StreamSource("O", consumer=api.StreamConsumerSource("c", "d"))],
            ),
            "4",
        ),
    ):
        with pytest.raises(APIError) as caught:
            await js.add_stream(config)
        assert caught.value.err_code == ErrorCode.REQUIRED_API_LEVEL
        assert asked.pop() == level, config
    with pytest.raises(APIError):
        await js.add_consumer("S", ack_policy="flow_control")
    assert asked.pop() == "4"


async def test_the_guard_sees_every_request(connect: Connect) -> None:
    seen: list[str] = []

    def guard(subject: str) -> None:
        seen.append(subject)
        if ".CREATE." in subject:
            raise PublishRefusedError

    js = (await connect(publish_guard=guard)).jetstream()
    await js.account_info()
    with pytest.raises(PublishRefusedError):
        await js.add_stream(name="S", subjects=["s"])
    assert seen == ["$JS.API.INFO", "$JS.API.STREAM.CREATE.S"]
    assert await js.streams_info() == []


async def test_a_domain_and_a_prefix(hub_and_leaf: object, connect: Connect) -> None:
    nc = await connect(hub_and_leaf.hub.url)  # type: ignore[attr-defined]
    hub, leaf = nc.jetstream(domain="hub"), nc.jetstream(prefix="$JS.leaf.API")
    await hub.add_stream(name="H", subjects=["h"])
    await leaf.add_stream(name="L", subjects=["l"])
    assert [info.config.name for info in await hub.streams_info()] == ["H"]
    assert [info.config.name for info in await leaf.streams_info()] == ["L"]
    assert (await hub.account_info()).domain == "hub"
    assert nc.jsm(domain="leaf")._prefix == "$JS.leaf.API"


async def test_requests_may_overlap(js: JetStreamContext) -> None:
    await asyncio.gather(*(js.add_stream(name=f"S{n}", subjects=[f"s{n}"]) for n in range(20)))
    assert len(await js.streams_info()) == 20


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), None, "5"])
async def test_a_context_needs_time(nc: Client, timeout: Any) -> None:
    with pytest.raises(ValueError, match="timeout is a time in seconds, above 0"):
        nc.jetstream(timeout=timeout)
    with pytest.raises(ValueError, match="timeout is a time in seconds, above 0"):
        nc.jsm(timeout=timeout)


async def test_subjects_that_would_ask_somebody_else(js: JetStreamContext) -> None:
    await js.add_stream(name="S", subjects=["s.>"], allow_direct=True)
    with pytest.raises(BadSubjectError, match=r"'s\.\.a': it has an empty token"):
        await js.add_consumer("S", filter_subject="s..a")
    with pytest.raises(BadSubjectError, match="'': it is empty"):
        await js.get_last_msg("S", "", direct=True)


async def test_a_name_is_text(js: JetStreamContext) -> None:
    number: Any = 5
    with pytest.raises(ValueError, match="invalid stream name 5"):
        await js.stream_info(number)
    with pytest.raises(InvalidBucketNameError, match="5"):
        await js.key_value(number)


async def test_the_domain_of_the_server_is_no_other(
    server_factory: ServerFactory, connect: Connect
) -> None:
    """What the server says of its level is true of its domain, and of no other one."""
    server = server_factory(jetstream="domain: hub")
    async with FaultyProxy("127.0.0.1", server.port) as proxy:
        proxy.to_client.alter(lambda data: re.sub(rb'"api_lvl":\d', b'"api_lvl":0', data))
        nc = await connect(proxy.url)
        for js in (nc.jetstream(), nc.jetstream(domain="hub")):
            with pytest.raises(ApiLevelError):
                js.atomic_batch()
        nc.jetstream(domain="leaf").atomic_batch()
