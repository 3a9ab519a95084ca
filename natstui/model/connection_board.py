"""Connections to all servers: who they are, how much moves, who is slow or was cut off."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from natstui.model.rates import CalmRate, History
from natstui.model.rows import Rows
from natstui.model.session import Session
from natstui.model.system_answer import Json, Told, moment, number, objects, seconds, text
from natstui.model.system_board import NO_SLACK, PING, Slack, SystemBoard

CONNECTIONS = f"{PING}.CONNZ"
# Per server; the server's own default too.
MOST_CONNECTIONS = 1_024
RATE_WINDOW = 10.0
BARS = 60
OPEN, CLOSED = 0, 1


class ConnectionKey(NamedTuple):
    """What a connection is known by."""

    server: str
    id: int


class ConnectionRow:
    """A connection; `info` is what its server told last, as it came.

    `messages` and `bytes` are rates of both directions together, per second over ten seconds.
    """

    def __init__(self, key: ConnectionKey, server: str) -> None:
        self.key = key
        self.server = server
        self.info: Json = {}
        self.messages, self.bytes = CalmRate(RATE_WINDOW), CalmRate(RATE_WINDOW)
        self.bars = History(BARS)

    def take(self, now: float, info: Json, slack: Slack = NO_SLACK) -> None:
        """Take an answer that came at `now`, a time that never goes back."""
        self.info = info
        moved = number(info, "in_msgs") + number(info, "out_msgs")
        self.messages.sample(now, moved, slack.messages)
        self.bytes.sample(now, self.total_bytes, slack.bytes)
        self.bars.sample(now, moved)

    @property
    def name(self) -> str:
        """What it calls itself; without a name its number."""
        return text(self.info, "name") or f"cid {self.key.id}"

    @property
    def account(self) -> str:
        return text(self.info, "name_tag") or text(self.info, "account")

    @property
    def user(self) -> str:
        return text(self.info, "authorized_user")

    @property
    def address(self) -> str:
        return f"{text(self.info, 'ip')}:{number(self.info, 'port')}"

    @property
    def language(self) -> str:
        """The library and its version."""
        return f"{text(self.info, 'lang')} {text(self.info, 'version')}".strip()

    @property
    def subscriptions(self) -> int:
        return number(self.info, "subscriptions")

    @property
    def pending(self) -> int:
        """The bytes that wait to be sent to it."""
        return number(self.info, "pending_bytes")

    @property
    def total_bytes(self) -> int:
        return number(self.info, "in_bytes") + number(self.info, "out_bytes")

    @property
    def rtt(self) -> float | None:
        """The round trip in seconds, as the server measured it last."""
        return seconds(self.info, "rtt")

    @property
    def reason(self) -> str:
        """Why it was closed, "" while it is open."""
        return text(self.info, "reason")

    @property
    def stopped(self) -> float:
        """The wall clock when it was closed, 0 while it is open."""
        return moment(self.info, "stop")

    @property
    def was_slow(self) -> bool:
        """Whether it was cut off because it did not read what was sent."""
        return self.reason.startswith("Slow Consumer")

    @property
    def words(self) -> str:
        """What a filter searches."""
        kind = text(self.info, "kind")
        return " ".join(
            [
                self.name,
                self.server,
                self.account,
                self.user,
                self.address,
                self.language,
                kind,
                self.reason,
            ]
        )


class ConnectionBoard(SystemBoard):
    """The connections, or those that were `closed` of late; `load` looks at them once.

    Of each server come at most `MOST_CONNECTIONS`, the first ones by `order`, one of those that
    CONNZ knows; `total` is how many there are. Who is not in the system account sees those of their
    own account.
    """

    def __init__(
        self,
        session: Session,
        *,
        closed: bool = False,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(session, clock, wall_clock)
        self.rows: Rows[ConnectionRow] = Rows(lambda row: row.key, lambda row: row.words)
        self.closed = closed
        self.order = "stop" if closed else "last"
        self.total = 0
        self._known: dict[ConnectionKey, ConnectionRow] = {}

    async def load(self) -> None:
        """Look at them. Raises NotConnectedError, and what `Client.publish` raises."""
        look = self.begin()
        body = {
            "state": CLOSED if self.closed else OPEN,
            "sort": self.order,
            "limit": MOST_CONNECTIONS,
            "auth": True,
        }
        self._take(await self.ask_servers(look, CONNECTIONS, body))
        self.finish(look)

    def _take(self, answers: list[Told]) -> None:
        now = self._clock()
        known, self._known = self._known, {}
        self.total = sum(number(told.data, "total") for told in answers)
        for told in answers:
            for info in objects(told.data, "connections"):
                key = ConnectionKey(told.id, number(info, "cid"))
                row = known.get(key) or ConnectionRow(key, told.name)
                row.take(now, info, self.slack)
                self._known[key] = row
        self.rows.set_items(self._known.values())

    def find(self, key: ConnectionKey) -> ConnectionRow | None:
        """The connection, as of the last answer."""
        return self._known.get(key)

    def adopt(self, row: ConnectionRow) -> None:
        """Go on with a row of another board: its rates go on, too."""
        self._known[row.key] = row

    def slow(self) -> int:
        """How many of those that are shown were cut off for being slow."""
        return sum(row.was_slow for row in self._known.values())

    async def look_at(self, key: ConnectionKey) -> bool:
        """Ask for one connection with its subscriptions; False if it is not there any more."""
        look = self.begin()
        body = {"cid": key.id, "subscriptions_detail": True, "auth": True}
        found = False
        for told in await self.ask_servers(look, CONNECTIONS, body):
            for info in objects(told.data, "connections"):
                if told.id == key.server and number(info, "cid") == key.id:
                    row = self._known.setdefault(key, ConnectionRow(key, told.name))
                    row.take(self._clock(), info)
                    found = True
        self.finish(look)
        return found
