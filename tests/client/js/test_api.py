"""The dataclasses of the JetStream API against JSON as servers write it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natstui.client.js import api
from natstui.client.js.errors import (
    APIError,
    ApiLevelError,
    BadRequestError,
    ConsumerInvalidResetError,
    ErrorCode,
    KeyDeletedError,
    KeyNotFoundError,
    NotFoundError,
    ServerError,
    ServiceUnavailableError,
)

STREAM: dict[str, Any] = {
    "name": "ORDERS",
    "subjects": ["orders.>"],
    "retention": "limits",
    "max_consumers": -1,
    "max_msgs": -1,
    "max_bytes": -1,
    "max_age": 31_536_000_123_456_789,
    "max_msgs_per_subject": 5,
    "max_msg_size": -1,
    "discard": "old",
    "storage": "file",
    "num_replicas": 3,
    "duplicate_window": 120_000_000_000,
    "placement": {"cluster": "eu", "tags": ["ssd"], "near": {"rack": 4}},
    "sources": [
        {
            "name": "EAST",
            "opt_start_time": "2026-11-23T04:55:00.123456789Z",
            "external": {"api": "$JS.east.API", "deliver": "d", "relay": 1},
        }
    ],
    "compression": "zstd",
    "allow_direct": True,
    "consumer_limits": {"inactive_threshold": 5_000_000_000},
    "metadata": {"_nats.ver": "2.15.1", "_nats.level": "5", "owner": "shop"},
    "quantum": {"entangled": True},
}


def test_unknown_fields_survive_a_read_edit_write_cycle_at_every_depth() -> None:
    config = api.StreamConfig.from_response(STREAM)
    written = config.evolve(max_msgs=10).as_dict()
    for name, value in STREAM.items():
        assert written[name] == (10 if name == "max_msgs" else value), name
    assert written["quantum"] == {"entangled": True}
    assert written["placement"]["near"] == {"rack": 4}
    assert written["sources"][0]["external"]["relay"] == 1


def test_what_is_written_is_json_without_null() -> None:
    for config in (
        api.StreamConfig(name="S", subjects=["a"], template_owner="me"),
        api.ConsumerConfig(durable_name="d"),
        api.KeyValueConfig(bucket="b"),
        api.ObjectStoreConfig(bucket="o", placement=api.Placement(cluster="eu")),
    ):
        assert "null" not in json.dumps(config.as_dict())


def test_template_owner_is_never_sent() -> None:
    assert "template_owner" not in api.StreamConfig(name="S", template_owner="me").as_dict()
    read = api.StreamConfig.from_response({"name": "S", "template_owner": "me"})
    assert read.template_owner == "me"
    assert "template_owner" not in read.as_dict()


def test_enums_of_newer_servers_stay_text_and_are_written_back() -> None:
    config = api.StreamConfig.from_response(STREAM)
    assert config.retention is api.RetentionPolicy.LIMITS
    assert config.compression == "zstd"
    assert config.as_dict()["compression"] == "zstd"


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_durations_keep_every_nanosecond(ns: int) -> None:
    config = api.StreamConfig.from_response({"name": "S", "max_age": ns})
    assert config.as_dict()["max_age"] == ns
    assert config.max_age == pytest.approx(ns / 1e9)


@pytest.mark.parametrize(
    ("seconds", "ns"),
    [
        (1, 1_000_000_000),
        (0.25, 250_000_000),
        (1.1, 1_100_000_000),
        (31_536_000, 31_536_000_000_000_000),
        (1e-9, 1),
        (9_223_372_036, 9_223_372_036_000_000_000),
    ],
)
def test_durations_are_seconds(seconds: float, ns: int) -> None:
    assert api.StreamConfig(max_age=seconds).as_dict()["max_age"] == ns
    assert api.ConsumerConfig(backoff=[seconds]).as_dict()["backoff"] == [ns]
    assert api.KeyValueConfig(bucket="b", ttl=seconds).as_dict()["ttl"] == ns


def test_a_duration_after_arithmetic_is_what_the_arithmetic_says() -> None:
    config = api.StreamConfig.from_response(STREAM)
    assert config.max_age is not None
    assert config.evolve(max_age=config.max_age * 2).as_dict()["max_age"] == pytest.approx(
        2 * STREAM["max_age"]
    )


def test_times_are_read_as_datetimes_and_written_as_they_were() -> None:
    config = api.StreamConfig.from_response(STREAM)
    assert config.sources
    started = config.sources[0].opt_start_time
    assert started == datetime(2026, 11, 23, 4, 55, 0, 123456, tzinfo=UTC)
    assert config.as_dict()["sources"][0]["opt_start_time"] == "2026-11-23T04:55:00.123456789Z"


@pytest.mark.parametrize(
    ("time", "text"),
    [
        ("2026-01-02T03:04:05.000000001Z", "2026-01-02T03:04:05.000000001Z"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05Z"),
        (
            datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=timezone(timedelta(hours=1))),
            "2026-01-02T02:04:05.000006Z",
        ),
    ],
)
def test_times_may_be_text_or_datetime(time: datetime | str, text: str) -> None:
    assert api.ConsumerConfig(opt_start_time=time).as_dict()["opt_start_time"] == text
    assert api.ConsumerConfig(pause_until=time).as_dict()["pause_until"] == text


def test_the_zero_time_is_none() -> None:
    state = api.StreamState.from_response({"first_ts": "0001-01-01T00:00:00Z", "messages": 0})
    assert state.first_ts is None
    assert state.first_seq == 0


def test_a_server_may_leave_fields_out() -> None:
    limits = api.AccountLimits.from_response({"max_memory": 7})
    assert (limits.max_memory, limits.max_streams, limits.max_bytes_required) == (7, 0, False)


def test_nested_objects_are_read() -> None:
    info = api.AccountInfo.from_response(
        {
            "memory": 1,
            "storage": 2,
            "streams": 3,
            "consumers": 4,
            "limits": {"max_memory": -1},
            "api": {"total": 9, "errors": 1, "level": 5},
            "tiers": {"R3": {"memory": 1, "limits": {"max_streams": 4}}},
        }
    )
    assert info.api.level == 5
    assert info.tiers
    assert info.tiers["R3"].limits.max_streams == 4
    cluster = api.ClusterInfo.from_response(
        {"leader": "n1", "traffic_account": "A", "replicas": [{"name": "n2", "active": 1_500}]}
    )
    assert cluster.replicas
    assert cluster.replicas[0].active == pytest.approx(1.5e-6)
    assert cluster.traffic_acc == "A"


def test_an_acknowledged_batch_has_its_name_and_size() -> None:
    ack = api.PubAck.from_response({"stream": "S", "seq": 3, "batch": "b1", "count": 3, "val": "7"})
    assert (ack.batch_id, ack.batch_size, ack.val) == ("b1", 3, "7")


def test_differences_leave_out_what_the_server_notes_by_itself() -> None:
    config = api.StreamConfig.from_response(STREAM)
    assert config.diff(config.evolve(metadata={"owner": "shop"})) == {}
    assert config.diff(config.evolve(metadata={"owner": "me"}, max_msgs=4)) == {
        "metadata": ({"owner": "shop"}, {"owner": "me"}),
        "max_msgs": (-1, 4),
    }


def test_plain_text_does_for_enums_and_dicts_for_objects() -> None:
    config = api.StreamConfig(name="S", retention="workqueue", storage=api.StorageType.MEMORY)
    assert config.as_dict()["retention"] == "workqueue"
    assert config.as_dict()["storage"] == "memory"


@pytest.mark.parametrize(
    ("code", "err_code", "kind"),
    [
        (400, 10052, BadRequestError),
        (404, 10059, NotFoundError),
        (500, 10049, ServerError),
        (503, 10008, ServiceUnavailableError),
        (412, 10185, ApiLevelError),
        (400, 10204, ConsumerInvalidResetError),
    ],
)
def test_errors_of_the_server_become_the_class_of_their_code(
    code: int, err_code: int, kind: type[APIError]
) -> None:
    error = APIError.from_error({"code": code, "err_code": err_code, "description": "because"})
    assert type(error) is kind
    assert (error.code, error.err_code, error.description) == (code, err_code, "because")
    assert str(err_code) in str(error)


def test_error_codes_compare_with_what_the_server_sent() -> None:
    error = APIError.from_error({"code": 404, "err_code": 10059, "description": "not found"})
    assert error.err_code == ErrorCode.STREAM_NOT_FOUND


def test_a_deleted_key_is_a_key_not_found() -> None:
    assert issubclass(KeyDeletedError, KeyNotFoundError)
    assert KeyDeletedError(op="PURGE").op == "PURGE"
    assert "PURGE" in str(KeyDeletedError(op="PURGE"))
    assert KeyNotFoundError(message="gone").code == 404


@pytest.mark.parametrize(
    ("config", "field"),
    [
        (api.StreamConfig(max_age=float("nan")), "max_age of a StreamConfig"),
        (api.StreamConfig(max_msgs=float("inf")), "max_msgs of a StreamConfig"),  # type: ignore[arg-type]
        (api.ConsumerConfig(ack_wait="1m"), "ack_wait of a ConsumerConfig"),  # type: ignore[arg-type]
        (api.ConsumerConfig(backoff=[1, float("nan")]), "backoff of a ConsumerConfig"),
        (api.ConsumerConfig(pause_until=5), "pause_until of a ConsumerConfig"),  # type: ignore[arg-type]
        (
            api.StreamConfig(
                consumer_limits=api.StreamConsumerLimits(inactive_threshold=float("nan"))
            ),
            "inactive_threshold of a StreamConsumerLimits",
        ),
    ],
)
def test_what_cannot_be_sent_is_named(config: api.Base, field: str) -> None:
    with pytest.raises(ValueError, match=f"nats: {field} cannot be"):
        config.as_dict()


def test_what_is_no_time() -> None:
    nothing: Any = None
    with pytest.raises(TypeError, match="a time is a datetime or RFC 3339 text, not None"):
        api.rfc3339(nothing)
