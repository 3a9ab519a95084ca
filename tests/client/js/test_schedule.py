"""Messages that the stream publishes later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from natstui.client.js import api
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import ApiLevelError, BadRequestError, ErrorCode, NotFoundError
from natstui.client.js.schedule import schedule_text
from tests.client.js.conftest import Connect, until


@pytest.fixture
async def stream(js: JetStreamContext) -> JetStreamContext:
    await js.add_stream(name="S", subjects=["s.>"], allow_msg_schedules=True, allow_msg_ttl=True)
    return js


async def published(js: JetStreamContext, subject: str) -> api.RawStreamMsg:
    """The last message of a subject, when there is one."""

    async def is_there() -> bool:
        try:
            await js.get_last_msg("S", subject)
        except NotFoundError:
            return False
        return True

    await until(is_there, f"something is published to {subject}")
    return await js.get_last_msg("S", subject)


async def test_at_a_time(stream: JetStreamContext) -> None:
    at = datetime.now(UTC) + timedelta(seconds=1)
    ack = await stream.schedule(
        "s.later", b"payload", target="s.out", at=at, msg_ttl=60, headers={"K": "v"}
    )
    assert (ack.stream, ack.seq) == ("S", 1)
    message = await published(stream, "s.out")
    assert message.data == b"payload"
    assert message.time is not None
    assert message.time > at - timedelta(milliseconds=500)
    assert message.headers is not None
    assert message.headers["K"] == "v"
    assert message.headers["Nats-TTL"] == "60"
    assert message.headers["Nats-Scheduler"] == "s.later"
    with pytest.raises(NotFoundError):
        await stream.get_last_msg("S", "s.later")


async def test_again_and_again_until_it_is_purged(stream: JetStreamContext) -> None:
    await stream.schedule("s.often", b"x", target="s.out", every=1)

    async def twice() -> bool:
        return (await stream.stream_info("S", "s.out")).state.subjects == {"s.out": 2}

    await until(twice, "it was published twice")
    await stream.purge_stream("S", subject="s.often")
    with pytest.raises(NotFoundError):
        await stream.get_last_msg("S", "s.often")


async def test_the_last_message_of_another_subject(stream: JetStreamContext) -> None:
    await stream.update_stream((await stream.stream_info("S")).config, allow_rollup_hdrs=True)
    await stream.publish("s.sensor", b"21.5")
    await stream.publish("s.out", b"replaced")
    await stream.schedule("s.sample", target="s.out", every="1s", source="s.sensor", rollup=True)

    async def sampled() -> bool:
        message = await stream.get_last_msg("S", "s.out")
        return message.data == b"21.5"

    await until(sampled, "the sensor was sampled")
    assert (await stream.stream_info("S", "s.out")).state.subjects == {"s.out": 1}


async def test_like_cron(stream: JetStreamContext) -> None:
    await stream.schedule(
        "s.cron", target="s.out", cron="0 30 4 * * mon-fri", time_zone="Europe/Berlin"
    )
    headers = (await stream.get_last_msg("S", "s.cron")).headers
    assert headers is not None
    assert headers["Nats-Schedule"] == "0 30 4 * * mon-fri"
    assert headers["Nats-Schedule-Time-Zone"] == "Europe/Berlin"
    await stream.schedule("s.cron", target="s.out", cron="* * * * * *")
    await published(stream, "s.out")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"cron": "whenever"}, ErrorCode.SCHEDULE_PATTERN_INVALID),
        ({"every": 0.1}, ErrorCode.SCHEDULE_PATTERN_INVALID),
        ({"every": 1, "target": "elsewhere"}, ErrorCode.SCHEDULE_TARGET_INVALID),
    ],
)
async def test_schedules_that_the_server_refuses(
    stream: JetStreamContext, options: dict[str, Any], code: ErrorCode
) -> None:
    with pytest.raises(BadRequestError) as caught:
        await stream.schedule("s.bad", **{"target": "s.out", **options})
    assert caught.value.err_code == code


def test_schedules_as_the_server_reads_them() -> None:
    assert schedule_text(at=datetime(2030, 1, 2, tzinfo=UTC)) == "@at 2030-01-02T00:00:00Z"
    assert schedule_text(at="2030-01-02T00:00:00Z") == "@at 2030-01-02T00:00:00Z"
    assert schedule_text(every=90) == "@every 90s"
    assert schedule_text(every=1.5) == "@every 1500ms"
    assert schedule_text(every="1h30m") == "@every 1h30m"
    assert schedule_text(cron="@hourly") == "@hourly"
    with pytest.raises(ValueError, match="one of at, every and cron"):
        schedule_text()
    with pytest.raises(ValueError, match="one of at, every and cron"):
        schedule_text(every=1, cron="@hourly")
    with pytest.raises(ValueError, match="one of at, every and cron"):
        schedule_text(cron="")
    with pytest.raises(ValueError, match="a time is in seconds"):
        schedule_text(every=float("nan"))


async def test_a_schedule_needs_a_target(stream: JetStreamContext) -> None:
    nothing: Any = None
    with pytest.raises(ValueError, match="the target of a schedule"):
        await stream.schedule("s.bad", target=nothing, every=1)


@pytest.mark.parametrize("seconds", [float("nan"), float("inf")])
async def test_impossible_lifetimes(stream: JetStreamContext, seconds: float) -> None:
    with pytest.raises(ValueError, match="a time is in seconds"):
        await stream.publish("s.a", msg_ttl=seconds)


async def test_an_older_server(old_server: Connect) -> None:
    js = (await old_server()).jetstream()
    once = "2030-01-02T00:00:00Z"
    with pytest.raises(ApiLevelError, match="level 2"):
        await js.schedule("s", target="t", at=once, msg_ttl=1)
    newer: list[dict[str, Any]] = [
        {"every": 1},
        {"cron": "@hourly"},
        {"at": once, "time_zone": "Europe/Berlin"},
        {"at": once, "source": "other"},
        {"at": once, "rollup": True},
    ]
    for options in newer:
        with pytest.raises(ApiLevelError, match="level 4"):
            await js.schedule("s", target="t", **options)
    with pytest.raises(ApiLevelError, match="level 1"):
        await js.publish("s", msg_ttl=1)
    with pytest.raises(ApiLevelError, match="level 1"):
        await js.publish_async("s", msg_ttl=1)
