"""`natstui server assets` and `server jetstream`: streams as their servers know them, by stream and
by server."""

from __future__ import annotations

from natstui.headless.listing import Column, unknown
from natstui.headless.request import Request
from natstui.headless.system_listing import SystemListing
from natstui.model import words
from natstui.model.asset_board import AssetBoard, AssetRow, JetStreamServer
from natstui.model.asset_fields import ASSET_FIELDS, JETSTREAM_FIELDS, replica_words, state_word
from natstui.model.rows import Rows
from natstui.model.session import Session
from natstui.model.system_answer import limit, number

ASSET_COLUMNS: tuple[Column[AssetRow], ...] = (
    Column("stream", "stream", lambda row: row.key.stream),
    Column("account", "account", lambda row: row.account),
    Column("state", "state", state_word),
    Column("leader", "leader", lambda row: row.leader or "none"),
    Column("lag", "lag", lambda row: words.count(row.lag), True),
    Column("replicas", "R", lambda row: str(row.size), True),
    Column("messages", "messages", lambda row: words.count(row.messages), True),
    Column("bytes", "bytes", lambda row: words.short_size(row.bytes), True),
    Column("consumers", "consumers", lambda row: words.count(row.consumers), True),
    Column("followers", "followers", lambda row: ", ".join(map(replica_words, row.replicas))),
)


class AssetListing(SystemListing[AssetRow]):
    """Every stream of every account: who leads it, who follows, how far behind."""

    nouns = ("stream", "streams")
    order = "state"
    critical = "state == 'no leader' or state == offline"
    warning = "state == 'not current' or state == lags"
    fields = ASSET_FIELDS
    columns = ASSET_COLUMNS

    def __init__(self, request: Request, session: Session) -> None:
        super().__init__(request)
        self.board = board = AssetBoard(session)
        self.rows = board.rows
        self.arrange()

    def name(self, thing: AssetRow) -> str:
        return f"{thing.account} > {thing.key.stream}"

    def reason(self, thing: AssetRow) -> str:
        return ", ".join(map(replica_words, thing.replicas))


def _told(name: str) -> Column[JetStreamServer]:
    return Column(name, name, lambda each: words.count(number(each.data, name)), True)


def _stored(each: JetStreamServer) -> str:
    most = limit(each.data, "config", "max_storage")
    said = words.short_size(number(each.data, "storage"))
    return f"{said} of {words.short_size(most)}" if most > 0 else said


_BY_NAME = {field.name: field for field in JETSTREAM_FIELDS}

JETSTREAM_COLUMNS: tuple[Column[JetStreamServer], ...] = (
    Column("server", "server", lambda each: each.name),
    Column("meta", "meta", lambda each: each.meta),
    Column(
        "meta_lag",
        "lag",
        unknown(
            _BY_NAME["meta_lag"], lambda each: words.count(each.replica.lag if each.replica else 0)
        ),
        True,
    ),
    Column("leads", "leads", lambda each: words.count(each.leads), True),
    _told("streams"),
    _told("consumers"),
    Column("storage", "storage", _stored, True),
    Column("memory", "memory", lambda each: words.short_size(number(each.data, "memory")), True),
    Column(
        "api_errors", "api err", lambda each: words.count(number(each.data, "api", "errors")), True
    ),
)


class JetStreamListing(SystemListing[JetStreamServer]):
    """What each server leads and holds, and how it follows the leader of JetStream."""

    nouns = ("server", "servers")
    order = "server"
    critical = "meta == offline or meta == 'no leader'"
    warning = "meta == 'not current'"
    fields = JETSTREAM_FIELDS
    columns = JETSTREAM_COLUMNS

    def __init__(self, request: Request, session: Session) -> None:
        super().__init__(request)
        self.assets = self.board = AssetBoard(session)
        self.rows: Rows[JetStreamServer] = Rows(
            lambda each: each.name, lambda each: f"{each.name} {each.meta}"
        )
        self.arrange()

    async def load(self) -> None:
        await self.assets.load()
        self.rows.set_items(self.assets.by_server)

    def name(self, thing: JetStreamServer) -> str:
        return thing.name
