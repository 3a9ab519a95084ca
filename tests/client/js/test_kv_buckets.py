"""Buckets: what their configuration makes of the stream behind them."""

from __future__ import annotations

from typing import Any

import pytest

from natstui.client.js import api, kv_config
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import (
    BadBucketError,
    BadRequestError,
    BucketNotFoundError,
    InvalidBucketNameError,
    KeyHistoryTooLargeError,
    KeyValueLimitMarkerTTLNotSupportedError,
    NotFoundError,
    ServerError,
)
from tests.client.js.conftest import Connect
from tests.support.cluster import Cluster


async def stream_of(js: JetStreamContext, **params: Any) -> api.StreamConfig:
    """The stream of a new bucket B, as the server has it."""
    kv = await js.create_key_value(bucket="B", **params)
    return (await kv.status()).stream_info.config


async def test_the_stream_of_a_bucket(js: JetStreamContext) -> None:
    stream = await stream_of(js)
    assert stream.name == "KV_B"
    assert stream.subjects == ["$KV.B.>"]
    assert (stream.max_msgs_per_subject, stream.max_msgs) == (1, -1)
    assert (stream.max_bytes, stream.max_msg_size, stream.max_age) == (-1, -1, 0)
    assert stream.discard is api.DiscardPolicy.NEW
    assert stream.storage is api.StorageType.FILE
    assert (stream.allow_rollup_hdrs, stream.deny_delete, stream.deny_purge) == (True, True, False)
    assert stream.duplicate_window == 120


async def test_what_a_bucket_is_made_with_reaches_the_stream(js: JetStreamContext) -> None:
    stream = await stream_of(
        js,
        description="of things",
        history=7,
        max_value_size=100,
        max_bytes=10_000,
        ttl=30,
        storage=api.StorageType.MEMORY,
        republish=api.RePublish(src=">", dest="copy.>"),
        compression=True,
        metadata={"owner": "us"},
        limit_marker_ttl=5,
    )
    assert stream.description == "of things"
    assert stream.max_msgs_per_subject == 7
    assert (stream.max_msg_size, stream.max_bytes) == (100, 10_000)
    assert (stream.max_age, stream.duplicate_window) == (30, 30)
    assert stream.storage is api.StorageType.MEMORY
    assert stream.republish is not None
    assert stream.republish.dest == "copy.>"
    assert stream.compression is api.StoreCompression.S2
    assert api.user_metadata(stream.metadata) == {"owner": "us"}
    assert (stream.allow_msg_ttl, stream.subject_delete_marker_ttl) == (True, 5)


async def test_status_of_what_was_made(js: JetStreamContext) -> None:
    kv = await js.create_key_value(
        bucket="B", ttl=30, history=3, limit_marker_ttl=5, compression=True, metadata={"a": "b"}
    )
    status = await kv.status()
    assert (status.ttl, status.history) == (30, 3)
    assert (status.limit_marker_ttl, status.marker_ttl) == (5, 5)
    assert (status.is_compressed, status.metadata) == (True, {"a": "b"})


async def test_reads_are_direct_unless_told_not_to(js: JetStreamContext) -> None:
    """They were not, unless one asked for it."""
    assert (await stream_of(js)).allow_direct is True
    await js.delete_key_value("B")
    assert (await stream_of(js, direct=True)).allow_direct is True
    await js.delete_key_value("B")
    assert (await stream_of(js, direct=False)).allow_direct is False


async def test_no_lifetimes_unless_asked_for(js: JetStreamContext) -> None:
    """It was always asked for, which servers before 2.11 refuse, and nobody can turn off."""
    stream = await stream_of(js)
    assert not stream.allow_msg_ttl
    assert not stream.subject_delete_marker_ttl


async def test_placement_reaches_the_stream(
    shared_js_cluster: Cluster, connect: Connect, unique_name: str
) -> None:
    """It was dropped on the way."""
    js = (await connect(shared_js_cluster.urls)).jetstream(timeout=20)
    here = api.Placement(cluster="shared")
    kv = await js.create_key_value(bucket=unique_name, replicas=3, placement=here)
    config = (await kv.status()).stream_info.config
    assert config.num_replicas == 3
    assert config.placement is not None
    assert config.placement.cluster == "shared"
    with pytest.raises((BadRequestError, ServerError), match="no suitable peers"):
        await js.create_key_value(
            bucket=f"{unique_name}x", placement=api.Placement(cluster="elsewhere")
        )


