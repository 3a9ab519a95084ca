"""The worst names, configurations and messages: through every level of the Consumers pane."""

from __future__ import annotations

from rich.cells import cell_len

from natstui.ui.confirm import ConfirmDialog
from natstui.ui.consumer_peek import PeekLevel
from natstui.ui.consumers import ConsumersPane
from tests.conftest import ServerFactory
from tests.support.hostile import FORBIDDEN
from tests.support.hostile_consumers import STORED, make_hostile
from tests.ui.explorer import Explorer
from tests.ui.test_consumers_pane import asked, consumers, until


def check(seen: Explorer) -> None:
    columns, rows = seen.app.size
    assert len(seen.lines) == rows
    for line in seen.lines:
        assert not FORBIDDEN & set(line), repr(line)
        assert cell_len(line) <= columns
    if len(seen.app.screen_stack) == 1:
        assert seen.lines[0].startswith("▌127.0.0.1:")


async def test_hostile_consumers_are_drawn_and_nothing_more(
    server_factory: ServerFactory,
) -> None:
    server = server_factory("max_payload: 4MB", jetstream=True)
    await make_hostile(server)
    async with consumers(server.url, size=(80, 60)) as seen:
        await until(seen, "2 consumers", "no subscriber")
        check(seen)
        await seen.press("enter")
        await until(seen, "No interest", "Description            ␛[2J", "Metadata")
        check(seen)
        await seen.press("E")
        await until(seen, "Edit consumer S␛[2J[b]")
        check(seen)
        await seen.press("escape", "D")
        await asked(seen)
        check(seen)
        assert isinstance(seen.app.screen, ConfirmDialog)
        await seen.press("escape", "P")
        check(seen)
        await seen.press("escape", "escape", "down", "n")
        await until(seen, f"{len(STORED)} pending")
        check(seen)
        await seen.press("enter")
        pane = seen.app.pane
        assert isinstance(pane, ConsumersPane)
        level = pane.level
        assert isinstance(level, PeekLevel)
        for _ in STORED:  # each in the view that suits it; tests/ui/test_hostile.py has them all
            await seen.frame()
            check(seen)
            level.detail.action_neighbour(1)
