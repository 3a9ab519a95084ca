"""The Services pane as it looks, at the smallest size and at a large one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from natstui.client.micro import EndpointInfo, EndpointStats, ServiceInfo, ServicePing, ServiceStats
from natstui.model import polling
from natstui.model.gathering import Look
from natstui.model.service_board import ServiceBoard
from natstui.model.settings import Settings
from natstui.ui.keyline import KeyLine
from tests.support.services import endpoint_stats
from tests.ui.explorer import Explorer, explorer
from tests.ui.services import table
from tests.ui.snapshots import check_snapshot

SIZES = [(80, 24), (160, 45)]
NOON = 1_780_315_200.0
# service, instance, zone, version, and of each endpoint: name, requests a second, errors in a
# hundred, milliseconds.
STORY: list[tuple[str, str, str, str, list[tuple[str, int, int, int]]]] = [
    ("auth", "Aq1f0Zx2", "eu-1", "3.2.0", [("login", 12, 0, 31), ("token", 160, 0, 2)]),
    ("auth", "Bn7k3Lw9", "eu-2", "3.2.0", [("login", 11, 0, 30), ("token", 150, 0, 2)]),
    ("inventory", "Cz5m8Qt4", "eu-1", "1.4.2", [("check", 40, 5, 4), ("reserve", 2, 0, 9)]),
    ("inventory", "Dd2p6Rv1", "eu-2", "1.4.2", [("check", 38, 5, 4), ("reserve", 3, 0, 9)]),
    ("inventory", "Ew9s4Hy7", "eu-1", "1.4.1", [("check", 35, 0, 5), ("reserve", 1, 0, 8)]),
    ("mailer", "Fk3j8Nu2", "eu-1", "0.9.0", [("send", 0, 0, 120)]),
    ("pricing", "Gm6b1Xo5", "eu-1", "2.0.0", [("quote", 18, 0, 18)]),
]
SILENT_SINCE = {"Ew9s4Hy7": 44, "Gm6b1Xo5": 30}
SECONDS = range(0, 61, 2)


def tell(board: ServiceBoard) -> None:
    """A minute of it, by the story's clock."""
    board._described_at = NOON
    for second in SECONDS:
        board._clock = board._wall_clock = lambda second=second: NOON + second  # type: ignore[misc]
        board._heard = set()
        for name, id, zone, version, endpoints in STORY:
            if second > SILENT_SINCE.get(id, 99):
                continue
            who: dict[str, Any] = {
                "id": id,
                "name": name,
                "version": version,
                "metadata": {"zone": zone},
            }
            instance = board._instance(ServicePing(**who))
            assert instance is not None
            instance.take_ping(ServicePing(**who), 0.0021)
            instance.take_info(
                ServiceInfo(
                    **who,
                    description=f"the {name} of the shop",
                    endpoints=[
                        EndpointInfo(each, f"svc.{name}.{each}", "q") for each, *_ in endpoints
                    ],
                )
            )
            stats = [endpoint(name, second, *each) for each in endpoints]
            started = ServiceStats.from_dict(
                {**who, "started": "2026-06-01T08:11:00Z", "endpoints": []}
            ).started
            instance.take_stats(
                board._clock(), ServiceStats(**who, started=started, endpoints=stats)
            )
        look = Look(board.session)
        look.requests, look.answers, look.size, look.took = 2, 14, 9_120, 0.0031
        board._finish(look)


def endpoint(
    service: str, second: int, name: str, rate: int, errors: int, milliseconds: int
) -> EndpointStats:
    requests = 1_000 + rate * second + rate * (second % 6) // 3
    failed = requests * errors // 100
    return EndpointStats.from_dict(
        endpoint_stats(
            name=name,
            subject=f"svc.{service}.{name}",
            num_requests=requests,
            num_errors=failed,
            last_error="503:backend timeout" if failed else "",
            processing_time=requests * milliseconds * 1_000_000,
        )
    )


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
        await seen.press("6")
        hide_what_changes(seen)
        services = table(seen)
        tell(services.board)
        await seen.frame()
        await check_snapshot(seen, "services")
        services.table.go_to_item("inventory")
        await seen.press("enter")
        await check_snapshot(seen, "service")
        await seen.press("enter")
        await check_snapshot(seen, "service-endpoint")
        await seen.press("escape", "tab", "enter")
        await check_snapshot(seen, "service-instance")
        await seen.press("C")
        await seen.type('{"sku": "cup"}')
        await check_snapshot(seen, "service-call")
