from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import natstui.client as nats
from natstui.demo.session import DemoError, demo_session, traffic_process
from natstui.demo.traffic import SUBJECTS
from tests.support.server import NatsServer
from tests.support.waiting import eventually


async def test_traffic_flows_on_every_subject_that_is_tailed() -> None:
    seen: Counter[str] = Counter()
    with demo_session(read_only=True) as settings:
        assert settings.read_only
        assert settings.subjects == SUBJECTS
        servers = list(settings.servers)
        async with await nats.connect(servers, **settings.connect_options) as client:
            for subject in settings.subjects:
                await client.subscribe(
                    subject, hook=lambda msg: seen.update([msg.subject.partition(".")[0]])
                )
            await eventually(lambda: len(seen) == len(SUBJECTS), "all of it flows")


def test_without_a_nats_server_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NATSTUI_NATS_SERVER", str(tmp_path / "nothing"))
    with pytest.raises(DemoError, match="NATSTUI_NATS_SERVER names"), demo_session():
        raise AssertionError("it started")


def test_traffic_that_cannot_begin_is_reported(server: NatsServer) -> None:
    """This server has no JetStream."""
    with (
        pytest.raises(DemoError, match=r"traffic stopped: .*nobody answers STREAM\.CREATE\.ORDERS"),
        traffic_process(server.url),
    ):
        raise AssertionError("it began")


def test_the_traffic_ends_with_its_standard_input(js_server: NatsServer) -> None:
    player = subprocess.Popen(
        [sys.executable, "-m", "natstui.demo", js_server.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with player:
        assert player.stdin is not None
        assert player.stdout is not None
        assert player.stdout.readline() == b"ready\n"
        player.stdin.close()
        assert player.wait(20) == 0
