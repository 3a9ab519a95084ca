"""What there is to say of the links between two servers, taken together."""

from __future__ import annotations

from natstui.model.fields import Field
from natstui.model.topology import Bundle

KINDS = ("route", "gateway out", "gateway in", "leaf")


def _rate(bundle: Bundle, per_second: float) -> float | None:
    known = any(link.messages.is_known for link in bundle.links)
    return round(per_second, 3) if known else None


LINK_FIELDS: tuple[Field[Bundle], ...] = (
    Field("kind", "text", lambda each: each.kind, choices=KINDS),
    Field("server", "text", lambda each: each.server),
    Field("peer", "text", lambda each: each.peer),
    Field("account", "text", lambda each: each.account),
    Field("links", "number", lambda each: len(each.links)),
    Field("rtt", "number", lambda each: each.rtt),
    Field("pending", "number", lambda each: each.pending),
    Field("rate", "number", lambda each: _rate(each, each.messages), moves=True),
    Field("bytes_rate", "number", lambda each: _rate(each, each.bytes), moves=True),
)
