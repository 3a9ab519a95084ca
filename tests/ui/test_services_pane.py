"""The Services pane over real services: what a person sees, and what their keys do."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from natstui.client import connect
from natstui.client.aio.client import Client
from natstui.model import gathering
from natstui.ui.help import HelpScreen
from natstui.ui.service_call import CallDialog
from tests.conftest import ServerFactory
from tests.support.auth import user_with_permissions, users
from tests.support.server import NatsServer
from tests.support.services import FakeService, stock
from tests.ui.explorer import Explorer
from tests.ui.services import holds, services, table, until


@pytest.fixture
async def client(server: NatsServer) -> AsyncIterator[Client]:
    client = await connect(server.url)
    yield client
    await client.close()


async def calling(seen: Explorer) -> CallDialog:
    await holds(seen, lambda: isinstance(seen.app.screen, CallDialog), "the dialog")
    await seen.frame()
    assert isinstance(seen.app.screen, CallDialog)
    return seen.app.screen


async def test_services_their_endpoints_and_instances(client: Client, server: NatsServer) -> None:
    await stock(client)
    await stock(client, zone="eu-2")
    await client.request("stock.check", b"fail", timeout=20)
    async with services(server.url) as seen:
        await until(seen, "1 service · 2 instances", "every 2 s")
        assert "stock" in seen.line_with("▌stock")
        await until(seen, "last error 503:backend down")
        await seen.press("enter")
        await until(seen, "stock.check", "stock.flush", "zone=eu-1", "zone=eu-2")
        await seen.press("enter")
        await until(seen, "queue group   q", "schema        sku", "INSTANCES", "backend down")
        await seen.press("escape", "tab", "enter")
        await until(seen, "description   what is in the warehouse", "ENDPOINTS", "stock.flush")
        await seen.press("escape", "escape")
        await until(seen, "1 service · 2 instances")
        guard = seen.app.session.guard
        assert (guard.writes, guard.consumers, guard.acks) == (0, 0, 0)


async def test_who_went_silent_is_marked_and_forgotten_by_a_key(
    client: Client, server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeService()
    await fake.start(client)
    await stock(client)
    async with services(server.url) as seen:
        await until(seen, "2 services")
        monkeypatch.setattr(gathering, "TIMEOUT", 0.7)  # one will not answer
        fake.silence()
        table(seen).poll.every = 0.1
        await until(seen, "1 silent")
        await until(seen, "it does not answer any more, last heard ")
        await seen.press("x")
        await until(seen, "1 service · 1 instance")
        assert "fake" not in seen.text


async def test_an_endpoint_is_called_and_its_error_told(client: Client, server: NatsServer) -> None:
    await stock(client)
    async with services(server.url) as seen:
        await until(seen, "1 service")
        await seen.press("enter")
        await until(seen, "stock.check")
        await seen.press("C")
        dialog = await calling(seen)
        assert (dialog.subject.value, dialog.limit.value) == ("stock.check", "20s")
        await seen.type('{"sku": "cup"}')
        await seen.press("ctrl+s")
        await until(seen, "answered after", '"sku": "cup"')
        dialog.payload.text = "fail"
        await seen.press("ctrl+s")
        await until(seen, "the service says: 503 backend down")
        dialog.limit.value = "soon"
        await seen.press("ctrl+s")
        await until(seen, "not a duration")
        await seen.press("escape")
        await until(seen, "stock.flush")
        assert seen.app.session.guard.writes == 2


async def test_every_instance_answers_where_there_is_no_queue_group(
    client: Client, server: NatsServer
) -> None:
    for _ in range(3):
        await stock(client)
    async with services(server.url) as seen:
        await until(seen, "3 instances")
        await seen.press("enter")
        await until(seen, "stock.flush")
        await seen.press("down", "C")
        dialog = await calling(seen)
        await until(seen, "every instance answers")
        await seen.type("now")
        await seen.press("ctrl+r")
        await until(seen, "answer 1 of 3")
        dialog.answer.focus()
        await seen.press("right_square_bracket")
        await until(seen, "answer 2 of 3")


async def test_a_subject_with_wildcards_has_to_be_written(
    client: Client, server: NatsServer
) -> None:
    fake = FakeService()
    fake.stats(subject="orders.*.get")
    await fake.start(client)
    async with services(server.url) as seen:
        await until(seen, "1 service")
        await seen.press("C")
        dialog = await calling(seen)
        assert dialog.subject.has_focus
        await until(seen, "it has wildcards")
        await seen.press("ctrl+s")
        await until(seen, "no wildcards")
        assert seen.app.session.guard.writes == 0


async def test_read_only_looks_and_does_not_call(client: Client, server: NatsServer) -> None:
    await stock(client)
    async with services(server.url, read_only=True) as seen:
        await until(seen, "1 service · 1 instance")
        await seen.press("C", "enter")
        await until(seen, "stock.check")
        await seen.press("C")
        assert len(seen.app.screen_stack) == 1
        assert seen.app.session.guard.refused == 0


async def test_the_filter_finds_by_endpoint_metadata_and_state(
    client: Client, server: NatsServer
) -> None:
    await stock(client)
    await FakeService().start(client)
    async with services(server.url) as seen:
        await until(seen, "2 services")
        for words, found in (("stock.flush", "stock"), ("eu-1", "stock"), ("fake.e", "fake")):
            await seen.press("slash", "ctrl+u")
            await seen.type(words)
            await seen.press("enter")
            await until(seen, f"filter {words}", "1 of 2")
            assert seen.line_with("▌" + found)
        await seen.press("escape")
        await until(seen, "2 services")


async def test_what_may_not_be_asked_is_said(server_factory: ServerFactory) -> None:
    denied = user_with_permissions("u", "p", publish_deny=["$SRV.>"])
    server = server_factory(users(denied))
    url = server.url.replace("//", "//u:p@")
    async with services(url, size=(120, 30)) as seen:
        await until(seen, "$SRV.")
        assert "No service of this account answers" not in seen.text


async def test_nobody_answers_and_then_somebody_does(client: Client, server: NatsServer) -> None:
    async with services(server.url) as seen:
        await until(seen, "No service of this account answers.", "$SRV.PING")
        await stock(client)
        await seen.press("r")
        await until(seen, "1 service · 1 instance")


async def test_help_says_what_the_states_mean_on_each_level(
    client: Client, server: NatsServer
) -> None:
    await stock(client)
    async with services(server.url, size=(80, 120)) as seen:
        await until(seen, "1 service")
        await seen.press("question_mark")
        assert isinstance(seen.app.screen, HelpScreen)
        assert "twice in a" in seen.text
        await seen.press("escape", "enter")
        await until(seen, "stock.check")
        await seen.press("question_mark")
        assert "waits for every answer until the timeout" in seen.text
        await seen.press("escape")


async def test_only_a_pane_that_is_seen_asks(client: Client, server: NatsServer) -> None:
    await stock(client)
    async with services(server.url) as seen:
        await until(seen, "1 service")
        poll = table(seen).poll
        assert poll.is_running
        await seen.press("1")
        assert not poll.is_running
