"""What is secret is said nowhere: not in errors, not in traces, not when asked for all details."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from natstui.cli import main
from natstui.headless import running
from tests.conftest import ServerFactory
from tests.support import auth
from tests.support.home import home, install_tool, write_context

__all__ = ["home", "install_tool", "write_context"]

WriteContext = Callable[..., Path]


@pytest.fixture(autouse=True)
def _all_details(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATSTUI_DEBUG", "1")


@pytest.mark.parametrize("command", [["streams"], ["doctor"], ["doctor", "--json"], ["tail", "a"]])
@pytest.mark.parametrize("right", [True, False])
def test_nothing_that_is_said_has_a_secret_in_it(
    server_factory: ServerFactory,
    write_context: WriteContext,
    capfd: pytest.CaptureFixture[str],
    command: list[str],
    right: bool,
) -> None:
    server = server_factory(auth.token("hunter2"))
    token = "hunter2" if right else "wrong-hunter2"
    write_context("one", url=server.url, token=token)
    write_context("two", url=f"nats://{token}@127.0.0.1:{server.port}")
    for context in ("one", "two"):
        main(["--context", context, "--trace", "--timeout", "300ms", *command])
    out, err = capfd.readouterr()
    assert "connecting: " in err
    assert "hunter2" not in out + err


def test_a_fault_of_ours_shows_where_and_not_what(
    write_context: WriteContext,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def fail(settings: object, *_: object) -> None:
        raise ZeroDivisionError(repr(settings))

    monkeypatch.setattr(running, "run", fail)
    proxy = "socks5://me:hunter2@p"
    write_context("prod", user="me", password="hunter2", token="hunter2", socks_proxy=proxy)
    main(["--context", "prod", "streams"])
    err = capfd.readouterr().err
    assert "Traceback" in err
    assert "context='prod'" in err
    assert "hunter2" not in err


def test_the_tools_that_know_secrets_are_given_references_only(
    tmp_path: Path, write_context: WriteContext, install_tool: Callable[[str, str], None]
) -> None:
    install_tool("op", f'echo "$@" >> {tmp_path}/said; echo hunter2')
    write_context("prod", url="127.0.0.1:1", user="op://v/i/user", password="op://v/i/pw")
    assert main(["--context", "prod", "--token", "op://v/i/token", "streams"]) == 3
    said = (tmp_path / "said").read_text()
    assert said.splitlines() == ["read op://v/i/pw", "read op://v/i/token"]
