"""Parts of a consumer with priority groups: what an older server would not understand."""

from __future__ import annotations

import pytest

from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import ApiLevelError
from natstui.client.js.share import Share
from tests.client.js.conftest import Connect


async def test_an_older_server(js: JetStreamContext, old_server: Connect) -> None:
    """It would not know these fields of a pull, and deliver all the same."""
    await js.add_stream(name="S", subjects=["s.>"])
    await js.add_consumer("S", durable_name="c")
    consumer = await (await old_server()).jetstream().consumer("S", "c")
    for share in (Share(group="g"), Share(min_pending=1), Share(min_ack_pending=1)):
        with pytest.raises(ApiLevelError, match="level 1"):
            consumer.fetch(1, share=share)
    with pytest.raises(ApiLevelError, match="level 2"):
        consumer.messages(share=Share(group="g", priority=0))


async def test_pull_subscriptions_to_an_older_server(
    js: JetStreamContext, old_server: Connect
) -> None:
    await js.add_stream(name="S", subjects=["s"])
    await js.publish("s")
    older = (await old_server()).jetstream(timeout=20)
    sub = await older.pull_subscribe("s", "c")
    for share in ({"group": "g"}, {"min_pending": 1}, {"min_ack_pending": 1}):
        with pytest.raises(ApiLevelError, match="level 1"):
            await sub.fetch(**share)
    with pytest.raises(ApiLevelError, match="level 2"):
        await sub.fetch(group="g", priority=1)
    assert len(await sub.fetch(timeout=20)) == 1
