"""`natstui server topology`: routes, gateways and leaf nodes, with round trips."""

from __future__ import annotations

from natstui.headless.listing import Column, unknown
from natstui.headless.request import Request
from natstui.headless.system_listing import SystemListing
from natstui.model import words
from natstui.model.rows import Rows
from natstui.model.session import Session
from natstui.model.topology import Bundle, Topology
from natstui.model.topology_fields import LINK_FIELDS

_BY_NAME = {field.name: field for field in LINK_FIELDS}


def _rtt(bundle: Bundle) -> str:
    return "" if bundle.rtt is None else words.seconds(bundle.rtt)


COLUMNS: tuple[Column[Bundle], ...] = (
    Column("kind", "kind", lambda each: each.kind),
    Column("server", "server", lambda each: each.server),
    Column("peer", "to", lambda each: each.peer),
    Column("account", "account", lambda each: each.account),
    Column("links", "links", lambda each: str(len(each.links)), True),
    Column("rtt", "rtt", _rtt, True),
    Column(
        "rate", "msg/s", unknown(_BY_NAME["rate"], lambda each: words.rate(each.messages)), True
    ),
    Column(
        "bytes_rate",
        "byte/s",
        unknown(_BY_NAME["bytes_rate"], lambda each: f"{words.short_size(each.bytes)}/s"),
        True,
    ),
    Column("pending", "pending", lambda each: words.short_size(each.pending), True),
)


class LinkListing(SystemListing[Bundle]):
    """The links between servers, those between the same two together."""

    nouns = ("link", "links")
    order = "kind"
    critical = "pending > 1MiB"
    fields = LINK_FIELDS
    columns = COLUMNS

    def __init__(self, request: Request, session: Session) -> None:
        super().__init__(request)
        self.topology = self.board = Topology(session)
        self.rows: Rows[Bundle] = Rows(lambda each: each.key, lambda each: each.words)
        self.arrange()

    async def load(self) -> None:
        await self.topology.load()
        self.rows.set_items(self.topology.bundles(""))

    def name(self, thing: Bundle) -> str:
        return f"{thing.kind} {thing.server} > {thing.peer}"
