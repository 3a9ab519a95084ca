"""Which nats-server is chosen, with small programs that merely say a version in their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from natstui.demo import nats_server
from natstui.demo.nats_server import (
    NatsServerError,
    cache_folder,
    find_nats_server,
    get_nats_server,
    how_to_install,
    parse_version,
    server_version,
)


def program(path: Path, says: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def server(path: Path, version: str) -> Path:
    return program(path, f"nats-server: v{version}")


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose PATH, server folders and cache are empty folders under `tmp_path`."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("NATSTUI_NATS_SERVER", raising=False)
    monkeypatch.setattr(nats_server, "SERVER_FOLDERS", (str(tmp_path / "sbin"),))
    return tmp_path


@pytest.mark.parametrize(
    ("printed", "version"),
    [
        ("nats-server: v2.15.1\n", (2, 15, 1)),
        ("nats-server: v2.12.0-RC.3\n", (2, 12, 0)),
        ("nats-server: v10.0.123", (10, 0, 123)),
        ("nats-streaming-server version 0.25.6", None),
        ("", None),
    ],
)
def test_version_is_read_from_what_the_server_prints(
    printed: str, version: tuple[int, int, int] | None
) -> None:
    assert parse_version(printed) == version


def test_a_program_that_does_not_run_has_no_version(machine: Path) -> None:
    broken = machine / "nats-server"
    broken.write_bytes(b"\x7fELF of another machine")
    broken.chmod(0o755)
    assert server_version(broken) is None
    assert server_version(machine / "absent") is None


def test_the_one_on_path_is_taken(machine: Path) -> None:
    path = server(machine / "bin" / "nats-server", "2.11.0")
    server(machine / "cache" / "natstui" / "nats-server-2.15.1", "2.15.1")
    assert find_nats_server() == path


def test_an_old_one_on_path_is_passed_over_for_a_newer_one_in_a_server_folder(
    machine: Path,
) -> None:
    server(machine / "bin" / "nats-server", "2.9.10")
    path = server(machine / "sbin" / "nats-server", "2.11.4")
    assert find_nats_server() == path


def test_the_newest_of_the_cache_is_taken_when_path_has_only_an_old_one(machine: Path) -> None:
    server(machine / "bin" / "nats-server", "2.10.27")
    for version in ("2.9.10", "2.11.3", "2.15.1"):
        server(machine / "cache" / "natstui" / f"nats-server-{version}", version)
    assert find_nats_server() == machine / "cache" / "natstui" / "nats-server-2.15.1"


def test_minimum_is_a_matter_of_the_caller(machine: Path) -> None:
    path = server(machine / "bin" / "nats-server", "2.10.27")
    assert find_nats_server(minimum=(2, 10)) == path


def test_when_there_is_none_the_error_says_what_was_looked_at(machine: Path) -> None:
    old = server(machine / "bin" / "nats-server", "2.9.10")
    broken = program(machine / "sbin" / "nats-server", "something else")
    with pytest.raises(NatsServerError) as raised:
        find_nats_server()
    text = str(raised.value)
    assert f"no nats-server 2.11 or newer is on PATH or in {machine / 'cache' / 'natstui'}" in text
    assert f"{old} is 2.9.10" in text
    assert f"{broken} is not a program that runs" in text


def test_the_override_goes_before_everything(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server(machine / "bin" / "nats-server", "2.15.1")
    named = server(machine / "elsewhere" / "my-server", "2.11.0")
    monkeypatch.setenv("NATSTUI_NATS_SERVER", str(named))
    assert find_nats_server() == named
    assert get_nats_server() == named


def test_an_override_that_is_too_old_is_an_error_and_not_passed_over(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server(machine / "bin" / "nats-server", "2.15.1")
    monkeypatch.setenv("NATSTUI_NATS_SERVER", str(server(machine / "old", "2.9.10")))
    with pytest.raises(NatsServerError, match=r"is version 2\.9\.10; 2\.11 or newer is needed"):
        get_nats_server()


def test_an_override_that_does_not_run_is_an_error(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NATSTUI_NATS_SERVER", str(machine / "absent"))
    with pytest.raises(NatsServerError, match=r"NATSTUI_NATS_SERVER names .*absent"):
        find_nats_server()


def test_without_server_and_without_apt_the_error_says_how_to_install_one(machine: Path) -> None:
    server(machine / "bin" / "nats-server", "2.9.10")
    progress: list[str] = []
    with pytest.raises(NatsServerError) as raised:
        get_nats_server(report=progress.append)
    assert "nats-server is 2.9.10" in progress[0]
    assert "apt-get is not on this machine" in str(raised.value)
    assert "brew install nats-server" in str(raised.value)


def test_a_cache_that_cannot_be_written_is_named(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    occupied = machine / "file"
    occupied.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(occupied))
    with pytest.raises(NatsServerError, match="name a folder that can be written"):
        get_nats_server(report=lambda line: None)


def test_what_went_wrong_is_told_mirror_by_mirror() -> None:
    text = how_to_install((2, 11), ["Debian testing: no route", "Debian unstable: too old"])
    assert text.index("Debian testing: no route") < text.index("Debian unstable: too old")
    assert "nats-server 2.11 or newer is needed" in text
    assert "NATSTUI_NATS_SERVER=" in text


def test_a_relative_cache_folder_is_ignored(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(machine))
    assert cache_folder() == machine / ".cache" / "natstui"
