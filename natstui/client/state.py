"""The states of a client, and which may follow which.

    DISCONNECTED -> CONNECTING -> CONNECTED <-> RECONNECTING
                                  CONNECTED -> DRAINING_SUBS -> DRAINING_PUBS
    and from every state to CLOSED, from which `connect` starts over.

A connection that is lost while it drains is not replaced: draining ends with closing, so the
client closes. With `retry_on_failed_connect`, CONNECTING lasts until the first server answers.
"""

from __future__ import annotations

from enum import IntEnum


class ConnectionStatus(IntEnum):
    """Where a client stands; `Client.status`."""

    DISCONNECTED = 0
    CONNECTED = 1
    CLOSED = 2
    RECONNECTING = 3
    CONNECTING = 4
    DRAINING_SUBS = 5
    DRAINING_PUBS = 6


_S = ConnectionStatus

#: May be told to publish: now, or into the buffer that waits for a connection.
LIVE = frozenset({_S.CONNECTED, _S.DRAINING_SUBS})
WAITING = frozenset({_S.RECONNECTING, _S.CONNECTING})
#: Has a server on the other end.
LINKED = frozenset({_S.CONNECTED, _S.DRAINING_SUBS, _S.DRAINING_PUBS})

_FOLLOWS = {
    _S.DISCONNECTED: {_S.CONNECTING},
    _S.CONNECTING: {_S.CONNECTED, _S.DISCONNECTED},
    _S.CONNECTED: {_S.RECONNECTING, _S.DRAINING_SUBS},
    _S.RECONNECTING: {_S.CONNECTED},
    _S.DRAINING_SUBS: {_S.DRAINING_PUBS},
    _S.DRAINING_PUBS: set(),
    _S.CLOSED: {_S.CONNECTING},
}


def may_follow(now: ConnectionStatus, then: ConnectionStatus) -> bool:
    """Whether a client in state `now` may go to state `then`."""
    return then is _S.CLOSED or then in _FOLLOWS[now]
