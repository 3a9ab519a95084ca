"""Before a change: what will happen is said, and only a clear yes is a yes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from natstui.model.journal import Entry
from natstui.model.restoring import RESTORERS
from natstui.model.settings import Settings
from natstui.model.work import Work
from natstui.model.writing import Writer
from natstui.ui.confirm import ConfirmDialog, Question
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer, explorer

PURGE = Question(
    "Purge ORDERS",
    [[("bad", "1,204 messages go, 3.2 MiB")], [("plain", "billing loses 12 \x1b[2J [/x]")]],
    verb="purge it",
    facts={"subjects": "orders.>", "kept": "nothing"},
)
DELETE = Question("Delete ORDERS", [[("bad", "All of it goes.")]], verb="delete it", name="ORDERS")


async def asked(seen: Explorer, question: Question) -> asyncio.Future[bool]:
    answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def ask() -> None:
        answer.set_result(await seen.app.desk.ask_whether(question))

    seen.app.start(ask())
    await eventually(lambda: isinstance(seen.app.screen, ConfirmDialog), "the dialog")
    await seen.frame()
    return answer


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_it_says_what_will_happen(size: tuple[int, int]) -> None:
    async with explorer(size=size) as seen:
        await asked(seen, PURGE)
        for text in ("Purge ORDERS", "1,204 messages go", "billing loses 12 ␛[2J [/x]"):
            assert text in seen.text
        assert "subjects  orders.>" in seen.text


@pytest.mark.parametrize(
    ("keys", "answer"), [("y", True), ("n", False), ("escape", False), ("enter", None), ("x", None)]
)
async def test_only_a_clear_yes_is_a_yes(keys: str, answer: bool | None) -> None:
    async with explorer() as seen:
        given = await asked(seen, PURGE)
        await seen.press(keys)
        if answer is None:
            assert not given.done()
        else:
            assert await given is answer


async def test_what_cannot_be_undone_wants_the_name() -> None:
    async with explorer() as seen:
        given = await asked(seen, DELETE)
        await seen.press("y", "enter")
        assert not given.done()
        assert "that is not the name" in seen.text
        await seen.press("backspace", *"ORDERS", "enter")
        assert await given is True


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_where_much_is_to_be_said_there_is_room_for_the_name(size: tuple[int, int]) -> None:
    lines = [[("plain", f"consumer {number} loses something")] for number in range(60)]
    async with explorer(size=size) as seen:
        said = await asked(seen, Question("Purge ORDERS", lines, name="ORDERS", verb="purge it"))
        assert "type ORDERS to purge it" in seen.text
        assert "esc no" in seen.text
        assert "consumer 59 " not in seen.text
        await seen.press(*["pagedown"] * 6)
        assert "consumer 59 " in seen.text
        await seen.press(*"ORDERS", "enter")
        assert await said


async def test_leaving_the_name_open_is_no() -> None:
    async with explorer() as seen:
        given = await asked(seen, DELETE)
        await seen.press(*"ORDERS", "escape")
        assert await given is False


# The journal


async def saved(seen: Explorer, kind: str = "test") -> Entry:
    entry = Entry("1", 1e9, kind, "ORDERS", "purge ORDERS \x1b[2J[/x]", "prod", "n1", "ada")

    async def things() -> AsyncIterator[dict[str, Any]]:
        yield {"number": 1}

    return await seen.app.writer.journal.save(entry, things())


async def test_what_was_destroyed_is_restored_from_the_journal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    restored: list[Entry] = []

    async def restore(writer: Writer, entry: Entry, work: Work) -> str:
        restored.append(entry)
        return "1 message is back"

    monkeypatch.setitem(RESTORERS, "test", restore)
    async with explorer() as seen:
        entry = await saved(seen)
        await seen.press("U")
        assert "purge ORDERS ␛[2J[/x]" in seen.text
        await seen.press("enter")
        await eventually(lambda: isinstance(seen.app.screen, ConfirmDialog), "the question")
        assert restored == []
        await seen.press("y")
        await eventually(lambda: "1 message is back" in seen.text, "the outcome")
        assert restored == [entry]


async def test_what_nobody_can_restore_says_so() -> None:
    async with explorer() as seen:
        await saved(seen, "of the future")
        await seen.press("U", "enter")
        assert "cannot restore of the future" in seen.text
        await seen.press("D")
        await eventually(lambda: isinstance(seen.app.screen, ConfirmDialog), "the question")
        await seen.press("y")
        await eventually(lambda: "Nothing was destroyed yet." in seen.text, "forgotten")
        await seen.press("escape")
        assert "Journal" not in seen.text


async def test_read_only_restores_nothing(state_home: Path) -> None:
    async with explorer(settings=Settings(read_only=True)) as seen:
        await saved(seen)
        await seen.press("U", "enter")
        assert "read-only: nothing is restored" in seen.text
