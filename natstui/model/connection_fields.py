"""What there is to say of a connection to a server, open or closed."""

from __future__ import annotations

from natstui.model.connection_board import ConnectionRow
from natstui.model.export import timestamp
from natstui.model.fields import Field, known_rate
from natstui.model.system_answer import number, seconds, text


def _count(name: str, told: str) -> Field[ConnectionRow]:
    return Field(name, "number", lambda row: number(row.info, told))


def _text(name: str, told: str) -> Field[ConnectionRow]:
    return Field(name, "text", lambda row: text(row.info, told))


def _seconds(name: str) -> Field[ConnectionRow]:
    return Field(name, "number", lambda row: seconds(row.info, name))


def _closed(row: ConnectionRow) -> str | None:
    return timestamp(row.stopped) if row.stopped else None


CONNECTION_FIELDS: tuple[Field[ConnectionRow], ...] = (
    Field("connection", "text", lambda row: row.name),
    Field("cid", "number", lambda row: row.key.id),
    Field("server", "text", lambda row: row.server),
    Field("server_id", "text", lambda row: row.key.server),
    Field("account", "text", lambda row: row.account),
    Field("user", "text", lambda row: row.user),
    Field("address", "text", lambda row: row.address),
    Field("library", "text", lambda row: row.language),
    _text("kind", "kind"),
    Field("rate", "number", lambda row: known_rate(row.messages), moves=True),
    Field("bytes_rate", "number", lambda row: known_rate(row.bytes), moves=True),
    _count("in_messages", "in_msgs"),
    _count("out_messages", "out_msgs"),
    _count("in_bytes", "in_bytes"),
    _count("out_bytes", "out_bytes"),
    Field("bytes", "number", lambda row: row.total_bytes),
    Field("subscriptions", "number", lambda row: row.subscriptions),
    Field("pending", "number", lambda row: row.pending),
    Field("rtt", "number", lambda row: row.rtt),
    _seconds("uptime"),
    _seconds("idle"),
    Field("closed", "text", _closed),
    Field("reason", "text", lambda row: row.reason),
    Field("slow", "flag", lambda row: row.was_slow),
)
