"""Watches over a real server."""

from __future__ import annotations

from natstui.client import connect
from natstui.model.alert import Alert
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.watch import parse_watch
from natstui.model.watching import Watching
from tests.support.server import NatsServer
from tests.support.waiting import eventually


async def test_it_watches_streams_consumers_buckets_and_subjects(js_server: NatsServer) -> None:
    session = Session(Settings(servers=(js_server.url,)))
    session.open()
    watching = Watching(session, every=0.05)
    heard: list[Alert] = []
    watching.listeners.append(heard.extend)
    for text in (
        "consumer ORDERS > billing: pending>=3",
        "stream ORDERS: messages rising",
        "bucket config: keys>0",
        "subject orders.>: /fail/",
        "subject never: silent 0.2s",
    ):
        await watching.add(parse_watch(text))
    try:
        async with await connect(js_server.url) as client:
            js = client.jetstream()
            await eventually(lambda: session.is_connected, "the session is connected")
            await js.add_stream(name="ORDERS", subjects=["orders.>"])
            await js.add_consumer("ORDERS", durable_name="billing", ack_policy="explicit")
            board = watching.watched[1]
            await eventually(lambda: board.state == "fine", "the stream was looked at")
            for _ in range(3):
                await js.publish("orders.new", b"ok")
            bucket = await js.create_key_value(bucket="config")
            await bucket.put("k", b"v")
            await eventually(lambda: watching.firing == 4, "four of them fire")
            await js.publish("orders.new", b"it failed")
            await eventually(lambda: watching.firing == 5, "all of them fire")
        assert sorted(alert.text.split(" (")[0] for alert in heard) == [
            "bucket config: keys>0",
            "consumer ORDERS > billing: pending>=3",
            "stream ORDERS: messages rising",
            "subject never: silent 0.2s",
            "subject orders.>: /fail/",
        ]
        for watched in list(watching.watched):
            await watching.remove(watched)
        assert watching.firing == 0
        assert session.guard.writes == 0
    finally:
        await watching.stop()
        await session.close()
