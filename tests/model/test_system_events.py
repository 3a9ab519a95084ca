"""What servers say by themselves, in words."""

from __future__ import annotations

from contextlib import suppress

import pytest

from natstui.client import connect
from natstui.client.errors import Error
from natstui.model import system_events
from natstui.model.consumer_board import ConsumerBoard
from natstui.model.consumer_row import Key
from natstui.model.settings import Settings
from natstui.model.system_events import SUBJECTS, SystemEvents, describe
from tests.conftest import ServerFactory
from tests.support.server import NatsServer
from tests.support.system import LIMITED, SYSTEM, looking, opened
from tests.support.waiting import eventually

CLIENT = {
    "server": {"name": "n1"},
    "client": {"name": "billing", "user": "app", "acc": "ADZ", "name_tag": "APP", "host": "::1"},
}


@pytest.mark.parametrize(
    ("subject", "said", "described"),
    [
        ("$SYS.ACCOUNT.A.CONNECT", CLIENT, ("came", "billing of APP at ::1, n1", False)),
        (
            "$SYS.ACCOUNT.A.DISCONNECT",
            {**CLIENT, "reason": "Client Closed"},
            ("left", "billing of APP at ::1, n1: Client Closed", False),
        ),
        (
            "$SYS.ACCOUNT.A.DISCONNECT",
            {**CLIENT, "reason": "Slow Consumer (Write Deadline)"},
            ("left", "billing of APP at ::1, n1: Slow Consumer (Write Deadline)", True),
        ),
        (
            "$SYS.SERVER.NX.CLIENT.AUTH.ERR",
            {**CLIENT, "reason": "Authentication Failure"},
            ("refused", "billing of APP at ::1, n1: Authentication Failure", True),
        ),
        (
            "$SYS.SERVER.NX.SHUTDOWN",
            {"server": {"name": "n1"}},
            ("shutdown", "server n1", True),
        ),
        (
            "$JS.EVENT.ADVISORY.STREAM.LEADER_ELECTED.ORDERS",
            {"stream": "ORDERS", "leader": "n2"},
            ("stream leader elected", "ORDERS, led by n2", False),
        ),
        (
            "$JS.EVENT.ADVISORY.STREAM.QUORUM_LOST.ORDERS",
            {"stream": "ORDERS"},
            ("stream quorum lost", "ORDERS", True),
        ),
        (
            "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.ORDERS.c",
            {"stream": "ORDERS", "consumer": "c", "stream_seq": 1_234},
            ("consumer max deliveries", "ORDERS > c, message 1,234", True),
        ),
        (
            "$JS.EVENT.ADVISORY.DOMAIN.LEADER_ELECTED",
            {"leader": "9BKSNQYR", "replicas": [{"name": "n3", "peer": "9BKSNQYR"}, 7]},
            ("domain leader elected", "led by n3", False),
        ),
        ("$JS.EVENT.ADVISORY.NEW", {}, ("new", "", False)),
        ("$JS.EVENT.ADVISORY", {"stream": 7, "client": []}, ("", "", False)),
    ],
)
def test_an_event_in_words(
    subject: str, said: dict[str, object], described: tuple[str, str, bool]
) -> None:
    assert describe(subject, said) == described


@pytest.fixture
def server(server_factory: ServerFactory) -> NatsServer:
    return server_factory(LIMITED, jetstream=True)


async def test_who_comes_goes_and_is_refused(server: NatsServer) -> None:
    async with looking(server.url) as session:
        events = SystemEvents(session)
        await events.start()
        await events.start()
        assert session.client is not None
        await session.client.flush()
        async with await connect(server.url, name="billing"):
            pass
        with suppress(Error):
            await connect(server.url, user="evil", password="no", allow_reconnect=False)
        await eventually(lambda: events.kinds["refused"], "a refusal")
        await eventually(lambda: events.kinds["left"] >= 2, "both left")
        assert events.kinds["came"] == 1, "each is heard once"
        came = events.events[0]
        assert came.about.startswith("billing of APP at 127.0.0.1")
        assert came.record.subject == "$SYS.ACCOUNT.APP.CONNECT"
        assert session.guard.published == 0


async def test_advisories_come_to_the_account_of_the_stream(server: NatsServer) -> None:
    async with (
        looking(server.url, user="app", password="app") as session,
        await connect(server.url) as app,
    ):
        events = SystemEvents(session)
        await events.start()
        assert session.client is not None
        await session.client.flush()
        await app.jetstream().add_stream(name="S", subjects=["s"], max_bytes=5_000)
        await eventually(lambda: events.seen, "an advisory")
        assert (events.events[0].kind, events.events[0].about) == (
            "stream created",
            "S, action create",
        )


async def test_only_so_many_are_kept_and_nonsense_is_one_of_them(
    server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system_events, "MOST_EVENTS", 5)
    async with looking(server.url) as session, await connect(server.url, **SYSTEM) as liar:
        events = SystemEvents(session)
        await events.start()
        assert session.client is not None
        await session.client.flush()
        for number in range(7):
            await liar.publish("$JS.EVENT.ADVISORY.STREAM.X", b"[" * 50_000 * (number % 2))
        await eventually(lambda: events.seen == 7, "all of them")
        assert (len(events.events), events.evicted) == (5, 2)
        assert events.kinds["stream x"] == 7


async def test_what_may_not_be_heard_is_said_by_subject(server: NatsServer) -> None:
    async with looking(server.url, user="part", password="part") as session:
        events = SystemEvents(session)
        await events.start()
        await eventually(lambda: len(events.denied) == len(SUBJECTS), "all of them denied")


IMPORTED = """
accounts {
  HUB {
    jetstream: enabled
    users: [ { user: hub, password: hub } ]
    exports: [ { service: "$JS.API.>", response: stream }, { stream: "$JS.EVENT.ADVISORY.>" } ]
  }
  APP {
    users: [ { user: app, password: app } ]
    imports: [
      { service: { account: HUB, subject: "$JS.API.>" }, to: "hub.api.>" }
      { stream: { account: HUB, subject: "$JS.EVENT.ADVISORY.>" }, to: "hub.event.ADVISORY.>" }
    ]
  }
}
"""


async def test_advisories_of_another_account_are_heard_under_their_prefix(
    server_factory: ServerFactory,
) -> None:
    server = server_factory(IMPORTED, jetstream=True)
    who = {"user": "app", "password": "app", "reconnect_time_wait": 0.1}
    settings = Settings(
        servers=(server.url,),
        timeout=20,
        connect_options=who,
        js_api_prefix="hub.api",
        js_event_prefix="hub.event",
    )
    async with opened(settings) as session:
        events, board = SystemEvents(session), ConsumerBoard(session)
        await events.start()
        await board.advisories.start()
        assert session.client is not None
        await session.client.flush()
        async with await connect(server.url, user="hub", password="hub") as hub:
            await hub.jetstream().add_stream(name="ORDERS", subjects=["orders"])
            await eventually(lambda: events.kinds["stream created"] == 1, "the stream was told of")
            await hub.publish("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.ORDERS.c", b"{}")
            key = Key("ORDERS", "c")
            await eventually(lambda: board.advisories.of(key).given_up == 1, "given up")
        assert events.events[0].record.subject == "hub.event.ADVISORY.STREAM.CREATED.ORDERS"
