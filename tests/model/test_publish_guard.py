"""What read-only lets out, and what is counted as it goes."""

from __future__ import annotations

import pytest

from natstui.client.errors import PublishRefusedError
from natstui.model.publish_guard import API_ACCESS, PublishGuard

QUESTIONS = [
    "$JS.API.INFO",
    "$JS.API.STREAM.NAMES",
    "$JS.API.STREAM.LIST",
    "$JS.API.STREAM.INFO.ORDERS",
    "$JS.API.STREAM.MSG.GET.ORDERS",
    "$JS.API.STREAM.SNAPSHOT.ORDERS",
    "$JS.SNAPSHOT.ACK.ORDERS.abc",
    "$JS.API.DIRECT.GET.ORDERS",
    "$JS.API.DIRECT.GET.ORDERS.orders.eu",
    "$JS.API.CONSUMER.NAMES.ORDERS",
    "$JS.API.CONSUMER.LIST.ORDERS",
    "$JS.API.CONSUMER.INFO.ORDERS.c",
    "$SRV.PING",
    "$SRV.INFO.adder",
    "$SRV.STATS.adder.id",
    "$SYS.REQ.SERVER.PING",
    "$SYS.REQ.SERVER.PING.VARZ",
    "$SYS.REQ.SERVER.ID.JSZ",
    "$SYS.REQ.ACCOUNT.A.CONNS",
    "$SYS.REQ.USER.INFO",
]
CHANGES = [
    "orders.eu",
    "_INBOX.x",
    "$JS.ACK.ORDERS.c.1.1.1.1.0",
    "$JS.API.STREAM.CREATE.ORDERS",
    "$JS.API.STREAM.PURGE.ORDERS",
    "$JS.API.STREAM.MSG.DELETE.ORDERS",
    "$JS.API.CONSUMER.CREATE.ORDERS.c",
    "$JS.API.CONSUMER.MSG.NEXT.ORDERS.c",
    "$JS.API.CONSUMER.PAUSE.ORDERS.c",
    "$JS.API.SERVER.REMOVE",
    "$JS.API.STREAM.LIST.ORDERS",
    "$JS.API.STREAM.INFO",
    "$JS.API.OF.THE.FUTURE",
    "$JS.API.DIRECT.PUT.ORDERS",
    "$JS.SNAPSHOT.RESTORE.ORDERS.abc",
    "$JS.FC.x",
    "$KV.bucket.key",
    "$SRV.adder",
    "$SYS.REQ.SERVER.ID.RELOAD",
    "$SYS.REQ.SERVER.ID.KICK",
    "$SYS.REQ.CLAIMS.UPDATE",
    "",
]


@pytest.mark.parametrize("subject", QUESTIONS)
def test_read_only_lets_questions_out(subject: str) -> None:
    guard = PublishGuard(read_only=True)
    guard(subject)
    assert (guard.published, guard.refused) == (1, 0)


@pytest.mark.parametrize("subject", CHANGES)
def test_read_only_refuses_everything_else(subject: str) -> None:
    guard = PublishGuard(read_only=True)
    with pytest.raises(PublishRefusedError, match="read-only"):
        guard(subject)
    assert (guard.published, guard.refused) == (0, 1)


@pytest.mark.parametrize("subject", CHANGES)
def test_otherwise_everything_goes(subject: str) -> None:
    PublishGuard(read_only=False)(subject)


def test_acks_and_consumers_are_counted() -> None:
    guard = PublishGuard(read_only=False)
    for subject in [*QUESTIONS, *CHANGES]:
        guard(subject)
    assert (guard.acks, guard.consumers) == (1, 1)


def test_requests_and_writes_are_counted() -> None:
    guard = PublishGuard(read_only=False)
    for subject in [*QUESTIONS, *CHANGES]:
        guard(subject)
    api = [each for each in [*QUESTIONS, *CHANGES] if each.startswith("$JS.API.")]
    assert (guard.requests, guard.writes) == (len(api), len(CHANGES))


@pytest.mark.parametrize("call", API_ACCESS)
def test_every_call_of_the_table_is_told(call: str) -> None:
    subject = "$JS.API." + call.replace("*", "x").replace(">", "x.y")
    assert PublishGuard(read_only=True).access(subject) == API_ACCESS[call]


def test_the_api_may_have_another_prefix() -> None:
    guard = PublishGuard(read_only=True, api_prefix="$JS.hub.API")
    guard("$JS.hub.API.STREAM.INFO.ORDERS")
    guard("$JS.API.STREAM.INFO.ORDERS")
    with pytest.raises(PublishRefusedError):
        guard("$JS.leaf.API.STREAM.INFO.ORDERS")
    with pytest.raises(PublishRefusedError):
        guard("$JS.hub.API.STREAM.DELETE.ORDERS")