async def test_parameters_are_over_those_of_the_configuration(js: JetStreamContext) -> None:
    config = api.KeyValueConfig(bucket="B", history=3, description="one")
    kv = await js.create_key_value(config, description="two")
    stream = (await kv.status()).stream_info.config
    assert (stream.max_msgs_per_subject, stream.description) == (3, "two")
    assert config.description == "one"


@pytest.mark.parametrize("name", ["", "a.b", "a b", "*", "ä"])
async def test_names_that_no_bucket_has(js: JetStreamContext, name: str) -> None:
    for call in (
        js.create_key_value(bucket=name),
        js.key_value(name),
        js.delete_key_value(name),
        js.update_key_value(bucket=name),
    ):
        with pytest.raises(InvalidBucketNameError):
            await call


async def test_more_history_than_there_can_be(js: JetStreamContext) -> None:
    with pytest.raises(KeyHistoryTooLargeError):
        await js.create_key_value(bucket="B", history=65)
    with pytest.raises(ValueError, match="at least one"):
        await js.create_key_value(bucket="B", history=0)
    await js.create_key_value(bucket="B", history=64)


async def test_there_is_no_such_bucket(js: JetStreamContext) -> None:
    for call in (js.key_value("B"), js.delete_key_value("B"), js.update_key_value(bucket="B")):
        with pytest.raises(BucketNotFoundError):
            await call


async def test_a_stream_that_is_no_bucket(js: JetStreamContext) -> None:
    await js.add_stream(name="KV_B", subjects=["b"])
    with pytest.raises(BadBucketError, match="KV_B is not a bucket"):
        await js.key_value("B")


async def test_a_bucket_is_created_once_only_with_the_same_configuration(
    js: JetStreamContext,
) -> None:
    kv = await js.create_key_value(bucket="B", history=2)
    await kv.put("k", b"v")
    assert (await (await js.create_key_value(bucket="B", history=2)).get("k")).value == b"v"
    with pytest.raises(BadRequestError) as failure:
        await js.create_key_value(bucket="B", history=3)
    assert failure.value.err_code == 10058


async def test_update(js: JetStreamContext) -> None:
    kv = await js.create_or_update_key_value(bucket="B", history=2)
    await kv.put("k", b"v")
    await js.update_key_value(bucket="B", history=3)
    assert (await kv.status()).history == 3
    kv = await js.create_or_update_key_value(bucket="B", history=4, limit_marker_ttl=2)
    assert (await kv.status()).history == 4
    assert (await kv.get("k")).value == b"v"
    # The bucket was opened before it could do that.
    assert await kv.create("l", b"v", msg_ttl=2) == 2


async def test_delete(js: JetStreamContext) -> None:
    await js.create_key_value(bucket="B")
    assert await js.delete_key_value("B") is True
    with pytest.raises(NotFoundError):
        await js.stream_info("KV_B")


async def test_all_buckets(js: JetStreamContext) -> None:
    assert await js.key_value_names() == []
    await js.add_stream(name="S", subjects=["s"])
    for name in ("b", "a"):
        kv = await js.create_key_value(bucket=name)
        await kv.put("k", b"v")
    assert sorted(await js.key_value_names()) == ["a", "b"]
    statuses = await js.key_value_statuses()
    assert {status.bucket: status.values for status in statuses} == {"a": 1, "b": 1}


async def test_more_buckets_than_a_page_has(js: JetStreamContext) -> None:
    for number in range(260):
        await js.create_key_value(bucket=f"b{number}", storage="memory")
    assert len(await js.key_value_names()) == 260


def account(**api_stats: int) -> api.AccountInfo:
    """What a server says of an account; one before 2.11 has no level to tell."""
    limits = {"max_memory": -1, "max_storage": -1, "max_streams": -1, "max_consumers": -1}
    return api.AccountInfo.from_response(
        {
            "memory": 0,
            "storage": 0,
            "streams": 0,
            "consumers": 0,
            "limits": limits,
            "api": {"total": 1, "errors": 0, **api_stats},
        }
    )


def test_limit_markers_where_the_servers_do_not_know_them() -> None:
    config = api.KeyValueConfig(bucket="B", limit_marker_ttl=1)
    with pytest.raises(KeyValueLimitMarkerTTLNotSupportedError, match=r"2\.11"):
        kv_config.check_level(config, account())
    kv_config.check_level(config, account(level=1))
    kv_config.check_level(config.evolve(limit_marker_ttl=None), account())


async def test_limit_markers_shorter_than_the_server_has_them(js: JetStreamContext) -> None:
    with pytest.raises(ServerError, match="at least 1 second"):
        await js.create_key_value(bucket="B", limit_marker_ttl=0.5)
