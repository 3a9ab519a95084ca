"""The Server pane as it looks, at the smallest size and at a large one."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from natstui.client.aio.msg import Msg
from natstui.model import polling
from natstui.model.gathering import Look
from natstui.model.server_board import ServerBoard
from natstui.model.settings import Settings
from natstui.model.system_answer import Told
from natstui.model.system_board import NOBODY, PING, SystemBoard
from natstui.model.system_boards import SystemBoards
from natstui.ui.keyline import KeyLine
from natstui.ui.own_page import OwnPage
from natstui.ui.server_detail import ServerPage
from tests.ui.explorer import Explorer, explorer
from tests.ui.server import table
from tests.ui.snapshots import check_snapshot

SIZES = [(80, 24), (160, 45)]
NOON = 1_780_315_200.0
STARTED = "2026-05-28T07:30:00Z"
SECONDS = range(0, 61, 2)
# name, cluster, messages in a second, out a second, connections, cpu, slow consumers
SERVERS = [
    ("n1-eu", "east", 4_100, 9_800, 212, 31, 0),
    ("n2-eu", "east", 3_900, 9_100, 207, 28, 3),
    ("n3-eu", "east", 4_300, 9_900, 219, 35, 0),
    ("w1-us", "west", 900, 1_200, 48, 6, 0),
]
DIES_AT = 48


def told(name: str, cluster: str, data: dict[str, Any]) -> Told:
    server = {"name": name, "id": f"N{name}", "cluster": cluster, "host": "10.0.3.7"}
    return Told({**server, "ver": "2.15.1", "jetstream": True}, data)


def finish(board: SystemBoard, answers: int) -> None:
    look = Look(board.session)
    look.requests, look.answers, look.size, look.took = 1, answers, 2_048 * answers, 0.0041
    board.finish(look)


def tell_servers(board: ServerBoard) -> None:
    for second in SECONDS:
        board._clock = board._wall_clock = lambda second=second: NOON + second  # type: ignore[misc]
        answers = []
        for name, cluster, rate_in, rate_out, connections, cpu, slow in SERVERS:
            if name == "w1-us" and second > DIES_AT:
                continue
            wave = second % 6 * 1_500
            data = {
                "start": STARTED,
                "mem": 64_000_000 + connections * 90_000,
                "cpu": cpu,
                "connections": connections,
                "subscriptions": connections * 12,
                "slow_consumers": slow if second > 20 else 0,
                "received": {"msgs": rate_in * second + wave, "bytes": rate_in * second * 310},
                "sent": {"msgs": rate_out * second + wave, "bytes": rate_out * second * 290},
                "routes": [{"name": peer, "pending": 0} for peer, *_ in SERVERS if peer != name],
                "jetstream": {"meta": {"leader": "n1-eu"}},
            }
            answers.append(told(name, cluster, data))
        board.sees_system = True
        board._take(answers)
    finish(board, 3)


def tell_connections(boards: SystemBoards) -> None:
    board = boards.connections
    # name, account, server, messages a second, bytes a message, subscriptions, pending, rtt
    story = [
        ("orders-api", "SHOP", "n1-eu", 2_400, 420, 14, 0, "1.1ms"),
        ("billing", "SHOP", "n2-eu", 1_900, 350, 6, 812_000, "2.4ms"),
        ("warehouse", "SHOP", "n3-eu", 350, 300, 31, 0, "850\u00b5s"),
        ("iot-bridge", "IOT", "n3-eu", 1_200, 90, 2_300, 0, "48ms"),
        ("", "SHOP", "n1-eu", 0, 0, 1, 0, "310\u00b5s"),
    ]
    for second in (0, 4):
        board._clock = lambda second=second: NOON + second  # type: ignore[misc]
        by_server: dict[str, list[dict[str, Any]]] = {}
        for cid, (name, account, server, rate, size, subs, pending, rtt) in enumerate(story, 41):
            by_server.setdefault(server, []).append(
                {
                    "cid": cid,
                    "name": name,
                    "name_tag": account,
                    "authorized_user": name or "ops",
                    "ip": "10.0.4.12",
                    "port": 50_000 + cid,
                    "lang": "go",
                    "version": "1.45.0",
                    "in_msgs": rate * second,
                    "in_bytes": rate * second * size,
                    "subscriptions": subs,
                    "pending_bytes": pending,
                    "rtt": rtt,
                }
            )
        board._take(
            [
                told(server, "east", {"total": len(found), "connections": found})
                for server, found in by_server.items()
            ]
        )
    finish(board, 3)


def tell_assets(boards: SystemBoards) -> None:
    names = ("n1-eu", "n2-eu", "n3-eu")

    def stream(name: str, leader: str, **behind: Any) -> dict[str, Any]:
        followers = [
            {"name": each, "current": True, "active": 3_000_000, **behind.get(each[:2], {})}
            for each in names
            if each != (leader or "n1-eu")
        ]
        return {
            "name": name,
            "cluster": {"leader": leader, "replicas": followers},
            "state": {"messages": 81_204, "bytes": 44_000_000, "consumer_count": 4},
        }

    streams = [
        stream("ORDERS", "n1-eu", n3={"lag": 1_204, "current": False}),
        stream("PAYMENTS", "n2-eu"),
        stream("EVENTS", "n3-eu", n1={"offline": True, "current": False, "active": 61_000_000_000}),
        stream("AUDIT", ""),
    ]
    data = {
        "storage": 412_000_000,
        "streams": 4,
        "config": {"max_storage": 2_000_000_000},
        "api": {"errors": 2},
        "meta_cluster": {
            "leader": "n1-eu",
            "replicas": [
                {"name": "n2-eu", "current": True},
                {"name": "n3-eu", "current": False, "lag": 12},
            ],
        },
        "account_details": [{"id": "SHOP", "name": "SHOP", "stream_detail": streams}],
    }
    boards.assets._take([told(name, "east", data) for name in names])
    finish(boards.assets, 3)


def tell_own(page: OwnPage) -> None:
    own = page.board.own
    own.user = {
        "user": "shop",
        "account": "SHOP",
        "permissions": {
            "publish": {"allow": ["orders.>", "payments.*.request"], "deny": ["orders.admin.>"]},
            "subscribe": {"allow": [">"]},
        },
    }
    own.jetstream = {
        "storage": 1_900_000_000,
        "memory": 0,
        "streams": 12,
        "consumers": 31,
        "limits": {"max_storage": 2_000_000_000, "max_memory": 0, "max_streams": 20},
        "api": {"total": 81_233, "errors": 17},
    }
    moved = {"msgs": 4_102_233, "bytes": 1_233_000_000}
    stats = {"conns": 41, "leafnodes": 1, "sent": moved, "received": moved, "slow_consumers": 2}
    own.servers = [told("n1-eu", "east", {"account_statz": [stats]})]
    page.board.cannot_see(PING, NOBODY)
    finish(page.board, 4)


def tell_events(boards: SystemBoards) -> None:
    client = {"name": "billing", "name_tag": "SHOP", "host": "10.0.4.12"}
    story: list[tuple[str, dict[str, Any]]] = [
        ("$SYS.ACCOUNT.SHOP.CONNECT", {"client": client}),
        (
            "$JS.EVENT.ADVISORY.STREAM.LEADER_ELECTED.ORDERS",
            {"stream": "ORDERS", "leader": "n2-eu"},
        ),
        (
            "$SYS.ACCOUNT.SHOP.DISCONNECT",
            {"client": client, "reason": "Slow Consumer (Pending Bytes)"},
        ),
        (
            "$SYS.SERVER.N1.CLIENT.AUTH.ERR",
            {"client": {"user": "evil"}, "reason": "Wrong password"},
        ),
        ("$SYS.SERVER.N1.SHUTDOWN", {}),
    ]
    for second, (subject, said) in enumerate(story):
        at = f"2026-06-01T12:00:{second:02}Z"
        body = {"timestamp": at, "server": {"name": "n1-eu"}, **said}
        boards.events._heard(Msg(None, subject, "", json.dumps(body).encode()))


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def hide_what_changes(seen: Explorer) -> None:
    for frame in (seen.app.status, seen.app.tabs, seen.app.query_one(KeyLine)):
        frame.display = False  # they change with the other panes


@pytest.mark.parametrize("size", SIZES)
async def test_how_it_looks(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    # What polls the server would say that there is none.
    monkeypatch.setattr(polling.Poll, "start", lambda self: None)
    async with explorer(size=size, settings=Settings(context="prod")) as seen:
        await seen.press("7")
        hide_what_changes(seen)
        servers = table(seen)
        boards = servers.boards
        tell_servers(boards.servers)
        await seen.frame()
        await check_snapshot(seen, "servers")
        servers.table.go_to_item("Nn2-eu")
        await seen.press("enter")
        page = servers.pane.level
        assert isinstance(page, ServerPage)
        page.detail.varz = {"max_connections": 65_536, "write_deadline": 10_000_000_000}
        page.detail.health = {"status": "ok"}
        finish(page.detail, 2)
        await check_snapshot(seen, "server")
        tell_connections(boards)
        await seen.press("escape", "n")
        await check_snapshot(seen, "connections")
        tell_assets(boards)
        await seen.press("J")
        await check_snapshot(seen, "assets")
        tell_events(boards)
        await seen.press("v")
        await check_snapshot(seen, "system-events")
        await seen.press("m")
        own = servers.pane.level
        assert isinstance(own, OwnPage)
        tell_own(own)
        await check_snapshot(seen, "own-account")
