"""Fetching a server, where small programs stand in for apt: no test needs a network."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from natstui.demo.nats_server import NatsServerError, install_nats_server, server_version

TARGETS = """
Component: main
Release: bookworm
Site: http://mirror.example/debian
Origin: Debian
Sourcesentry: /etc/apt/sources.list:1
"""

# Each answers from files beside it, named after the suite that the private sources ask for.
PROGRAMS = {
    "apt-get": """
case "$1" in
indextargets) cat targets ;;
update) [ -e "$suite.versions" ] || { echo "E: no Release file" >&2; exit 100; } ;;
download) echo "$2" > "$caller/package.deb" ;;
esac
""",
    "apt-config": """echo 'Acquire::http::Proxy "http://proxy.example";'""",
    "apt-cache": """cat "$suite.versions" """,
    "dpkg-deb": """
mkdir -p "$3/usr/sbin"
cp server "$3/usr/sbin/nats-server"
chmod +x "$3/usr/sbin/nats-server"
""",
}


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose apt answers from files in this folder; no server is on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in PROGRAMS.items():
        (folder / name).write_text(
            f"#!/bin/sh\ncaller=$PWD; cd '{folder}'\n"
            '[ -z "$APT_CONFIG" ] || suite=$(sed -n "s/^Suites: //p" '
            '"$(dirname "$APT_CONFIG")"/sources/*.sources)\n' + text
        )
        (folder / name).chmod(0o755)
    (folder / "targets").write_text(TARGETS)
    says(folder, "2.15.1")
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("NATSTUI_NATS_SERVER", raising=False)
    monkeypatch.delenv("APT_CONFIG", raising=False)
    return folder


def says(folder: Path, version: str) -> None:
    """What the server in the package says of itself."""
    (folder / "server").write_text(f"#!/bin/sh\necho nats-server: v{version}\n")


def carries(folder: Path, suite: str, version: str) -> None:
    row = f"nats-server | {version} | http://mirror.example/debian {suite}/main amd64 Packages\n"
    (folder / f"{suite}.versions").write_text(row)


def quiet(line: str) -> None:
    pass


def test_the_newest_suite_is_asked_first_and_its_server_kept(mirror: Path) -> None:
    carries(mirror, "testing", "2.15.1-1")
    carries(mirror, "unstable", "2.16.0-1")
    progress: list[str] = []
    path = install_nats_server(report=progress.append)
    assert path == mirror.parent / "cache" / "natstui" / "nats-server-2.15.1"
    assert server_version(path) == (2, 15, 1)
    assert [file.name for file in path.parent.iterdir()] == ["nats-server-2.15.1"]
    assert progress == [
        "fetching it from testing of the Debian mirror that apt uses",
        f"installed {path}",
    ]


def test_a_suite_without_a_new_enough_server_is_passed_over(mirror: Path) -> None:
    carries(mirror, "testing", "2.10.27-1")
    carries(mirror, "unstable", "2.15.1-1")
    assert install_nats_server(report=quiet).name == "nats-server-2.15.1"


def test_every_suite_that_fails_is_told_with_its_reason(mirror: Path) -> None:
    carries(mirror, "testing", "2.10.27-1")
    (mirror / "stable.versions").write_text("")
    with pytest.raises(NatsServerError) as raised:
        install_nats_server(report=quiet)
    text = str(raised.value)
    assert "Debian testing: has only nats-server 2.10.27-1" in text
    assert "Debian unstable: apt-get update failed: no Release file" in text
    assert "Debian stable: has no package nats-server" in text
    assert "brew install nats-server" in text


def test_a_server_that_does_not_run_here_is_not_kept(mirror: Path) -> None:
    carries(mirror, "testing", "2.15.1-1")
    (mirror / "server").write_text("#!/nowhere/interpreter\n")
    with pytest.raises(NatsServerError, match=r"2\.15\.1-1 does not run on this machine"):
        install_nats_server(report=quiet)
    assert not list((mirror.parent / "cache" / "natstui").iterdir())


def test_without_a_mirror_of_a_known_distribution_it_says_so(mirror: Path) -> None:
    (mirror / "targets").write_text("")
    with pytest.raises(NatsServerError, match="no mirror of Debian or Ubuntu"):
        install_nats_server(report=quiet)
