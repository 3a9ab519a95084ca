"""Publishing, events, help and the palette."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from textual.binding import Binding
from textual.widgets import Input, TextArea

import natstui.ui
from natstui.client import Msg, connect
from natstui.client.aio.client import Client
from natstui.model.settings import Settings
from natstui.ui import kv_help
from natstui.ui.consumer_help import ACKS_HELP, CONSUMERS_HELP, PEEK_HELP
from natstui.ui.dead_letter_help import DEAD_LETTERS_HELP
from natstui.ui.help import TAIL_HELP
from natstui.ui.publish import PublishDialog
from natstui.ui.stream_help import MESSAGES_HELP, SEARCH_HELP, STREAMS_HELP
from tests.conftest import ServerFactory
from tests.support.server import NatsServer
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer, explorer

ONLY_ORDERS = """
authorization { users: [{user: u, password: p, permissions: {publish: "orders.>"}}] }
"""


@asynccontextmanager
async def connected(server: NatsServer, **options: object) -> AsyncIterator[Explorer]:
    settings = Settings(servers=(server.url,), connect_options=dict(options), timeout=1)
    async with explorer(settings=settings, notifications=True) as seen:
        seen.app.session.open()
        await eventually(lambda: seen.app.session.is_connected, "connected")
        yield seen
        await seen.app.session.close()


@pytest.fixture
async def other(server: NatsServer) -> AsyncIterator[Client]:
    client = await connect(server.url)
    yield client
    await client.close()


async def fill(seen: Explorer, **fields: str) -> None:
    """Open the dialog and write into its fields."""
    if not isinstance(seen.app.screen, PublishDialog):
        await seen.press("p")
    for name, text in fields.items():
        field = seen.app.screen.query_one(f"#publish-{name}")
        if isinstance(field, TextArea):
            field.text = text
        elif isinstance(field, Input):
            field.value = text


async def outcome(seen: Explorer, text: str) -> None:
    await eventually(
        lambda: text in seen.text, f"{text!r} on the screen", last_seen=lambda: seen.text
    )


async def test_a_message_is_published_with_all_it_has(server: NatsServer, other: Client) -> None:
    subscription = await other.subscribe("orders.new")
    await other.flush()
    async with connected(server) as seen:
        await fill(
            seen,
            subject="orders.new",
            reply="back.here",
            headers="Tag: one\nTag: two",
            payload='{"total":\n12.90}',
        )
        await seen.press("ctrl+s")
        await outcome(seen, "published 16 B to orders.new")
        msg = await subscription.next_msg(timeout=5)
        assert (msg.data, msg.reply) == (b'{"total":\n12.90}', "back.here")
        assert msg.headers is not None
        assert msg.headers.get_all("Tag") == ["one", "two"]


async def test_a_request_shows_its_answer(server: NatsServer, other: Client) -> None:
    async def answer(msg: Msg) -> None:
        await msg.respond(b'{"answer": 42.0}', headers={"Server": "one"})

    await other.subscribe("help", cb=answer)
    await other.flush()
    async with connected(server) as seen:
        await fill(seen, subject="help", payload="?")
        await seen.press("ctrl+r")
        await outcome(seen, "answered after")
        await outcome(seen, '"answer": 42.0')
        assert "Server  one" in seen.text


@pytest.mark.parametrize(
    ("fields", "key", "said"),
    [
        ({"subject": "nobody"}, "ctrl+r", "nobody answers"),
        ({"subject": ""}, "ctrl+s", "a subject is needed"),
        ({"subject": "orders.*"}, "ctrl+s", "no wildcards"),
        ({"subject": "a b"}, "ctrl+s", "a b"),
        ({"subject": "a", "headers": "x"}, "ctrl+s", "header line 1"),
        ({"subject": "a", "payload": "x" * 2_000}, "ctrl+s", "larger than the server takes"),
    ],
)
async def test_what_goes_wrong_is_said_in_the_dialog(
    server_factory: ServerFactory, fields: dict[str, str], key: str, said: str
) -> None:
    async with connected(server_factory("max_payload: 1000")) as seen:
        await fill(seen, **fields)
        await seen.press(key)
        await outcome(seen, said)
        for name, text in fields.items():
            field = seen.app.screen.query_one(f"#publish-{name}")
            assert getattr(field, "text" if isinstance(field, TextArea) else "value") == text


async def test_what_the_server_denies_is_said_in_the_dialog(server_factory: ServerFactory) -> None:
    server = server_factory(ONLY_ORDERS)
    async with connected(server, user="u", password="p") as seen:
        await fill(seen, subject="payments.new")
        await seen.press("ctrl+s")
        await outcome(seen, 'this user may not publish to "payments.new"')


async def test_nothing_is_sent_without_a_connection() -> None:
    async with explorer() as seen:
        await fill(seen, subject="orders.new", payload="precious")
        await seen.press("ctrl+s")
        await outcome(seen, "not connected: nothing was sent")


async def test_a_draft_survives_the_dialog() -> None:
    async with explorer() as seen:
        await fill(seen, subject="orders.new", headers="A: b", payload="half a thou")
        await seen.press("escape")
        assert len(seen.app.screen_stack) == 1
        await seen.press("p")
        for text in ("orders.new", "A: b", "half a thou"):
            assert text in seen.text


async def test_an_answer_that_comes_after_the_dialog_was_closed_is_kept(
    server: NatsServer, other: Client
) -> None:
    subscription = await other.subscribe("slow")
    await other.flush()
    async with connected(server) as seen:
        await fill(seen, subject="slow")
        await seen.press("ctrl+r")
        msg = await subscription.next_msg(timeout=5)
        await seen.press("escape")
        await msg.respond(b"late but here")
        await outcome(seen, "answered after")
        await seen.press("p")
        await outcome(seen, "late but here")


async def test_what_the_last_answer_said_is_gone_before_the_next_comes(
    server: NatsServer, other: Client
) -> None:
    async def answer(msg: Msg) -> None:
        await msg.respond(b"first answer")

    await other.subscribe("help", cb=answer)
    await other.flush()
    async with connected(server) as seen:
        await fill(seen, subject="help")
        await seen.press("ctrl+r")
        await outcome(seen, "first answer")
        await fill(seen, subject="nobody")
        await seen.press("ctrl+r")
        await outcome(seen, "nobody answers")
        assert "first answer" not in seen.text


async def test_publishing_leaves_no_answer_of_before_in_view(
    server: NatsServer, other: Client
) -> None:
    async def answer(msg: Msg) -> None:
        await msg.respond(b"first answer")

    await other.subscribe("help", cb=answer)
    await other.flush()
    async with connected(server) as seen:
        await fill(seen, subject="help")
        await seen.press("ctrl+r")
        await outcome(seen, "first answer")
        await seen.press("ctrl+s")
        await outcome(seen, "published 0 B to help")
        assert "first answer" not in seen.text


async def test_events_are_listed_and_count_as_seen() -> None:
    async with explorer() as seen:
        timeline = seen.app.session.timeline
        for number in range(30):
            timeline.add("error", f"trouble {number}.")
        timeline.add("error", "trouble 29.")
        await seen.frame()
        assert "▲30" in seen.lines[0]
        await seen.press("e")
        assert "2 times  trouble 29.  last" in seen.text
        assert "▲" not in seen.lines[0]
        await seen.press("k", "g")
        assert "trouble 0." in seen.text
        timeline.add("connected", "at last")
        await seen.frame()
        assert "at last" not in seen.text
        await seen.press("G")
        assert "at last" in seen.text
        await seen.press("e")
        assert "at last" not in seen.text


async def test_help_lists_the_keys_of_what_has_the_focus() -> None:
    async with explorer(size=(80, 80)) as seen:
        await seen.press("question_mark")
        for text in ("HERE", "Open the message", "tail.pause", "EVERYWHERE", "subject:orders.*"):
            assert text in seen.text
        await seen.press("escape")
        seen.feed("x")
        await seen.frame()
        await seen.press("enter", "question_mark")
        assert "message.hex" in seen.text
        assert "tail.live" not in seen.text


HELP = [
    TAIL_HELP,
    STREAMS_HELP,
    MESSAGES_HELP,
    SEARCH_HELP,
    CONSUMERS_HELP,
    PEEK_HELP,
    ACKS_HELP,
    DEAD_LETTERS_HELP,
    *(text for name, text in vars(kv_help).items() if name.endswith("_HELP")),
]


@pytest.mark.parametrize("text", HELP)
def test_help_is_not_cut_at_80_columns(text: str) -> None:
    assert max(map(len, text.splitlines())) <= 76


async def test_help_opens_again_for_what_has_the_focus_then() -> None:
    async with explorer() as seen:
        seen.feed("12.90")
        await seen.press("question_mark", "G", "escape", "enter", "question_mark")
        assert "HERE" in seen.lines[1]
        assert "message.next-view" in seen.text


async def test_the_palette_runs_what_a_key_does() -> None:
    async with explorer() as seen:
        await seen.press("colon")
        await seen.type("filter messages")
        await outcome(seen, "tail.filter")
        await seen.press("enter")
        assert seen.app.tail_pane.prompt.display


def bindings() -> Iterator[Binding]:
    for module in pkgutil.iter_modules(natstui.ui.__path__, "natstui.ui."):
        for name, thing in vars(importlib.import_module(module.name)).items():
            if isinstance(thing, type) and thing.__module__ == module.name:
                for each in vars(thing).get("BINDINGS", ()):
                    assert isinstance(each, Binding), (name, each)
                    yield each


def test_every_binding_has_a_dotted_name_of_its_own() -> None:
    ids = [binding.id for binding in bindings()]
    assert len(ids) > 30
    assert all(id and id.count(".") == 1 and id == id.lower() for id in ids)
    assert len(ids) == len(set(ids))
    assert all(binding.description for binding in bindings())


async def test_keys_that_would_be_typed_are_not_offered() -> None:
    async with explorer() as seen:
        assert "/ filter" in seen.lines[-1]
        await seen.press("slash")
        assert "/ filter" not in seen.lines[-1]
        assert "esc cancel" in seen.lines[-1]


async def test_quitting_is_one_key() -> None:
    async with explorer() as seen:
        await seen.pilot.press("q")
        assert not seen.app.is_running


async def test_ctrl_c_quits_too() -> None:
    async with explorer() as seen:
        await seen.pilot.press("ctrl+c")
        assert not seen.app.is_running


@pytest.mark.parametrize("keys", [[], ["slash"], ["p"], ["question_mark"], ["colon"], ["enter"]])
async def test_ctrl_c_quits_from_anywhere(keys: list[str]) -> None:
    async with explorer() as seen:
        seen.feed("12.90")
        await seen.press(*keys)
        await seen.pilot.press("ctrl+c")
        await eventually(lambda: seen.app.return_code == 130, "it ends")


async def test_ctrl_c_copies_what_is_selected() -> None:
    async with explorer() as seen:
        await fill(seen, subject="orders.new")
        await seen.press("shift+home", "ctrl+c")
        assert seen.app.clipboard == "orders.new"
        assert seen.app.return_code is None


async def test_where_is_published_to_is_said_whatever_it_is_called() -> None:
    settings = Settings(context="odd\x1b[2J[red]x[/red]")
    async with explorer(settings=settings) as seen:
        await seen.press("p")
        assert "Publish to odd␛[2J[red]x[/red]" in seen.text
