"""The worst names, metadata and errors: through every level of the Services pane."""

from __future__ import annotations

from rich.cells import cell_len

from natstui.client import connect
from natstui.model.tail import Record
from natstui.ui.service_call import CallDialog
from natstui.ui.service_level import ServiceLevel
from tests.support.hostile import FORBIDDEN
from tests.support.hostile_services import NAMES, make_hostile
from tests.support.server import NatsServer
from tests.ui.explorer import Explorer
from tests.ui.services import holds, services, table, until


def check(seen: Explorer) -> None:
    columns, rows = seen.app.size
    assert len(seen.lines) == rows
    for line in seen.lines:
        assert not FORBIDDEN & set(line), repr(line)
        assert cell_len(line) <= columns


async def test_hostile_services_are_drawn_and_nothing_more(server: NatsServer) -> None:
    async with (
        await connect(server.url) as client,
        services(server.url, size=(80, 60), timeout=20) as seen,
    ):
        await make_hostile(client)
        await seen.press("r")
        await holds(seen, lambda: table(seen).board.rows.total == len(NAMES), "all of them")
        await until(seen, "answers of no service")
        check(seen)
        await seen.press("enter")
        await holds(seen, lambda: isinstance(table(seen).pane.level, ServiceLevel), "a service")
        await seen.frame()
        check(seen)
        await seen.press("enter")
        await until(seen, "queue group")
        check(seen)
        await seen.press("escape", "tab", "enter")
        await until(seen, "ENDPOINTS")
        check(seen)
        await seen.press("escape", "escape")
        await seen.press("C")
        await holds(seen, lambda: isinstance(seen.app.screen, CallDialog), "the dialog")
        dialog = seen.app.screen
        assert isinstance(dialog, CallDialog)
        for _ in range(8):
            before = dialog.answer.record
            await seen.press("ctrl+s")
            await _answered(seen, dialog, before)
            check(seen)
        await seen.press("escape")
        check(seen)


async def _answered(seen: Explorer, dialog: CallDialog, before: Record | None) -> None:
    await holds(seen, lambda: dialog.answer.record not in (None, before), "an answer")
    await seen.frame()
