"""`natstui services`: who answers to `$SRV`, how fast, how wrong, who went silent."""

from __future__ import annotations

from natstui.client.micro.config import NAME_REGEX
from natstui.headless.listing import Column, Listing
from natstui.headless.request import BadInputError, Request
from natstui.model import words
from natstui.model.rows import Rows
from natstui.model.service_board import ServiceBoard
from natstui.model.service_fields import SERVICE_FIELDS, is_moving
from natstui.model.service_row import ServiceRow
from natstui.model.session import Session


def _instances(row: ServiceRow) -> str:
    alive, total = len(row.alive), len(row.instances)
    return f"{alive:,}" if alive == total else f"{alive:,}/{total:,}"


def _rate(row: ServiceRow, per_second: float) -> str:
    return words.rate(per_second) if is_moving(row) else "-"


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else words.seconds(seconds)


COLUMNS: tuple[Column[ServiceRow], ...] = (
    Column("name", "service", lambda row: row.name),
    Column("state", "state", lambda row: row.state.badge),
    Column("instances", "inst", _instances, True),
    Column("request_rate", "req/s", lambda row: _rate(row, row.request_rate), True),
    Column("error_rate", "err/s", lambda row: _rate(row, row.error_rate), True),
    Column("recent", "time", lambda row: _seconds(row.recent), True),
    Column("requests", "requests", lambda row: words.count(row.requests), True),
    Column("errors", "errors", lambda row: words.count(row.errors), True),
    Column("average", "average", lambda row: _seconds(row.average), True),
    Column("versions", "version", lambda row: row.versions),
    Column("last_error", "last error", lambda row: row.last_error),
)
_SUBJECT: Column[ServiceRow] = Column("subject", "subject", lambda row: row.subject)


class ServiceListing(Listing[ServiceRow]):
    """All services; of one that is named its endpoints, or with `--instances` its instances."""

    nouns = ("service", "services")
    order = "state"
    critical = "state == silent"
    warning = "state == fewer or state == errors"
    fields = SERVICE_FIELDS
    columns = COLUMNS

    def __init__(self, request: Request, session: Session) -> None:
        super().__init__(request)
        self.service = _service(request)
        self.board = ServiceBoard(session)
        self.rows: Rows[ServiceRow] = self.board.rows
        if self.service:
            self.nouns = (
                ("instance", "instances") if request.instances else ("endpoint", "endpoints")
            )
            name = Column("name", self.nouns[0], COLUMNS[0].text)
            subject = () if request.instances else (_SUBJECT,)
            self.columns = (name, *subject, *COLUMNS[1:])
            self.rows = Rows(lambda row: row.key, lambda row: row.words)
        self.arrange()

    async def load(self) -> None:
        await self.board.load()
        if self.service:
            each_of = self.board.each_of if self.request.instances else self.board.endpoints
            self.rows.set_items(each_of(self.service))

    def took(self) -> float:
        return self.board.took

    def name(self, thing: ServiceRow) -> str:
        return f"{self.service} > {thing.name}" if self.service else thing.name

    def reason(self, thing: ServiceRow) -> str:
        return thing.state.reason

    def problems(self) -> list[str]:
        board = self.board
        found = list(board.problems.values())
        if self.service and not board.of(self.service):
            found.append(f"no service called {self.service} answers")
        if board.broken:
            found.append(
                f"{words.plural(board.broken, 'answer')} of no service: {board.broken_words}"
            )
        if board.cut:
            found.append(f"{board.cut:,} answers are left out: too many instances")
        return found


def _service(request: Request) -> str:
    if len(request.words) > 1:
        raise BadInputError(f"a service is enough, but found {request.words[1]!r} too")
    if not request.words:
        if request.instances:
            raise BadInputError("--instances: needs a service, as in: natstui services orders")
        return ""
    if NAME_REGEX.fullmatch(request.words[0]) is None:
        name = request.words[0]
        raise BadInputError(f"invalid service name {name!r}: letters, digits, '-' and '_' only")
    return request.words[0]
