"""The accounts of a system: who is connected, how much moves, what is stored, over all servers."""

from __future__ import annotations

import time
from collections.abc import Callable

from natstui.model.own_account import ACCOUNT_STATS
from natstui.model.rates import CalmRate
from natstui.model.rows import Rows
from natstui.model.session import Session
from natstui.model.system_answer import Json, Told, number, objects, text
from natstui.model.system_board import NO_SLACK, PING, Slack, SystemBoard

RATE_WINDOW = 10.0
JETSTREAM = f"{PING}.JSZ"


class AccountRow:
    """An account, its numbers added up over all servers. Rates are per second over ten seconds.

    `stored` is bytes on all servers together: a stream with three replicas counts three times; None
    where servers do not tell: then `api_requests` and `api_errors` are not known either.
    """

    def __init__(self, id: str) -> None:
        self.id = id
        self.name = id
        self.connections = self.leaf_nodes = self.subscriptions = self.slow_consumers = 0
        self.stored: int | None = None
        self.api_requests = self.api_errors = 0
        self.messages_in, self.messages_out = CalmRate(RATE_WINDOW), CalmRate(RATE_WINDOW)
        self.bytes_in, self.bytes_out = CalmRate(RATE_WINDOW), CalmRate(RATE_WINDOW)

    def take(
        self,
        now: float,
        stats: list[Json],
        stored: list[Json] | None,
        slack: Slack = NO_SLACK,
    ) -> None:
        """Take what each server told of it at `now`, a time that never goes back."""
        self.name = next((text(each, "name") for each in stats if text(each, "name")), self.id)
        self.connections = sum(number(each, "conns") for each in stats)
        self.leaf_nodes = sum(number(each, "leafnodes") for each in stats)
        self.subscriptions = max((number(each, "num_subscriptions") for each in stats), default=0)
        self.slow_consumers = sum(number(each, "slow_consumers") for each in stats)
        for rate, way, unit in (
            (self.messages_in, "received", "msgs"),
            (self.messages_out, "sent", "msgs"),
            (self.bytes_in, "received", "bytes"),
            (self.bytes_out, "sent", "bytes"),
        ):
            total = sum(number(each, way, unit) for each in stats)
            rate.sample(now, total, slack.messages if unit == "msgs" else slack.bytes)
        self.stored = (
            sum(number(each, "memory") + number(each, "storage") for each in stored)
            if stored is not None
            else None
        )
        self.api_requests = sum(number(each, "api", "total") for each in stored or ())
        self.api_errors = sum(number(each, "api", "errors") for each in stored or ())

    @property
    def per_second(self) -> float:
        """Messages in both directions."""
        return self.messages_in.per_second + self.messages_out.per_second

    @property
    def words(self) -> str:
        """What a filter searches."""
        return f"{self.name} {self.id}"


class AccountBoard(SystemBoard):
    """The accounts; `load` looks at all of them once. Who is not in the system account sees their
    own.
    """

    def __init__(
        self,
        session: Session,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(session, clock, wall_clock)
        self.rows: Rows[AccountRow] = Rows(lambda row: row.id, lambda row: row.words)
        self._known: dict[str, AccountRow] = {}

    async def load(self) -> None:
        """Look at them. Raises NotConnectedError, and what `Client.publish` raises."""
        look = self.begin()
        told = await self.ask_servers(look, ACCOUNT_STATS, {"include_unused": True})
        stored = await self.ask_servers(look, JETSTREAM, {"accounts": True})
        stats = _by_account(told, "account_statz", "acc")
        details = _by_account(stored, "account_details", "id")
        known, self._known = self._known, {}
        for id, said in stats.items():
            row = self._known[id] = known.get(id) or AccountRow(id)
            row.take(self._clock(), said, details.get(id, []) if stored else None, self.slack)
        self.rows.set_items(sorted(self._known.values(), key=lambda row: row.name))
        self.finish(look)


def _by_account(told: list[Told], list_name: str, id_name: str) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for one in told:
        for each in objects(one.data, list_name):
            found.setdefault(text(each, id_name), []).append(each)
    found.pop("", None)
    return found
