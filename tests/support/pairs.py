"""Two servers that have much in common, and not all of it."""

from __future__ import annotations

from natstui.client import connect
from natstui.client.aio.client import Client
from tests.support.server import NatsServer

ODD = "odd\x1b]0;x\x07[red]\u202e"


async def fill_pair(a: NatsServer, b: NatsServer) -> None:
    """ORDERS, its consumer billing and the bucket config are on both, and differ."""
    for server, is_b in ((a, False), (b, True)):
        client = await connect(server.url)
        await _fill(client, is_b=is_b)
        await client.close()


async def _fill(client: Client, *, is_b: bool) -> None:
    js = client.jetstream()
    limit = -1 if is_b else 1_000
    await js.add_stream(name="ORDERS", subjects=["orders.>"], max_msgs=limit, allow_direct=True)
    await js.add_stream(name="SAME", subjects=["same"])
    for _ in range(3 if is_b else 5):
        await js.publish("orders.new", b"n")
    await js.add_consumer("ORDERS", durable_name="billing", ack_policy="explicit")
    config = await js.create_key_value(bucket="config", history=3, direct=True)
    values = {"shop.currency": b"EUR", "flag": b'{"on":true,"n":1}', "gone": b"x", "was.here": b"1"}
    if is_b:
        values |= {"flag": b'{"on":false,"n":1}', "only.there": b"2"}
        del values["was.here"]
    for key, value in values.items():
        await config.put(key, value)
    await config.delete("gone")
    if is_b:
        await config.put("was.here", b"1")
        await config.delete("was.here")
        await config.put("shop.currency", b"USD")
        await config.put("shop.currency", b"EUR")
    else:
        await js.add_stream(name="AUDIT", subjects=["audit"])
