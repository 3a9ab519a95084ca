"""Tables: what is in view, in order, and only what changed drawn again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from textual.geometry import Region

from natstui.model.rows import Rows
from natstui.ui.table import Column, TableView, layout
from tests.ui.explorer import Explorer, explorer


@dataclass
class Item:
    name: str
    size: int = 0


COLUMNS: tuple[Column[Item], ...] = (
    Column("name", lambda item: item.name, sort=lambda item: item.name),
    Column(
        "size",
        lambda item: str(item.size),
        8,
        sort=lambda item: item.size,
        right=True,
        descending=True,
        ink=lambda item: "bad" if item.size > 100 else "plain",
    ),
    Column("mark", lambda item: "*" * (item.size % 3), 4, leave_out=1),
)


class Shown:
    """A table in place of the tail's messages."""

    def __init__(self, seen: Explorer, rows: Rows[Item], table: TableView[Item]) -> None:
        self.seen, self.rows, self.table = seen, rows, table

    async def draw(self) -> list[str]:
        """The lines of the table, its headings first."""
        self.table.sync()
        await self.seen.pilot.pause()
        region = self.table.region
        lines = self.seen.lines[region.y : region.bottom]
        return [" ".join(line.split()) for line in lines if line.strip()]


@asynccontextmanager
async def table(
    *items: Item, size: tuple[int, int] = (80, 24), order: str = ""
) -> AsyncIterator[Shown]:
    rows: Rows[Item] = Rows(lambda item: item.name, lambda item: item.name)
    rows.set_items(items)
    async with explorer(size=size) as seen:
        made = TableView(rows, COLUMNS, id="test-table", order=order)
        seen.app.tail_pane.list.display = False
        await seen.app.tail_pane.query_one("#tail-body").mount(made)
        made.focus()
        await seen.pilot.pause()
        yield Shown(seen, rows, made)


def many(count: int) -> list[Item]:
    return [Item(f"item-{number:06}", number) for number in range(count)]


async def test_headings_and_rows_are_in_columns() -> None:
    async with table(Item("b", 5), Item("a", 200)) as shown:
        assert await shown.draw() == ["name size mark", "▌b 5 **", "a 200 **"]
        first, second = (
            line.index(size)
            for line, size in zip(
                shown.seen.lines[shown.table.region.y + 1 :], ("5 ", "00 "), strict=False
            )
        )
        assert first == second + 1


async def test_o_sorts_by_the_next_column_and_capital_o_turns_it_around() -> None:
    async with table(Item("b", 5), Item("a", 2), Item("c", 9)) as shown:
        orders = []
        for key in ("o", "o", "O", "o"):
            await shown.seen.press(key)
            heading, *lines = await shown.draw()
            orders.append((heading, "".join(line.lstrip("▌")[0] for line in lines)))
        assert orders == [
            ("name↑ size mark", "abc"),
            ("name size↓ mark", "cba"),
            ("name size↑ mark", "abc"),
            ("name↑ size mark", "abc"),
        ]


async def test_a_click_on_a_heading_sorts_and_turns() -> None:
    async with table(Item("b", 5), Item("a", 2)) as shown:
        heading = shown.seen.lines[shown.table.region.y]
        await shown.seen.pilot.click("#test-table", offset=(heading.index("size"), 0))
        assert (await shown.draw())[1].startswith(("b", "▌b"))
        await shown.seen.pilot.click("#test-table", offset=(heading.index("size"), 0))
        assert (await shown.draw())[1].startswith(("a", "▌a"))


def delete_first(rows: Rows[Item]) -> None:
    rows.set_items(rows.items[1:])


def turn(rows: Rows[Item]) -> None:
    rows.sort(None, descending=True)


def only_two(rows: Rows[Item]) -> None:
    rows.set_filter("7")


@pytest.mark.parametrize("change", [delete_first, turn, only_two])
async def test_the_cursor_stays_on_its_item(change: Callable[[Rows[Item]], None]) -> None:
    async with table(*many(100)) as shown:
        await shown.draw()
        shown.table.move(7)
        change(shown.rows)
        lines = await shown.draw()
        assert next(line for line in lines if line.startswith("▌")).startswith("▌item-000007")
        assert shown.table.item is not None
        assert shown.table.item.name == "item-000007"


async def test_an_item_that_is_gone_leaves_the_cursor_where_it_was() -> None:
    async with table(*many(10)) as shown:
        shown.table.move(9)
        shown.rows.set_items(many(5))
        await shown.draw()
        assert shown.table.cursor == 4
        shown.rows.set_items([])
        await shown.draw()
        assert shown.table.item is None
        shown.table.action_choose()


async def test_only_what_is_seen_is_looked_at() -> None:
    asked: list[str] = []

    def name(item: Item) -> str:
        asked.append(item.name)
        return item.name

    rows: Rows[Item] = Rows(lambda item: item.name)
    rows.set_items(many(100_000))
    columns = (Column("name", name),)
    async with explorer() as seen:
        made = TableView(rows, columns, id="test-table")
        await seen.app.tail_pane.query_one("#tail-body").mount(made)
        made.sync()
        await seen.pilot.pause()
        made.sync()
        assert 0 < len(set(asked)) <= 24
        asked.clear()
        made.sync()
        assert asked == []


async def test_a_changed_row_is_drawn_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async with table(*many(50)) as shown:
        await shown.draw()
        drawn: list[tuple[Region, ...]] = []
        monkeypatch.setattr(shown.table, "refresh", lambda *which, **_: drawn.append(which))
        shown.rows.items[3].size = 4_711
        shown.rows.touch()
        shown.table.sync()
        assert drawn == [(Region(0, 4, 80, 1),)]


def test_columns_make_room_for_each_other() -> None:
    names = [column.name for column, _ in layout(COLUMNS, 80)]
    assert names == ["name", "size", "mark"]
    assert [column.name for column, _ in layout(COLUMNS, 28)] == ["name", "size"]
    assert [column.name for column, _ in layout(COLUMNS, 10)] == ["name"]
    assert sum(cells + 2 for _, cells in layout(COLUMNS, 80)) + 1 <= 80


async def test_foreign_text_keeps_its_column() -> None:
    async with table(Item("中文\x1b[2J[/x]", 1), Item("x" * 500, 2)) as shown:
        lines = await shown.draw()
        assert lines[1].startswith("▌中文␛[2J[/x]")
        assert "…" in lines[2]
        assert all(len(line) <= 80 for line in shown.seen.lines)


async def test_what_there_is_no_room_for_may_change_without_being_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    item = Item("a", 3)
    async with table(item, size=(80, 24)) as shown:
        drawn: list[int] = []
        monkeypatch.setattr(shown.table, "_refresh_rows", lambda start, end: drawn.append(start))
        shown.table.table.shown = COLUMNS[:1]
        item.size = 4
        shown.rows.touch()
        shown.table.sync()
        assert drawn == []
        item.name = "b"
        shown.rows.touch()
        shown.table.sync()
        assert drawn == [0]


async def test_what_changed_after_the_look_and_back_again_is_drawn_as_it_is() -> None:
    item = Item("a", 1)
    async with table(item) as shown:
        await shown.draw()
        item.size = 2
        shown.rows.touch()
        shown.table.sync()
        item.size = 3  # before it is drawn
        await shown.seen.pilot.pause()
        assert "a 3" in " ".join(shown.seen.line_with("a  ").split())
        item.size = 2
        shown.rows.touch()
        assert (await shown.draw())[1] == "▌a 2 **"
