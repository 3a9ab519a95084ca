"""How servers hang together: routes within a cluster, gateways between them, leaf nodes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from natstui.model.rates import CalmRate
from natstui.model.session import Session
from natstui.model.system_answer import Json, Told, at, number, objects, seconds, text
from natstui.model.system_board import NO_SLACK, PING, Slack, SystemBoard

ROUTES, GATEWAYS, LEAF_NODES = f"{PING}.ROUTEZ", f"{PING}.GATEWAYZ", f"{PING}.LEAFZ"
RATE_WINDOW = 10.0


class LinkKey(NamedTuple):
    """What a connection between servers is known by."""

    kind: str
    server: str
    id: int


class Link:
    """A connection of one server to another: `kind` is "route", "gateway out", "gateway in" or
    "leaf". `messages` and `bytes` are rates of both directions, per second over ten seconds.
    """

    def __init__(self, key: LinkKey, server: str, peer: str) -> None:
        self.key = key
        self.server = server
        self.peer = peer
        self.info: Json = {}
        self.messages, self.bytes = CalmRate(RATE_WINDOW), CalmRate(RATE_WINDOW)

    def take(self, now: float, info: Json, slack: Slack = NO_SLACK) -> None:
        """Take what the server told of it at `now`, a time that never goes back."""
        self.info = info
        messages = number(info, "in_msgs") + number(info, "out_msgs")
        self.messages.sample(now, messages, slack.messages)
        size = number(info, "in_bytes") + number(info, "out_bytes")
        self.bytes.sample(now, size, slack.bytes)

    @property
    def rtt(self) -> float | None:
        """The round trip in seconds."""
        return seconds(self.info, "rtt")

    @property
    def pending(self) -> int:
        """The bytes that wait to be sent."""
        return number(self.info, "pending_size") or number(self.info, "pending_bytes")

    @property
    def account(self) -> str:
        """The account that a leaf node is bound to, or a route is for."""
        return text(self.info, "account")


class Topology(SystemBoard):
    """All links; `load` looks at them once."""

    def __init__(
        self,
        session: Session,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(session, clock, wall_clock)
        self.servers: list[Told] = []
        self.links: list[Link] = []
        self._known: dict[LinkKey, Link] = {}

    async def load(self) -> None:
        """Look at them. Raises NotConnectedError, and what `Client.publish` raises."""
        look = self.begin()
        routes = await self.ask_servers(look, ROUTES)
        gateways = await self.ask_servers(look, GATEWAYS)
        leaf_nodes = await self.ask_servers(look, LEAF_NODES)
        known, self._known, self.links = self._known, {}, []
        for told in routes:
            for info in objects(told.data, "routes"):
                key = LinkKey("route", told.id, number(info, "rid"))
                self._take(known, key, told, text(info, "remote_name"), info)
        for told in gateways:
            self._take_gateways(known, told)
        for told in leaf_nodes:
            for info in objects(told.data, "leafs"):
                key = LinkKey("leaf", told.id, number(info, "id"))
                self._take(known, key, told, text(info, "name"), info)
        self.servers = routes
        self.finish(look)

    def _take_gateways(self, known: dict[LinkKey, Link], told: Told) -> None:
        for way, kind in (("outbound_gateways", "gateway out"), ("inbound_gateways", "gateway in")):
            remotes = at(told.data, way)
            for name, said in remotes.items() if isinstance(remotes, dict) else ():
                for each in said if isinstance(said, list) else [said]:
                    info = at(each, "connection")
                    if isinstance(info, dict):
                        key = LinkKey(kind, told.id, number(info, "cid"))
                        self._take(known, key, told, str(name), info)

    def _take(
        self, known: dict[LinkKey, Link], key: LinkKey, told: Told, peer: str, info: Json
    ) -> None:
        link = known.get(key) or Link(key, told.name, peer)
        link.take(self._clock(), info, self.slack)
        self._known[key] = link
        self.links.append(link)

    def bundles(self, kind: str) -> list[Bundle]:
        """The links whose kind begins so, those between the same two together."""
        found: dict[tuple[str, ...], list[Link]] = {}
        for link in self.links:
            if link.key.kind.startswith(kind):
                place = (link.server, link.peer, link.key.kind)
                # Routes are several to a peer; of leaf nodes, each has an account of its own.
                apart = (link.account, str(link.key.id)) if kind == "leaf" else ()
                found.setdefault((*place, *apart), []).append(link)
        return [Bundle(found[key]) for key in sorted(found)]


class Bundle:
    """Links of one kind between the same two servers, taken together; `rtt` is the longest. What is
    `shown` of the rates does not tremble."""

    def __init__(self, links: list[Link]) -> None:
        self.links = links
        self.server, self.peer, self.kind = links[0].server, links[0].peer, links[0].key.kind
        self.account = links[0].account if self.kind == "leaf" else ""
        self.key = (links[0].key, self.account)
        self.rtt = max((link.rtt for link in links if link.rtt is not None), default=None)
        self.pending = sum(link.pending for link in links)
        self.messages = sum(link.messages.per_second for link in links)
        self.bytes = sum(link.bytes.per_second for link in links)
        self.shown_messages = sum(link.messages.shown for link in links)
        self.shown_bytes = sum(link.bytes.shown for link in links)

    @property
    def words(self) -> str:
        """What a filter searches."""
        return " ".join([self.kind, self.server, self.peer, self.account])
