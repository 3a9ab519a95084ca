from __future__ import annotations

import pytest

from natstui.client.state import LINKED, LIVE, WAITING, ConnectionStatus, may_follow

S = ConnectionStatus

FOLLOWS = {
    (S.DISCONNECTED, S.CONNECTING),
    (S.CONNECTING, S.CONNECTED),
    (S.CONNECTING, S.DISCONNECTED),
    (S.CONNECTED, S.RECONNECTING),
    (S.RECONNECTING, S.CONNECTED),
    (S.CONNECTED, S.DRAINING_SUBS),
    (S.DRAINING_SUBS, S.DRAINING_PUBS),
    (S.CLOSED, S.CONNECTING),
}


@pytest.mark.parametrize("now", S, ids=lambda status: status.name)
@pytest.mark.parametrize("then", S, ids=lambda status: status.name)
def test_which_state_may_follow_which(now: S, then: S) -> None:
    assert may_follow(now, then) is ((now, then) in FOLLOWS or then is S.CLOSED)


def test_the_numbers_are_those_of_the_published_api() -> None:
    assert {status.name: status.value for status in S} == {
        "DISCONNECTED": 0,
        "CONNECTED": 1,
        "CLOSED": 2,
        "RECONNECTING": 3,
        "CONNECTING": 4,
        "DRAINING_SUBS": 5,
        "DRAINING_PUBS": 6,
    }


def test_a_client_that_may_publish_is_connected_or_waits_for_a_connection() -> None:
    assert LIVE < LINKED
    assert not LINKED & WAITING
    assert set(S) - LINKED - WAITING == {S.DISCONNECTED, S.CLOSED}
    assert {S.DRAINING_PUBS} == LINKED - LIVE
