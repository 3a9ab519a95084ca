"""What there is to say of a server, and of one's own account."""

from __future__ import annotations

from natstui.model.fields import Field, known_rate
from natstui.model.own_account import OwnAccount
from natstui.model.server_board import Health, ServerRow
from natstui.model.system_answer import limit, number, text

STATES = tuple(each.name.lower() for each in Health)


def _of(*path: str) -> Field[ServerRow]:
    return Field(path[-1], "number", lambda row: number(row.stats, *path))


def _uptime(row: ServerRow) -> float | None:
    return round(row.heard_at - row.started, 1) if row.started else None


SERVER_FIELDS: tuple[Field[ServerRow], ...] = (
    Field("server", "text", lambda row: row.name),
    Field("id", "text", lambda row: row.id),
    Field(
        "state",
        "text",
        lambda row: STATES[row.health],
        choices=STATES,
        rank=lambda row: row.health,
    ),
    Field("cluster", "text", lambda row: row.cluster),
    Field("version", "text", lambda row: row.server_version),
    Field("uptime", "number", _uptime),
    Field("connections", "number", lambda row: row.connections),
    _of("subscriptions"),
    Field("in_rate", "number", lambda row: known_rate(row.messages_in), moves=True),
    Field("out_rate", "number", lambda row: known_rate(row.messages_out), moves=True),
    Field("in_bytes_rate", "number", lambda row: known_rate(row.bytes_in), moves=True),
    Field("out_bytes_rate", "number", lambda row: known_rate(row.bytes_out), moves=True),
    _of("cpu"),
    _of("mem"),
    Field("slow_consumers", "number", lambda row: row.slow_consumers),
    Field("pending", "number", lambda row: row.pending),
    Field("meta_leader", "text", lambda row: row.meta_leader),
)


def _used(name: str) -> Field[OwnAccount]:
    return Field(name, "number", lambda own: number(own.jetstream, name))


def _limit(name: str) -> Field[OwnAccount]:
    def most(own: OwnAccount) -> int | None:
        found = limit(own.jetstream, "limits", name)
        return None if found < 0 else found

    return Field(name, "number", most)


def _total(name: str, *path: str) -> Field[OwnAccount]:
    return Field(name, "number", lambda own: own.total(*path))


OWN_FIELDS: tuple[Field[OwnAccount], ...] = (
    Field("account", "text", lambda own: own.account),
    Field("user", "text", lambda own: text(own.user, "user")),
    _total("connections", "conns"),
    _total("leafnodes", "leafnodes"),
    _total("sent_messages", "sent", "msgs"),
    _total("sent_bytes", "sent", "bytes"),
    _total("received_messages", "received", "msgs"),
    _total("received_bytes", "received", "bytes"),
    _total("slow_consumers", "slow_consumers"),
    _used("storage"),
    _limit("max_storage"),
    _used("memory"),
    _limit("max_memory"),
    _used("streams"),
    _limit("max_streams"),
    _used("consumers"),
    _limit("max_consumers"),
    Field("may_publish", "list", lambda own: own.allowed("publish")[0] or [">"]),
    Field("may_not_publish", "list", lambda own: own.allowed("publish")[1]),
    Field("may_subscribe", "list", lambda own: own.allowed("subscribe")[0] or [">"]),
    Field("may_not_subscribe", "list", lambda own: own.allowed("subscribe")[1]),
)
