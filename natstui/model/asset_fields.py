"""What there is to say of a stream as its servers know it, and of JetStream on one server."""

from __future__ import annotations

from natstui.model.asset_board import AssetRow, JetStreamServer, Replica
from natstui.model.fields import Field
from natstui.model.system_answer import limit, number

STATES = ("fine", "lags", "not current", "offline", "no leader")


def state_word(row: AssetRow) -> str:
    """How it stands, in a word or two."""
    return STATES[row.health]


def replica_words(replica: Replica) -> str:
    """A follower, and what is wrong with it: n2, n2 -17, n2 not current, n2 offline."""
    if replica.offline:
        return f"{replica.name} offline"
    if replica.lag:
        return f"{replica.name} -{replica.lag}"
    return replica.name if replica.current else f"{replica.name} not current"


ASSET_FIELDS: tuple[Field[AssetRow], ...] = (
    Field("stream", "text", lambda row: row.key.stream),
    Field("account", "text", lambda row: row.account),
    Field(
        "state",
        "text",
        state_word,
        choices=STATES,
        rank=lambda row: row.health,
    ),
    Field("leader", "text", lambda row: row.leader),
    Field("lag", "number", lambda row: row.lag),
    Field("replicas", "number", lambda row: row.size),
    Field("followers", "list", lambda row: [replica_words(each) for each in row.replicas]),
    Field("messages", "number", lambda row: row.messages),
    Field("bytes", "number", lambda row: row.bytes),
    Field("consumers", "number", lambda row: row.consumers),
)


def _told(name: str, *path: str) -> Field[JetStreamServer]:
    return Field(name, "number", lambda each: number(each.data, *(path or (name,))))


def _most(name: str) -> Field[JetStreamServer]:
    def most(each: JetStreamServer) -> int | None:
        found = limit(each.data, "config", name)
        return found if found > 0 else None

    return Field(name, "number", most)


def _lag(each: JetStreamServer) -> int | None:
    return None if each.replica is None else each.replica.lag


# The worst last.
META_STATES = (
    "leads",
    "follows",
    "alone",
    "off",
    "unknown",
    "not current",
    "offline",
    "no leader",
)


def _meta_rank(each: JetStreamServer) -> int:
    return META_STATES.index(each.meta)


JETSTREAM_FIELDS: tuple[Field[JetStreamServer], ...] = (
    Field("server", "text", lambda each: each.name),
    Field("meta", "text", lambda each: each.meta, choices=META_STATES, rank=_meta_rank),
    Field("meta_lag", "number", _lag),
    Field("leads", "number", lambda each: each.leads),
    _told("streams"),
    _told("consumers"),
    _told("messages"),
    _told("storage"),
    _most("max_storage"),
    _told("memory"),
    _most("max_memory"),
    _told("api_requests", "api", "total"),
    _told("api_errors", "api", "errors"),
)
