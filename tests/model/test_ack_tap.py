"""What a consumer's clients answer is overheard, and nobody notices."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from natstui.client import connect
from natstui.client.aio.client import Client
from natstui.model.ack_event import AckEvent, ack_event
from natstui.model.ack_tap import AckTap, spread
from natstui.model.consumer_row import Key
from natstui.model.session import Session
from natstui.model.settings import Settings
from tests.conftest import ServerFactory
from tests.support.consumers import orders
from tests.support.server import NatsServer
from tests.support.waiting import eventually

BILLING = Key("ORDERS", "billing")
END = "2.17.18.1795444410116800599.3"


@pytest.fixture
async def client(js_server: NatsServer) -> AsyncIterator[Client]:
    client = await connect(js_server.url)
    yield client
    await client.close()


async def session_to(server: NatsServer, **options: Any) -> Session:
    session = Session(Settings(servers=(server.url,), timeout=20, connect_options=options))
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    return session


@pytest.fixture
async def session(js_server: NatsServer) -> AsyncIterator[Session]:
    session = await session_to(js_server)
    yield session
    await session.close()


def heard(payload: bytes, subject: str = f"$JS.ACK.ORDERS.billing.{END}") -> AckEvent:
    event = ack_event(subject, payload, 7, 1795444411.116800599)
    assert event is not None
    return event


@pytest.mark.parametrize(
    ("payload", "kind", "detail"),
    [
        (b"", "ack", ""),
        (b"+ACK", "ack", ""),
        (b"-NAK", "nak", ""),
        (b'-NAK {"delay": 10000000}', "nak", "again in 10 ms"),
        (b'-NAK {"delay": "soon"}', "nak", '{"delay": "soon"}'),
        (b"-NAK [[", "nak", "[["),
        (b"+WPI", "wpi", ""),
        (b"+TERM no such order", "term", "no such order"),
        (b'+NXT {"batch": 5}', "next", '{"batch": 5}'),
        (b"\xff\x1b[2J", "other", "\\xff\x1b[2J"),
    ],
)
def test_what_was_answered(payload: bytes, kind: str, detail: str) -> None:
    event = heard(payload)
    assert (event.kind, event.detail) == (kind, detail)


@pytest.mark.parametrize(
    "subject",
    [
        f"$JS.ACK.ORDERS.billing.{END}",
        f"$JS.ACK._.Ab12.ORDERS.billing.{END}",
        f"$JS.ACK.hub.Ab12.ORDERS.billing.{END}.token",
    ],
)
def test_which_message_is_read_from_all_forms_of_the_subject(subject: str) -> None:
    event = heard(b"", subject)
    assert (event.deliveries, event.seq, event.consumer_seq, event.pending) == (2, 17, 18, 3)
    assert event.age == pytest.approx(1.0, abs=0.001)


@pytest.mark.parametrize("subject", ["$JS.ACK.ORDERS.billing.x", f"$JS.ACK.O.b.{END}.9"])
def test_what_is_no_acknowledgement_is_left_out(subject: str) -> None:
    assert ack_event(subject, b"", 0, 0.0) is None


def test_how_durations_are_spread() -> None:
    assert spread([]) is None
    assert spread([3.0]) == (1, 3.0, 3.0, 3.0, 3.0)
    assert spread(map(float, range(101))) == (101, 50.0, 90.0, 99.0, 100.0)


async def test_answers_are_overheard_and_nothing_is_sent(
    js_server: NatsServer, client: Client, session: Session
) -> None:
    js = await orders(client)
    await js.add_consumer(
        "ORDERS",
        durable_name="billing",
        ack_policy="explicit",
        sample_freq="100",
        max_deliver=2,
        ack_wait=3600,
        filter_subject="orders.eu",
    )
    tap = AckTap(session, BILLING)
    published = session.guard.published
    await tap.start()
    await tap.start()
    assert session.client is not None
    await session.client.flush()
    before = (await js.consumer_info("ORDERS", "billing")).as_dict()
    subscription = await js.pull_subscribe_bind("billing", "ORDERS")
    first, second, third, fourth = await subscription.fetch(4, timeout=20)
    await first.ack_sync()
    await second.in_progress()
    await second.ack()
    await third.term()
    await fourth.nak(delay=0.01)
    await eventually(lambda: len(tap.took) == 2, "measured")
    await eventually(lambda: tap.counts["nak"] == 1, "refused")
    assert [(each.kind, each.seq) for each in reversed(tap.newest())] == [
        ("ack", 1),
        ("wpi", 3),
        ("ack", 3),
        ("term", 5),
        ("nak", 7),
    ]
    assert tap.events[0].confirmed
    assert set(tap.took) == {1, 2}
    durations, ages = tap.durations(), tap.ages()
    assert durations is not None
    assert ages is not None
    assert (durations.number, ages.number) == (2, 2)
    again = fourth
    while again.metadata.num_delivered == 1:
        [again] = await subscription.fetch(1, timeout=20)
    await again.nak()
    for _ in range(2):
        # The refusal was looked at when the first one is acknowledged, the second looks for more.
        await client.publish("orders.eu", b"something to be fetched")
        [following] = await subscription.fetch(1, timeout=20)
        await following.ack_sync()
    await eventually(lambda: tap.advised["gave up"] == 1, "given up")
    assert [each.seq for each in tap.newest() if each.kind == "gave up"] == [7]
    assert (tap.advised["nak"], tap.advised["term"]) == (2, 1)
    assert session.guard.published == published, "nothing was sent"
    assert before["num_ack_pending"] == 0
    await tap.stop()
    count = tap.heard
    await client.publish("orders.eu", b"one more")
    [fifth] = await subscription.fetch(1, timeout=20)
    await fifth.ack_sync()
    await session.client.flush()
    assert tap.heard == count
    await subscription.unsubscribe()


LIMITED = """
accounts {{
  A {{
    jetstream: enabled
    users: [
      {{ user: all, password: x }}
      {{ user: some, password: x,
         permissions: {{ subscribe: {{ deny: ["$JS.ACK.>", "$JS.EVENT.METRIC.>"] }} }} }}
    ]
  }}
}}
""".replace("{{", "{").replace("}}", "}")


async def test_who_may_not_see_acknowledgements_is_told_and_hears_what_is_advised(
    server_factory: ServerFactory,
) -> None:
    server = server_factory(LIMITED, jetstream=True)
    async with await connect(server.url, user="all", password="x") as client:
        js = await orders(client)
        await js.add_consumer("ORDERS", durable_name="billing", ack_policy="explicit")
        session = await session_to(server, user="some", password="x")
        tap = AckTap(session, BILLING)
        await tap.start()
        await eventually(lambda: len(tap.listener.denied) == 3, "refused")
        assert not tap.hears_acks
        assert tap.listener.is_listening
        assert sorted(tap.listener.denied) == [
            "$JS.ACK.*.*.ORDERS.billing.>",
            "$JS.ACK.ORDERS.billing.>",
            "$JS.EVENT.METRIC.CONSUMER.ACK.ORDERS.billing",
        ]
        subscription = await js.pull_subscribe_bind("billing", "ORDERS")
        [message] = await subscription.fetch(1, timeout=20)
        await message.term()
        await eventually(lambda: tap.heard == 1, "advised")
        assert (tap.newest()[0].kind, tap.newest()[0].seq) == ("term", 1)
        await subscription.unsubscribe()
        await tap.stop()
        await session.close()
