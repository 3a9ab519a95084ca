"""The conflict run: several edit the same keys at once, and no change of anybody is lost."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest

from natstui.client import connect
from natstui.model.journal import Journal
from natstui.model.kv_edit import KeyEdit
from natstui.model.kv_session import KeyValueSession
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.value_merge import ValueMerge
from natstui.model.writing import Writer
from tests.support.server import NatsServer
from tests.support.waiting import eventually

ROUNDS = 100
Change = Callable[[bytes, int], bytes]


class Editor:
    """One person with an explorer of their own; `merges` counts how often they were too late."""

    def __init__(self, session: Session, folder: Path, name: str) -> None:
        self.session = session
        self.kv = KeyValueSession(session, "config")
        self.writer = Writer(session, Journal(folder))
        self.name = name
        self.merges = 0

    async def change(self, key: str, change: Change, round_: int) -> None:
        """Edit a key and save it, with as many merges as that takes; sometimes one is left."""
        edit = KeyEdit(self.writer, self.kv, key, await self.kv.latest(key))
        mine = change(edit.value, round_)
        outcome = await edit.save(mine)
        while isinstance(outcome, ValueMerge):
            self.merges += 1
            for conflict in outcome.conflicts:
                conflict.choose("both")
            if random.random() < 0.2:
                outcome = await edit.save(mine)  # out of the merge, and saved as it was written
            else:
                outcome = await edit.save_merged(outcome.result())


@pytest.fixture
async def editors(js_server: NatsServer, tmp_path: Path) -> AsyncIterator[list[Editor]]:
    client = await connect(js_server.url)
    await client.jetstream().create_key_value(bucket="config", history=2)
    made = []
    for name in ("ada", "bob"):
        session = Session(Settings(servers=(js_server.url,)))
        session.open()
        await eventually(partial(getattr, session, "is_connected"), "connected")
        editor = Editor(session, tmp_path / name, name)
        await editor.kv.load()
        made.append(editor)
    yield made
    for editor in made:
        await editor.session.close()
    await client.close()


async def race(editors: list[Editor], key: str, change: Callable[[str], Change]) -> bytes:
    """All of them change the key `ROUNDS` times each; what it holds then."""

    async def work(editor: Editor) -> None:
        for round_ in range(ROUNDS):
            await editor.change(key, change(editor.name), round_)

    await asyncio.gather(*map(work, editors))
    entry = await editors[0].kv.latest(key)
    assert entry is not None
    assert sum(editor.merges for editor in editors) > ROUNDS // 4, "they did not race"
    return entry.value


async def test_every_member_of_an_object_that_was_added_is_there(editors: list[Editor]) -> None:
    def add(name: str) -> Change:
        def change(value: bytes, round_: int) -> bytes:
            members = json.loads(value or b"{}")
            return json.dumps({**members, f"{name}{round_}": round_}).encode()

        return change

    value = await race(editors, "object", add)
    wanted = {f"{name}{round_}": round_ for name in ("ada", "bob") for round_ in range(ROUNDS)}
    assert json.loads(value) == wanted


async def test_every_line_that_was_added_is_there_once(editors: list[Editor]) -> None:
    def add(name: str) -> Change:
        return lambda value, round_: value + f"{name}{round_}\n".encode()

    value = await race(editors, "lines", add)
    lines = value.decode().splitlines()
    assert len(lines) == 2 * ROUNDS
    for name in ("ada", "bob"):
        mine = [line for line in lines if line.startswith(name)]
        assert mine == [f"{name}{round_}" for round_ in range(ROUNDS)]
    await nothing_is_missing(editors, "lines")


async def nothing_is_missing(editors: list[Editor], key: str) -> None:
    """Every revision is in the bucket still, or in the journal of who pushed it out."""
    saved = set()
    for editor in editors:
        journal = editor.writer.journal
        for entry in journal.entries():
            saved |= {item["revision"] for item in journal.items(entry)}
    kept = {entry.revision for entry in await editors[0].kv.history(key)}
    assert saved | kept == set(range(1, max(kept) + 1))
