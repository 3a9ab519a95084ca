"""What there is to say of an account of the system, added up over all servers."""

from __future__ import annotations

from natstui.model.account_board import AccountRow
from natstui.model.fields import Field, known_rate


def _if_told(row: AccountRow, value: int) -> int | None:
    """What only servers with JetStream tell."""
    return None if row.stored is None else value


ACCOUNT_FIELDS: tuple[Field[AccountRow], ...] = (
    Field("account", "text", lambda row: row.name),
    Field("id", "text", lambda row: row.id),
    Field("connections", "number", lambda row: row.connections),
    Field("leafnodes", "number", lambda row: row.leaf_nodes),
    Field("subscriptions", "number", lambda row: row.subscriptions),
    Field("slow_consumers", "number", lambda row: row.slow_consumers),
    Field("in_rate", "number", lambda row: known_rate(row.messages_in), moves=True),
    Field("out_rate", "number", lambda row: known_rate(row.messages_out), moves=True),
    Field("in_bytes_rate", "number", lambda row: known_rate(row.bytes_in), moves=True),
    Field("out_bytes_rate", "number", lambda row: known_rate(row.bytes_out), moves=True),
    Field("stored", "number", lambda row: row.stored),
    Field("api_requests", "number", lambda row: _if_told(row, row.api_requests)),
    Field("api_errors", "number", lambda row: _if_told(row, row.api_errors)),
)
