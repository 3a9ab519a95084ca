"""The window over a stream, and the search through all of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import pytest

from natstui.client import connect
from natstui.client.aio.client import Client
from natstui.client.js.client import JetStreamContext
from natstui.model import stream_window
from natstui.model.config import Config
from natstui.model.filter import Filter, parse_filter
from natstui.model.limits import Limits
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.stream_reader import PAGE, Page, StreamReader
from natstui.model.stream_search import StreamSearch
from natstui.model.stream_window import MOST_ROWS, StreamWindow, is_cut
from natstui.model.work import Work
from tests.support.server import NatsServer
from tests.support.streams import fill
from tests.support.waiting import eventually

COUNT = 5_000


@pytest.fixture
async def session(js_server: NatsServer) -> AsyncIterator[Session]:
    session = Session(Settings(servers=(js_server.url,)))
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    yield session
    await session.close()


@pytest.fixture
async def js(js_server: NatsServer) -> AsyncIterator[JetStreamContext]:
    """The stream S with COUNT messages: message n is `number n.`"""
    client = await connect(js_server.url)
    js = client.jetstream()
    await js.add_stream(name="S", subjects=["s.>"], allow_direct=True, storage="memory")
    await more(client, 1, COUNT)
    yield js
    await client.close()


async def more(client: Client, first: int, last: int) -> None:
    await fill(client, "S", lambda number: f"s.{number % 2}", last, first=first)


def seqs(window: StreamWindow) -> list[int]:
    return [window.record(row).seq for row in range(window.first, window.end)]


def starts(window: StreamWindow) -> bool:
    return window.at_start


def reaches(window: StreamWindow) -> bool:
    return window.at_end


async def settle(window: StreamWindow, top: int, bottom: int) -> None:
    """Read what should be there when these rows are on the screen."""
    while where := window.look_at(top, bottom):
        await (window.extend_down() if where == "down" else window.extend_up())


async def test_the_end_is_read_first_and_the_rest_when_one_goes_there(
    js: JetStreamContext, session: Session
) -> None:
    window = StreamWindow(StreamReader(session, "S"))
    await window.open_end()
    assert session.guard.requests == 2
    assert seqs(window) == list(range(COUNT - PAGE + 1, COUNT + 1))
    assert (starts(window), reaches(window)) == (False, True)
    top = window.end - 20
    while not (starts(window) and top == window.first):
        top = max(window.first, top - 20)
        row = window.record(top).seq
        await settle(window, top, top + 20)
        assert window.record(top).seq == row  # a row keeps its number
        assert len(seqs(window)) <= MOST_ROWS + PAGE
        assert seqs(window) == list(range(seqs(window)[0], seqs(window)[-1] + 1))
    assert (seqs(window)[0], reaches(window)) == (1, False)
    while not (reaches(window) and top + 20 >= window.end):
        top += 20
        await settle(window, top, top + 20)
    assert seqs(window)[-1] == COUNT
    assert len(seqs(window)) <= MOST_ROWS + PAGE


async def test_any_place_can_be_opened(js: JetStreamContext, session: Session) -> None:
    await js.delete_msg("S", 2_500)
    window = StreamWindow(StreamReader(session, "S"))
    for asked, found in [(1, 1), (2_499, 2_499), (2_500, 2_501), (COUNT, COUNT), (0, 1)]:
        row = await window.open_at(asked)
        assert window.record(row).seq == found
        assert (seqs(window)[0] < found) == (found > 1)
    assert window.record(await window.open_at(COUNT + 100)).seq == COUNT
    message = await js.get_msg("S", 3_000)
    assert message.time is not None
    row = await window.open_time(message.time.timestamp())
    assert window.record(row).seq <= 3_000
    assert window.row_of(3_000) >= row


@pytest.mark.usefixtures("js")
async def test_a_place_is_opened_with_both_its_sides_at_once(session: Session) -> None:
    class Watched(StreamReader):
        async def before(self, end: int, limit: int = PAGE, *, first: int = 1) -> Page:
            page = await super().before(end, limit, first=first)
            meanwhile.append(seqs(window))
            return page

    meanwhile: list[list[int]] = []
    window = StreamWindow(Watched(session, "S"))
    await window.open_end()
    newest = seqs(window)
    await window.open_at(1_000)
    assert meanwhile == [[], newest]
    assert seqs(window)[0] < 1_000 < seqs(window)[-1]


async def test_what_is_stored_is_followed(js: JetStreamContext, session: Session) -> None:
    window = StreamWindow(StreamReader(session, "S", "s.1"))
    await window.open_end()
    await window.catch_up(following=True)
    assert seqs(window)[-1] == COUNT - 1
    await more(js._nc, COUNT + 1, COUNT + 10)
    await window.catch_up(following=True)
    assert seqs(window)[-5:] == [COUNT + number for number in (1, 3, 5, 7, 9)]
    assert window.skipped == 0
    generation = window.generation
    await more(js._nc, COUNT + 11, COUNT + 3 * PAGE)
    await window.catch_up(following=True)
    assert seqs(window)[-1] == COUNT + 3 * PAGE - 1
    assert window.generation > generation
    assert window.skipped > 0


async def test_who_looks_back_only_hears_how_much_came(
    js: JetStreamContext, session: Session
) -> None:
    window = StreamWindow(StreamReader(session, "S"))
    await window.open_at(1)
    before = seqs(window)
    await more(js._nc, COUNT + 1, COUNT + 10)
    await window.catch_up(following=False)
    assert seqs(window) == before
    assert window.stream_end == COUNT + 11


async def test_large_messages_are_kept_in_part_and_read_whole(
    js: JetStreamContext, session: Session
) -> None:
    await js.publish("s.large", bytes(500_000), headers={"K": "v" * 9_000})
    window = StreamWindow(StreamReader(session, "S"))
    await window.open_end()
    record = window.record(window.end - 1)
    assert is_cut(record)
    assert record.size > 509_000
    assert len(record.payload) + len(record.headers) <= 2 * stream_window.HEAD_BYTES
    whole = await window.whole(record)
    assert (len(whole.payload), whole.size, is_cut(whole)) == (500_000, record.size, False)
    await js.delete_msg("S", record.seq)
    assert await window.whole(record) == record


async def test_what_was_deleted_is_dropped(js: JetStreamContext, session: Session) -> None:
    window = StreamWindow(StreamReader(session, "S"))
    await window.open_end()
    window.drop([COUNT])
    assert seqs(window)[-1] == COUNT - 1


# Searching


def wanted(text: str) -> Filter:
    found = parse_filter(text)
    assert found is not None
    return found


def found(search: StreamSearch) -> list[int]:
    return [search.record(row).seq for row in range(search.first, search.end)]


@pytest.mark.parametrize("backwards", [True, False])
@pytest.mark.parametrize("direct", [True, False])
async def test_the_whole_stream_is_searched(
    js: JetStreamContext, session: Session, backwards: bool, direct: bool
) -> None:
    await js.update_stream(name="S", subjects=["s.>"], allow_direct=direct, storage="memory")
    search = StreamSearch(StreamReader(session, "S"), wanted("/ [^4]?77[.]/"), backwards=backwards)
    work = Work("search")
    await search.run(work)
    numbers = [n for n in range(1, COUNT) if n in (77, 177, 277, 377, 577, 677, 777, 877, 977)]
    assert found(search) == numbers
    assert (search.is_complete, search.searched, search.hits) == (True, COUNT, len(numbers))
    assert work.share == 1.0


def got_on(search: StreamSearch, work: Work, before: int) -> bool:
    return search.searched > before + 300 or not work.is_running


@pytest.mark.parametrize("backwards", [True, False])
async def test_a_cancelled_search_goes_on_where_it_was(
    js: JetStreamContext, session: Session, backwards: bool
) -> None:
    search = StreamSearch(StreamReader(session, "S"), wanted("7."), backwards=backwards)
    times = 0
    while not search.is_complete:
        work = Work("search")
        work.start(search.run(work))
        await eventually(partial(got_on, search, work, search.searched), "some were searched")
        work.cancel()
        await work.wait()
        times += 1
    assert times > 1
    assert search.searched == COUNT
    assert found(search) == list(range(7, COUNT, 10))


async def test_too_many_hits_end_it(js: JetStreamContext, session: Session) -> None:
    few = Config(limits=Limits(search_hits=100))
    session.settings = replace(session.settings, config=few)
    search = StreamSearch(StreamReader(session, "S"), wanted("number"))
    outcome = await search.run(Work("search"))
    assert "no more are kept" in outcome
    assert found(search) == list(range(COUNT - 99, COUNT + 1))
    assert not search.is_complete


async def test_a_search_keeps_nobody_waiting(js: JetStreamContext, session: Session) -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(others())
    await StreamSearch(StreamReader(session, "S"), wanted("/x.*y/")).run(Work("search"))
    other.cancel()
    assert turns > COUNT / 500
